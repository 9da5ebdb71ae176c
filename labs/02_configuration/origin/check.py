"""
A service starts with layers of settings that were drawn; what it says of them is compared.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from workbench import Process, scratch, start
from workbench.checks import ends, expect, explanation, record

SECONDS_TO_START = 30  # some at once, on a machine that has other things to do
TELLING = 5  # so many characters of a secret, one after the other, have leaked
STARS = "*" * 10

VARIABLE, FILE, DOTENV = LAYERS = ("variable", "secret file", ".env")  # the strongest first
PLAIN = ("app_env", "log_level", "mail.host")
NUMBERS = ("pool_size", "mail.port")
SECRETS = ("api_key", "mail.login")
DEFAULTS: dict[str, Any] = {"log_level": "info", "pool_size": 5, "mail.port": 25}
SETTINGS = (*PLAIN, *NUMBERS, *SECRETS)
GROUP = ("mail.host", "mail.port", "mail.login")
NEEDED = ("mail.host", "mail.login")
PART = "mail.port"  # of which there is a file that is not heard
# Who names a setting; each of these once in a start.
PATTERNS = (
    (VARIABLE,),
    (FILE,),
    (DOTENV,),
    (VARIABLE, FILE),
    (VARIABLE, DOTENV),
    (FILE, DOTENV),
    LAYERS,
)

Named = dict[str, dict[str, str]]  # of each setting: by which layer as what


class Said(NamedTuple):
    """
    What there is to say of a setting.
    """

    source: str  # nothing, where a line does not say it
    over: tuple[str, ...] = ()
    value: object = None
    problem: bool = False  # instead of these two

    def __str__(self) -> str:
        over = f" over {' and '.join(self.over)}" if self.over else ""
        value = "a problem " if self.problem else ""
        value += "" if self.value is None else f"{self.value!r} "
        return f"{value}from {self.source or 'a layer that it does not name'}{over}"


class Case(NamedTuple):
    """
    A start: what each layer says, in which form, and what is wrong with it.
    """

    name: str
    named: Named
    small: bool = False  # letters
    whole: bool = False  # groups, each as one text of JSON
    wrong: tuple[str, ...] = ()
    unheard: Mapping[str, str] = {}  # files of secrets
    garbled: str = ""  # what a layer has in the place of the group
    garbler: str = ""  # … which it is

    def expected(self) -> dict[str, Said]:
        """
        By the setting: in a start that fails, of those that are wrong or missing.
        """
        said = {}
        for setting in self.wrong or SETTINGS:
            named = [self.garbler] if setting == "mail" else self.named[setting]
            layers = tuple(layer for layer in LAYERS if layer in named)
            source, *over = layers or ("nowhere" if self.wrong else "default",)
            if self.wrong:
                said[setting] = Said(source, problem=True)
                continue
            value: Any = self.named[setting].get(source, DEFAULTS.get(setting))
            if setting in SECRETS:
                value = value and STARS
            elif setting in NUMBERS:
                value = int(value)
            said[setting] = Said(source, tuple(over), value)
        return said

    def lines(self, layer: str) -> dict[str, str]:
        """
        What a layer has, by the full name. A file of secrets has a group as a whole, always;
        the others, where they do, call its settings in capitals.
        """
        found: dict[str, str] = {}
        group: dict[str, str] = {}
        for setting, layers in self.named.items():
            if layer in layers and setting.startswith("mail."):
                group[setting.removeprefix("mail.")] = layers[layer]
            elif layer in layers:
                found[f"SHOP_{setting.upper()}"] = layers[layer]
        if layer == self.garbler:
            found["SHOP_MAIL"] = self.garbled
        elif group and layer == FILE:
            found["SHOP_MAIL"] = json.dumps(group)
        elif group and self.whole:
            in_capitals = {name.upper(): text for name, text in group.items()}
            found["SHOP_MAIL"] = json.dumps(in_capitals)
        else:
            found |= {f"SHOP_MAIL__{name.upper()}": text for name, text in group.items()}
        small = self.small or layer == FILE
        return {name.lower() if small else name: text for name, text in found.items()}


class Draw:
    """
    Names, values and their places, from a seed; which cases are tried, it does not decide.
    """

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.secrets: list[str] = []
        self.strangers = self.secret()  # the password of another program's line

    def secret(self) -> str:
        """
        Of letters of which no five stand side by side in what a service says of itself.
        """
        self.secrets.append("".join(self.chance.choices("BDFGJKQVWXZ", k=24)))
        return self.secrets[-1]

    def value(self, setting: str) -> str:
        if setting in SECRETS:
            return self.secret()
        if setting in NUMBERS:
            return str(self.chance.randrange(26, 60_000))
        return "".join(self.chance.choices("abcdefghijkmnopqrstuvwxyz", k=8))

    def named(self) -> Named:
        """
        Each pattern for one of the settings.
        """
        patterns = self.chance.sample(PATTERNS, k=len(PATTERNS))
        return {
            setting: {layer: self.value(setting) for layer in layers}
            for setting, layers in zip(SETTINGS, patterns, strict=True)
        }

    def good(self) -> dict[str, Case]:
        """
        Starts that go well.
        """
        empty, small, same = self.named(), self.named(), self.named()
        for setting in (*PLAIN, *SECRETS):
            empty[setting][min(empty[setting], key=LAYERS.index)] = ""
        for setting in DEFAULTS:
            small[setting] = {}
        for setting, layers in same.items():
            value = str(DEFAULTS.get(setting) or self.value(setting))
            same[setting] = dict.fromkeys(layers, value)
        cases = (
            Case("the strongest value empty", empty),
            Case(
                "in small letters, and not all named",
                small,
                small=True,
                unheard={"shop_mail__port": self.value(PART)},
            ),
            Case("the same value everywhere, the default's, and JSON", same, whole=True),
        )
        return {case.name: case for case in cases}

    def bad(self) -> dict[str, Case]:
        """
        Starts that fail: a secret in the place of a number, in each of the layers.
        """
        layers = self.chance.sample(LAYERS, k=len(LAYERS))
        wrong = [("pool_size", "app_env"), ("mail.port", "mail.host"), NUMBERS]
        cases = {}
        for number, (layer, settings) in enumerate(zip(layers, wrong, strict=True), 1):
            named = self.named()
            for setting in settings:
                if setting in NUMBERS:
                    named[setting] = {weak: self.value(setting) for weak in weaker(layer)}
                    named[setting][layer] = self.secret()
                else:
                    named[setting] = {}
            name = f"wrong {number}: {' and '.join(settings)}"
            cases[name] = Case(name, named, wrong=tuple(settings))
        return cases | self.bad_groups()

    def bad_groups(self) -> dict[str, Case]:
        """
        Starts that fail by a group: nobody names it, or one layer does, as no group at all.
        """
        nobody = self.named() | {setting: {} for setting in GROUP}
        unheard = {f"shop_mail__{part}": self.secret() for part in ("host", "login")}
        cases = [Case("a group that nobody names", nobody, wrong=NEEDED, unheard=unheard)]
        torn = json.dumps({"login": self.secret()}).removesuffix("}")
        # Of these three each layer once; of the first a stronger one names the group well, of
        # the second a weaker one.
        below, above, alone = self.chance.choice(
            [(FILE, VARIABLE, DOTENV), (DOTENV, VARIABLE, FILE), (DOTENV, FILE, VARIABLE)]
        )
        other_json = self.chance.choice(["25", "[25]", "true"])
        texts = [
            ("no JSON, below one that is", below, torn, stronger(below)),
            ("no JSON, above one that is", above, torn, weaker(above)),
            ("empty", alone, "", ()),
            ("no object", self.chance.choice(LAYERS), other_json, ()),
        ]
        for number, (what, garbler, text, others) in enumerate(texts):
            named = self.named() | {setting: {} for setting in GROUP}
            wrong = ["mail"]
            if others:
                other = self.chance.choice(others)
                named |= {setting: {other: self.value(setting)} for setting in GROUP}
            if number:  # once nothing else is wrong
                named["pool_size"] = {self.chance.choice(LAYERS): self.secret()}
                wrong.append("pool_size")
            cases.append(
                Case(
                    f"a group whose text is {what}",
                    named,
                    wrong=tuple(wrong),
                    garbled=text,
                    garbler=garbler,
                )
            )
        return {case.name: case for case in cases}


def weaker(layer: str) -> tuple[str, ...]:
    return LAYERS[LAYERS.index(layer) + 1 :]


def stronger(layer: str) -> tuple[str, ...]:
    return LAYERS[: LAYERS.index(layer)]


class Start(NamedTuple):
    """
    What became of a start: its exit code (none, if it hangs), what it said, what it wrote.
    """

    code: int | None
    lines: list[tuple[str, Said]]
    output: str

    @property
    def said(self) -> dict[str, Said]:
        return dict(self.lines)

    def leaks(self, secrets: list[str]) -> bool:
        pieces = (s[at : at + TELLING] for s in secrets for at in range(len(s) - TELLING + 1))
        return any(piece in self.output for piece in pieces)


class Seen(NamedTuple):
    """
    The starts, by the name of the case, and what would have been right.
    """

    good: dict[str, Start]
    bad: dict[str, Start]
    cases: dict[str, Case]
    secrets: list[str]

    @property
    def wrong(self) -> list[tuple[Case, str, Said, Said | None]]:
        """
        Of the starts that should go well: case, setting, what was right, what was said.
        """
        return [
            (self.cases[name], setting, right, found.said.get(setting))
            for name, found in self.good.items()
            for setting, right in self.cases[name].expected().items()
            if not is_right(setting, found.said.get(setting), right)
        ]

    @property
    def strange(self) -> list[str]:
        """
        What it calls a setting and is none.
        """
        names = {setting for found in self.good.values() for setting, _ in found.lines}
        return sorted(names - set(SETTINGS))

    @property
    def twice(self) -> bool:
        starts = (*self.good.values(), *self.bad.values())
        return any(max(Counter(s for s, _ in found.lines).values(), default=0) > 1
                   for found in starts)  # fmt: skip

    @property
    def refusals(self) -> dict[str, str]:
        """
        Of each start that should fail, what it said.
        """
        return {name: told(found) for name, found in self.bad.items()}

    @property
    def leaking(self) -> list[str]:
        starts = self.good | self.bad
        return [name for name, found in starts.items() if found.leaks(self.secrets)]

    @property
    def refused_example(self) -> str:
        """
        The first start that should fail of which something else was said than was right.
        """
        for name, found in self.bad.items():
            if found.said != (right := self.cases[name].expected()):
                said = told(Start(found.code, [*right.items()], ""))
                return f"right would be {said}; it says {told(found)}"
        return ""

    @property
    def example(self) -> str:
        """
        The first setting of which something else was said than was right.
        """
        _, setting, right, said = self.wrong[0]
        return f"{setting} is {right}; it says {said or 'nothing'}"


def has_value(setting: str, said: Said, right: Said) -> bool:
    """
    Whether that is the value; of an empty secret it may be stars, too.
    """
    empty = setting in SECRETS and right.value == ""
    return said.value == right.value or (empty and said.value == STARS)


def is_right(setting: str, said: Said | None, right: Said) -> bool:
    return (
        said is not None
        and said._replace(value=right.value) == right
        and has_value(setting, said, right)
    )


def told(found: Start) -> str:
    lines = ", ".join(f"{setting} {said}" for setting, said in sorted(found.lines))
    return f"{lines or 'nothing'} (exit code {found.code})"


def launch(folder: Path, name: str, case: Case, strangers: str) -> Process:
    """
    Start it with the layers of a case, and a line of another program's.
    """
    config = scratch(f"origin-{name}")
    (config / "secrets").mkdir()
    for file, text in {**case.lines(FILE), **case.unheard}.items():
        (config / "secrets" / file).write_text(f"{text}\n", encoding="utf-8")
    lines = {"POSTGRES_PASSWORD": strangers} | case.lines(DOTENV)
    dotenv = "".join(f"{name}='{text}'\n" for name, text in lines.items())
    (config / ".env").write_text(f"# of the shop\n{dotenv}", encoding="utf-8")
    env = case.lines(VARIABLE) | {"CONFIG": str(config)}
    return start("python service.py", ready=None, name=name, cwd=folder, env=env)


def finish(process: Process) -> Start:
    ended = ends(process, within=SECONDS_TO_START)
    texts = [line.text for line in process.log]
    lines = [line for text in texts if (line := read(text))]
    return Start(process.returncode if ended else None, lines, "\n".join(texts))


def read(text: str) -> tuple[str, Said] | None:
    """
    A line as what it says of a setting; nothing, where it has none.
    """
    try:
        line = json.loads(text)
        setting = str(line["setting"])
    except (ValueError, TypeError, KeyError):
        return None
    source, over = str(line.get("from") or ""), line.get("over")
    if "problem" in line:
        return setting, Said(source, value=line.get("value"), problem=True)
    names = map(str, over) if isinstance(over, list) else ["what it does not name"]
    return setting, Said(source, tuple(names), line.get("value"))


def start_all(
    folder: Path, name: str, cases: Mapping[str, Case], strangers: str
) -> dict[str, Start]:
    began = {
        case: launch(folder, f"{name}: {case}", each, strangers) for case, each in cases.items()
    }
    found = {case: finish(process) for case, process in began.items()}
    record(name, None, began[next(iter(began))])
    return found


@explanation
def explain(seen: Seen) -> Iterator[str]:
    yield from explain_words(seen)
    yield from explain_origins(seen)
    yield from explain_refusals(seen)


def explain_words(seen: Seen) -> Iterator[str]:
    """
    Of what it writes at all.
    """
    if not any(said.source for found in seen.good.values() for _, said in found.lines):
        yield "says-nothing"
    if any(found.leaks(seen.secrets) for found in seen.good.values()):
        yield "leaks"
    if seen.leaking:
        yield "leaks-when-it-refuses"
    if "mail" in seen.strange:
        yield "one-line-for-a-group"
    if seen.strange:
        yield "takes-in-strangers"


def explain_origins(seen: Seen) -> Iterator[str]:
    """
    Of the starts that go well.
    """
    wrong = seen.wrong
    if not wrong:
        return
    if all(case.unheard and setting == PART for case, setting, *_ in wrong):
        yield "hears-who-is-not-heard"
    if all(case.small and (not said or said.problem or has_value(setting, said, right))
           for case, setting, right, said in wrong):  # fmt: skip
        yield "capitals-only"
    if all(case.whole and (setting.startswith("mail.") or not said)
           for case, setting, _, said in wrong):  # fmt: skip
        yield "a-group-as-a-whole"
    if all(case.whole and setting in DEFAULTS for case, setting, *_ in wrong):
        yield "default-by-its-value"
    if all("" in case.named[setting].values() for case, setting, *_ in wrong):
        yield "empty-is-not-unset"
    if all(said and has_value(setting, said, right) for _, setting, right, said in wrong):
        if all(said and said.source == right.source for *_, right, said in wrong):
            yield "forgets-the-overruled"
        yield "another-order"
    yield "another-value"


def explain_refusals(seen: Seen) -> Iterator[str]:
    """
    Of the starts that can't go well.
    """
    if any(found.code == 0 for found in seen.bad.values()):
        yield "says-success"
    if not any(found.lines for found in seen.bad.values()):
        yield "refuses-without-a-word"
    for name, found in seen.bad.items():
        case = seen.cases[name]
        expected = case.expected()
        if found.said != expected and case.garbler:
            yield "a-text-that-is-no-group"
        if found.said != expected and case.wrong == NEEDED:
            yield "a-group-that-nobody-names"
        if found.said.keys() - expected.keys():
            yield "blames-the-good"
        if expected.keys() - found.said.keys():
            yield "stops-at-the-first"
        if found.said != expected:
            yield "blames-another-layer"


@pytest.fixture(scope="module")
def draw(seed: int) -> Draw:
    return Draw(seed)


@pytest.mark.control
def test_control(untouched: Path, draw: Draw) -> None:
    """The untouched service does not say where anything comes from."""
    name, case = next(iter(draw.good().items()))
    (found,) = start_all(untouched, "untouched", {name: case}, draw.strangers).values()

    expect(
        found.code == 0 and not any(said.source for _, said in found.lines),
        done="it was started with all that it needs",
        expected="exit code 0, and no line of JSON that says from where",
        seen=told(found),
    )


@pytest.fixture(scope="module")
def seen(attempt: Path, draw: Draw) -> Seen:
    good, bad = draw.good(), draw.bad()
    return Seen(
        start_all(attempt, "yours", good, draw.strangers),
        start_all(attempt, "yours, refused", bad, draw.strangers),
        good | bad,
        draw.secrets,
    )


def test_says_where_each_setting_comes_from(seen: Seen) -> None:
    """It says of every setting what it is, from where, and over whom, once."""
    expect(
        not seen.wrong and not seen.strange and not seen.twice
        and all(found.code == 0 for found in seen.good.values()),
        done=f"{len(seen.good)} starts: {'; '.join(seen.good)}",
        expected=f"{len(SETTINGS)} lines each, as the layers were",
        seen=seen.example if seen.wrong
        else f"also {', '.join(seen.strange)}" if seen.strange
        else "a setting twice" if seen.twice
        else ", ".join(f"exit code {found.code}" for found in seen.good.values()),
        hint=explain(seen),
    )  # fmt: skip


def test_a_refusal_says_which_layer_is_wrong(seen: Seen) -> None:
    """When it can't start, it says so of the settings in question, and ends with an error."""
    right = {
        name: told(Start(found.code or 1, [*seen.cases[name].expected().items()], ""))
        for name, found in seen.bad.items()
    }
    wrong = [name for name in seen.bad if seen.refusals[name] != right[name]]
    expect(
        not wrong,
        done=f"{len(seen.bad)} starts: {'; '.join(seen.bad)}",
        expected=right[wrong[0]] if wrong else "what is wrong, and where",
        seen=seen.refusals[wrong[0]] if wrong else "what is wrong, and where",
        hint=explain(seen),
    )


def test_no_secret_is_written(seen: Seen) -> None:
    """No secret is written: none that is used, none that is overruled or in the wrong place."""
    expect(
        not seen.leaking,
        done=f"all that {len(seen.cases)} starts wrote was searched for {len(seen.secrets)} "
        "secrets",
        expected="none",
        seen=f"found in: {'; '.join(seen.leaking)}" if seen.leaking else "none",
        hint=explain(seen),
    )
