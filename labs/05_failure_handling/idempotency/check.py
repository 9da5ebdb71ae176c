"""
Two processes, one ledger, and callers who ask again: later, at once, elsewhere, after a kill.
"""

import json
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from workbench import Process, scratch, start, wait_until
from workbench.checks import Answer, Hint, ask, expect, record

AT_ONCE = 8
SECONDS_TO_RECOVER = 8  # two more than the task grants
REPEATS = ("the same process", "the other process")


class Shop:
    """
    The bank, the ledger, and the processes of one service.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.ledger = scratch(f"ledger of {name}") / "ledger.db"
        self.bank = start(
            "python bank.py {port}", ready="port", name=f"bank of {name}", cwd=folder
        )
        self.processes: list[Process] = []

    def start_process(self) -> Process:
        process = start(
            "python service.py {port}",
            ready="/healthz",
            name=f"{self.name} {len(self.processes) + 1}",
            cwd=self.folder,
            env={"BANK": self.bank.url, "LEDGER": str(self.ledger)},
        )
        self.processes.append(process)
        return process

    def stop(self) -> None:
        for process in [*self.processes, self.bank]:
            process.kill()

    def charges(self) -> int:
        with closing(sqlite3.connect(self.ledger, timeout=10)) as ledger:
            return int(ledger.execute("SELECT count(*) FROM charges").fetchone()[0])

    def tell_bank(self, what: str) -> None:
        ask(self.bank, f"/{what}", method="PUT")

    def waiting(self) -> int:
        answer = ask(self.bank, "/waiting")
        return int(answer.text) if answer.status else 0


def pay(process: Process, key: str, cents: int = 4200) -> Answer:
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    body = json.dumps({"cents": cents})
    return ask(process, "/charges", method="POST", body=body, headers=headers, timeout=15)


class Seen(NamedTuple):
    """
    What callers and ledger saw; of each case the charges that it made.
    """

    first: Answer
    repeats: list[tuple[Answer, int]]  # in the same process, in the other one
    at_once: list[Answer]
    at_once_charges: int
    other_body: Answer
    other_body_charges: int
    other_key_charges: int
    bank_down: Answer
    bank_back: Answer
    bank_charges: int
    killed_before: Answer
    killed_before_charges: int
    killed_after: Answer
    killed_after_charges: int


def pay_at_once(shop: Shop, key: str) -> tuple[list[Answer], int]:
    """
    Send one order several times while the bank lets everybody wait.
    """
    before = shop.charges()
    shop.tell_bank("hold/approve")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sent = [pool.submit(pay, shop.processes[n % 2], key) for n in range(AT_ONCE)]
        # Those who are not sent away come to the bank; who waits for another never does.
        wait_until(lambda: shop.waiting() + sum(f.done() for f in sent) == AT_ONCE, 1.5)
        shop.tell_bank("go")
        answers = [future.result() for future in sent]
    return answers, shop.charges() - before


def kill_and_repeat(shop: Shop, key: str, moment: str) -> tuple[Answer, int]:
    """
    Kill a process while it waits for the bank, ask the other one until it says more than "409".
    """
    before = shop.charges()
    victim, survivor = shop.processes[-2:]
    shop.tell_bank(f"hold/{moment}")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(pay, victim, key)
        wait_until(lambda: shop.waiting() == 1, 10)
        victim.kill()
    shop.tell_bank("go")
    answer = Answer(None, "")
    give_up = time.monotonic() + SECONDS_TO_RECOVER
    while answer.status != 200 and time.monotonic() < give_up:
        answer = pay(survivor, key)
        time.sleep(0.1)
    return answer, shop.charges() - before


def watch(shop: Shop) -> Seen:
    first_process, other_process = shop.start_process(), shop.start_process()
    first = pay(first_process, "first")
    repeats = []
    for process in (first_process, other_process):
        before = shop.charges()
        repeats.append((pay(process, "first"), shop.charges() - before))
    at_once, at_once_charges = pay_at_once(shop, "at once")
    before = shop.charges()
    other_body = pay(first_process, "first", cents=9900)
    other_body_charges = shop.charges() - before
    before = shop.charges()
    pay(first_process, "another key")
    other_key_charges = shop.charges() - before
    before = shop.charges()
    shop.tell_bank("fail")
    bank_down = pay(first_process, "the bank fails")
    shop.tell_bank("go")
    bank_back = pay(first_process, "the bank fails")
    bank_charges = shop.charges() - before
    killed_before = kill_and_repeat(shop, "killed before", "approve")
    shop.start_process()
    killed_after = kill_and_repeat(shop, "killed after", "receipt")
    return Seen(
        first,
        repeats,
        at_once,
        at_once_charges,
        other_body,
        other_body_charges,
        other_key_charges,
        bank_down,
        bank_back,
        bank_charges,
        *killed_before,
        *killed_after,
    )


def statuses(answers: list[Answer]) -> list[int | None]:
    return sorted({answer.status for answer in answers}, key=str)


def diagnose(seen: Seen) -> Hint:
    """
    From cause to symptom: the first that explains what was seen.
    """
    return diagnose_keys(seen) or diagnose_failures(seen)


def diagnose_keys(seen: Seen) -> Hint | None:
    """
    What goes wrong with a key although nothing fails.
    """
    (_, charged_here), (_, charged_elsewhere) = seen.repeats
    if seen.first.status != 200 or seen.other_key_charges != 1:
        return Hint(
            "no-charge",
            f"A new key was answered with {seen.first.status}, another new one made "
            f"{seen.other_key_charges} charges. What does your service take for known?",
        )
    if charged_here:
        return Hint(
            "ignores-the-key",
            "The same order with the same key, a moment later: charged again. What did the "
            "first one leave behind for the second to find?",
        )
    if charged_elsewhere:
        return Hint(
            "known-to-one-process",
            "A process knows the keys that it has seen itself, the other one charges again. "
            "Where do both of them look, and what is left of it after a restart?",
        )
    if seen.at_once_charges > 1:
        return Hint(
            "looks-then-acts",
            f"{AT_ONCE} times the same key at the same moment: {seen.at_once_charges} charges. "
            "What can happen between your look and your write, and what lets only one through?",
        )
    if seen.other_body.status != 422 or seen.other_body_charges:
        return Hint(
            "no-fingerprint",
            f"The same key came with another body, and was answered "
            f"{seen.other_body.status}. By what do you recognise an order?",
        )
    return None


def diagnose_failures(seen: Seen) -> Hint:
    """
    What a failure in between leaves behind.
    """
    if seen.bank_back.status != 200 or seen.bank_charges != 1:
        return Hint(
            "keeps-failures",
            f"The bank failed, and came back; the same key then got {seen.bank_back.status}. "
            "Which answers are worth keeping, and what becomes of the key after the others?",
        )
    if seen.killed_before.status != 200:
        return Hint(
            "under-way-for-ever",
            f"A process was killed before the charge; for {SECONDS_TO_RECOVER} s the same key "
            f"got {seen.killed_before.status}. Who is still working on it, and who says so?",
        )
    if seen.killed_before_charges > 1 or seen.killed_after_charges > 1:
        return Hint(
            "charge-before-key",
            f"A process was killed after the charge, before the end; asked again, there were "
            f"{seen.killed_after_charges} charges. Which of your writes was lost by then?",
        )
    if set(statuses(seen.at_once)) - {200, 409}:
        return Hint(
            "turns-away",
            f"{AT_ONCE} at the same moment were answered {statuses(seen.at_once)}. What should "
            "those hear who come second?",
        )
    return Hint(
        "another-answer",
        f"First {seen.first}, then {[answer for answer, _ in seen.repeats]}; after a kill "
        f"{seen.killed_after}. "
        "What must you keep to say the same again?",
    )


@pytest.fixture(scope="module")
def seen(attempt: Path) -> Seen:
    shop = Shop(attempt, "yours")
    try:
        seen = watch(shop)
    finally:
        shop.stop()
        if shop.processes:
            record("yours", None, shop.processes[-1])
    return seen


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """The untouched service charges as often as it is asked."""
    shop = Shop(untouched, "untouched")
    try:
        process = shop.start_process()
        for _ in range(3):
            pay(process, "first")
        charges = shop.charges()
    finally:
        shop.stop()
    expect(
        charges == 3,
        done="the same order with the same key, three times",
        expected="3 charges",
        seen=f"{charges} charges",
    )


def test_again_is_the_same(seen: Seen) -> None:
    """The same order again gets the same answer, and is not charged again."""
    expect(
        seen.first.status == 200
        and all(answer == seen.first and not charged for answer, charged in seen.repeats),
        done="an order, and the same again in the same process, then in the other one",
        expected="the same answer three times, no further charge",
        seen="; ".join(
            f"{where}: {'the same' if answer == seen.first else f'status {answer.status}'}, "
            f"further charges: {charged}"
            for where, (answer, charged) in zip(REPEATS, seen.repeats, strict=True)
        ),
        hint=diagnose(seen),
    )


def test_at_once(seen: Seen) -> None:
    """Of several at the same moment, one is charged."""
    said = statuses(seen.at_once)
    expect(
        seen.at_once_charges == 1 and 200 in said and set(said) <= {200, 409},
        done=f"the same order {AT_ONCE} times at the same moment, in two processes",
        expected="1 charge; each caller gets 200 or 409",
        seen=f"charges: {seen.at_once_charges}; {said}",
        hint=diagnose(seen),
    )


def test_key_and_order_belong_together(seen: Seen) -> None:
    """The same key with another body is refused; another key is another charge."""
    expect(
        seen.other_body.status == 422
        and not seen.other_body_charges
        and seen.other_key_charges == 1,
        done="a known key with another body; a new key with the same body",
        expected="422 and no charge; 1 charge",
        seen=f"{seen.other_body.status}, charges: {seen.other_body_charges}; "
        f"charges: {seen.other_key_charges}",
        hint=diagnose(seen),
    )


def test_a_failure_is_not_kept(seen: Seen) -> None:
    """When the bank has failed, the same key can be charged later."""
    expect(
        seen.bank_down.status == 502
        and seen.bank_back.status == 200
        and seen.bank_charges == 1,
        done="the bank failed, then it was back, and the same key came again",
        expected="502, then 200; 1 charge",
        seen=f"{seen.bank_down.status}, then {seen.bank_back.status}; "
        f"charges: {seen.bank_charges}",
        hint=diagnose(seen),
    )


def test_a_kill_before_the_charge(seen: Seen) -> None:
    """Killed while the bank approves, and asked again: one charge."""
    expect(
        seen.killed_before.status == 200 and seen.killed_before_charges == 1,
        done="SIGKILL while the bank approved; then the same key in the other process",
        expected="200; 1 charge",
        seen=f"{seen.killed_before.status}; charges: {seen.killed_before_charges}",
        hint=diagnose(seen),
    )


def test_a_kill_after_the_charge(seen: Seen) -> None:
    """Killed while the receipt is sent, and asked again: one charge."""
    expect(
        seen.killed_after.status == 200 and seen.killed_after_charges == 1,
        done="SIGKILL while the receipt was sent; then the same key in the other process",
        expected="200; 1 charge",
        seen=f"{seen.killed_after.status}; charges: {seen.killed_after_charges}",
        hint=diagnose(seen),
    )
