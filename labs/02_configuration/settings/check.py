"""
Many processes start with what people set and forget; their words are searched for secrets.
"""

import random
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import NamedTuple

import pytest

from workbench import Process, scratch, start
from workbench.checks import Hint, at_once, ends, expect, record

SECONDS_TO_START = 30  # on a machine that has other things to do
TELLING = 4  # so many characters of a secret, one after the other, have leaked
NAMES = ("APP_ENV", "DEBUG", "DATABASE_URL", "SECRET_KEY")
# Whoever takes these words for a yes must not do so in production; all others refuse them.
YES = {f"DEBUG={word} in production": word for word in ("yes", "on", "t")}


class Drawn(NamedTuple):
    """
    What the starts get.
    """

    password: str
    key: str
    name: str  # of no environment
    word: str  # that is neither yes nor no
    driver: str  # of SQLite

    @property
    def production(self) -> dict[str, str]:
        return {
            "APP_ENV": "production",
            "DATABASE_URL": f"postgresql://shop:{self.password}@db/shop",
            "SECRET_KEY": self.key,
        }

    @property
    def namesake(self) -> dict[str, str]:
        return self.production | {
            "DATABASE_URL": f"postgresql://shop:{self.password}@db/sqlite"
        }

    @property
    def staging(self) -> dict[str, str]:
        return self.production | {"APP_ENV": "staging"}

    @property
    def dotenv(self) -> str:
        return self._dotenv("staging", f"sqlite:///{self.password}.db?mode=rwc")

    @property
    def dotenv_production(self) -> str:
        return self._dotenv("production", self.production["DATABASE_URL"])

    def _dotenv(self, app_env: str, database_url: str) -> str:
        return f"""\
# of the shop, and of its database

APP_ENV={app_env}
DATABASE_URL={database_url}
SECRET_KEY={self.key}
POSTGRES_PASSWORD={self.password}
export PGUSER=shop
COMPOSE_PROFILES
TLS_KEY="-----BEGIN KEY-----
{self.password}
-----END KEY-----"
NIGHTLY="set -e
export DEBUG={self.word}
make report"
"""

    @property
    def missing(self) -> dict[str, dict[str, str]]:
        return {
            f"no {name}": {key: text for key, text in self.production.items() if key != name}
            for name in self.production
        }

    @property
    def refused(self) -> dict[str, dict[str, str]]:
        return {
            f"APP_ENV={self.name}": self.production | {"APP_ENV": self.name},
            "APP_ENV=Production": self.production | {"APP_ENV": "Production"},
            f"DEBUG={self.word}": self.staging | {"DEBUG": self.word},
        }

    @property
    def forbidden(self) -> dict[str, dict[str, str]]:
        sqlite = {"DATABASE_URL": f"sqlite:///{self.password}.db"}
        return {
            "DEBUG=1 in production": self.production | {"DEBUG": "1"},
            **{name: self.production | {"DEBUG": word} for name, word in YES.items()},
            "SQLite in production": self.production | sqlite,
            "SQLite in memory, in production": self.production | {"DATABASE_URL": "sqlite://"},
            self.by_driver: self.production | self.sqlite_by_driver,
        }

    @property
    def broken(self) -> dict[str, dict[str, str]]:
        """
        Addresses that nobody needs to refuse, and that no error may quote.
        """
        addresses = {
            "an address that is cut off": f"postgresql://shop:{self.password}",
            "an address with a slash in its password": f"postgresql://shop:{self.password}/"
            f"{self.password}@db:5432/shop",
            "an address without a kind": f"shop:{self.password}@db/shop",
        }
        return {
            name: self.production | {"DATABASE_URL": address}
            for name, address in addresses.items()
        }

    @property
    def by_driver(self) -> str:
        return f"sqlite+{self.driver} in production"

    @property
    def sqlite_by_driver(self) -> dict[str, str]:
        return {"DATABASE_URL": f"sqlite+{self.driver}:///{self.password}.db"}

    @property
    def forbidden_by_file(self) -> dict[str, dict[str, str]]:
        """
        Beside a .env that says production.
        """
        return {
            "DEBUG=1, production in the .env": {"DEBUG": "1"},
            "SQLite, production in the .env": self.sqlite_by_driver,
        }

    @property
    def forbidden_in_file(self) -> dict[str, dict[str, str]]:
        """
        Beside a .env that says SQLite.
        """
        return {"production, SQLite in the .env": {"APP_ENV": "production"}}


