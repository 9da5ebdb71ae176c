"""
Two processes are asked for the versions of ten thousand users, at several shares.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations, pairwise
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from workbench import measured, start
from workbench.checks import Hint, expect, record

MANY = 10_000  # users
SHARES = (0, 5, 10, 12.5, 20, 25, 30, 50, 60, 90, 100)
TOLERANCE = (
    2  # per cent of all users; for a fair draw of 10,000 it is more than four deviations
)
AT = (10, 50)  # the shares at which releases are compared
OF_OTHERS = (10, 20, 30, 50)  # whoever draws a sample for each share, draws another from 22 on
AGAIN = 0.05  # off what chance gives, of a release's users; it is five deviations and more


class Asked(NamedTuple):
    """
    What a service is asked for: users as a database numbers them, and releases.
    """

    users: list[str]
    first: str
    others: list[str]


def drawn(seed: int) -> Asked:
    """
    The second release differs from the first in the end of its name, the third in the start;
    the others from each other in a letter of another script, and in where a point stands.
    """
    dice = random.Random(seed)
    start, step = dice.randrange(100_000), dice.choice((100, 200, 500))
    users = [f"user-{start + step * number}" for number in range(MANY)]
    team, another = dice.sample(("shop", "blog", "news", "desk"), 2)
    name = f"frontend-{dice.randrange(2020, 2040)}-with-new-basket"
    number, next_one, *numbers = dice.sample(range(100, 1_000), 4)
    others = [f"{team}-{name}-{next_one}", f"{another}-{name}-{number}"]
    digits = "".join(map(str, numbers))
    # Apart by letters that are no ASCII; by where a point stands, with the same letters.
    others += [f"{digits[:3]}.{digits[3:]}-{season}" for season in dice.sample("春夏秋冬", 2)]
    others.append(others[-1].replace(f"{digits[:3]}.", f"{digits[:2]}.{digits[2]}"))
    return Asked(users, f"{team}-{name}-{number}", others)


class Assigned(NamedTuple):
    """
    Who got the new version, by release and share, from each of two processes.
    """

    asked: Asked
    one: dict[tuple[str, float], set[str]]
    other: dict[tuple[str, float], set[str]]

    def of_first(self, share: float) -> set[str]:
        return self.one[self.asked.first, share]

    def per_cent(self, share: float) -> float:
        return 100 * len(self.of_first(share)) / MANY

    @property
    def differ(self) -> int:
        """
        How many users two processes do not agree on, at ten per cent.
        """
        return len(self.of_first(10) ^ self.other[self.asked.first, 10])

    @property
    def shares_off(self) -> list[float]:
        return [share for share in SHARES if abs(self.per_cent(share) - share) > TOLERANCE]

    @property
    def edges_off(self) -> bool:
        return bool(self.of_first(0)) or len(self.of_first(100)) < MANY

    @property
    def left_behind(self) -> int:
        """
        How many had the new version at a smaller share, and lose it at a larger.
        """
        asked = [(self.asked.first, SHARES), *((each, OF_OTHERS) for each in self.asked.others)]
        return sum(
            len(self.one[release, a] - self.one[release, b])
            for release, shares in asked
            for a, b in pairwise(shares)
        )

    @property
    def off_chance(self) -> "Overlap":
        """
        The two releases whose users have most, or least, to do with each other.
        """
        releases = [self.asked.first, *self.asked.others]
        pairs = [Overlap(a, b, at, self) for at in AT for a, b in combinations(releases, 2)]
        return max(pairs, key=lambda pair: abs(pair.again - pair.share / 100))


class Overlap(NamedTuple):
    """
    Two releases, at the same share.
    """

    one: str
    another: str
    share: int
    seen: Assigned

    @property
    def again(self) -> float:
        """
        The part of the users of one who are drawn for the other as well.
        """
        users = self.seen.one[self.one, self.share]
        return len(users & self.seen.one[self.another, self.share]) / max(1, len(users))

    @property
    def is_chance(self) -> bool:
        return abs(self.again - self.share / 100) <= AGAIN


@contextmanager
def client(folder: Path, name: str) -> Iterator[httpx.Client]:
    with start(
        "uvicorn service:app --port {port} --no-access-log",
        ready="/healthz",
        name=name,
        cwd=folder,
        timeout=15,
    ) as service:
        # uvicorn closes a connection after an exception, so each request gets its own.
        alone = {"connection": "close"}
        with httpx.Client(base_url=service.url, headers=alone, timeout=20) as answers:
            yield answers
        record(name, None, service)


def ask(
    answers: httpx.Client, asked: Asked, *, back: bool = False
) -> dict[tuple[str, float], set[str]]:
    """
    Who gets the new version, by release and share; from the largest on, where it is set back.
    """
    found = {}
    of_others = ((other, OF_OTHERS) for other in asked.others)
    for release, shares in ((asked.first, SHARES), *of_others):
        for share in reversed(shares) if back else shares:
            said = answers.post(
                "/assign",
                params={"release": release, "share": share},
                content="\n".join(asked.users),
            )
            versions = said.text.splitlines() if said.status_code == 200 else []
            pairs = zip(asked.users, versions, strict=False)
            found[release, share] = {user for user, version in pairs if version == "new"}
    return found


def look_at(folder: Path, name: str, asked: Asked) -> Assigned:
    """
    Both run at the same time: what one has written down, the other has not read. The share
    grows for the one, and is set back for the other: who has been in must not stay for that.
    """
    with client(folder, f"{name}, one") as one, client(folder, f"{name}, the other") as other:
        return Assigned(asked, ask(one, asked), ask(other, asked, back=True))


def diagnose(seen: Assigned, each_time: int) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    if each_time:
        return Hint(
            "each-time-anew",
            f"Of 100 users, {each_time} got another version when they came again. "
            "What does your answer depend on, apart from the user?",
        )
    if seen.differ:
        return Hint(
            "each-process-for-itself",
            f"Two processes disagree on {seen.differ} of {MANY} users. "
            "What does each of them make up for itself when it starts, or keep of what it was "
            "asked before?",
        )
    if seen.left_behind:
        return Hint(
            "not-monotone",
            f"{seen.left_behind} users had the new version and lost it when the share grew. "
            "What changes for a user when the share does?",
        )
    if seen.shares_off or seen.edges_off:
        seen_shares = ", ".join(f"{share} %: {seen.per_cent(share):.4g} %" for share in SHARES)
        users = ", ".join(seen.asked.users[:3])
        return Hint(
            "not-its-share",
            f"Wanted and got: {seen_shares}. The users are {users} and so on: how evenly does "
            "your rule spread these, and how finely?",
        )
    pair = seen.off_chance
    if not pair.is_chance:
        return Hint(
            "the-same-people",
            f"Of the users who got {pair.one} at {pair.share} %, {pair.again:.0%} got "
            f"{pair.another} as well. What of a release's name is in your rule, and what does "
            "it change for each user?",
        )
    return None


def comes_again(folder: Path, name: str, asked: Asked) -> int:
    """
    How many of a hundred users get another version, by and by, when they come ten times.
    """
    with client(folder, name) as answers:
        changed = 0
        for user in asked.users[:100]:
            params = {"release": asked.first, "share": "50", "user": user}
            said = {answers.get("/assign", params=params).text for _ in range(10)}
            changed += len(said) > 1
        return changed


@pytest.mark.control
def test_control(untouched: Path, seed: int) -> None:
    """The untouched service gives users now one version, now the other."""
    changed = comes_again(untouched, "untouched", drawn(seed))

    expect(
        changed > 50,
        done="100 users came ten times each, at a share of 50 %",
        expected="most of them saw both versions",
        seen=measured(changed, "saw both"),
    )


@pytest.fixture(scope="module")
def each_time(attempt: Path, seed: int) -> int:
    return comes_again(attempt, "yours", drawn(seed))


@pytest.fixture(scope="module")
def seen(attempt: Path, seed: int) -> Assigned:
    return look_at(attempt, "yours", drawn(seed))


def test_the_same_each_time(seen: Assigned, each_time: int) -> None:
    """A user gets the same version each time, from each process."""
    expect(
        each_time == 0 and seen.differ == 0,
        done="100 users came ten times; two processes were asked for 10,000 users at 10 %, one "
        "after 5 %, the other after 25 %",
        expected="nobody sees both versions; the processes agree on everybody",
        seen=f"{measured(each_time, 'saw both')}; {measured(seen.differ, 'in dispute')}",
        hint=diagnose(seen, each_time),
    )


def test_its_share(seen: Assigned, each_time: int) -> None:
    """About the share of the users gets the new version; at 0 nobody, at 100 everybody."""
    expect(
        not seen.shares_off and not seen.edges_off,
        done=f"10,000 users, at shares of {', '.join(map(str, SHARES))} %",
        expected=f"so many, within {TOLERANCE} per cent of all users",
        seen=", ".join(f"{share} %: {measured(seen.per_cent(share), '%')}" for share in SHARES),
        hint=diagnose(seen, each_time),
    )


def test_who_is_in_stays_in(seen: Assigned, each_time: int) -> None:
    """A larger share keeps all who are in already."""
    expect(
        seen.left_behind == 0,
        done="the share of one release grew from 0 to 100 %",
        expected="nobody goes back",
        seen=measured(seen.left_behind, "went back"),
        hint=diagnose(seen, each_time),
    )


def test_other_users_next_time(seen: Assigned, each_time: int) -> None:
    """Another release draws anew: of a tenth about a tenth again, of a half about a half."""
    pair = seen.off_chance
    expect(
        pair.is_chance,
        done=f"six releases, each two of them compared at {' and '.join(map(str, AT))} %",
        expected=f"of one's users that share again, within {100 * AGAIN:g} per cent of them",
        seen=f"{measured(100 * pair.again, '%')} again at {pair.share} %, of {pair.one} and "
        f"{pair.another}",
        hint=diagnose(seen, each_time),
    )
