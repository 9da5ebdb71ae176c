"""
What is wrong with an answer before anybody looks at what it does: a file that cannot be read, a
name that does not exist.
"""

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from workbench._process import LogLine

# What no answer raises on purpose: whatever else is seen follows from it.
SLIPS = (
    "AttributeError", "ImportError", "IndentationError", "ModuleNotFoundError", "NameError",
    "SyntaxError", "TabError", "TypeError", "UnboundLocalError",
)  # fmt: skip
KEYS = ("slip", "unreadable")  # of their hints
LONGEST = 200  # characters, of what an exception says
READERS: dict[str, Callable[[bytes], Any]] = {
    ".py": ast.parse,
    ".toml": lambda raw: tomllib.loads(raw.decode()),
    ".yml": lambda raw: list(yaml.parse(raw)),
}


class Raised(NamedTuple):
    """
    An exception: "NameError: name 'x' is not defined", and the line that is to blame for it.
    """

    error: str
    line: str

    @property
    def is_a_slip(self) -> bool:
        return self.error.partition(":")[0] in SLIPS


def raised(log: list[LogLine], folder: Path) -> Iterator[Raised]:
    """
    The exceptions in a log whose tracebacks pass through files in `folder`.

    The line is the innermost one there: who was given a wrong argument is not to blame.
    """
    place = re.compile(rf'File "{re.escape(str(folder))}/([^"]+)", line (\d+)')
    inside, found = False, ""
    for _, text in log:
        # In a group of exceptions each has a margin.
        said = re.sub(r"^\s*[|+] ?", "", text)
        if "(most recent call last)" in said:
            inside, found = True, ""
        elif match := inside and place.search(said):
            found = line_of(folder / match[1], int(match[2]))
        elif inside and said[:1].strip() and (error := re.match(r"[\w.]+(: .*)?$", said)):
            if found:
                yield Raised(error[0][:LONGEST], found)
            inside = False


def line_of(file: Path, number: int) -> str:
    """
    A line as it is named: "service.py:31: sys.exit(0)".
    """
    if not file.is_file():  # it says what it likes, and may have deleted what it is
        return f"{file.name}:{number}"
    source = file.read_text(encoding="utf-8", errors="replace").splitlines()
    code = source[number - 1].strip() if 0 < number <= len(source) else ""
    return f"{file.name}:{number}: {code}"


def unreadable(folder: Path) -> Raised | None:
    """
    The first file in `folder` that Python, or who reads TOML or YAML, cannot read.
    """
    for file in sorted(folder.iterdir()):
        try:
            READERS.get(file.suffix, bytes)(file.read_bytes() if file.is_file() else b"")
        except (RecursionError, MemoryError):  # too much for a parser, which may be right
            continue
        except (ValueError, SyntaxError, yaml.YAMLError) as error:
            mark = getattr(error, "problem_mark", None)
            found = re.search(r"\(at line (\d+)", str(error))
            number = mark.line + 1 if mark else getattr(error, "lineno", found and found[1])
            words = getattr(error, "problem", None) or getattr(error, "msg", None) or error
            what = re.sub(r" \(at .*", "", f"{type(error).__name__}: {words}")[:LONGEST]
            return Raised(what, line_of(file, int(number)) if number else file.name)
    return None
