"""
What a reader hands in: one file, NAME.zip.

    hand-in.json                   who, when, and from which desk
    verdicts.json                  their records, as `check --json` writes them,
    predictions.json               without the runs, which are most of it
    incidents.json                 what became of the shops that they were on call for
    answers/CHAPTER/EXERCISE/…     of each answer that is not as it was given, what is judged

One file and no folder: JupyterLab downloads a file, a chat and a learning platform take one,
and it is replaced in one step, so that who reads thirty of them meanwhile finds the one before
or this one. `course report` reads it as it is, and as somebody has unpacked it.
"""

import getpass
import lzma
import os
import re
import unicodedata
import uuid
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from workbench._command import near
from workbench._predictions import Prediction
from workbench._records import Record, kept, printable, to_json
from workbench._scratch import discard, scratch
from workbench.errors import WorkbenchError, refusal
from workbench.incidents.report import Report

from .copies import assemble, untouched
from .exercise import exercises, work_folder
from .verdict import Verdict

FOLDER = "COURSE_SUBMISSIONS"  # the class's own, where there is one
SUFFIX = ".zip"
ABOUT, VERDICTS, PREDICTIONS = "hand-in.json", "verdicts.json", "predictions.json"
INCIDENTS = "incidents.json"
ANSWERS = "answers"
MOST_BYTES = 50 << 20  # of one file in a hand-in: what is read was sent by others
LONGEST = 200  # bytes of a name, of the 255 that a file's may have
# Of a file's name on every system, and of no path, no hidden file and no option.
NAME = re.compile(r"\w(?:[\w .,@+'()-]*[\w)])?")
# What zipfile raises for a file that is none, or half of one.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    OSError,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


@dataclass
class HandIn(Record):
    """
    Who handed in; the desk tells one work/ from another, under the same name.
    """

    kind: Literal["hand-in"] = field(default="hand-in", kw_only=True)
    schema: Literal[1] = field(default=1, kw_only=True)
    name: str
    desk: str


def hand_in(name: str | None = None, folder: Path | None = None) -> str:
    """
    Write the reader's hand-in, in the place of their last one; return what was done.

    Args:
        name: Of the reader, and of the file; if there is none, the name that they log in by.
        folder: Where it belongs; if there is none, where COURSE_SUBMISSIONS says, or `work/`.

    Raises:
        WorkbenchError: There is nothing to hand in, or nowhere; or somebody else's is there.
    """
    name = _name(name)
    shared = folder or _class_folder()
    if shared and not shared.is_dir():
        msg = (
            f"Nothing was handed in: there is no folder {shared}. "
            "Is it spelt so, and is it there on this machine?"
        )
        raise WorkbenchError(msg)
    file = (shared or work_folder()) / f"{name}{SUFFIX}"
    verdicts = [each for one in exercises() for each in kept(one.verdicts, Verdict)]
    predictions = _predictions()
    incidents = kept(work_folder() / ".incidents", Report)
    try:
        answers, trouble = _answers(scratch("hand-in"))
        if not (verdicts or predictions or incidents or answers):
            msg = (
                "There is nothing to hand in yet: no verdict, no prediction, no incident, and "
                "no answer that differs from what was given."
            )
            raise WorkbenchError("\n".join([msg, *trouble]))
        about = HandIn(name, _desk())
        before = _replaced(file, about)
        texts = {
            ABOUT: to_json(about),
            VERDICTS: _as_list([replace(verdict, runs={}) for verdict in verdicts]),
            PREDICTIONS: _as_list(predictions),
            INCIDENTS: _as_list(incidents),
        }
        _write(file, texts, answers)
    except OSError as error:
        raise WorkbenchError(f"Nothing was handed in. {refusal(error, file.parent)}") from None
    finally:
        discard("hand-in")
    what = [
        _count(len(answers), "answer"),
        _count(len(verdicts), "verdict"),
        _count(len(predictions), "prediction"),
    ]
    what += [_count(len(incidents), "incident")] if incidents else []
    lines = [
        f"Handed in as {name}: {', '.join(what)}.",
        f"It is in {near(file)} ({_size(file)}){before}.",
    ]
    if not shared:
        lines.append(
            "Send this file to whoever teaches you; in JupyterLab, right-click it: Download."
        )
    return "\n".join([*lines, *trouble])


