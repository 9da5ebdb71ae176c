"""
What the task says, as a machine for each key; and its rivals, each with one rule changed.

Each order has cents of its own, so that a row of the ledger says whose it is.
"""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

from workbench.histories import Step

GRACE = 6.0  # seconds after a kill, or after a write that failed
LONG_AGO = -1000.0
ANOTHERS = "200, with the charge of another order"
NOT_SO = "200, with what does not stand in the ledger"
Status = int | str | None


class Key(NamedTuple):
    orders: tuple[int, ...] = ()  # the cents that came with it
    approved: bool = False
    charged: int = 0  # the cents
    told: bool = False  # whether somebody got a 200
    refused: bool = False  # whether somebody got a 409
    failed: bool = False  # whether the bank did
    hurt: float = LONG_AGO  # when a process was killed at it, or a write failed
    known_to: frozenset[int] = frozenset()  # processes


class Caller(NamedTuple):
    """
    One who is under way.
    """

    name: str
    process: int
    key: str
    cents: int
    at: str = ""  # "approve" or "receipt", where the bank lets them wait
    met: bool = False  # whether others were under way with the same key


class State(NamedTuple):
    keys: tuple[tuple[str, Key], ...] = ()
    callers: tuple[Caller, ...] = ()
    dead: tuple[int, ...] = ()  # processes

    def key(self, name: str) -> Key:
        return next((key for its, key in self.keys if its == name), Key())

    def with_key(self, name: str, key: Key) -> "State":
        others = [each for each in self.keys if each[0] != name]
        return self._replace(keys=(*others, (name, key)))


class Seen(NamedTuple):
    answers: tuple[tuple[str, Status], ...]  # who was answered, and what
    charged: tuple[int, ...]  # cents, new in the ledger
    asked: tuple[str, ...]  # what the bank was asked for: "approve", "receipt"
    waits: str  # where the bank lets somebody wait
    locked: bool  # whether the ledger stayed locked
    began: float
    ended: float


class CannotBeError(Exception):
    """
    What the model expected instead.
    """


