"""
The verdict on a run: from what its users got, the database and the journal.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from workbench._traffic import percentile
from workbench.exercises.messages import Hint
from workbench.exercises.verdict import COULD_NOT_CHECK, FAIL, PASS, Claim, Result

from .catalogue import Incident
from .crowd import RATE, ROUTES
from .report import Moment, Report
from .seen import GOOD, SLOW, Event, Sample, Seen

HERE = Path(__file__).resolve().parent
WINDOW = 3 * 3600.0  # seconds that the budget is for
SEVERAL = 3  # times the budget: what an incident burns if it is left alone
CALM = 0.97  # share of the good requests of a route that is repaired
BASELINE = 0.01  # share of the bad ones before the fault, on a machine that can keep up
LATE = 0.1  # seconds that one request in a hundred may leave late
PACE = 3.0  # seconds over which the pace of the burning is taken
TO_NAME = 120.0  # seconds after the users' recovery in which it may still be named
MOST_NAMES = 2

HINTS = tomllib.loads((HERE / "hints.toml").read_text(encoding="utf-8"))


def budget(speed: float) -> int:
    """
    How many requests may be bad: one in a hundred of three hours', at speed 1.
    """
    return round((1 - GOOD) * RATE * WINDOW / speed)


def judge(seen: Seen, incident: Incident, *, name: str, seed: int, speed: float) -> Report:
    """
    Args:
        seen: The run.
        incident: What it was.
        name: What it is called.
        seed: What it was drawn from.
        speed: By how much time and budget were cut.
    """
    control = _control(seen, incident)
    claims = list(_claims(seen, incident, speed))
    reason = _nothing_to_judge(seen, control)
    met = all(claim.met for claim in claims)
    result: Result = COULD_NOT_CHECK if reason else PASS if met else FAIL
    named = _named(seen, incident)
    return Report(
        incident=name,
        was=incident.was,
        seed=seed,
        speed=speed,
        result=result,
        seconds=round(seen.until - seen.injected, 1),
        budget=seen.budget,
        burnt=seen.burnt,
        control=control,
        claims=claims,
        hint=_hint(seen, incident, claims) if result == FAIL else None,
        reason=reason,
        paged=_since(seen, seen.first("paged")),
        found=_since(seen, named.at if named else None),
        recovered=_since(seen, seen.recovered if seen.recovered < seen.until else None),
        timeline=[
            Moment(round(event.at - seen.injected, 2) + 0.0, event.what, event.details)
            for event in seen.events
        ],
        curve=_curve(seen),
    )


def _control(seen: Seen, incident: Incident) -> Claim:
    first = min([event.at for event in seen.levers] + [seen.until])
    burning = _pace(seen, first)
    if incident.is_false:
        return Claim(
            "left alone, the shop keeps to its objective",
            met=burning <= (1 - GOOD) * RATE * SEVERAL,
            expected=f"at most {SEVERAL} % of the requests bad, before the first lever",
            seen=f"{burning:.1f} bad a second",
        )
    return Claim(
        f"left alone, it burns the budget {SEVERAL} times over",
        met=burning >= (1 - GOOD) * RATE * SEVERAL,
        expected=f"more than {SEVERAL} % of the requests bad, before the first lever",
        seen=f"{burning:.1f} bad a second",
    )


def _pace(seen: Seen, first: float) -> float:
    """
    Bad requests a second in the worst seconds before the first lever.
    """
    begins = [seen.injected]
    while begins[-1] + 1 < first - 1:
        begins.append(begins[-1] + 1)
    return max(seen.bad(begin, min(begin + PACE, first)) for begin in begins) / PACE


def _claims(seen: Seen, incident: Incident, speed: float) -> Iterator[Claim]:
    total = len(seen.between(seen.injected, seen.until))
    yield Claim(
        "the users' budget lasts",
        seen.burnt <= seen.budget,
        expected=f"at most {seen.budget} requests without a good answer within {SLOW:g} s",
        seen=f"{seen.burnt} bad of {total} until you were done",
    )
    named, names = _named(seen, incident), seen.all("acknowledged")
    # On a false page nobody recovers: it is named at any time.
    last = seen.until if incident.is_false else seen.recovered + TO_NAME / speed
    yield Claim(
        "it was found: where, and what",
        named is not None and named.at <= last and len(names) <= MOST_NAMES,
        expected=f"named between the fault and the recovery, at most {MOST_NAMES} times",
        seen=_said(names) or "nothing was acknowledged",
    )
    yield _repaired(seen)
    gone = _gone(seen)
    yield Claim(
        "nothing is gone: instances, routes, users",
        not gone,
        expected="as before, or more",
        seen="; ".join(gone),
    )
    changed = sorted(_changed(seen, incident))
    yield Claim(
        "what worked is as it was",
        not changed,
        expected="nothing changed that need not be",
        seen=", ".join(changed),
    )
    lost = _lost(seen)
    yield Claim(
        "what was accepted is stored",
        not lost,
        expected=f"all {sum(s.order is not None for s in seen.samples)} orders in the database",
        seen=f"{len(lost)} are not",
    )


def _repaired(seen: Seen) -> Claim:
    text = "it stays repaired, with the cause still there or once more"
    expected = f"of each route, {CALM:.0%} of the requests after `done` good"
    if seen.fresh is None:
        return Claim(text, met=False, expected=expected, seen="you never said `done`")
    fresh = seen.between(seen.fresh, seen.ended)
    shares = {
        route: _share([sample for sample in fresh if sample.route == route]) for route in ROUTES
    }
    said = ", ".join(f"{route} {share:.0%}" for route, share in shares.items())
    return Claim(
        text, met=min(shares.values()) >= CALM, expected=expected, seen=f"good: {said}"
    )


def _share(samples: list[Sample]) -> float:
    return 1 - sum(sample.bad for sample in samples) / len(samples) if samples else 0.0


def _gone(seen: Seen) -> list[str]:
    before, after = seen.before, seen.after
    found = []
    if after.serving < before.serving:
        found.append(f"{after.serving} of {before.serving} instances serve")
    found += [f"{share:.0%} of {route} is shed" for route, share in after.shed.items()]
    return found


def _changed(seen: Seen, incident: Incident) -> set[str]:
    """
    What stays changed, and is none of what mends it. Instances may: unless the page is false.
    """
    allowed = set(incident.mends) | (set() if incident.is_false else {"instances of api"})
    return seen.after.changes(seen.before) - allowed


def _lost(seen: Seen) -> set[int]:
    return {sample.order for sample in seen.samples if sample.order is not None} - seen.stored


def _named(seen: Seen, incident: Incident) -> Event | None:
    """
    The first acknowledgement after the fault that says what it is.
    """
    for event in seen.all("acknowledged"):
        what = (event.details["component"], event.details["mechanism"])
        if event.at >= seen.injected and what in incident.accepted:
            return event
    return None


def _said(names: list[Event]) -> str:
    return ", ".join(f"{e.details['component']}: {e.details['mechanism']}" for e in names)


def _nothing_to_judge(seen: Seen, control: Claim) -> str:
    """
    Why the run says nothing about its responder, or nothing.
    """
    before = [sample for sample in seen.samples if sample.done < seen.injected]
    bad = sum(sample.bad for sample in before) / max(1, len(before))
    late = percentile([sample.sent - sample.due for sample in seen.samples], 0.99)
    if bad > BASELINE or late > LATE:
        return (
            f"This machine was too busy: before anything was wrong, {bad:.0%} of the requests "
            f"were bad, and one user in a hundred came {late:.2f} s late.\n"
            "Close what keeps it busy, and begin again."
        )
    if not control.met:
        return (
            "Before your first lever there was no more to see than on a calm day, so nothing "
            f"can be said ({control.seen}).\nWait for the page, and begin again."
        )
    return ""


def _hint(seen: Seen, incident: Incident, claims: list[Claim]) -> Hint:
    sentences = HINTS | incident.hints
    facts = _facts(seen, incident)
    for key in (*incident.explain(seen), *_explain(seen, incident, claims)):
        return Hint(key, sentences[key].format(**facts))
    unmet = next(claim for claim in claims if not claim.met)
    return Hint("unexplained", f"“{unmet.text}” is not so: {unmet.seen}. What led to it?")


def _explain(seen: Seen, incident: Incident, claims: list[Claim]) -> Iterator[str]:
    """
    What was done that explains what is not met, from cause to symptom.
    """
    budget_lasts, found, repaired, _, _, _ = (bool(claim.met) for claim in claims)
    names, changed = seen.all("acknowledged"), _changed(seen, incident)
    ways = {
        "nobody-left": seen.after.serving == 0,
        "lost-orders": bool(_lost(seen)),
        "changed-what-worked": incident.is_false and bool(changed),
        "all-at-once": bool(seen.pulled("restart", "all")),
        "shut-out": bool(seen.after.shed),
        "still-out": bool(seen.after.drained) and seen.after.serving < seen.before.serving,
        "innocent": bool(changed),
        "nobody-came": not seen.levers and not names,
        "many-names": len(names) > MOST_NAMES,
        "back-again": seen.fresh is not None and not repaired,
        "misnamed": bool(names) and not found,
        "no-end": seen.fresh is None,
        "not-named": not names,
        "too-late": found and not budget_lasts,
    }
    yield from (key for key, is_so in ways.items() if is_so)


def _facts(seen: Seen, incident: Incident) -> dict[str, object]:
    fresh = [] if seen.fresh is None else seen.between(seen.fresh, seen.ended)
    cut = [
        sample
        for event in seen.pulled("restart", "all")
        for sample in seen.between(event.at, event.at + event.details["seconds"])
        if sample.status in (None, 502, 503)
    ]
    changed = sorted(_changed(seen, incident))
    return {
        "burnt": seen.burnt,
        "budget": seen.budget,
        "serving": seen.after.serving,
        "served_before": seen.before.serving,
        "shed": ", ".join(
            f"{share:.0%} of {route}" for route, share in seen.after.shed.items()
        ),
        "drained": ", ".join(seen.after.drained),
        "changed": ", ".join(changed),
        "innocent": ", ".join(changed),
        "cut": len(cut),
        "fresh": len(fresh),
        "fresh_bad": sum(sample.bad for sample in fresh),
        "lost": len(_lost(seen)),
        "names": len(seen.all("acknowledged")),
        "named": _said(seen.all("acknowledged")),
    }


def _since(seen: Seen, moment: float | None) -> float | None:
    return None if moment is None else round(moment - seen.injected, 1)


def _curve(seen: Seen) -> list[tuple[int, int, int]]:
    """
    For each second, counted from the fault: how many requests, and how many were bad.
    """
    counts: dict[int, list[int]] = {}
    for sample in seen.samples:
        count = counts.setdefault(int((sample.due - seen.injected) // 1), [0, 0])
        count[0] += 1
        count[1] += sample.bad
    return [(second, *map(int, count)) for second, count in sorted(counts.items())]  # type: ignore[misc]
