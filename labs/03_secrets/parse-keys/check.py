"""
Bad folders of keys and good ones, each given to a process of its own.
"""

import hmac
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from workbench import Process, scratch, start, wait_until
from workbench.checks import Hint, expect, record

LETTERS = "BDFGJKQVWXZ"  # no four of them in a row stand in a line of a log
ACCENTS = "a key of 20 letters with accents"
NEWLINES = "a newline at the end of each"
NUMBERS, CAPITALS = "numbers for names", "a capital and a small letter for names"
MARK, RETURN = "a byte order mark at the beginning of a key", "a carriage return in a key"
FOLDER, LOOSE = "a folder in a file's place", "a link to nothing"
BYTES = "bytes that are no UTF-8"
NO_BREAK = "NEW, OLD before a no-break space"
NO_FOLDER = "no folder"
PIECE = 4  # characters of a key that betray it
SECONDS_TO_START = 20
AT_ONCE = 4  # services; twenty starts at once are what makes a machine slow

NOTHING = Path("nothing")  # in a file's place: a link that leads nowhere

Files = dict[str, str | bytes | Path | None]  # by their names; none is a folder

# A connection for each request: after a status 500 the server hangs up.
client = httpx.Client(timeout=10, limits=httpx.Limits(max_keepalive_connections=0))


class Folders(NamedTuple):
    """
    What lies in KEYS, by what is said of it.
    """

    stranger: str  # a key in a file that begins with a dot, in each folder
    good: dict[str, Files]
    nothing: dict[str, Files]
    empty: dict[str, Files]  # a file of it
    padded: dict[str, Files]
    blank: dict[str, Files]
    too_short: dict[str, Files]
    twice: dict[str, Files]
    odd: dict[str, Files]

    @property
    def bad(self) -> dict[str, Files]:
        return (
            self.nothing | self.empty | self.padded | self.blank
            | self.too_short | self.twice | self.odd
        )  # fmt: skip

    def keys(self, name: str) -> list[str]:
        """
        Of a good folder, in the order of the files' names.
        """
        files = self.good[name]
        return [str(files[file]).removesuffix("\n") for file in sorted(files)]


@pytest.fixture(scope="module")
def folders(seed: int) -> Folders:
    draw = random.Random(seed)

    def key(characters: int, among: str = LETTERS) -> str:
        return "".join(draw.choices(among, k=characters))

    def named(*contents: str | bytes | Path | None) -> Files:
        """
        Files whose names come in the order of what is in them, written in another.
        """
        names = sorted("".join(draw.choices("abcdefghkmnprstuvwxyz", k=6)) for _ in contents)
        files = list(zip(names, contents, strict=True))
        return dict(draw.sample(files, len(files)))

    older, old, new = sorted(key(draw.randint(40, 80)) for _ in range(3))
    padding, no_break = draw.choice(" \t\r"), draw.choice("\u00a0\u2003\u3000")
    shorter = draw.randint(1, 30)
    digit, small = draw.randint(2, 9), draw.choice("abcdefgh")
    return Folders(
        stranger=key(48),
        good={
            "NEW, OLD": named(new, old),
            "three keys": named(*draw.sample((new, old, older), 3)),
            "a key of 32 bytes": named(key(32)),
            ACCENTS: named(key(20, "äöüßéèñçøå")),  # 40 bytes
            "a key with a space in the middle": named(new, f"{key(20)} {key(20)}"),
            NEWLINES: named(f"{new}\n", f"{old}\n"),
            NUMBERS: {f"{digit}": old, f"1{draw.randint(0, 9)}": new},
            CAPITALS: {small: old, chr(ord(small.upper()) + 1): new},
            MARK: named(f"\ufeff{new}", old),
            RETURN: named(f"{key(20)}\r\n{key(20)}", old),
        },
        nothing={NO_FOLDER: {}, "nothing in it": {}},
        empty={
            "NEW, an empty file": named(new, ""),
            "NEW, a newline": named(new, "\n"),
            "NEW, an empty file, OLD": named(new, "", old),
        },
        padded={
            "NEW, OLD behind a blank": named(new, padding + old),
            "NEW, OLD with two newlines": named(new, f"{old}\n\n"),
            "NEW, OLD with a blank and a newline": named(new, f"{old}{padding}\n"),
            NO_BREAK: named(new, f"{old}{no_break}"),
        },
        blank={"NEW, blanks": named(new, " " * draw.randint(32, 50))},
        too_short={
            "NEW, 31 bytes and a newline": named(new, f"{key(31)}\n"),
            f"NEW, {shorter} bytes, OLD": named(new, key(shorter), old),
        },
        twice={
            "NEW, OLD, NEW": named(new, old, new),
            "NEW, OLD, OLD with a newline": named(new, old, f"{old}\n"),
        },
        odd={
            FOLDER: named(new, None),
            LOOSE: named(new, NOTHING),
            BYTES: named(new, f"{key(40)}ÿ".encode("latin-1")),
        },
    )