class Once:
    """
    Steps:

        ("pay", process, key, cents, approve, receipt)     the bank answers with these statuses
        ("begin", name, process, key, cents, where)        the bank lets them wait there
        ("go", name, cents, status)                        … and answers
        ("crowd", number, key, cents, locked)              at once in both processes
        ("fail", process, key, cents, write)               a write to the ledger fails
        ("kill", process, key, cents, write)               the process is killed in a write
        ("start", process)                                 … and started again
        ("wait", seconds)
    """

    first = State()

    def after(self, state: State, step: Step, seen: Seen) -> Iterable[State]:
        try:
            return [self.follow(state, step, seen)]
        except CannotBeError:
            return []

    def follow(self, before: State, step: Step, seen: Seen) -> State:
        """
        The state after a step.

        Raises:
            CannotBeError: So much is wrong with what was seen; its text is what was expected.
        """
        kind = step[0]
        if kind == "wait":
            return before
        if kind == "start":
            return before._replace(dead=tuple(each for each in before.dead if each != step[1]))
        if not self.is_possible(before, step):
            raise CannotBeError("nothing")
        if seen.locked and not self.may_stay_locked(step):
            raise CannotBeError("that others can write to the ledger afterwards")
        state = self.approve(self.arrive(before, step), step, seen)
        state = self.charge(state, step, seen)
        if kind == "kill":
            return self.die(state, step, seen)
        if not self.pays_its_receipt(step, seen):
            raise CannotBeError("the charge, and after it the bank is asked for a receipt")
        for name, status in seen.answers:
            caller = self.caller(state, name)
            may = self.may_say(before, state, caller, step, seen)
            if status not in may:
                raise CannotBeError(" or ".join(sorted(map(str, may))) or "200, and a charge")
            state = self.leave(state, caller, status, step, seen)
        if not self.is_whole(before, state, step, seen):
            raise CannotBeError(
                "one to be charged" if kind == "crowd" else "a call at the bank"
            )
        return self.stand(state, step, seen)

    # Who is there

    def is_possible(self, state: State, step: Step) -> bool:
        """
        In a history that was cut, somebody may be spoken of who is not there.
        """
        match step:
            case ("go", name, *_):
                return any(each.name == name and each.at for each in state.callers)
            case ("begin", name, process, *_):
                there = any(each.name == name for each in state.callers)
                return not there and process not in state.dead
            case ("crowd", _, key, *_):
                return not state.dead and all(each.key != key for each in state.callers)
            case (_, process, key, *_):
                alone = all(each.key != key for each in state.callers)
                return alone and process not in state.dead
        return False

    def arrive(self, state: State, step: Step) -> State:
        """
        Those who come with a step.
        """
        match step:
            case ("pay" | "fail" | "kill", process, key, cents, *_):
                new = [Caller("", process, key, cents)]
            case ("begin", name, process, key, cents, _):
                new = [Caller(name, process, key, cents)]
            case ("crowd", number, key, cents, _):
                new = [Caller(f"{n}", n % 2, key, cents, met=True) for n in range(number)]
            case _:
                return state
        key, cents = new[0].key, new[0].cents
        known = state.key(key)
        orders = known.orders if cents in known.orders else (*known.orders, cents)
        state = state.with_key(key, known._replace(orders=orders))
        if any(each.key == key for each in state.callers):
            meet = [e._replace(met=True) if e.key == key else e for e in state.callers]
            return state._replace(callers=(*meet, *(e._replace(met=True) for e in new)))
        return state._replace(callers=(*state.callers, *new))

    def approve(self, state: State, step: Step, seen: Seen) -> State:
        match step:
            case ("pay", _, key, _, 200, _) | ("crowd" | "fail" | "kill", _, key, *_):
                asked = "approve" in seen.asked
            case ("begin", _, _, key, _, "receipt"):
                asked = "approve" in seen.asked
            case ("go", name, _, status):
                caller = self.caller(state, name)
                key, at_it = caller.key, caller.at == "approve"
                asked = (at_it and status == 200) or "approve" in seen.asked
            case _:
                return state
        known = state.key(key)
        return state.with_key(key, known._replace(approved=known.approved or asked))

    def caller(self, state: State, name: str) -> Caller:
        return next(each for each in state.callers if each.name == name)

    def leave(
        self, state: State, caller: Caller, status: Status, step: Step, seen: Seen
    ) -> State:
        known = state.key(caller.key)
        if status == 200:
            known = known._replace(told=True, known_to=known.known_to | {caller.process})
        if status == 409:
            known = known._replace(refused=True)
        if status == 502:
            known = known._replace(failed=True)
        if step[0] == "fail":
            known = known._replace(hurt=seen.ended)
        state = state.with_key(caller.key, known)
        return state._replace(callers=tuple(e for e in state.callers if e != caller))

    def stand(self, state: State, step: Step, seen: Seen) -> State:
        """
        Where the bank lets somebody wait now.
        """
        if step[0] == "begin" and seen.waits:
            here = [
                e._replace(at=seen.waits) if e.name == step[1] else e for e in state.callers
            ]
            return state._replace(callers=tuple(here))
        return state

    def die(self, state: State, step: Step, seen: Seen) -> State:
        """
        All who were under way in a process.
        """
        process = step[1]
        hurt = {caller.key for caller in state.callers if caller.process == process}
        keys = []
        for name, known in state.keys:
            at = seen.ended if name in hurt else known.hurt
            known_to = known.known_to - {process}
            keys.append((name, known._replace(known_to=known_to, hurt=at)))
        left = tuple(each for each in state.callers if each.process != process)
        return State(tuple(keys), left, (*state.dead, process))

    # What may be

    def charge(self, state: State, step: Step, seen: Seen) -> State:
        for cents in seen.charged:
            name = next((name for name, key in state.keys if cents in key.orders), "")
            known = state.key(name)
            if known.charged and not self.may_charge_again(state, name, cents, step):
                raise CannotBeError(f"one charge for {name}")
            if not known.charged and not self.may_charge(known):
                raise CannotBeError(f"no charge for {name}, which the bank has not approved")
            state = state.with_key(name, known._replace(charged=cents))
        return state

    def may_charge(self, known: Key) -> bool:
        return known.approved

    def may_charge_again(self, state: State, name: str, cents: int, step: Step) -> bool:
        return False

    def may_stay_locked(self, step: Step) -> bool:
        return False

    def pays_its_receipt(self, step: Step, seen: Seen) -> bool:
        """
        Whoever was charged now gets a receipt; and none before that.
        """
        if step[0] == "begin":
            return seen.waits != "receipt" or step[4] in seen.charged
        return not seen.charged or step[0] == "fail" or "receipt" in seen.asked

    def is_whole(self, before: State, state: State, step: Step, seen: Seen) -> bool:
        """
        Nobody waits for nothing, and of a crowd somebody is charged.
        """
        if step[0] == "begin":
            caller = [each for each in state.callers if each.name == step[1]]
            return not caller or bool(seen.waits) or caller[0].met
        if step[0] == "crowd":
            return any(status == 200 for _, status in seen.answers)
        return True

    def may_say(
        self, before: State, state: State, caller: Caller, step: Step, seen: Seen
    ) -> set[Status]:
        """
        What a caller may be told.
        """
        known = state.key(caller.key)
        if step[0] == "fail":
            return {500, 502, 503, *([200] if known.charged == caller.cents else [])}
        may: set[Status] = set()
        if caller.met or seen.began < known.hurt + GRACE:
            may.add(409)
        if known.charged:
            may.add(200 if known.charged == caller.cents else 422)
        elif known.orders != (caller.cents,):
            may.add(422)
        if self.bank_failed(before, known, caller, step, seen):
            may.add(502)
        return may

    def bank_failed(
        self, before: State, known: Key, caller: Caller, step: Step, seen: Seen
    ) -> bool:
        match step:
            case ("pay", _, _, _, approve, _) if approve != 200 and not known.charged:
                return True
            case ("pay", _, _, _, _, receipt):
                asked = receipt != 200 and "receipt" in seen.asked
                # Who was charged before gets the answer, whether the receipt went out or not.
                return asked and bool(known.charged) and not before.key(caller.key).charged
            case ("go", _, _, status):
                return bool(status != 200)
        return False

    # In words

    def expected(self, state: State, step: Step, seen: Seen) -> str:
        try:
            self.follow(state, step, seen)
        except CannotBeError as error:
            return str(error)
        return ""

    def told(self, step: Step, seen: Seen) -> str:
        if step[0] == "wait":
            return f"{step[1]:g} s pass"
        if step[0] == "start":
            return f"process {step[1]} is started again"
        said = ", ".join(str(status or "no answer") for _, status in seen.answers)
        if seen.waits:
            said = f"the bank lets the {seen.waits} wait"
        new = ", ".join(f"{cents} cents" for cents in seen.charged)
        what = f"{self.done(step)}: {said or 'no answer yet'}"
        return (
            f"{what}; new in the ledger: {new}" if new else what.removesuffix(": no answer yet")
        )

    def done(self, step: Step) -> str:
        match step:
            case ("go", name, _, status):
                return f"the bank answers {name}'s call with {status}"
            case ("begin", name, process, key, cents, _):
                return f"caller {name}, {key}, {cents} cents, process {process}"
            case ("crowd", number, key, cents, locked):
                busy = ", while the ledger is busy" if locked else ""
                return f"{key}, {cents} cents, {number} callers at once in both processes{busy}"
        kind, process, key, cents, *how = step
        what = f"{key}, {cents} cents, process {process}"
        if kind == "kill":
            return f"{what}, which gets SIGKILL while {how[0]} is written"
        if kind == "fail":
            return f"{what}, and {how[0]} can't be written (integer overflow)"
        fails = [
            f"the bank {'refuses' if said == 'refuses' else f'answers {said} to'} the {call}"
            for call, said in zip(("approve", "receipt"), how, strict=True)
            if said != 200
        ]
        return ", ".join([what, *fails])

    # Where a model plays the service: what is strange comes first

    def shows(self, step: Step, now: float) -> Iterator[Seen]:
        kind = step[0]
        nothing = Seen((), (), (), "", False, now, now + (step[1] if kind == "wait" else 0.01))
        if kind in ("wait", "start"):
            yield nothing
        elif kind == "kill":
            yield nothing._replace(charged=(step[3],), asked=("approve",))
            yield nothing._replace(asked=("approve",))
        else:
            if kind == "fail":
                yield nothing._replace(answers=(("", 500),), asked=("approve",), locked=True)
            if kind == "begin":
                yield from self.waits(step, nothing)
            yield from self.answers(step, nothing)

    def answers(self, step: Step, nothing: Seen) -> Iterator[Seen]:
        kind = step[0]
        cents: int = step[2] if kind == "go" else step[4] if kind == "begin" else step[3]
        rows: tuple[tuple[int, ...], ...] = ((cents,), ())
        names = [step[1]] if kind in ("go", "begin") else [""]
        if kind == "crowd":
            rows = ((cents, cents), *rows)
            names = [str(number) for number in range(step[1])]
        for charged, status, asked in product(rows, STATUSES, ASKED):
            first = (names[0], 200 if kind == "crowd" else status)
            answers = (first, *((name, status) for name in names[1:]))
            yield nothing._replace(answers=answers, charged=charged, asked=asked)

    def waits(self, step: Step, nothing: Seen) -> Iterator[Seen]:
        where, cents = step[5], step[4]
        for charged in ((cents,), ()) if where == "approve" else ((), (cents,)):
            yield nothing._replace(charged=charged, asked=("approve", where), waits=where)


