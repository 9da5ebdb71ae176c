"""
The run of a check, while it lasts.
"""

from pathlib import Path

from workbench.exercises.messages import Begun, Found, Met, to_json
from workbench.exercises.run import doing


def test_what_a_check_is_about_at_the_moment(tmp_path: Path) -> None:
    """
    1. A check has collected two requirements.
    2. The first one is met, the second one has begun, and a line is half written.

    Result: a reader who waits sees that it is the second one of two, and which.
    """
    report = tmp_path / "report.jsonl"
    assert doing(report) == "the check begins"

    tests = [Found("a", "No order is lost.", False), Found("b", "It ends in time.", False)]
    report.write_text("\n".join(map(to_json, tests)), encoding="utf-8")
    assert doing(report) == "the check begins"

    said = [*tests, Begun("a", 0.0), Met(), Begun("b", 1.0)]
    report.write_text("\n".join([*map(to_json, said), '{"event": "fa']), encoding="utf-8")
    assert doing(report) == "2 of 2: It ends in time."
