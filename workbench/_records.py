"""
What is kept of a reader, in `work/`: records, as JSON, a file each.

A record says of what `kind` it is, in which `schema` of that kind, when it was made and on
which machine; what else it says is its kind's own. Verdicts are such records.

None is ever deleted, nor overwritten, but by itself when it says more. What cannot be read is
named and passed over, or set aside by `course doctor`; what another version of the course has
written is left alone.
"""

import itertools
import json
import os
import platform
import sys
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from ._command import course


@dataclass(kw_only=True)
class Record:
    """
    What every record says. A kind narrows the first two to what they are.
    """

    kind: str
    schema: int  # of the kind; raised when a field changes its meaning
    when: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    machine: str = f"Python {platform.python_version()}, {platform.system()}"


R = TypeVar("R", bound=Record)
_named: set[Path] = set()  # what was said to be passed over


class Unreadable(ValueError):
    """
    A file is no record of its kind: the message is a phrase that says why.
    """


class AnotherVersion(Unreadable):
    """
    A file is a record of another version of the course, and whole for all that we know.
    """


def keep(record: Record, folder: Path) -> Path:
    """
    Write a record beside those before it, as 0001.json, 0002.json, …

    It is there whole or not at all, and never in the place of another: who makes
    `0001.json.new` has the number, and renames the file when it is whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [int(file.stem) for file in folder.glob("*.json") if file.stem.isdecimal()]
    for number in itertools.count(max(numbers, default=0) + 1):
        file = folder / f"{number:04}.json"
        new = file.with_suffix(".json.new")
        try:
            with new.open("x", encoding="utf-8") as content:  # two checks may end at once
                content.write(to_json(record))
            if not file.exists():  # else another check has been here since we looked
                return new.rename(file)
        except FileExistsError:
            continue
        except OSError:
            new.unlink(missing_ok=True)
            raise
        new.unlink()
    raise AssertionError  # there is always one more number


def amend(record: Record, file: Path) -> None:
    """
    Write a record anew that says more than it did: all of it is there, or it is as it was.
    """
    new = file.with_suffix(f".json.{os.getpid()}")
    try:
        new.write_text(to_json(record), encoding="utf-8")
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def kept(folder: Path, kind: type[R]) -> list[R]:
    """
    The records in a folder, oldest first; what cannot be read is named, once, and passed over.
    """
    return [record for _, record in kept_in(folder, kind)]


def kept_in(folder: Path, kind: type[R]) -> list[tuple[Path, R]]:
    """
    The same, each with the file that it is in.
    """
    found = []
    for file in sorted(folder.glob("*.json")):
        try:
            found += [(file, record) for record in read(file, kind)]
        except Unreadable as error:
            if file not in _named:
                _named.add(file)
                mend = f"`{course('doctor')}` sets it aside."
                advice = "" if isinstance(error, AnotherVersion) else f" {mend}"
                print(printable(f"Passed over: {file} {error}.{advice}"), file=sys.stderr)
    return found


def set_aside(folder: Path, kind: type[Record]) -> dict[Path, Path]:
    """
    Rename what is no record anywhere below a folder; return the old and new names.
    """
    renamed = {}
    for file in sorted(folder.rglob("*.json")):
        try:
            read(file, kind)
        except AnotherVersion:
            continue
        except Unreadable:
            names = (f"{file.name}.unreadable{n or ''}" for n in itertools.count())
            aside = next(path for path in map(file.with_name, names) if not path.exists())
            renamed[file] = file.rename(aside)
    return renamed


def read(file: Path, kind: type[R]) -> list[R]:
    """
    The records in a file: one, as it is kept, or a list, as `check --json` writes it.

    Raises:
        Unreadable: There is no such thing in it.
    """
    try:
        text = file.read_bytes()
    except OSError as error:
        msg = f"cannot be read ({error.strerror})"
        raise Unreadable(msg) from None
    if not text.strip():
        msg = "is empty"
        raise Unreadable(msg)
    try:
        several = text.lstrip().startswith(b"[")
        entries = text if several else b"[%b]" % text
        # mypy takes the class for one of its instances, which have no hash.
        reader = _reader(kind)  # type: ignore[arg-type]
        records: list[R] = reader.validate_json(entries, strict=True)
        return records
    except ValidationError as found:
        faults = found.errors(include_url=False, include_input=False)
    for fault in faults:
        if fault["loc"][1:] == ("schema",):
            msg = "was written by another version of the course"
            raise AnotherVersion(msg)
    where = ".".join(str(part) for part in faults[0]["loc"][1:])
    msg = f"is no {kind.__name__.lower()} ({where + ': ' if where else ''}{faults[0]['msg']})"
    raise Unreadable(msg)


def to_json(record: Record) -> str:
    text = json.dumps(asdict(record), ensure_ascii=False, indent=1)
    return text.encode(errors="replace").decode()  # half a surrogate pair is no text


def printable(text: str) -> str:
    """
    A line with its control characters as escapes, and whatever else would move what is shown.

    What an answer prints must not wipe a screen, set a title or turn the text around.
    """
    return "".join(
        each if each.isprintable() or each == "\t" else each.encode("unicode_escape").decode()
        for each in text
    )


@cache
def _reader(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(list[kind])