ASKED = ((), ("approve",), ("receipt",), ("approve", "receipt"))
STATUSES: tuple[Status, ...] = (NOT_SO, ANOTHERS, None, 500, 400, 409, 502, 422, 200)


# Rivals, by the key of their hint

FEW = 20  # keys, that everybody remembers


class IgnoresTheKey(Once):
    def may_charge_again(self, state: State, name: str, cents: int, step: Step) -> bool:
        return True

    def is_whole(self, before: State, state: State, step: Step, seen: Seen) -> bool:
        again = step[0] == "pay" and step[4] == 200 and before.key(step[2]).charged
        return not (again and not seen.charged) and super().is_whole(before, state, step, seen)


class KnownToOneProcess(Once):
    def may_charge_again(self, state: State, name: str, cents: int, step: Step) -> bool:
        processes = {each.process for each in state.callers if each.key == name}
        return step[0] == "crowd" or bool(processes - state.key(name).known_to)

    def is_whole(self, before: State, state: State, step: Step, seen: Seen) -> bool:
        again = step[0] == "pay" and step[4] == 200 and before.key(step[2]).charged == step[3]
        elsewhere = again and step[1] not in before.key(step[2]).known_to
        whole = super().is_whole(before, state, step, seen)
        return whole and not (elsewhere and not seen.charged)


