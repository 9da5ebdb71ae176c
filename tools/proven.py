"""
What was proved before, and still holds since nothing that it depends on has changed.

An exercise with its known answers, and a notebook with its canaries, is proved as a whole. A
proof that was seen is kept in `tests/proven.txt`, in a line of its own:

    05_failure_handling/breaker  CPython-3.11-Linux-x86_64-root-unshare  1f0c…  8b2e…

what was proved, on which kind of machine, the digest of its own files, and that of all else
that it depends on: bytes, not imports, since what is started by a command line is not seen in
an import. The file is a set of lines, and two branches that prove each other's are merged by
keeping both (`.gitattributes`).

A line is written only by a run that saw every proof of it at the first try, and never in CI.
What a digest does not see (a kernel, an editor's hand in `.venv`) a sample does, drawn by the
commit: one answer of each exercise, one canary of each chapter. `make proofs` believes nothing.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tools import ROOT

FILE = ROOT / "tests" / "proven.txt"
PROGRAMS = ("kubectl",)  # what checks and notebooks take from the machine, where it is there
# No check and no notebook imports or starts these; a test holds them to it.
NOT_UNDER_A_PROOF = ("__main__.py", "_doctor.py", "exercises/class_report.py")
MADE_BESIDE = ("__pycache__", ".ipynb_checkpoints")


@dataclass(frozen=True)
class Digests:
    """
    Of what is proved itself, and of all else that its proof depends on.
    """

    own: str
    rest: str


@dataclass(frozen=True)
class Subject:
    """
    What is proved as a whole: its name, its proofs, and the files that they depend on.
    """

    name: str
    proofs: tuple[str, ...]
    own: tuple[Path, ...]  # files, and folders with all that is in them
    rest: tuple[Path, ...]
    sampled_with: str  # what is kept under one such name is sampled once
    rounds: int = 1  # after a change of its own files; a race shows seldom

    @property
    def digests(self) -> Digests:
        return Digests(digest(self.own), digest((*common(), *self.rest)))


@dataclass(frozen=True)
class Proof:
    """
    One proof that a run makes.
    """

    subject: Subject
    name: str
    round: int = 1
    whole: int = 0  # how many of this run prove the subject together; 0 in a sample

    def __str__(self) -> str:
        again = f"-{self.round}" if self.round > 1 else ""
        return f"{self.subject.name}-{self.name}{again}"


def plan(subjects: Sequence[Subject], *, everything: bool = False) -> list[Proof]:
    """
    What is to be proved: all that no kept line speaks of, and a sample of the rest.

    What has changed itself is proved in all its rounds; what stands on other ground, once.
    """
    lines, here, commit = kept(), kind(), head()
    known = {(name, own) for name, _, own, _ in lines}
    proofs: list[Proof] = []
    samples: dict[str, list[Proof]] = {}
    for subject in subjects:
        now = subject.digests
        if everything or (subject.name, here, now.own, now.rest) not in lines:
            changed = (subject.name, now.own) not in known
            rounds = subject.rounds if changed and not everything else 1
            whole = rounds * len(subject.proofs)
            proofs += [
                Proof(subject, name, number, whole)
                for number in range(1, rounds + 1)
                for name in subject.proofs
            ]
        else:
            choices = [Proof(subject, name) for name in subject.proofs]
            samples.setdefault(subject.sampled_with, []).extend(choices)
    return proofs + [draw(choices, f"{commit} {name}") for name, choices in samples.items()]


def keep(proved: Mapping[str, Digests]) -> None:
    """
    Note what was proved, by name, on this kind of machine.
    """
    new = {(name, kind(), now.own, now.rest) for name, now in proved.items()}
    replaced = {line[:2] for line in new}
    lines = {line for line in kept() if line[:2] not in replaced} | new
    text = "".join(f"{'  '.join(line)}\n" for line in sorted(lines))
    beside = FILE.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(FILE)


def kept() -> set[tuple[str, str, str, str]]:
    """
    What was proved before: name, kind of machine, and both digests.
    """
    text = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    return {
        (name, where, own, rest) for name, where, own, rest in map(str.split, text.splitlines())
    }


def draw(choices: Sequence[Proof], seed: str) -> Proof:
    """
    One of them, the same for the same seed.
    """
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    return choices[number % len(choices)]


def digest(paths: Iterable[Path]) -> str:
    """
    Of the names, the bytes and the executable bits of files, and of all files in folders.
    """
    total = hashlib.sha256()
    for file in sorted(set(_files(paths))):
        executable = file.stat().st_mode & 0o111
        total.update(f"{file.relative_to(ROOT)} {executable:o}\0".encode())
        total.update(_digest_of(file, file.stat().st_mtime_ns))
    return total.hexdigest()[:16]


@cache
def common() -> tuple[Path, ...]:
    """
    What every proof depends on: the workbench, the lock, and who judges.
    """
    unused = {ROOT / "workbench" / name for name in NOT_UNDER_A_PROOF}
    files = (path for path in (ROOT / "workbench").rglob("*.py") if path not in unused)
    return (*files, ROOT / "requirements.txt", ROOT / "tools" / "__init__.py")


def named_in(folder: Path, candidates: Iterable[Path]) -> tuple[Path, ...]:
    """
    Those of the candidates whose names stand in a file of the folder.
    """
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in _files([folder])]
    return tuple(path for path in candidates if any(path.name in text for text in texts))


@cache
def kind() -> str:
    """
    The kind of machine, as far as a verdict may depend on it: "CPython-3.11-Linux-x86_64-root".
    """
    version = ".".join(platform.python_version_tuple()[:2])
    found = [program for program in PROGRAMS if shutil.which(program)]
    may = ["unshare"] if _can_unshare() else []
    who = ["root"] if os.geteuid() == 0 else []
    facts = (platform.python_implementation(), version, platform.system(), platform.machine())
    return "-".join([*facts, *who, *may, *found])


@cache
def head() -> str:
    """
    The commit that is checked out; in a folder without history, the same for all.
    """
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _can_unshare() -> bool:
    """
    Whether a check may be PID 1 in a namespace of its own.
    """
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = ["unshare", *user, "--pid", "--fork", "--mount-proc", "true"]
    if sys.platform != "linux" or shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = (file for file in path.rglob("*") if file.is_file())
            yield from (file for file in found if not set(MADE_BESIDE) & set(file.parts))
        elif path.exists():
            yield path


@cache
def _digest_of(file: Path, _changed: int) -> bytes:
    return hashlib.sha256(file.read_bytes()).digest()
