"""
What was proved before, and still holds since nothing that it depends on has changed.

An exercise with its known answers is proved as a whole; so is a notebook with its canaries, and
a module of slow tests. What was proved is kept in `tests/proven.txt`, in a line of its own:

    05_failure_handling/breaker  CPython-3.11-Linux-x86_64-root-unshare  1f0c…  8b2e…

what it is, on which kind of machine, the digest of its own files, and that of all else that it
depends on: bytes, not imports, since what is started by a command line is not seen in an
import (of a notebook, the bytes of its code). The file is a set of lines, and two branches are
merged by keeping the lines of both (`.gitattributes`).

A line is written only by a run that saw every proof of it at the first try, and never in CI.
What a digest does not see (a kernel, a hand in `.venv`) a sample does, drawn by the commit: one
answer of each exercise, one canary of each chapter, one test of each module. `make proofs`
believes nothing.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tools import ROOT

FILE = ROOT / "tests" / "proven.txt"
# No check and no notebook imports or starts these; a test holds them to it.
NOT_UNDER_A_PROOF = (
    "__main__.py",
    "_doctor.py",
    "by_hand.py",
    "exercises/class_report",
    "exercises/hand_in.py",
    "exercises/regrade.py",
    "incidents",
    "trial",
)
# In the lock, and nobody imports them before chapter 7.
ONLY_IN_CHAPTER_7 = ("opentelemetry-sdk", "opentelemetry-semantic-conventions")
# Made beside what is read; and what a solution's changes may do, which no proof reads.
LEFT_OUT = ("__pycache__", ".ipynb_checkpoints", "allowed.toml")


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
    sampled_with: str | None  # what is kept under one such name is sampled once; None, never
    rounds: int = 1  # after a change of its own files; a race shows seldom
    programs: tuple[str, ...] = ()  # of the machine, that it is proved with or without
    packages: tuple[str, ...] = ()  # of the lock, that not everybody's proof depends on

    @property
    def kind(self) -> str:
        """
        The kind of machine, as far as it matters: "CPython-3.11-Linux-x86_64-root-kubectl".
        """
        found = (program for program in self.programs if shutil.which(program))
        return "-".join([*machine(), *found])

    @property
    def digests(self) -> Digests:
        rest = digest((*common(), *self.rest))
        if self.packages:
            lock = _entries((ROOT / "requirements.txt").read_bytes())
            asked = b"".join(lock[name] for name in self.packages)
            rest = hashlib.sha256(rest.encode() + asked).hexdigest()[:16]
        return Digests(digest(self.own), rest)


@dataclass(frozen=True)
class Proof:
    """
    One proof that a run makes.
    """

    subject: Subject
    name: str
    round: int = 1
    whole: int = 0  # how many of this run prove the subject together; 0 in a sample

    @property
    def seed(self) -> int:
        """
        What is drawn from: of a proof that is kept, its round; of a sample, the commit.
        """
        return self.round if self.whole else number(head())

    def __str__(self) -> str:
        again = f"-{self.round}" if self.round > 1 else ""
        return f"{self.subject.name}-{self.name}{again}"


def plan(subjects: Sequence[Subject], *, believe: bool = True) -> list[Proof]:
    """
    What is to be proved: all that no kept line speaks of, and a sample of the rest.

    What has changed itself is proved in all its rounds; what stands on other ground, once.
    """
    lines, commit = kept(), head()
    known = {(name, own) for name, _, own, _ in lines}
    proofs: list[Proof] = []
    samples: dict[str, list[Proof]] = {}
    for subject in subjects:
        now = subject.digests
        if not believe or (subject.name, subject.kind, now.own, now.rest) not in lines:
            changed = (subject.name, now.own) not in known
            rounds = subject.rounds if changed else 1
            whole = rounds * len(subject.proofs)
            proofs += [
                Proof(subject, name, round_, whole)
                for round_ in range(1, rounds + 1)
                for name in subject.proofs
            ]
        elif subject.sampled_with:
            choices = [Proof(subject, name) for name in subject.proofs]
            samples.setdefault(subject.sampled_with, []).extend(choices)
    return proofs + [draw(choices, f"{commit} {name}") for name, choices in samples.items()]


def keep(proved: Iterable[tuple[str, str, str, str]]) -> None:
    """
    Note what was proved: name, kind of machine, and both digests.
    """
    new = set(proved)
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
    return choices[number(seed) % len(choices)]


def number(text: str) -> int:
    """
    A large number, the same for the same text.
    """
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def digest(paths: Iterable[Path]) -> str:
    """
    Of the names, the bytes and the executable bits of files, and of all files in folders.

    Of a notebook the code counts; of the lock, what every proof depends on.
    """
    total = hashlib.sha256()
    for file in sorted(set(_files(paths))):
        executable = file.stat().st_mode & 0o111
        total.update(f"{file.relative_to(ROOT)} {executable:o}\0".encode())
        total.update(_digest_of(file, file.stat().st_mtime_ns))
    return total.hexdigest()[:16]


def is_under_a_proof(path: Path) -> bool:
    """
    Whether a file of the workbench may be started or imported by what is proved.
    """
    unused = {ROOT / "workbench" / name for name in NOT_UNDER_A_PROOF}
    return unused.isdisjoint((path, *path.parents))


@cache
def common() -> tuple[Path, ...]:
    """
    What every proof depends on: the workbench, the lock, and who judges.
    """
    files = (path for path in (ROOT / "workbench").rglob("*.py") if is_under_a_proof(path))
    return (*files, ROOT / "requirements.txt", ROOT / "tools" / "__init__.py")


def named_in(folder: Path, candidates: Iterable[Path]) -> tuple[Path, ...]:
    """
    Those of the candidates whose names stand in a file of the folder.
    """
    texts = [_content(file).decode(errors="replace") for file in _files([folder])]
    return tuple(path for path in candidates if any(path.name in text for text in texts))


@cache
def machine() -> tuple[str, ...]:
    """
    What a verdict may depend on anywhere: the Python, the system, and what it lets us do.
    """
    version = ".".join(platform.python_version_tuple()[:2])
    facts = (platform.python_implementation(), version, platform.system(), platform.machine())
    who = ["root"] if os.geteuid() == 0 else []
    may = ["unshare"] if _can_unshare() else []
    return (*facts, *who, *may)


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
            yield from (file for file in found if not set(LEFT_OUT) & set(file.parts))
        elif path.exists():
            yield path


@cache
def _digest_of(file: Path, _changed: int) -> bytes:
    return hashlib.sha256(_content(file)).digest()


def _content(file: Path) -> bytes:
    """
    What a proof can depend on: not a notebook's prose, which fails nowhere, nor its outputs.
    """
    content = file.read_bytes()
    if file.suffix == ".ipynb":
        cells = json.loads(content)["cells"]
        code = [
            ["".join(cell["source"]), sorted(cell["metadata"].get("tags", []))]
            for cell in cells
            if cell["cell_type"] == "code"
        ]
        return json.dumps(code).encode()
    if file == ROOT / "requirements.txt":
        lock = _entries(content)
        return b"".join(lock[name] for name in lock if name not in ONLY_IN_CHAPTER_7)
    return content


def _entries(lock: bytes) -> dict[str, bytes]:
    """
    A lock's lines, by the package that they pin.
    """
    found = re.findall(rb"^[^\s#].*(?:\n +.*)*\n", lock, re.MULTILINE)
    return {entry.partition(b"==")[0].decode(): entry for entry in found}