class LooksThenActs(Once):
    def may_charge_again(self, state: State, name: str, cents: int, step: Step) -> bool:
        met = any(each.met for each in state.callers if each.key == name)
        return met and not state.key(name).refused


class ForgetsKeys(Once):
    """
    What was charged more than a moment before, or some orders before, is charged again.
    """

    def may_charge_again(self, state: State, name: str, cents: int, step: Step) -> bool:
        met = any(each.met for each in state.callers if each.key == name)
        return len(state.keys) > FEW and not met


class LeaseRunsOut(Once):
    def may_charge_again(self, state: State, name: str, cents: int, step: Step) -> bool:
        met = any(each.met for each in state.callers if each.key == name)
        return met and state.key(name).refused


class ChargeBeforeKey(Once):
    """
    What was going on when a process died, or a write failed, is charged again.
    """

    def may_charge_again(self, state: State, name: str, cents: int, step: Step) -> bool:
        return state.key(name).hurt > LONG_AGO


class HalfWritten(Once):
    def may_say(
        self, before: State, state: State, caller: Caller, step: Step, seen: Seen
    ) -> set[Status]:
        hurt = before.key(caller.key).hurt > LONG_AGO
        more: set[Status] = {500, 503, None, NOT_SO} if hurt else set()
        return super().may_say(before, state, caller, step, seen) | more