@pytest.fixture(scope="module")
def drawn(seed: int) -> Drawn:
    draw = random.Random(seed)
    # No four of their letters, one after the other, stand in what a service says of itself.
    password, key = ("".join(draw.choices("BDFGJKQVWXZ", k=24)) for _ in range(2))
    name = draw.choice(["prod", "live", "stage", "prd", "productions"])
    word = draw.choice(["enabled", "perhaps", "none", "yess", "2"])
    driver = "".join(draw.choices("abcdefghklmnoprstuvw", k=7))  # that is on no list
    return Drawn(password, key, name, word, driver)


class Start(NamedTuple):
    """
    What became of a start: an exit code (none, if it hangs), and what it wrote.
    """

    code: int | None
    output: str
    secrets: tuple[str, ...]  # of which nothing may stand in it

    @property
    def started(self) -> bool:
        return self.code == 0

    @property
    def app_env(self) -> str:
        """
        Where it says that it is; nothing, if it did not start.
        """
        return self._word("started: app_env=")

    @property
    def debug(self) -> str:
        return self._word(f"started: app_env={self.app_env} debug=")

    @property
    def debug_later(self) -> str:
        return self._word("a moment later: debug=")

    def _word(self, before: str) -> str:
        _, _, words = self.output.partition(before)
        return words.split()[0] if self.started and words else ""

    @property
    def leaks(self) -> bool:
        """
        Whether a piece of a secret is in what it wrote; error messages cut long values short.
        """
        pieces = (
            secret[at : at + TELLING]
            for secret in self.secrets
            for at in range(len(secret) - TELLING + 1)
        )
        return any(piece in self.output for piece in pieces)


def launch(folder: Path, name: str, variables: Mapping[str, str], cwd: Path) -> Process:
    unset = " ".join(f"-u {other}" for other in NAMES if other not in variables)
    command = f"env {unset} python '{folder}/service.py'"
    return start(command, ready=None, name=name, env=variables, cwd=cwd)


def finish(process: Process, drawn: Drawn) -> Start:
    ended = ends(process, within=SECONDS_TO_START)
    output = "\n".join(line.text for line in process.log)
    return Start(process.returncode if ended else None, output, (drawn.password, drawn.key))


class Found(NamedTuple):
    """
    What the starts came to, by what was done.
    """

    good: Start  # in production, with DEBUG=False
    elsewhere: Start  # the same, in another folder, without DEBUG
    missing: dict[str, Start]
    refused: dict[str, Start]
    forbidden: dict[str, Start]
    forbidden_by_file: dict[str, Start]  # one half of what is forbidden stands in a .env
    broken: dict[str, Start]
    off: Start  # in staging, DEBUG=False
    on: Start  # in staging, DEBUG=True
    namesake: Start  # in production, a PostgreSQL database that is called sqlite
    dotenv: Start  # nothing but a .env, in its folder
    dotenv_elsewhere: Start  # … in another
    dotenv_overruled: Start  # a .env, and variables that say something else
    dotenv_for_the_rest: Start  # a .env, and variables that say a part of it
    dotenv_above: Start  # nothing but a .env in the folder above, in which it is started

    @property
    def groups(self) -> list[dict[str, Start]]:
        return [
            self.missing,
            self.refused,
            self.forbidden,
            self.forbidden_by_file,
            self.broken,
        ]

    @property
    def all(self) -> list[Start]:
        return [
            *(start for group in self.groups for start in group.values()),
            *(start for start in self if isinstance(start, Start)),
        ]

    def starts(self, group: dict[str, Start]) -> list[str]:
        return [name for name, start in group.items() if start.started]

    @property
    def changed(self) -> list[str]:
        """
        Where debug was off, and was on a moment later.
        """
        good = (self.elsewhere, self.off)
        return [s.app_env for s in good if s.debug == "False" and s.debug_later != "False"]