def content(archive: zipfile.ZipFile, name: str) -> bytes:
    """
    A file in a hand-in, which may claim to be smaller than it is.

    Raises:
        one of BROKEN: It is not there, broken, or too large.
    """
    with archive.open(name) as file:
        text = file.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        msg = f"more than {MOST_BYTES >> 20} MB"
        raise ValueError(msg)
    return text


def _name(name: str | None) -> str:
    """
    The reader's name, if a file can have it on every system.
    """
    said = "--as NAME says under which name you hand in"
    if name is None:
        try:
            name = os.environ.get("JUPYTERHUB_USER") or getpass.getuser()
        except (KeyError, OSError):
            msg = f"Nothing was handed in: this system has no name for you. {said}."
            raise WorkbenchError(msg) from None
    name = unicodedata.normalize("NFC", name)
    if not NAME.fullmatch(name) or len(name.encode()) > LONGEST:
        msg = (
            f"Nothing was handed in: no file can be called {printable(name)!r} everywhere. "
            f"{said}: letters, digits, blanks, and - . , @ + ' ( ) between them, at most "
            f"{LONGEST} bytes."
        )
        raise WorkbenchError(msg)
    return name


def _class_folder() -> Path | None:
    said = os.environ.get(FOLDER)
    return Path(said) if said else None


def _predictions() -> list[Prediction]:
    everything = work_folder() / ".predictions"
    folders = sorted({file.parent for file in everything.rglob("*.json")})
    return [each for folder in folders for each in kept(folder, Prediction)]


def _answers(target: Path) -> tuple[dict[str, Path], list[str]]:
    """
    What a check would judge, copied: a folder for each answer, by the path of its exercise;
    and a sentence for each that cannot be.
    """
    answers, trouble = {}, []
    for exercise in exercises():
        if not exercise.work.is_dir():
            continue
        try:
            if untouched(exercise, exercise.work):
                continue
            copy = target / exercise.path
            copy.parent.mkdir(exist_ok=True)
            assemble(exercise, exercise.work, copy)
            answers[exercise.path] = copy
        except (OSError, WorkbenchError) as error:
            why = refusal(error, exercise.work) if isinstance(error, OSError) else f"{error}"
            trouble.append(f"Without your answer to {exercise.name}. {why}")
    return answers, trouble


def _desk() -> str:
    """
    What only this work/ says of itself, whoever sits at it.
    """
    file = work_folder() / ".desk"
    with suppress(FileExistsError):
        with file.open("x", encoding="utf-8") as new:
            new.write(uuid.uuid4().hex)
    return file.read_text(encoding="utf-8", errors="replace")


def _replaced(file: Path, about: HandIn) -> str:
    """
    Which hand-in is replaced, in words; nobody replaces another's, of the same name.
    """
    if not os.path.lexists(file):
        return ""
    try:
        with zipfile.ZipFile(file) as archive:
            before = TypeAdapter(HandIn).validate_json(content(archive, ABOUT), strict=True)
        if before.desk == about.desk:
            when = datetime.fromisoformat(before.when).astimezone()
            return f", in place of the one of {when:%Y-%m-%d %H:%M}"
        whose = "was handed in from another work/ than yours"
    except (*BROKEN, ValidationError):
        whose = "is there, and is no hand-in"
    msg = (
        f"Nothing was handed in: {file} {whose}. If it is an older one of yours, remove it; "
        "else take another name: --as NAME."
    )
    raise WorkbenchError(msg)


def _write(file: Path, texts: dict[str, str], answers: dict[str, Path]) -> None:
    """
    Write it beside its place, and move it there when it is whole.
    """
    new = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(
            new, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False
        ) as archive:
            for name, text in texts.items():
                archive.writestr(name, text)
            for path, folder in answers.items():
                for each in sorted(folder.rglob("*")):
                    if each.is_file():
                        inside = f"{ANSWERS}/{path}/{each.relative_to(folder).as_posix()}"
                        archive.write(each, inside.encode(errors="replace").decode())
        new.chmod(0o644)  # whoever teaches is somebody else; who may enter the folder, it says
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def _as_list(records: Sequence[Record]) -> str:
    return f"[{','.join(map(to_json, records))}]"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _size(file: Path) -> str:
    return f"{max(1, file.stat().st_size // 1000)} kB"