class Found(NamedTuple):
    """
    What became of every folder.
    """

    folders: Folders

    started: list[str]  # bad folders with which the service serves
    exit_0: list[str]  # bad folders that are refused as if all were well
    forged: list[str]  # folders that let anybody in, with no key at all
    stripped: list[str]  # padded ones whose key was changed
    printed: list[str]  # folders of which a piece stands in the log
    refused: list[str]  # good folders with which it does not serve
    altered: list[str]  # good folders whose keys do not work as they are
    reordered: list[str]  # good folders of which another key signs than the first
    strange: list[str]  # good folders with which it believes what a dotted file has signed


def token(user: str, key: str) -> str:
    return f"{user}.{hmac.digest(key.encode(), user.encode(), 'sha256').hex()}"


def serves(service: Process) -> bool:
    """
    Wait until it serves or has ended; which of the two.
    """

    def settled() -> bool:
        return not service.running or "Uvicorn running" in service.tail(1)

    wait_until(settled, SECONDS_TO_START)
    return service.running


def lay_out(case: str, files: Files, stranger: str) -> Path:
    """
    The folder, as Kubernetes mounts it: each name is a link to a file in a folder with dots.
    """
    folder = scratch(f"keys: {case}") / "keys"
    if case == NO_FOLDER:
        return folder
    (folder / "..2026").mkdir(parents=True)
    (folder / "..data").symlink_to("..2026")
    (folder / ".before").write_text(stranger, encoding="utf-8")
    for name, content in files.items():
        if content is None:
            (folder / name).mkdir()
            continue
        if isinstance(content, Path):
            (folder / name).symlink_to(content)
            continue
        data = content if isinstance(content, bytes) else content.encode()
        (folder / "..2026" / name).write_bytes(data)
        (folder / name).symlink_to(f"..data/{name}")
    return folder


def launch(
    folder: Path, cases: dict[str, Files], stranger: str, name: str
) -> Iterator[tuple[str, Process]]:
    """
    Start a service with each of these folders, a few at the same time.
    """
    for begin in range(0, len(cases), AT_ONCE):
        yield from [
            (
                case,
                start(
                    "uvicorn service:app --port {port} --no-access-log",
                    ready=None,
                    name=f"{name}, {case}",
                    cwd=folder,
                    env={"KEYS": str(lay_out(case, cases[case], stranger))},
                ),
            )
            for case in list(cases)[begin : begin + AT_ONCE]
        ]


def accepts(service: Process, user: str, key: str) -> bool:
    headers = {"authorization": token(user, key)}
    return client.get(f"{service.url}/me", headers=headers).status_code == 200