class UnderWayForEver(Once):
    def may_say(
        self, before: State, state: State, caller: Caller, step: Step, seen: Seen
    ) -> set[Status]:
        known = before.key(caller.key)
        more: set[Status] = {409} if known.failed or known.hurt > LONG_AGO else set()
        return super().may_say(before, state, caller, step, seen) | more


class KeepsFailures(Once):
    def may_say(
        self, before: State, state: State, caller: Caller, step: Step, seen: Seen
    ) -> set[Status]:
        # Who keeps a failure asks nobody anew.
        anew = step[0] == "pay" and step[5] != 200 and "receipt" in seen.asked
        more: set[Status] = {502} if before.key(caller.key).failed and not anew else set()
        return super().may_say(before, state, caller, step, seen) | more


class ChargeBeforeApproval(Once):
    def may_charge(self, known: Key) -> bool:
        return True


class ForgetsTheReceipt(Once):
    def pays_its_receipt(self, step: Step, seen: Seen) -> bool:
        return seen.waits != "receipt" and "receipt" not in seen.asked


class UndoesTheCharge(Once):
    """
    When its receipt fails.
    """

    def undoes(self, before: State, step: Step, seen: Seen) -> bool:
        fails = step[0] == "pay" and step[5] != 200 and "receipt" in seen.asked
        return fails and not before.key(step[2]).charged

    def bank_failed(
        self, before: State, known: Key, caller: Caller, step: Step, seen: Seen
    ) -> bool:
        undone = self.undoes(before, step, seen)
        return undone or super().bank_failed(before, known, caller, step, seen)

    def is_whole(self, before: State, state: State, step: Step, seen: Seen) -> bool:
        kept = self.undoes(before, step, seen) and bool(seen.charged)
        return not kept and super().is_whole(before, state, step, seen)


class ReceiptUntilItIsSent(Once):
    """
    Whoever comes again while the receipt fails gets no answer.
    """

    def bank_failed(
        self, before: State, known: Key, caller: Caller, step: Step, seen: Seen
    ) -> bool:
        fails = step[0] == "pay" and step[5] != 200 and "receipt" in seen.asked
        owed = bool(known.charged) and not before.key(caller.key).told
        return (fails and owed) or super().bank_failed(before, known, caller, step, seen)


class ReceiptBeforeCharge(Once):
    def pays_its_receipt(self, step: Step, seen: Seen) -> bool:
        return (step[0] == "begin" and seen.waits == "receipt") or super().pays_its_receipt(
            step, seen
        )


class NoFingerprint(Once):
    def may_say(
        self, before: State, state: State, caller: Caller, step: Step, seen: Seen
    ) -> set[Status]:
        may = super().may_say(before, state, caller, step, seen)
        return may - {422} | {ANOTHERS} if 422 in may else may


class AnotherBodyCharged(Once):
    def may_charge_again(self, state: State, name: str, cents: int, step: Step) -> bool:
        return cents != state.key(name).charged

    def may_say(
        self, before: State, state: State, caller: Caller, step: Step, seen: Seen
    ) -> set[Status]:
        more: set[Status] = {200} if len(state.key(caller.key).orders) > 1 else set()
        return super().may_say(before, state, caller, step, seen) | more


class AnotherWord(Once):
    def may_say(
        self, before: State, state: State, caller: Caller, step: Step, seen: Seen
    ) -> set[Status]:
        may = super().may_say(before, state, caller, step, seen)
        return may | set(range(400, 500)) if 422 in may else may


class FingerprintOfOneProcess(Once):
    def may_say(
        self, before: State, state: State, caller: Caller, step: Step, seen: Seen
    ) -> set[Status]:
        elsewhere = caller.process not in before.key(caller.key).known_to
        more: set[Status] = {422} if state.key(caller.key).charged and elsewhere else set()
        return super().may_say(before, state, caller, step, seen) | more