def copy(folder: Path, name: str, dotenv: str, *, above: bool = False) -> Path:
    """
    The service in a folder of its own, with a .env beside it, or in the folder above.
    """
    service = scratch(name) / "service"
    shutil.copytree(folder, service)
    place = service.parent if above else service
    (place / ".env").write_text(dotenv, encoding="utf-8")
    return service


def examine(folder: Path, drawn: Drawn) -> Found:
    """
    Start it many times: without a .env, and with one. If one hangs, no more are started.
    """
    with_file = copy(folder, "with-a-file", drawn.dotenv)
    with_production = copy(folder, "with-productions-file", drawn.dotenv_production)
    below = copy(folder, "below-a-file", drawn.dotenv, above=True)
    root = Path("/")
    hangs = Event()

    def run(name: str, variables: Mapping[str, str], service: Path, cwd: Path) -> Start:
        if hangs.is_set():
            return Start(None, "", ())
        process = launch(service, name, variables, cwd)
        start = finish(process, drawn)
        if start.code is None:
            hangs.set()
        if name == "good":
            record("yours", None, process)
        return start

    good = run("good", drawn.production | {"DEBUG": "False"}, folder, folder)
    with ThreadPoolExecutor(at_once(4)) as together:

        def run_all(
            group: dict[str, dict[str, str]], service: Path = folder
        ) -> dict[str, Start]:
            starts = together.map(lambda name: run(name, group[name], service, service), group)
            return dict(zip(group, starts, strict=True))

        production, staging = drawn.production, drawn.staging
        rest: list[tuple[str, dict[str, str], Path, Path]] = [
            ("elsewhere", production, folder, root),
            ("DEBUG=False", staging | {"DEBUG": "False"}, folder, folder),
            ("DEBUG=True", staging | {"DEBUG": "True"}, folder, folder),
            ("a database called sqlite", drawn.namesake, folder, folder),
            (".env", {}, with_file, with_file),
            (".env elsewhere", {}, with_file, root),
            (".env overruled", production, with_file, with_file),
            (".env for the rest", {"APP_ENV": "development"}, with_file, with_file),
            (".env above", {}, below, below.parent),
        ]
        elsewhere, off, on, namesake, *dotenvs = together.map(lambda each: run(*each), rest)
        return Found(
            good,
            elsewhere,
            run_all(drawn.missing),
            run_all(drawn.refused),
            run_all(drawn.forbidden),
            run_all(drawn.forbidden_by_file, with_production)
            | run_all(drawn.forbidden_in_file, with_file),
            run_all(drawn.broken),
            off,
            on,
            namesake,
            *dotenvs,
        )


def listed(names: list[str]) -> str:
    return ", ".join(names) or "none"


def outcome(start: Start) -> str:
    if start.code is None:
        return "hangs"
    return f"starts as {start.app_env}" if start.started else f"exit code {start.code}"


def diagnose(found: Found) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    if not found.good.started:
        return Hint(
            "refuses-the-good",
            f"With all that it needs in place it did not start: {outcome(found.good)}. "
            "What did it miss?",
        )
    return (
        diagnose_values(found)
        or diagnose_production(found)
        or diagnose_file(found)
        or diagnose_other_files(found)
        or diagnose_later(found)
    )