def contains_piece(service: Process, files: Files) -> bool:
    """
    Whether a piece of one of these keys stands in the log.
    """
    text = "\n".join(line.text for line in service.log)
    keys = [
        content.decode("latin-1") if isinstance(content, bytes) else content
        for content in files.values()
        if isinstance(content, str | bytes)
    ]
    pieces = (
        key[place : place + PIECE] for key in keys for place in range(len(key) - PIECE + 1)
    )
    return any(piece in text for piece in pieces if piece.strip())


def try_bad(found: Found, case: str, service: Process) -> None:
    """
    Note what became of a service with a bad folder.
    """
    good_ones = found.folders.keys("NEW, OLD")
    with service:
        if serves(service):
            found.started.append(case)
            if accepts(service, "admin", ""):
                found.forged.append(case)
            elif case in found.folders.padded and all(
                accepts(service, "anna", key) for key in good_ones
            ):
                found.stripped.append(case)
        elif service.returncode == 0:
            found.exit_0.append(case)
    if contains_piece(service, found.folders.bad[case]):
        found.printed.append(case)


def try_good(found: Found, case: str, service: Process) -> None:
    """
    Note what became of a service with a good folder.
    """
    keys = found.folders.keys(case)
    with service:
        if not serves(service):
            found.refused.append(case)
        else:
            fresh = client.get(f"{service.url}/login/anna").text
            if not all(accepts(service, "anna", key) for key in keys):
                found.altered.append(case)
            elif fresh != token("anna", keys[0]):
                found.reordered.append(case)
            if accepts(service, "anna", found.folders.stranger):
                found.strange.append(case)
    if contains_piece(service, found.folders.good[case]):
        found.printed.append(case)


def try_folders(folder: Path, name: str, folders: Folders) -> Found:
    """
    Start a service with every folder, and see what it does.
    """
    found = Found(folders, [], [], [], [], [], [], [], [], [])
    for case, service in launch(folder, folders.good, folders.stranger, name):
        try_good(found, case, service)
    for case, service in launch(folder, folders.bad, folders.stranger, name):
        try_bad(found, case, service)
    record(name, None, service)
    return found


def listed(values: list[str]) -> str:
    return " · ".join(values) if values else "none"


