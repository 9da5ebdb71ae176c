"""
List the claims of notebooks that may hold although nothing has happened.

    .venv/bin/python -m tools.weak_claims                     of all notebooks
    .venv/bin/python -m tools.weak_claims chapters/…/1.1_what_gets_lost.ipynb

Three kinds, by their form; whether one is weak says who reads it.

- An upper bound that zero meets: `steps < 80` holds if nobody took a step. `20 < steps < 80`
  does not.
- None: `lost == 0` holds if nobody asked. Another claim of the cell may show that there was
  something to lose.
- Only one thing: "only the pool is larger" is two claims, of which one is measured.
"""

import argparse
import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools.notebooks.files import chosen
from tools.notebooks.form import read

ZERO = "zero meets the bound"
NONE = "none, without a control in its cell"
ONLY = "only one thing"
SAYS_ONLY = re.compile(r"\b(only|alone|nothing else|nothing but|one thing)\b")


class Claim(NamedTuple):
    """
    A claim as it is written.
    """

    condition: ast.expr
    text: str

    @property
    def parts(self) -> list[ast.expr]:
        """
        What must all be so.
        """
        both = isinstance(self.condition, ast.BoolOp) and isinstance(self.condition.op, ast.And)
        return self.condition.values if both else [self.condition]  # type: ignore[attr-defined]


def claims(source: str) -> list[Claim]:
    """
    Those of a cell, without IPython's own lines.
    """
    lines = ["" if line.startswith(("%", "!")) else line for line in source.splitlines()]
    return [
        Claim(call.args[0], ast.unparse(call.args[1]))
        for call in ast.walk(ast.parse("\n".join(lines)))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "claim"
    ]


def weak(found: list[Claim]) -> Iterator[tuple[str, Claim]]:
    """
    The claims of one cell that are of a weak kind, each with its kind.
    """
    shown = any(map(shows_something, (part for each in found for part in each.parts)))
    for claim in found:
        bounds = [part for part in claim.parts if is_upper_bound(part)]
        if bounds and len(bounds) == len(claim.parts):
            yield ZERO, claim
        if any(map(is_none, claim.parts)) and not shown:
            yield NONE, claim
        if SAYS_ONLY.search(claim.text):
            yield ONLY, claim


def is_upper_bound(part: ast.expr) -> bool:
    match part:
        case ast.Compare(ops=[ast.Lt() | ast.LtE()], left=left):
            return not isinstance(left, ast.Constant)
        case ast.Compare(ops=[ast.Gt() | ast.GtE()], left=ast.Constant()):
            return True
    return False


def is_none(part: ast.expr) -> bool:
    match part:
        case ast.UnaryOp(op=ast.Not()) | ast.Compare(ops=[ast.NotIn()]):
            return True
        case ast.Compare(ops=[ast.Eq()], comparators=[right]):
            return is_nothing(right)
    return False


def shows_something(part: ast.expr) -> bool:
    """
    Whether it does not hold if nothing has happened.
    """
    match part:
        case ast.Compare(ops=[ast.Eq() | ast.Is()], comparators=[right]):
            return not is_nothing(right)
        case ast.Compare(ops=[ast.Gt() | ast.GtE()], left=left):
            return not isinstance(left, ast.Constant)
        case ast.Compare(ops=ops):
            return len(ops) > 1 or isinstance(ops[0], ast.In)
    return not is_none(part)


def is_nothing(value: ast.expr) -> bool:
    return ast.unparse(value) in ("0", "[]", "{}", "()", "set()", "''", "None", "False")


def main() -> None:
    parser = argparse.ArgumentParser(description="List claims that may hold by themselves.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="all, if none is named")
    kinds: Counter[str] = Counter()
    number = 0
    for path in chosen(parser.parse_args().notebooks):
        for place, cell in enumerate(read(path).cells):
            found = claims(cell.source) if cell.cell_type == "code" else []
            number += len(found)
            for kind, claim in weak(found):
                kinds[kind] += 1
                print(f"{path.stem}[{place}]  {kind}")
                print(f"    {ast.unparse(claim.condition)}\n    {claim.text}")
    listed = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    print(f"{number} claims: {listed or 'none of a weak kind'}")


if __name__ == "__main__":
    main()