def diagnose_values(found: Found) -> Hint | None:
    if found.off.debug == "True":
        return Hint(
            "text-is-not-a-value",
            "With DEBUG=False, debug is True. What is the truth of a text that is not empty?",
        )
    if found.on.debug != "True":
        state = f"debug is {found.on.debug}" if found.on.started else outcome(found.on)
        return Hint(
            "knows-one-yes",
            f"With DEBUG=True in staging: {state}. In which words is a yes said, and how many "
            "of them do you know?",
        )
    missing = found.starts(found.missing)
    if missing == ["no APP_ENV"]:
        return Hint(
            "guesses-where-it-is",
            f"Without APP_ENV it starts as {found.missing['no APP_ENV'].app_env}, with a key "
            "and a database that are production's. What does it know about where it is?",
        )
    if missing:
        return Hint(
            "starts-without",
            f"It ends with 0, as after a good start, with {listed(missing)}. "
            "What does it use instead, and who notices?",
        )
    if found.starts(found.refused):
        return Hint(
            "takes-any-word",
            f"It accepts {listed(found.starts(found.refused))}. Which of your rules for "
            "production apply to an environment whose name you have never heard?",
        )
    return None


def diagnose_production(found: Found) -> Hint | None:
    allowed = found.starts(found.forbidden)
    if allowed and not {*allowed} - YES.keys():
        return Hint(
            "knows-some-yeses",
            f"It refuses DEBUG=1 in production, and accepts {listed(allowed)}. Who decides "
            "which words are a yes, and whom does your rule for production ask?",
        )
    if allowed and not {"DEBUG=1 in production", "SQLite in production"} & {*allowed}:
        return Hint(
            "one-spelling",
            f"It refuses sqlite:///… in production, and accepts {listed(allowed)}. In how many "
            "ways may an address begin that is SQLite's?",
        )
    if allowed:
        return Hint(
            "allows-what-is-forbidden",
            f"It starts with {listed(allowed)}: each value may be "
            "meant, both together may not. Who looks at both?",
        )
    if not found.namesake.started:
        return Hint(
            "refuses-a-name",
            "A PostgreSQL database in production that is called sqlite is refused: "
            f"{outcome(found.namesake)}. Which part of an address says what kind it is?",
        )
    return None


def diagnose_file(found: Found) -> Hint | None:
    if not found.dotenv.started:
        return Hint(
            "stumbles-over-a-line",
            "With the variables it started; with such lines in a .env, and some that are other "
            f"programs', it did not: {outcome(found.dotenv)}. Whose file is that?",
        )
    if not found.dotenv_elsewhere.started:
        return Hint(
            "depends-on-the-folder",
            "In its own folder it reads the .env; started in / it does not find it. "
            "Relative to what is your path?",
        )
    if not found.dotenv_for_the_rest.started:
        return Hint(
            "file-or-environment",
            "With APP_ENV set, and a .env that has the rest, it does not start: "
            f"{outcome(found.dotenv_for_the_rest)}. For which names is the file read?",
        )
    if found.dotenv_overruled.app_env != "production":
        return Hint(
            "file-wins",
            "The environment says production, a .env left in the folder says staging, and "
            f"it is {found.dotenv_overruled.app_env}. Which of them does the platform set?",
        )
    return None


def diagnose_other_files(found: Found) -> Hint | None:
    """
    A .env that says production, and one that is not the service's.
    """
    if found.starts(found.forbidden_by_file):
        return Hint(
            "asks-one-layer",
            f"What it refuses where variables say both, it accepts with "
            f"{listed(found.starts(found.forbidden_by_file))}. Whom do your rules ask what it "
            "has?",
        )
    if found.dotenv_above.started:
        return Hint(
            "takes-another-folders-file",
            "With no variable, and no .env beside it, it starts as "
            f"{found.dotenv_above.app_env}: a .env lies in the folder above, in which it was "
            "started. How far does it look, and whose file is that?",
        )
    return None


def diagnose_later(found: Found) -> Hint | None:
    """
    What it writes, and what is changed while it runs.
    """
    if any(start.leaks for start in found.all if start.started):
        return Hint(
            "prints-what-it-has",
            "A secret stands in the log of a start that goes well: it prints its settings, and "
            "they print what is in them. Which of the four may not?",
        )
    if any(start.leaks for start in found.all):
        leaking = [
            name for group in found.groups for name, start in group.items() if start.leaks
        ]
        return Hint(
            "error-quotes-the-input",
            f"When it starts it keeps its secrets; when it refuses ({listed(leaking)}) they "
            "stand in the error message. What does that message quote, and from where?",
        )
    if found.changed:
        return Hint(
            "changes-while-it-runs",
            f"A line deep in the code set debug to True, in {found.changed[0]}, and from then "
            "on it was. Who may change what was read at the start?",
        )
    return None