def diagnose(found: Found) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """

    def started(cases: dict[str, Files]) -> list[str]:
        return [case for case in cases if case in found.started]

    folders = found.folders
    spoilt = found.refused + found.altered
    causes = [
        (
            found.printed,
            "prints-a-key",
            (
                "With {} it wrote a piece of a key into its log. "
                "Who reads a log, and for how long is it kept?"
            ),
        ),
        (
            found.exit_0,
            "says-all-is-well",
            "With {} it ended with exit code 0. What does whoever started it make of that?",
        ),
        (
            [] if set(folders.nothing) & set(found.forged) else found.forged,
            "only-the-first",
            (
                "Where there is no key it refuses, but with {} anybody is admin. "
                "Which of the files did you look at?"
            ),
        ),
        (
            found.forged,
            "empty-key",
            (
                "With {} it takes a token that was signed with no key. "
                "What is a service worth that has no keys?"
            ),
        ),
        (
            found.refused if found.refused == [ACCENTS] else [],
            "counts-characters",
            "Of the good ones it refuses only {}, which has 40 bytes. What does len() count?",
        ),
        (
            spoilt if spoilt == [NEWLINES] else [],
            "keeps-the-newline",
            (
                "It does not serve with {}, as an editor or echo writes it. "
                "What is the key of the next instance, which was given the same file?"
            ),
        ),
        (
            spoilt if set(found.altered) & {MARK, RETURN} >= set(spoilt) else [],
            "alters-good-keys",
            (
                "It starts with {}, and refuses what was signed with one of these keys as it "
                "stands in its file. What has become of it between the file and you?"
            ),
        ),
        (
            spoilt,
            "spoils-good-keys",
            "It does not serve with {}. What do you ask of a key that the task does not?",
        ),
        (
            found.strange,
            "takes-in-strangers",
            (
                "With {} it believes a key that lies in a file with a dot. "
                "Whose files are in such a folder, too?"
            ),
        ),
        (
            found.reordered,
            "another-order",
            "With {} another key signs than the first. By what are your files in order?",
        ),
        (
            started({BYTES: {}}),
            "not-a-text",
            "It starts with {}. Which key is that, and which would another decoder make of it?",
        ),
        (
            started(folders.empty | {FOLDER: {}, LOOSE: {}}),
            "drops-in-silence",
            (
                "With {} it starts, with the keys that are left. "
                "Who will learn that one was meant to stand there?"
            ),
        ),
        (
            found.stripped,
            "changes-keys",
            (
                "With {} it starts, with a key that does not stand there. "
                "What is the key of an instance that reads the same file and strips nothing?"
            ),
        ),
        (
            started({NO_BREAK: {}}) if started(folders.padded) == [NO_BREAK] else [],
            "knows-few-blanks",
            (
                "It starts with {}, as a web page or an editor makes one. "
                "Which characters are white space for whoever has a text, and which for bytes?"
            ),
        ),
        (
            started(folders.padded | folders.blank),
            "padded-key",
            (
                "With {} it starts. "
                "Whose tokens does it refuse that it took before somebody typed the space?"
            ),
        ),
        (
            started(folders.too_short),
            "short-key",
            "It starts with {}. How many bytes make a key good, and who of them has as many?",
        ),
        (
            started(folders.twice),
            "same-twice",
            (
                "It starts with {}. What did somebody mean to do who wrote the same key twice, "
                "and has it been done?"
            ),
        ),
    ]
    return next(
        (Hint(key, text.format(listed(values))) for values, key, text in causes if values),
        None,
    )


@pytest.mark.control
def test_control(untouched: Path, tmp_path: Path) -> None:
    """The untouched service lets anybody in when a file is empty."""
    (tmp_path / "1").touch()
    service = start(
        "uvicorn service:app --port {port} --no-access-log",
        ready=None,
        name="untouched",
        cwd=untouched,
        env={"KEYS": str(tmp_path)},
    )
    with service:
        forged = serves(service) and accepts(service, "admin", "")

    expect(
        forged,
        done="one empty file, and a token for admin that was signed with no key",
        expected="it is accepted",
        seen="it was accepted" if forged else "it was not",
    )


@pytest.fixture(scope="module")
def found(attempt: Path, folders: Folders) -> Found:
    return try_folders(attempt, "yours", folders)


def test_bad_folders_do_not_start(found: Found) -> None:
    """With a bad folder the service does not start."""
    expect(
        not found.started,
        done=f"{len(found.folders.bad)} bad folders, each given to a process",
        expected="none of them starts",
        seen=f"started with: {listed(found.started)}",
        hint=diagnose(found),
    )


def test_exit_code_says_so(found: Found) -> None:
    """The exit code of a service that refuses is not 0."""
    expect(
        not found.exit_0,
        done=f"{len(found.folders.bad)} bad folders, each given to a process",
        expected="no exit code 0",
        seen=f"exit code 0 with: {listed(found.exit_0)}",
        hint=diagnose(found),
    )


def test_no_key_in_the_log(found: Found) -> None:
    """What the service writes contains no key, nor a piece of one."""
    expect(
        not found.printed,
        done=f"{PIECE} characters in a row of any key, looked for in every log",
        expected="in none of them",
        seen=f"found with: {listed(found.printed)}",
        hint=diagnose(found),
    )


def test_good_folders_work(found: Found) -> None:
    """With a good folder the first key signs, and all are accepted as they are, no others."""
    wrong = found.refused + found.altered + found.reordered + found.strange
    expect(
        not wrong,
        done=f"{len(found.folders.good)} good folders; a login, and a token of each key",
        expected="signed with the first, accepted with each, and with no other",
        seen=f"not so with: {listed(wrong)}",
        hint=diagnose(found),
    )
