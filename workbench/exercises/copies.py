"""
The reader's copies: made, put back, and assembled for a check.
"""

import ast
import errno
import hashlib
import itertools
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from workbench.errors import WorkbenchError

from .exercise import COURSE, Exercise, work_folder

MOST_BYTES, MOST_FILES = 20 << 20, 1000  # of an answer; a check copies it
CHANGED_BY_NOBODY = ("labs", "solutions", "stand_ins", "workbench")  # readers: only work/


def open_work(exercise: Exercise) -> Path:
    """
    Make the reader's copy of what is not there yet; return the file to edit.
    """
    exercise.work.mkdir(parents=True, exist_ok=True)
    for path in exercise.given:
        if not os.path.lexists(exercise.work / path.name):
            # Beside it first: half a copy, on a full disk, would be taken for the reader's own.
            new = exercise.work / f".{path.name}.{os.getpid()}"
            try:
                shutil.copy(path, new)
                new.rename(exercise.work / path.name)
            finally:
                new.unlink(missing_ok=True)
    return exercise.work / exercise.edit


def brief_assistants() -> None:
    """
    Write down, where a coding assistant looks for it, how to help a reader; what stands there
    is theirs.
    """
    folder = work_folder()
    if not os.path.lexists(folder / "AGENTS.md"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(__file__).with_name("assistants.md"), folder / "AGENTS.md")


def reset_work(exercise: Exercise) -> list[Path]:
    """
    Begin anew; return where the old files are kept, those that were changed.
    """
    kept = []
    for given in exercise.given:
        file = exercise.work / given.name
        if file.exists() and file.read_bytes() != given.read_bytes():  # a note counts, too
            backups = (file.with_name(f"{file.name}.bak-{n}") for n in itertools.count(1))
            kept.append(next(path for path in backups if not path.exists()))
            file.rename(kept[-1])
        file.unlink(missing_ok=True)
    open_work(exercise)
    return kept


def untouched(exercise: Exercise, attempt: Path) -> bool:
    """
    Whether an attempt says the same as the given files, comments and blanks aside.
    """
    return all(
        _meaning(attempt / name) == _meaning(exercise.folder / name)
        for name in exercise.edits
        if (attempt / name).is_file()
    )


def assemble(exercise: Exercise, attempt: Path, target: Path) -> None:
    """
    Copy an attempt to where it is run; what is given, and not to be edited, is the exercise's.

    Raises:
        WorkbenchError: There is nothing to check, or something that is not copied: what is no
            plain file, or too much.
    """
    missing = not any(os.path.lexists(attempt / name) for name in exercise.edits)
    if missing and (os.access(attempt, os.X_OK) or not attempt.is_dir()):
        names = " and no ".join(exercise.edits)
        msg = f"There is no {names} in {attempt}, so there is nothing to check."
        raise WorkbenchError(msg)
    target.mkdir()
    size = 0
    for number, file in enumerate(_answer(exercise, attempt), start=1):
        if fault := _fault(file):
            msg = f"{file} {fault}, so your answer cannot be checked."
            raise WorkbenchError(msg)
        size += file.stat().st_size
        if size > MOST_BYTES or number > MOST_FILES:
            msg = (
                f"{attempt} is too much for an answer (at {file.name}): at most "
                f"{MOST_BYTES >> 20} MB and {MOST_FILES} files are copied for a check. "
                "Move what is no part of it to another place."
            )
            raise WorkbenchError(msg)
        copy = target / file.relative_to(attempt)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    for path in exercise.given:
        if path.name not in exercise.edits or not (target / path.name).exists():
            shutil.copy(path, target)


def course_files() -> dict[str, bytes]:
    """
    What nobody changes while a check runs, by path: a digest of each file.

    Notebooks are left out: JupyterLab saves an open one at any time. So is what editors and
    Python make beside a file.
    """
    digests = {}
    for top in CHANGED_BY_NOBODY:
        for folder, folders, names in os.walk(COURSE / top):
            folders[:] = [name for name in folders if not _made_beside(name)]
            for file in (Path(folder, name) for name in names if not _made_beside(name)):
                if file.suffix != ".ipynb":
                    digests[str(file.relative_to(COURSE))] = _digest(file)
    return digests


def _answer(exercise: Exercise, folder: Path) -> Iterator[Path]:
    """
    The files of an answer, those in its folders too; links to folders are not followed.
    """
    try:
        entries = sorted(folder.iterdir())
    except PermissionError:
        msg = f"{folder} cannot be read: `chmod u+rx {folder}` lets you and the check do it."
        raise WorkbenchError(msg) from None
    for path in entries:
        if exercise.passes_over(path.name):
            continue
        if path.is_dir() and not path.is_symlink() and path.name not in exercise.edits:
            yield from _answer(exercise, path)
        else:
            yield path


def _fault(file: Path) -> str:
    """
    Why a file is not copied, and what to do: a phrase, or nothing.
    """
    instead = "put the file itself there, or remove it"
    try:
        mode = file.stat().st_mode
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP):
            return f"is a link that leads to no file ({instead})"
        return f"cannot be read: {error.strerror} ({instead})"
    if stat.S_ISDIR(mode):
        what = "a link to a folder" if file.is_symlink() else "a folder"
        return f"is {what} ({instead})"
    if not stat.S_ISREG(mode):
        return f"is a pipe, a socket or a device ({instead})"
    if not os.access(file, os.R_OK):
        return f"may not be read by you (`chmod u+r {file.name}`, or remove it)"
    return ""


def _made_beside(name: str) -> bool:
    return name.startswith(".") or name == "__pycache__"


def _digest(file: Path) -> bytes:
    try:
        if not file.is_file():  # to read a pipe would be to wait for it
            return b""
        with file.open("rb") as content:
            return hashlib.file_digest(content, "blake2b").digest()
    except OSError:  # that it cannot be read is a state like any other
        return b""


def _meaning(file: Path) -> str:
    text = file.read_text(encoding="utf-8", errors="replace")
    if file.suffix == ".py":
        try:
            return ast.dump(ast.parse(text))
        except (SyntaxError, ValueError):
            return text
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("#"))
