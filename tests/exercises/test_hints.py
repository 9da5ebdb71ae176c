"""
Every hint that a check can give is given to a known answer.
"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.answers import answers
from workbench.exercises.exercise import Exercise, exercises

LABS = exercises()
IN_THE_FORM = [lab for lab in LABS if (lab.folder / "hints.toml").exists()]
OWED = Path(__file__).with_name("hints_owed.txt")


def nodes(lab: Exercise) -> Iterator[ast.AST]:
    return ast.walk(ast.parse((lab.folder / "check.py").read_text(encoding="utf-8")))


def sentences(lab: Exercise) -> dict[str, str]:
    return tomllib.loads((lab.folder / "hints.toml").read_text(encoding="utf-8"))


def made_beforehand(lab: Exercise) -> set[str]:
    """
    The keys that a check writes as `Hint("key", …)`, or in a table: `(seen, "key", …)`.
    """
    keys, table = set(), set()
    in_a_table = False
    for node in nodes(lab):
        match node:
            case ast.Call(func=ast.Name("Hint"), args=[ast.Constant(str(key)), *_]):
                keys.add(key)
            case ast.Call(func=ast.Name("Hint")):
                in_a_table = True
            case ast.Tuple([_, ast.Constant(str(key)), _]):
                table.add(key)
    assert bool(table) >= in_a_table, f"the keys of {lab.path} are found nowhere"
    return keys | table if in_a_table else keys


def yielded(lab: Exercise) -> set[str]:
    """
    The keys that the check's explanations yield, and those of its model's rivals.
    """
    return rivals(lab) | {
        leaf.value
        for node in nodes(lab)
        if isinstance(node, ast.Yield)
        for leaf in branches(node.value)
        if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
    }


def rivals(lab: Exercise) -> set[str]:
    """
    The keys of the dictionary RIVALS, where the check has a model.
    """
    model = lab.folder / "check_model.py"
    if not model.exists():
        return set()
    (keys,) = (
        node.value.keys
        for node in ast.parse(model.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "RIVALS"
        if isinstance(node.value, ast.Dict)
    )
    return {key.value for key in keys if isinstance(key, ast.Constant)}


def branches(node: ast.expr | None) -> Iterator[ast.expr | None]:
    """
    What an expression may come to: of `a if b else c` both.
    """
    if isinstance(node, ast.IfExp):
        yield from branches(node.body)
        yield from branches(node.orelse)
    else:
        yield node


def given(lab: Exercise) -> set[str]:
    return {hint for answer in answers(lab) for hint in answer.hints}


def test_every_hint_is_given_by_a_known_answer() -> None:
    """
    What none gets yet is owed, in hints_owed.txt, and is taken out there when it is paid.
    """
    not_given = set()
    for lab in LABS:
        keys = set(sentences(lab)) if lab in IN_THE_FORM else made_beforehand(lab)
        not_given |= {f"{lab.path}/{key}" for key in keys - given(lab)}

    owed = set(OWED.read_text(encoding="utf-8").splitlines())

    assert not_given <= owed, f"no answer gets the hint {', '.join(sorted(not_given - owed))}"
    assert owed <= not_given, f"no longer owed: {', '.join(sorted(owed - not_given))}"


@pytest.mark.parametrize("lab", IN_THE_FORM, ids=lambda lab: lab.name)
def test_an_explanation_and_its_sentences_have_the_same_keys(lab: Exercise) -> None:
    """
    No sentence is without its condition, no key without its sentence, and none is in the check.
    """
    assert yielded(lab) == set(sentences(lab))
    assert made_beforehand(lab) == set()
