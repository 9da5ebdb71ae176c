"""
Not GitHub's own: what the expressions of a workflow come to, in `${{ … }}` and in `if:`.

As GitHub documents them: https://docs.github.com/actions/reference/evaluate-expressions-in-workflows-and-actions
What it does not know it refuses: who takes that for false says something wrong of a workflow.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from workbench.errors import CannotJudge

Tree = dict[str, Any]  # what YAML has under names

TOKEN = re.compile(r"\s*('(?:[^']|'')*'|-?\d+(?:\.\d+)?|[A-Za-z_][\w-]*|&&|\|\||[=!<>]=|[^\s])")
IN_TEXT = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
FUNCTIONS: dict[str, Callable[..., object]] = {
    "contains": lambda a, b: (
        any(equal(each, b) for each in a) if isinstance(a, list) else lower(b) in lower(a)
    ),
    "startsWith": lambda a, b: lower(a).startswith(lower(b)),
    "endsWith": lambda a, b: lower(a).endswith(lower(b)),
}


class Known(Tree):
    """
    A context of which only these names are known; of any other there is something to find.
    """


def unknown(what: str) -> CannotJudge:
    return CannotJudge(
        f"The stand-in for GitHub does not know {what}.\n"
        "Write it in another way, or let GitHub itself run it."
    )


def filled(value: Any, seen: Tree) -> Any:
    """
    A text with each `${{ … }}` replaced by what it comes to: as text, before any shell.
    """
    if isinstance(value, dict):
        return {key: filled(inner, seen) for key, inner in value.items()}
    return IN_TEXT.sub(lambda found: text(Expression(found[1], seen, {}).value), text(value))


def holds(condition: object, seen: Tree, *, success: bool, failure: bool) -> bool:
    """
    Whether an `if` is true, where `success()` and `failure()` are so.

    What names no such function wants success as well.
    """
    said = text(condition).strip()
    if found := IN_TEXT.fullmatch(said):
        said = found[1]
    elif "${{" in said:
        raise unknown(f"an `if` of which only a part is an expression, `{said}`")
    status = {"success": success, "failure": failure, "always": True, "cancelled": False}
    expression = Expression(said, seen, status)
    return bool(expression.value) and (expression.asked_status or success)


class Expression:
    """
    What an expression comes to, and whether it has asked `success()` or one of its kind.
    """

    def __init__(self, source: str, seen: Tree, status: Mapping[str, bool]) -> None:
        self._source, self._seen, self._status = source.strip(), seen, status
        self._left = TOKEN.findall(source)
        self.asked_status = False
        self.value = self._either()
        if self._left:
            raise self._refused(self._left[0])

    def _refused(self, what: str) -> CannotJudge:
        return unknown(f"`{what}` in the expression `{self._source}`")

    def _take(self, *tokens: str) -> str:
        """
        The next token, if it is one of these.
        """
        return self._left.pop(0) if self._left and self._left[0] in tokens else ""

    def _need(self, token: str) -> None:
        if not self._take(token):
            raise self._refused(self._left[0] if self._left else "its end")

    def _either(self) -> Any:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value or other
        return value

    def _both(self) -> Any:
        value = self._compared()
        while self._take("&&"):
            other = self._compared()
            value = value and other
        return value

    def _compared(self) -> Any:
        value = self._not()
        while sign := self._take("==", "!="):
            value = equal(value, self._not()) == (sign == "==")
        return value

    def _not(self) -> Any:
        return not self._not() if self._take("!") else self._one()

    def _one(self) -> Any:
        token = self._left.pop(0) if self._left else "its end"
        if token == "(":  # noqa: S105, no password
            value = self._either()
            self._need(")")
        elif token.startswith("'"):
            value = token[1:-1].replace("''", "'")
        elif re.fullmatch(r"-?\d+(\.\d+)?", token):
            value = float(token)
        elif token in ("true", "false", "null"):
            value = {"true": True, "false": False, "null": None}[token]
        elif self._take("("):
            return self._called(token)
        elif token in self._seen:
            value = self._seen[token]
        else:
            raise self._refused(token)
        while self._take("."):
            value = self._property(value, self._left.pop(0) if self._left else "its end")
        return value

    def _called(self, name: str) -> Any:
        given = []
        while not self._take(")"):
            given.append(self._either())
            self._take(",")
        if name in self._status:
            self.asked_status = True
            return self._status[name]
        if name not in FUNCTIONS:
            raise self._refused(f"{name}()")
        return FUNCTIONS[name](*given)

    def _property(self, value: Any, name: str) -> Any:
        if isinstance(value, Known) and name not in value:
            raise self._refused(name)
        return value.get(name) if isinstance(value, dict) else None


def text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float() if value.is_integer():
            return str(int(value))
        case dict() | list():
            raise unknown("a text that is made of an object")
    return str(value)


def lower(value: object) -> str:
    return text(value).lower()


def equal(one: object, other: object) -> bool:
    """
    Texts are compared whatever their case, and things of two kinds as numbers.
    """
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    return number(one) == number(other)


def number(value: object) -> float:
    try:
        return float(value or 0)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")