class TurnsAway(Once):
    def may_say(
        self, before: State, state: State, caller: Caller, step: Step, seen: Seen
    ) -> set[Status]:
        more: set[Status] = {*range(400, 600), None} if caller.met else set()
        return super().may_say(before, state, caller, step, seen) | more

    def is_whole(self, before: State, state: State, step: Step, seen: Seen) -> bool:
        return step[0] == "crowd" or super().is_whole(before, state, step, seen)


class AnotherAnswer(Once):
    def may_say(
        self, before: State, state: State, caller: Caller, step: Step, seen: Seen
    ) -> set[Status]:
        known = before.key(caller.key)
        more: set[Status] = (
            {*range(201, 422), NOT_SO} if known.charged == caller.cents else set()
        )
        return super().may_say(before, state, caller, step, seen) | more


class AsksTheBankFirst(Once):
    def may_say(
        self, before: State, state: State, caller: Caller, step: Step, seen: Seen
    ) -> set[Status]:
        asks = step[0] == "pay" and step[4] != 200
        return super().may_say(before, state, caller, step, seen) | ({502} if asks else set())


class WaitsForTheBank(Once):
    """
    While one order waits for the bank, no other is charged.
    """

    def may_say(
        self, before: State, state: State, caller: Caller, step: Step, seen: Seen
    ) -> set[Status]:
        others = any(each.key != caller.key for each in before.callers)
        waits = others and "receipt" not in seen.asked
        more: set[Status] = {None, *range(500, 600)} if waits else set()
        return super().may_say(before, state, caller, step, seen) | more


class LeavesItLocked(Once):
    def may_stay_locked(self, step: Step) -> bool:
        return True

    def is_whole(self, before: State, state: State, step: Step, seen: Seen) -> bool:
        failed = step[0] == "fail" and 200 not in dict(seen.answers).values()
        return seen.locked if failed else super().is_whole(before, state, step, seen)


class ConfusesKeys(Once):
    def may_say(
        self, before: State, state: State, caller: Caller, step: Step, seen: Seen
    ) -> set[Status]:
        confused = any(alike(name, caller.key) for name, _ in before.keys)
        more: set[Status] = {422, 200, 409, ANOTHERS} if confused else set()
        return super().may_say(before, state, caller, step, seen) | more


def alike(one: str, other: str) -> bool:
    """
    Whether two keys are different, and easily taken for the same.
    """
    same = (str.casefold, lambda key: key.lstrip("0"), lambda key: key[:32])
    return one != other and any(form(one) == form(other) for form in same)


MODEL = Once()
RIVALS = {
    "ignores-the-key": IgnoresTheKey(),
    "known-to-one-process": KnownToOneProcess(),
    "looks-then-acts": LooksThenActs(),
    "forgets-keys": ForgetsKeys(),
    "lease-runs-out": LeaseRunsOut(),
    "charge-before-key": ChargeBeforeKey(),
    "half-written": HalfWritten(),
    "under-way-for-ever": UnderWayForEver(),
    "receipt-until-it-is-sent": ReceiptUntilItIsSent(),
    "keeps-failures": KeepsFailures(),
    "charge-before-approval": ChargeBeforeApproval(),
    "forgets-the-receipt": ForgetsTheReceipt(),
    "undoes-the-charge": UndoesTheCharge(),
    "receipt-before-charge": ReceiptBeforeCharge(),
    "no-fingerprint": NoFingerprint(),
    "another-order-charged": AnotherBodyCharged(),
    "another-word": AnotherWord(),
    "fingerprint-of-one-process": FingerprintOfOneProcess(),
    "turns-away": TurnsAway(),
    "another-answer": AnotherAnswer(),
    "asks-the-bank-first": AsksTheBankFirst(),
    "waits-for-the-bank": WaitsForTheBank(),
    "leaves-it-locked": LeavesItLocked(),
    "confuses-keys": ConfusesKeys(),
}
