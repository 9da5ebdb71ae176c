"""
A model, its rivals, and the history that tells them apart; here of a lift with three floors.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from workbench.histories import (
    Difference,
    History,
    Played,
    Step,
    conclude,
    difference,
    drive,
    shrink,
    story,
)

UP, DOWN = ("up",), ("down",)


class Seen(NamedTuple):
    floor: int
    ended: float = 0.0


class Lift:
    """
    It goes up and down, and stays where there is no floor.
    """

    first, top = 0, 2

    def after(self, state: int, step: Step, seen: Seen) -> Iterable[int]:
        now = min(state + 1, self.top) if step == UP else max(state - 1, 0)
        return [now] if now == seen.floor else []

    def expected(self, state: int, step: Step, seen: Seen) -> str:
        return f"another floor than {seen.floor}, from {state}"

    def told(self, step: Step, seen: Seen) -> str:
        return f"{step[0]}, to {seen.floor}"

    def shows(self, step: Step, now: float) -> Iterator[Seen]:
        yield from (Seen(floor, now) for floor in range(5))


class Tall(Lift):
    top = 3


class Taller(Lift):
    top = 4


class Sleepy(Lift):
    """
    Nobody knows whether it goes up.
    """

    def after(self, state: int, step: Step, seen: Seen) -> Iterable[int]:
        return [*super().after(state, step, seen), *([state] if state == seen.floor else [])]


LONG = [UP, DOWN, UP, UP, DOWN, DOWN, UP, UP, UP, UP, UP]


def found_by(service: Lift, steps: Iterable[Step] = LONG) -> Difference:
    found = drive(History(Lift()), Played(service), steps)
    assert found
    return found


def test_the_first_difference_ends_it() -> None:
    """
    The last step of a difference is the one that the model can't explain.
    """
    found = found_by(Tall())

    assert found.steps == LONG[:9]
    assert found.done[-1][1].floor == 3
    assert found.expected == "another floor than 3, from 2"


def test_who_does_as_the_model_says_differs_nowhere() -> None:
    assert drive(History(Lift()), Played(Lift()), LONG) is None


def test_a_model_that_hesitates_is_narrowed_by_what_is_seen() -> None:
    """
    It may be in several states, and a later step leaves those that explain it.
    """

    class Hidden(Lift):
        def after(self, state: int, step: Step, seen: Seen) -> Iterable[int]:
            return [state, state + 1] if step == UP else super().after(state, step, seen)

    history = History(Hidden())
    history.take(UP, Seen(0))
    history.take(UP, Seen(0))
    assert history.states == [0, 1, 2]

    assert history.take(DOWN, Seen(1)) is None
    assert history.states == [1]


def test_the_next_step_may_follow_what_was_seen() -> None:
    """
    Steps are made one at a time, from where the history stands then.
    """
    history = History(Lift())

    def to_the_top() -> Iterator[Step]:
        while history.state < 2:
            yield UP

    assert drive(history, Played(Lift()), to_the_top()) is None
    assert len(history.done) == 2


def test_what_is_not_needed_is_cut() -> None:
    """
    The shortest history to the third floor is three times up.
    """
    short = shrink(LONG, lambda steps: drive(History(Lift()), Played(Tall()), steps))

    assert short
    assert short.steps == [UP, UP, UP]


def test_the_rival_that_explains_everything_is_named() -> None:
    """
    1. Two rivals explain what was seen first, and a short history is played to a new service.
    2. It leaves both, so one is played in which they differ.

    Result: the one is named, and the story is the short one.
    """
    played: list[list[Step]] = []

    def play(steps: Iterable[Step]) -> list[tuple[Step, Seen]]:
        played.append(list(steps))
        world = Played(Tall())
        return [(step, world.do(step)) for step in played[-1]]

    rivals = {"tall": Tall(), "taller": Taller(), "sleepy": Sleepy()}
    end = conclude(found_by(Tall()), Lift(), rivals, play, lambda _number, _at: iter(LONG))

    assert end.rival == "tall"
    assert end.difference.steps == [UP, UP, UP]
    assert [len(steps) for steps in played] == [3, 4]


def test_no_rival_is_named_where_none_or_several_are_left() -> None:
    """
    What explains only the first difference, and not what was seen when it was tried, is out.
    """
    rivals = {"tall": Tall(), "again": Tall()}
    found = found_by(Tall())

    def right(steps: Iterable[Step]) -> list[tuple[Step, Seen]]:
        world = Played(Lift())
        return [(step, world.do(step)) for step in steps]

    def same(steps: Iterable[Step]) -> list[tuple[Step, Seen]]:
        world = Played(Tall())
        return [(step, world.do(step)) for step in steps]

    for play in (right, same):
        end = conclude(found, Lift(), rivals, play, lambda _number, _at: iter(LONG))
        assert end.rival is None
    assert difference(Tall(), found.done) is None


def test_a_story_counts_what_repeats_and_ends_with_the_difference() -> None:
    """
    A sentence a step; what was the same several times in a row is one.
    """
    found = found_by(Tall(), [UP, UP, DOWN, DOWN, DOWN, DOWN, UP, UP, UP])

    assert story(Lift(), found) == [
        "1. up, to 1",
        "2. up, to 2",
        "3. down, to 1",
        "4. down, to 0 (3 times)",
        "5. up, to 1",
        "6. up, to 2",
        "7. up, to 3",
    ]
