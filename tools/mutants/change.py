"""
A change of a text, and where a solution may be changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from workbench.exercises.known import PLACE

WIDTH = 60  # characters of old and new in what a change says


@dataclass(frozen=True)
class Change:
    """
    What an operator does to a text: `new` in the place of what stands from `start` to `end`.
    """

    operator: str
    start: int  # characters
    end: int
    new: str

    def apply(self, text: str) -> str:
        return text[: self.start] + self.new + text[self.end :]

    def describe(self, text: str) -> str:
        """
        What it is, in one line: "drop an await: `await ask()` → `ask()`".
        """
        old = text[self.start : self.end]
        return f"{self.operator}: {_quoted(old)} → {_quoted(self.new)}"


def place_to_edit(text: str) -> tuple[int, int]:
    """
    From where to where a solution is changed: between the markers, or all of it.
    """
    found = PLACE.search(text)
    return found.span("yours") if found else (0, len(text))


def within(changes: Iterator[Change], place: tuple[int, int]) -> Iterator[Change]:
    return (change for change in changes if place[0] <= change.start <= change.end <= place[1])


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"`{line if len(line) <= WIDTH else line[: WIDTH - 1] + '…'}`" if line else "nothing"