@pytest.mark.control
def test_control(untouched: Path, drawn: Drawn) -> None:
    """The untouched service starts with nothing set at all."""
    seen = finish(launch(untouched, "untouched", {}, Path("/")), drawn)

    expect(
        seen.started,
        done="it was started with no variable and no file",
        expected="exit code 0",
        seen=outcome(seen),
    )


@pytest.fixture(scope="module")
def found(attempt: Path, drawn: Drawn) -> Found:
    return examine(attempt, drawn)


def test_starts_with_what_it_needs(found: Found) -> None:
    """With all it needs it starts, wherever; no means no, and yes means yes."""
    seen = [found.good, found.elsewhere, found.off, found.on, found.namesake]
    expected = ["production", "production", "staging", "staging", "production"]
    debug = ["False", "False", "False", "True", "False"]
    expect(
        [start.debug for start in seen] == debug
        and [start.app_env for start in seen] == expected,
        done="all variables; without DEBUG, in /; DEBUG=False in staging; DEBUG=True there; a "
        "PostgreSQL database that is called sqlite",
        expected=", ".join(f"starts as {each}" for each in expected)
        + f"; debug is {', '.join(debug)}",
        seen=", ".join(map(outcome, seen))
        + "; debug is "
        + ", ".join(start.debug or "unknown" for start in seen),
        hint=diagnose(found),
    )


def test_does_not_start_without(found: Found) -> None:
    """Without one of the three it does not start."""
    seen = found.starts(found.missing)
    expect(
        not seen,
        done="three starts, each without one of APP_ENV, DATABASE_URL, SECRET_KEY",
        expected="starts with none",
        seen=f"starts with {listed(seen)}",
        hint=diagnose(found),
    )


def test_refuses_what_cannot_be_meant(found: Found) -> None:
    """It refuses what cannot be meant, and what production forbids."""
    cases = found.refused | found.forbidden | found.forbidden_by_file
    seen = found.starts(cases)
    expect(
        not seen,
        done=", ".join(cases),
        expected="starts with none",
        seen=f"starts with {listed(seen)}",
        hint=diagnose(found),
    )


def test_reads_its_file(found: Found) -> None:
    """It reads the .env beside it from everywhere, no other, and variables overrule it."""
    seen = [
        found.dotenv,
        found.dotenv_elsewhere,
        found.dotenv_overruled,
        found.dotenv_for_the_rest,
        found.dotenv_above,
    ]
    expected = ["staging", "staging", "production", "development"]
    expect(
        [start.app_env for start in seen] == [*expected, ""]
        and found.dotenv_above.code is not None,
        done="a .env for staging: in its folder, in /, with variables for production, with "
        "nothing but APP_ENV; and in the folder above alone",
        expected=", ".join(f"starts as {each}" for each in expected) + ", does not start",
        seen=", ".join(map(outcome, seen)),
        hint=diagnose(found),
    )


def test_keeps_its_secrets(found: Found) -> None:
    """No secret is written, whether it starts or not."""
    seen = sum(start.leaks for start in found.all)
    expect(
        seen == 0,
        done=f"all that {len(found.all)} starts wrote was searched for the two secrets",
        expected="in none",
        seen=f"in {seen}",
        hint=diagnose(found),
    )


def test_is_not_changed(found: Found) -> None:
    """Once read, the settings are not changed."""
    starts = (found.elsewhere, found.off)
    expect(
        all(start.debug_later == "False" for start in starts),
        done="settings.debug = True, while it runs in production, and in staging",
        expected="debug is False, False",
        seen="; ".join(
            f"debug is {start.debug_later}" if start.started else outcome(start)
            for start in starts
        ),
        hint=diagnose(found),
    )
