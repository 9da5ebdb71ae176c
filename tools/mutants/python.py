"""
Changes of Python, made in its text, so that all else of the file stays as it was written.
"""

import ast
from collections.abc import Callable, Iterator

from .change import Change

# A node, the source, and what is to stand in which node's place.
Replacement = tuple[ast.AST, str]
Operator = Callable[[ast.AST, "Source"], Iterator[Replacement]]
OPERATORS: dict[str, Operator] = {}

EDGES: dict[type[ast.cmpop], str] = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">"}
DELETABLE = (
    ast.Expr,
    ast.AugAssign,
    ast.Raise,
    ast.Assert,
    ast.Break,
    ast.Continue,
    ast.Delete,
)


class Source:
    """
    A text, and where the nodes of its syntax tree stand in it.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self._lines = text.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def offset(self, line: int, column: int) -> int:
        """
        Of a place that is given as `ast` does: a line from 1, a column in bytes.
        """
        before = self._lines[line - 1].encode()[:column].decode()
        return self._starts[line - 1] + len(before)

    def span(self, node: ast.AST) -> tuple[int, int]:
        return (
            self.offset(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self.offset(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def of(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.text[start:end]


def changes(text: str) -> Iterator[Change]:
    """
    Every change that leaves valid Python and another program, in the order of the text.
    """
    source = Source(text)
    seen = {ast.dump(source.tree)}
    found = []
    for node in _nodes(source.tree):
        for name, operator in OPERATORS.items():
            for place, new in operator(node, source):
                found.append(Change(name, *source.span(place), new))
        found += _without_arguments(node, source)
    for change in sorted(found, key=lambda each: (each.start, each.end)):
        try:
            tree = ast.dump(ast.parse(change.apply(text)))
        except SyntaxError:
            continue
        if tree not in seen:
            seen.add(tree)
            yield change


def operator(name: str) -> Callable[[Operator], Operator]:
    def registered(function: Operator) -> Operator:
        OPERATORS[name] = function
        return function

    return registered


@operator("delete a statement")
def _(node: ast.AST, source: Source) -> Iterator[Replacement]:
    if isinstance(node, ast.Assign):
        # Without the name every use of it fails: nothing is learned from that.
        if not isinstance(node.targets[0], ast.Name):
            yield node, "pass"
    elif isinstance(node, DELETABLE):
        value = getattr(node, "value", None)
        if not isinstance(value, ast.Constant | ast.Yield):  # a docstring, a context manager
            yield node, "pass"


@operator("a condition the other way round")
def _(node: ast.AST, source: Source) -> Iterator[Replacement]:
    for test in _conditions(node):
        yield test, f"not ({source.of(test)})"


@operator("a condition always true")
def _(node: ast.AST, source: Source) -> Iterator[Replacement]:
    if not isinstance(node, ast.While | ast.IfExp):  # a loop without an end shows nothing
        for test in _conditions(node):
            yield test, "True"


@operator("a condition always false")
def _(node: ast.AST, source: Source) -> Iterator[Replacement]:
    for test in _conditions(node):
        yield test, "False"


@operator("an edge")
def _(node: ast.AST, source: Source) -> Iterator[Replacement]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in EDGES:
        left, right = source.of(node.left), source.of(node.comparators[0])
        yield node, f"{left} {EDGES[type(node.ops[0])]} {right}"


@operator("and for or, or for and")
def _(node: ast.AST, source: Source) -> Iterator[Replacement]:
    if isinstance(node, ast.BoolOp):
        other = " and " if isinstance(node.op, ast.Or) else " or "
        yield node, f"({other.join(f'({source.of(each)})' for each in node.values)})"


@operator("drop an operand")
def _(node: ast.AST, source: Source) -> Iterator[Replacement]:
    if isinstance(node, ast.BoolOp):
        word = " or " if isinstance(node.op, ast.Or) else " and "
        for dropped in node.values:
            left = [source.of(each) for each in node.values if each is not dropped]
            yield node, f"({word.join(left)})"


@operator("a constant tenfold")
def _(node: ast.AST, source: Source) -> Iterator[Replacement]:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield node, repr(node.value * 10) if node.value else "10"  # type: ignore[operator]


@operator("a constant zero")
def _(node: ast.AST, source: Source) -> Iterator[Replacement]:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value:
        yield node, "0"


@operator("true for false, false for true")
def _(node: ast.AST, source: Source) -> Iterator[Replacement]:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield node, repr(not node.value)


@operator("drop an await")
def _(node: ast.AST, source: Source) -> Iterator[Replacement]:
    if isinstance(node, ast.Await):
        yield node, source.of(node.value)


@operator("empty a finally")
def _(node: ast.AST, source: Source) -> Iterator[Replacement]:
    # One statement: with several, each is deleted in turn.
    if isinstance(node, ast.Try) and len(node.finalbody) == 1:
        yield node.finalbody[0], "pass"


@operator("drop a with")
def _(node: ast.AST, source: Source) -> Iterator[Replacement]:
    if isinstance(node, ast.With | ast.AsyncWith) and len(node.items) == 1:
        item = node.items[0]
        if item.optional_vars is None:
            body = source.text[source.span(item.context_expr)[1] : source.span(node)[1]]
            yield node, f"if True{body}"


@operator("catch another exception")
def _(node: ast.AST, source: Source) -> Iterator[Replacement]:
    if isinstance(node, ast.ExceptHandler) and node.type is not None:
        yield node.type, "ZeroDivisionError"


@operator("return nothing")
def _(node: ast.AST, source: Source) -> Iterator[Replacement]:
    if isinstance(node, ast.Return) and node.value is not None:
        yield node.value, "None"


@operator("return early")
def _(node: ast.AST, source: Source) -> Iterator[Replacement]:
    # At its start a function that returns is as good as deleted, which every check sees.
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and len(node.body) > 2:
        yield node.body[-1], "return"


def _without_arguments(node: ast.AST, source: Source) -> Iterator[Change]:
    """
    A call without one of its keyword arguments, and the comma that goes with it.
    """
    if not isinstance(node, ast.Call):
        return
    places = sorted(source.span(each) for each in (*node.args, *node.keywords))
    for keyword in node.keywords:
        if keyword.arg is None:
            continue
        start, end = source.span(keyword)
        at = places.index((start, end))
        if at + 1 < len(places):
            end = places[at + 1][0]
        elif at:
            start = places[at - 1][1]
        yield Change("drop a keyword argument", start, end, "")


def _conditions(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.comprehension):
        return node.ifs
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        return [node.test]
    return []


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """
    Every node that does something: not what a type or an f-string is made of.

    (In an f-string positions are right only since Python 3.12.)
    """
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr):
                yield child
                yield from _nodes(child)
