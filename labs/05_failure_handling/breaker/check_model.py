"""
What the task says, as a machine; and its rivals, each with one of its rules changed.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from workbench.histories import Step

WINDOW, FAILURES = 10, 5
OPEN_SECONDS, TIMEOUT = 0.08, 0.2
CONNECTIONS = 6
FULL = "503 (no connection is free)"
SLACK = 0.02  # of a clock that two processes read


class State(NamedTuple):
    mode: str = "closed"
    window: tuple[bool, ...] = ()  # True for a failure
    opened: tuple[float, float] = (0, 0)  # not before, not after
    probing: bool = False
    change: int = 0  # how often it has changed: what was asked before is old news
    held: tuple[tuple[str, int], ...] = ()  # calls under way, and the change they began in


class Seen(NamedTuple):
    asked: int  # calls that reached the stock
    statuses: tuple[int | str | None, ...]  # what the customers were told
    began: float
    ended: float


class Breaker:
    """
    Steps: ("ask", how), ("crowd", number, how), ("begin", name), ("end", name, how) and
    ("wait", seconds). How a call ends is a status, "refuses", "hangs" or "leaves".
    """

    first = State()
    window, failures = WINDOW, FAILURES

    def after(self, state: State, step: Step, seen: Seen) -> Iterable[State]:
        match step:
            case ("wait", _):
                return [state]
            case ("end", name, how) if name in dict(state.held):
                held = dict(state.held)
                change = held.pop(name)
                state = state._replace(held=tuple(held.items()))
                rightly = self.told_rightly(how, seen)
                return self.learn(state, change, how, seen) if rightly else []
            case ("begin", name) if name not in dict(state.held):
                return self.asks(state, "held", seen, name)
            case ("ask", how):
                return self.asks(state, how, seen)
            case ("crowd", number, how):
                return self.crowd(state, number, how, seen)
        return []

    def lets(self, state: State, seen: Seen) -> list[tuple[bool, State]]:
        """
        Whether a call may be made, and what comes of that.
        """
        if state.mode == "closed":
            return [(True, state)]
        if state.mode == "half-open":
            return [(not state.probing, state._replace(probing=True))]
        may = []
        if seen.ended - state.opened[0] >= OPEN_SECONDS - SLACK:
            probe = state._replace(mode="half-open", probing=True, change=state.change + 1)
            may.append((True, probe))
        if seen.began - state.opened[1] <= OPEN_SECONDS + SLACK:
            may.append((False, state))
        return may

    def asks(self, state: State, how: object, seen: Seen, name: str = "") -> list[State]:
        states: list[State] = []
        for let, new in self.lets(state, seen):
            full = let and len(new.held) >= CONNECTIONS
            if full or not let:
                if (seen.asked, seen.statuses) == (0, (FULL if full else 503,)):
                    states += self.learn(new, new.change, "full", seen) if full else [state]
            elif seen.asked and name:
                states.append(new._replace(held=(*new.held, (name, new.change))))
            elif seen.asked and self.told_rightly(how, seen):
                states += self.learn(new, new.change, how, seen)
        return states

    def crowd(self, state: State, number: int, how: object, seen: Seen) -> list[State]:
        crowd = [(0, state)]
        for _ in range(number):
            crowd = [(n + let, new) for n, old in crowd for let, new in self.lets(old, seen)]
            crowd = list(dict.fromkeys(crowd))
        answers = [503] * (number - seen.asked) + [told(how)] * seen.asked
        if sorted(map(str, answers)) != sorted(map(str, seen.statuses)):
            return []
        states = []
        for asked, new in crowd:
            now = [new] if asked == seen.asked else []
            for _ in range(seen.asked):
                now = [s for old in now for s in self.learn(old, new.change, how, seen)]
            states += now
        return states

    def learn(self, state: State, change: int, how: object, seen: Seen) -> list[State]:
        """
        A call is over.
        """
        return [
            new
            for failed in self.failed(how, seen)
            for new in self.note(state, change, failed, seen)
        ]

    def failed(self, how: object, seen: Seen) -> list[bool | None]:
        """
        What a call may tell: True for a failure, None for no news.
        """
        if how in ("leaves", "full"):
            return [None]
        late = 504 in seen.statuses
        return [late or how in ("refuses", "hangs") or status(how) >= 500]

    def note(self, state: State, change: int, failed: bool | None, seen: Seen) -> list[State]:
        if change != state.change:  # once it has closed again, it may count or not
            counts = state.mode == "closed" and failed is not None
            return [state, *(self.count(state, bool(failed), seen) if counts else [])]
        if state.mode == "half-open":
            if failed is None:
                return [state._replace(probing=False)]
            return [self.become(state, "open" if failed else "closed", seen)]
        return [state] if failed is None else self.count(state, failed, seen)

    def count(self, state: State, failed: bool, seen: Seen) -> list[State]:
        state = state._replace(window=(*state.window, failed)[-self.window :])
        opens = sum(state.window) >= self.failures
        return [self.become(state, "open", seen) if opens else state]

    def become(self, state: State, mode: str, seen: Seen) -> State:
        # Who waits in vain does so for TIMEOUT, so it wasn't before.
        began = seen.began + TIMEOUT - SLACK if 504 in seen.statuses else seen.began
        return State(mode, (), (began, seen.ended), False, state.change + 1, state.held)

    def told_rightly(self, how: object, seen: Seen) -> bool:
        if how == "leaves":
            return True
        # On a busy machine an answer may come too late for who waits; then the call has failed.
        late = seen.statuses == (504,) and seen.ended - seen.began > 0.6 * TIMEOUT
        return late or seen.statuses == (told(how),)

    # In words

    def expected(self, state: State, step: Step, seen: Seen) -> str:
        if step[0] == "end":
            return f"{told(step[2])} for the customer"
        if state.mode == "closed":
            full = len(state.held) >= CONNECTIONS
            why = f"of the last {len(state.window)} calls {sum(state.window)} had failed"
            return f"closed: {FULL if full else why}"
        if state.mode == "half-open":
            return "the probe is under way" if state.probing else "the next is the probe"
        since = seen.began - state.opened[1]
        return f"it had opened {max(since, 0):.2f} s before, for {OPEN_SECONDS} s"

    def told(self, step: Step, seen: Seen) -> str:
        kind, how = step[0], step[-1]
        answer = ", ".join(str(each or "no answer") for each in seen.statuses)
        if kind == "wait":
            return f"{how:g} s pass"
        if kind == "crowd":
            return (
                f"{step[1]} customers ask at once, and {seen.asked} reach the stock: {answer}"
            )
        if kind == "end":
            does = f"the stock answers {step[1]}'s call with {how}"
            return f"customer {step[1]} goes away" if how == "leaves" else f"{does}: {answer}"
        who = f"customer {how}" if kind == "begin" else "a customer"
        if not seen.asked:
            return f"{who} asks, and the stock is not asked: {answer}"
        ends = {
            "hangs": f"the stock says nothing: {answer}",
            "refuses": f"the stock refuses the connection: {answer}",
            "leaves": "goes away before the stock answers",
        }
        held = "the stock lets the call wait"
        end = held if kind == "begin" else ends.get(how, f"the stock answers {how}: {answer}")
        return f"{who} asks, and {end}"

    # Where a model plays the service

    def shows(self, step: Step, now: float) -> Iterator[Seen]:
        kind, how = step[0], step[-1]
        ended = now + (TIMEOUT if how == "hangs" else 0.003)
        answer = () if how == "leaves" else (told(how),)
        if kind == "wait":
            yield Seen(0, (), now, now + how)
        elif kind == "end":
            yield Seen(0, answer, now, ended)
        elif kind == "crowd":
            for asked in range(step[1], -1, -1):
                yield Seen(asked, (503,) * (step[1] - asked) + answer * asked, now, ended)
        else:
            yield Seen(1, () if kind == "begin" else answer, now, ended)
            yield Seen(0, (503,), now, ended)
            yield Seen(0, (FULL,), now, ended)


def status(how: object) -> int:
    return how if isinstance(how, int) else 0


def told(how: object) -> int:
    """
    What the customer is told of a call that ends so.
    """
    if how == "hangs":
        return 504
    return 502 if how == "refuses" or status(how) >= 500 else status(how)


# Rivals, by the key of their hint


class ErrorsPass(Breaker):
    def failed(self, how: object, seen: Seen) -> list[bool | None]:
        return [False] if status(how) >= 500 else super().failed(how, seen)


class Only500(Breaker):
    def failed(self, how: object, seen: Seen) -> list[bool | None]:
        return [False, None] if status(how) > 500 else super().failed(how, seen)


class OpensOn404(Breaker):
    def failed(self, how: object, seen: Seen) -> list[bool | None]:
        return [True] if 400 <= status(how) < 500 else super().failed(how, seen)


class NoNewsOf404(Breaker):
    def failed(self, how: object, seen: Seen) -> list[bool | None]:
        return [None] if 400 <= status(how) < 500 else super().failed(how, seen)


class TimeoutsPass(Breaker):
    def failed(self, how: object, seen: Seen) -> list[bool | None]:
        return [False, None] if 504 in seen.statuses else super().failed(how, seen)


class RefusalsPass(Breaker):
    def failed(self, how: object, seen: Seen) -> list[bool | None]:
        return [False, None] if how == "refuses" else super().failed(how, seen)


class GoneOpens(Breaker):
    def failed(self, how: object, seen: Seen) -> list[bool | None]:
        return [True] if how == "leaves" else super().failed(how, seen)


class GoneForgives(Breaker):
    def failed(self, how: object, seen: Seen) -> list[bool | None]:
        return [False] if how == "leaves" else super().failed(how, seen)


class FullOpens(Breaker):
    def failed(self, how: object, seen: Seen) -> list[bool | None]:
        return [True] if how == "full" else super().failed(how, seen)


class FullForgives(Breaker):
    def failed(self, how: object, seen: Seen) -> list[bool | None]:
        return [False] if how == "full" else super().failed(how, seen)


class NeverForgets(Breaker):
    window = 1000


class CountsInARow(Breaker):
    def count(self, state: State, failed: bool, seen: Seen) -> list[State]:
        return super().count(state if failed else state._replace(window=()), failed, seen)


class WaitsForTen(Breaker):
    def count(self, state: State, failed: bool, seen: Seen) -> list[State]:
        window = (*state.window, failed)[-WINDOW:]
        if len(window) < WINDOW:
            return [state._replace(window=window)]
        return super().count(state, failed, seen)


class TooLate(Breaker):
    failures = 6


class TooEarly(Breaker):
    failures = 4


class HalfOfFew(Breaker):
    """
    Half of the calls, once there are five.
    """

    def count(self, state: State, failed: bool, seen: Seen) -> list[State]:
        window = (*state.window, failed)[-WINDOW:]
        opens = len(window) >= FAILURES and 2 * sum(window) >= len(window)
        state = state._replace(window=window)
        return [self.become(state, "open", seen) if opens else state]


class OneAtATime(Breaker):
    """
    While a call is under way, whoever comes waits for its end.
    """

    def asks(self, state: State, how: object, seen: Seen, name: str = "") -> list[State]:
        if not state.held or state.mode == "open":
            return super().asks(state, how, seen, name)
        return [state] if (seen.asked, seen.statuses) == (0, (None,)) else []

    def shows(self, step: Step, now: float) -> Iterator[Seen]:
        yield Seen(0, (None,), now, now + 8)
        yield from super().shows(step, now)


class HidesTheError(Breaker):
    """
    Whose call has failed is told that the breaker is open.
    """

    def told_rightly(self, how: object, seen: Seen) -> bool:
        fails = how in ("refuses", "hangs") or status(how) >= 500
        return seen.statuses == (503,) if fails else super().told_rightly(how, seen)

    def shows(self, step: Step, now: float) -> Iterator[Seen]:
        yield Seen(int(step[0] == "ask"), (503,), now, now + 0.003)
        yield from super().shows(step, now)


class EveryoneTries(Breaker):
    def lets(self, state: State, seen: Seen) -> list[tuple[bool, State]]:
        return [(let or new.mode == "half-open", new) for let, new in super().lets(state, seen)]


class NeverTries(Breaker):
    def lets(self, state: State, seen: Seen) -> list[tuple[bool, State]]:
        return [(False, state)] if state.mode == "open" else super().lets(state, seen)


class TriesAtOnce(Breaker):
    def lets(self, state: State, seen: Seen) -> list[tuple[bool, State]]:
        ready = state._replace(opened=(-1, -1)) if state.mode == "open" else state
        return super().lets(ready, seen)


class ProbeLost(Breaker):
    def note(self, state: State, change: int, failed: bool | None, seen: Seen) -> list[State]:
        new = super().note(state, change, failed, seen)
        lost = failed is None and state.mode == "half-open"
        return [each._replace(probing=True) for each in new] if lost else new


class GoneCloses(Breaker):
    def note(self, state: State, change: int, failed: bool | None, seen: Seen) -> list[State]:
        if failed is None and state.mode == "half-open" and change == state.change:
            return [self.become(state, "closed", seen)]
        return super().note(state, change, failed, seen)


class FailedProbeForgotten(Breaker):
    def note(self, state: State, change: int, failed: bool | None, seen: Seen) -> list[State]:
        if failed and state.mode == "half-open" and change == state.change:
            return [state._replace(probing=False), self.become(state, "closed", seen)]
        return super().note(state, change, failed, seen)


class NeverCloses(Breaker):
    def note(self, state: State, change: int, failed: bool | None, seen: Seen) -> list[State]:
        if failed is False and state.mode == "half-open" and change == state.change:
            return [state._replace(probing=False)]
        return super().note(state, change, failed, seen)


class ClosesLate(Breaker):
    """
    After three probes that succeed.
    """

    def note(self, state: State, change: int, failed: bool | None, seen: Seen) -> list[State]:
        probe = state.mode == "half-open" and change == state.change
        if probe and failed is False and len(state.window) < 2:
            return [state._replace(probing=False, window=(*state.window, False))]
        return super().note(state, change, failed, seen)


class LongerEachTime(Breaker):
    """
    A probe that fails keeps it open for longer than OPEN_SECONDS.
    """

    def become(self, state: State, mode: str, seen: Seen) -> State:
        new = super().become(state, mode, seen)
        if mode != "open" or state.mode != "half-open":
            return new
        early, late = new.opened
        return new._replace(opened=(early + OPEN_SECONDS, late + OPEN_SECONDS))


class RefusalsProlong(Breaker):
    """
    Whoever is turned away makes it stay open for OPEN_SECONDS from then.
    """

    def lets(self, state: State, seen: Seen) -> list[tuple[bool, State]]:
        return [
            (let, new if let or new.mode != "open" else self.become(new, "open", seen))
            for let, new in super().lets(state, seen)
        ]

    def asks(self, state: State, how: object, seen: Seen, name: str = "") -> list[State]:
        if (seen.asked, seen.statuses) == (0, (503,)):
            return [new for let, new in self.lets(state, seen) if not let]
        return super().asks(state, how, seen, name)


class RemembersTheOutage(Breaker):
    """
    When it closes, what was counted before is still there.
    """

    def become(self, state: State, mode: str, seen: Seen) -> State:
        new = super().become(state, mode, seen)
        return new._replace(window=(True,) * FAILURES) if mode == "closed" else new


class OldNewsCounts(Breaker):
    """
    Whoever ends is taken for the call that is awaited just now; in one way or another.
    """

    def note(self, state: State, change: int, failed: bool | None, seen: Seen) -> list[State]:
        if change == state.change or state.mode == "closed":
            return super().note(state, change, failed, seen)
        states = [state, state._replace(probing=False)]
        if failed is not None:
            states.append(self.become(state, "open" if failed else "closed", seen))
        return states


class OldNewsWaits(Breaker):
    """
    What ends while it is not closed counts once it is.
    """

    def note(self, state: State, change: int, failed: bool | None, seen: Seen) -> list[State]:
        if change == state.change or state.mode == "closed" or failed is None:
            return super().note(state, change, failed, seen)
        return [state._replace(window=(*state.window, failed))]

    def become(self, state: State, mode: str, seen: Seen) -> State:
        new = super().become(state, mode, seen)
        return new._replace(window=state.window) if mode == "closed" else new


MODEL = Breaker()
RIVALS = {
    "errors-pass": ErrorsPass(),
    "only-500": Only500(),
    "opens-on-404": OpensOn404(),
    "no-news-of-404": NoNewsOf404(),
    "timeouts-pass": TimeoutsPass(),
    "refusals-pass": RefusalsPass(),
    "gone-opens": GoneOpens(),
    "gone-forgives": GoneForgives(),
    "full-opens": FullOpens(),
    "full-forgives": FullForgives(),
    "never-forgets": NeverForgets(),
    "counts-in-a-row": CountsInARow(),
    "waits-for-ten": WaitsForTen(),
    "too-late": TooLate(),
    "too-early": TooEarly(),
    "half-of-few": HalfOfFew(),
    "hides-the-error": HidesTheError(),
    "one-at-a-time": OneAtATime(),
    "everyone-tries": EveryoneTries(),
    "never-tries": NeverTries(),
    "tries-at-once": TriesAtOnce(),
    "probe-lost": ProbeLost(),
    "gone-closes": GoneCloses(),
    "failed-probe-forgotten": FailedProbeForgotten(),
    "never-closes": NeverCloses(),
    "closes-late": ClosesLate(),
    "longer-each-time": LongerEachTime(),
    "refusals-prolong": RefusalsProlong(),
    "remembers-the-outage": RemembersTheOutage(),
    "old-news": OldNewsCounts(),
    "old-news-waits": OldNewsWaits(),
}
