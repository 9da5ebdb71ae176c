"""
A history of steps, gone by a model and by a service; where they first differ is the verdict.

For behaviour that is a small machine: a breaker, a key that is used twice, a roll-out.

    model.first                       the state in which a service starts
    model.after(state, step, seen)    the states that it may be in then; none: it can't be so
    model.expected(state, step, seen) in words, what this state would have shown
    model.told(step, seen)            in words, what was done and what was seen
    model.shows(step, now)            what may be seen, where the model plays the service
    world.do(step)                    do it to the service; what was seen, or None: not possible

The model may hesitate: it is in any of several states, and what is seen narrows them. What a
clock leaves open, and what the task leaves open, is two states and no tolerance. The steps come
from an iterator that may look at where the history stands before it gives the next.

A hint is a rival: the same model with one rule changed, of which one mistake is made. It is
given if it alone explains all that was seen. Rivals also play the service, for nothing: against
them a history is shrunk, those are found that tell two of them apart, and it is tested that
whoever makes the steps comes upon each mistake.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import islice, permutations, product
from typing import Any, NamedTuple, Protocol

Step = tuple[Any, ...]
MOST_STATES = 500  # a rival that thinks everything possible explains nothing
TRIES = 20  # to find a history that tells two rivals apart
MOST_TRIES = 60  # for whichever two: where several are left, each try takes its time


class Model(Protocol):
    @property
    def first(self) -> Hashable: ...
    def after(self, state: Any, step: Step, seen: Any) -> Iterable[Hashable]: ...
    def expected(self, state: Any, step: Step, seen: Any) -> str: ...
    def told(self, step: Step, seen: Any) -> str: ...
    def shows(self, step: Step, now: float) -> Iterable[Any]: ...


class World(Protocol):
    def do(self, step: Step) -> Any: ...


class Difference(NamedTuple):
    """
    What was done and seen; the last of it the model can't explain, and says what it expected.
    """

    done: tuple[tuple[Step, Any], ...]
    expected: str

    @property
    def steps(self) -> list[Step]:
        return [step for step, _ in self.done]


class History:
    """
    What was done and seen so far, and what the model makes of it.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.states: list[Any] = [model.first]
        self.done: list[tuple[Step, Any]] = []

    @property
    def state(self) -> Any:
        """
        One of the states that are possible.
        """
        return self.states[0]

    def take(self, step: Step, seen: Any) -> Difference | None:
        """
        Go on by a step, or say that it differs and stay.
        """
        after = self.after(step, seen)
        if not after:
            words = {self.model.expected(old, step, seen): None for old in self.states}
            return Difference((*self.done, (step, seen)), " or ".join(words))
        self.states = after
        self.done.append((step, seen))
        return None

    def after(self, step: Step, seen: Any) -> list[Any]:
        """
        The states that are possible then; none, if it can't be so.
        """
        after = {new: None for old in self.states for new in self.model.after(old, step, seen)}
        return list(after) if len(after) <= MOST_STATES else []


class Played:
    """
    A world in which a model plays the service, and time is a number.
    """

    def __init__(self, model: Model) -> None:
        self.history = History(model)
        self.now = 0.0

    def do(self, step: Step) -> Any:
        for seen in self.history.model.shows(step, self.now):
            if self.history.after(step, seen):
                self.history.take(step, seen)
                self.now = seen.ended
                return seen
        return None


def drive(history: History, world: World, steps: Iterable[Step]) -> Difference | None:
    """
    Do step after step, until model and service differ.
    """
    for step in steps:
        seen = world.do(step)
        if seen is not None and (found := history.take(step, seen)):
            return found
    return None


def difference(model: Model, done: Iterable[tuple[Step, Any]]) -> Difference | None:
    """
    The first thing that a model can't explain of what was done and seen.
    """
    history = History(model)
    return next(filter(None, (history.take(step, seen) for step, seen in done)), None)


def shrink(
    steps: Sequence[Step], again: Callable[[Sequence[Step]], Difference | None]
) -> Difference | None:
    """
    The shortest history that still ends in a difference: cut by halves, then step by step.

    Args:
        steps: What ended in one.
        again: Does steps anew; None if they end in no difference.
    """
    found = again(steps)
    size = len(steps) // 2
    while found and size:
        cut = 0
        while cut + size < len(found.done):
            kept = found.steps[:cut] + found.steps[cut + size :]
            if shorter := again(kept):
                found = shorter
            else:
                cut += size
        size //= 2
    return found


class Conclusion(NamedTuple):
    """
    The shortest difference that was seen, and the rival that alone explains it all.
    """

    difference: Difference
    rival: str | None


def conclude(
    found: Difference,
    model: Model,
    rivals: Mapping[str, Model],
    play: Callable[[Sequence[Step]], Sequence[tuple[Step, Any]]],
    walk: Callable[[int, History], Iterator[Step]],
    *,
    plays: int = 5,
) -> Conclusion:
    """
    From the first difference to the verdict, by a few short histories.

    Args:
        found: The first difference.
        model: What a service should be like.
        rivals: What it may be like, by the key of the hint.
        play: Does steps to a service that has just started; all that was done and seen.
        walk: Makes steps, by a number and where a history stands, such that some of them tell
            two rivals apart.
        plays: How many services may be started for it.
    """
    alive = [key for key, rival in rivals.items() if not difference(rival, found.done)]
    for number in range(plays):
        if number == 0:
            steps = _shortest(found, model, [rivals[key] for key in alive])
        else:
            steps = _apart([rivals[key] for key in alive], walk)
        if steps is None:
            if number:
                break  # nothing tells one of them from another
            continue
        done = play(steps)
        shorter = difference(model, done)
        if shorter and len(shorter.done) < len(found.done):
            found = shorter
        alive = [key for key in alive if not difference(rivals[key], done)]
    return Conclusion(found, alive[0] if len(alive) == 1 else None)


def _shortest(
    found: Difference, model: Model, rivals: Sequence[Model]
) -> Sequence[Step] | None:
    """
    The shortest steps that tell one of these rivals from the model.
    """
    short = [shrink(found.steps, _against(model, rival)) for rival in rivals]
    return min((each.steps for each in short if each), key=len, default=None)


def _apart(
    rivals: Sequence[Model], walk: Callable[[int, History], Iterator[Step]]
) -> Sequence[Step] | None:
    """
    Short steps in which two of the rivals differ, in the first two that do.
    """
    tries = product(range(TRIES), permutations(rivals, 2))
    for seed, (one, other) in islice(tries, MOST_TRIES):
        history = History(other)
        if found := drive(history, Played(one), walk(seed, history)):
            short = shrink(found.steps, _against(other, one))
            if short:
                return short.steps
    return None


def _against(model: Model, rival: Model) -> Callable[[Iterable[Step]], Difference | None]:
    return lambda steps: drive(History(model), Played(rival), steps)


def story(model: Model, found: Difference) -> list[str]:
    """
    A difference as numbered sentences; what happened several times in a row is one of them.
    """
    lines: list[tuple[str, int]] = []
    for number, (step, seen) in enumerate(found.done, 1):
        words = model.told(step, seen)
        if lines and lines[-1][0] == words and number < len(found.done):
            lines[-1] = (words, lines[-1][1] + 1)
        else:
            lines.append((words, 1))
    told = [words if times == 1 else f"{words} ({times} times)" for words, times in lines]
    return [f"{number}. {line}" for number, line in enumerate(told, 1)]
