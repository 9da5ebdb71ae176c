"""
A prediction is taken down before the run, and settled by what is measured.
"""

import sys
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from tests.tools.tiny_notebooks import code, judge, write
from tools.notebooks import form
from tools.notebooks.__main__ import main
from workbench import Sample, plot_timeline, predict, predictions
from workbench._display import VIEW
from workbench._predictions import Prediction, Question
from workbench._records import kept
from workbench._traffic import Run
from workbench.errors import WorkbenchError
from workbench.look import predicted

HOW_MANY = "How many of the eight are answered?"


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    A reader's `work/`, and the folder of a notebook, in which it runs.
    """
    notebook = tmp_path / "chapters" / "01_first" / "1.1_lost"
    notebook.mkdir(parents=True)
    monkeypatch.chdir(notebook)
    monkeypatch.setenv("WORKBENCH_WORK", str(tmp_path / "work"))
    monkeypatch.setattr("workbench._predictions._asked", {})
    return tmp_path / "work"


@pytest.fixture(autouse=True)
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """
    What was displayed, bundle by bundle, those that replace another one, too.
    """
    bundles: list[dict[str, Any]] = []
    monkeypatch.setattr("IPython.display.display", lambda data, **_: bundles.append(data))
    monkeypatch.setattr(
        "IPython.display.update_display", lambda data, **_: bundles.append(data)
    )
    return bundles


def records(work: Path) -> list[Prediction]:
    return kept(work / ".predictions" / "01_first" / "1.1_lost", Prediction)


def ask() -> Question:
    return predict(HOW_MANY, among=range(9))


def click(asked: Question, option: str) -> None:
    """
    Do what JupyterLab does at a click, or when a number was typed.
    """
    assert asked._widget is not None
    asked._widget._input.value = option


def test_a_click_is_a_record(work: Path) -> None:
    """
    Each answer is a record of its own, below the notebook's name, and the last one stands.
    """
    asked = ask()
    click(asked, "3")
    click(asked, "5")

    assert asked.answer == 5
    assert [(each.question, each.answer, each.measured) for each in records(work)] == [
        (HOW_MANY, "3", ""),
        (HOW_MANY, "5", ""),
    ]


def test_what_stood_before_the_measurement_counts(
    work: Path, shown: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """
    1. The reader says 5, none is answered, and only then a click on 0 arrives.
    2. They run everything again, and click on 0 before the run.

    Result: 5 it was, for the plot, the sum and the record; the click is taken back.
    """
    for _ in range(2):
        asked = ask()
        if not records(work):
            click(asked, "5")
        else:
            click(asked, "0")
        asked.settle(0)
        click(asked, "0")

        assert asked.answer == 5
        assert asked._widget is not None
        assert asked._widget._input.value == "5"
        assert asked._widget._input.disabled

    predictions()
    assert f"| {HOW_MANY} | 5 | 0 |  |" in shown[-1]["text/plain"]
    assert [(each.answer, each.measured) for each in records(work)] == [("5", ""), ("5", "0")]
    assert capsys.readouterr().out == "You predicted 5; it was 0.\n" * 2


def test_nobody_is_kept_from_running_on(work: Path, shown: list[dict[str, Any]]) -> None:
    """
    Without an answer nothing is kept or drawn, nor after the run; asked again, there is one.
    """
    asked = ask()
    asked.settle(0)
    click(asked, "0")
    predictions()

    assert asked.answer is None
    assert f"| {HOW_MANY} | not answered | 0 |  |" in shown[-1]["text/plain"]
    assert records(work) == []

    again = ask()
    click(again, "8")
    assert again.answer == 8


def test_as_predicted(shown: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    """
    What was right is said at once, and counted at the end.
    """
    first, second = ask(), predict("Who is first?", among=["ours", "the library's"])
    click(first, "0")
    click(second, "ours")
    first.settle(0)
    second.settle("the library's")
    predictions()

    assert shown[-1]["text/plain"].splitlines()[2:] == [
        f"| {HOW_MANY} | 0 | 0 | ✓ |",
        "| Who is first? | ours | the library's |  |",
        "",
        "Right: 1 of 2.",
    ]
    assert capsys.readouterr().out.startswith("✓ As you predicted: 0.\n")


@pytest.mark.parametrize(("answer", "right"), [("21", True), ("39", True), ("41", False)])
def test_a_number_is_right_within_a_tenth(answer: str, right: bool) -> None:
    """
    A number that is typed may be off by a tenth of its range, since what is measured varies.
    """
    asked = predict("How many percent?", among=range(101))
    click(asked, answer)
    asked.settle(30.4)

    assert asked.right is right
    assert asked.seen == "≈ 30.4"


@pytest.mark.parametrize("typed", ["many", "101", "-1", "5.5"])
def test_no_answer(work: Path, typed: str) -> None:
    """
    What is typed and is no answer is not taken, and the reader is told what would be one.
    """
    asked = predict("How many percent?", among=range(101))
    click(asked, typed)

    assert asked.answer is None
    assert records(work) == []
    assert asked._widget is not None
    assert "a whole number from 0 to 100" in asked._widget._line.value


def test_yours(work: Path) -> None:
    """
    In any front end the answer can be an argument; what is none of the options is refused.
    """
    assert predict(HOW_MANY, among=range(9), yours=8).answer == 8
    assert [each.answer for each in records(work)] == ["8"]
    with pytest.raises(WorkbenchError, match=r"'nine' is no answer to .*: 0 · 1 · 2"):
        predict(HOW_MANY, among=range(9), yours="nine")


def test_one_bundle(shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The text is the same with and without ipywidgets, and says what was answered, if it was.
    """
    click(ask(), "5")
    with_widgets = list(shown)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    shown.clear()
    predict("How many percent?", among=range(101))
    predict(HOW_MANY, among=range(9))

    assert [VIEW in bundle for bundle in with_widgets] == [True, True]
    assert [VIEW in bundle for bundle in shown] == [False, False]
    assert with_widgets[0]["text/plain"].splitlines()[:2] == [
        f"Prediction. {HOW_MANY}",
        "0 · 1 · 2 · 3 · 4 · 5 · 6 · 7 · 8",
    ]
    assert with_widgets[0]["text/plain"].splitlines()[2].startswith("not answered")
    assert shown[1]["text/plain"] == with_widgets[1]["text/plain"]
    assert shown[1]["text/plain"].endswith("\nyour answer: 5")


def test_a_work_folder_that_cannot_be_written(work: Path) -> None:
    """
    An answer that cannot be kept stands until the kernel ends, and its reader is told.
    """
    work.write_text("a file")
    asked = ask()
    click(asked, "5")
    asked.settle(0)

    assert asked.answer == 5
    assert "it is not kept" in asked.said


def test_drawn(shown: list[dict[str, Any]]) -> None:
    """
    A prediction is a line or a ring, said in words as well; without one there is neither.
    """
    axes = Figure().subplots()
    predicted(axes, "5", x=5, y=0)
    predicted(axes, "5", y=5.5)
    predicted(axes, "5", x=5)

    assert len(axes.lines) == 3
    assert [text.get_text() for text in axes.texts] == ["you: 5"] * 3

    asked = ask()
    eight = [Sample(n, n / 20, n / 20, 1 + n / 20, "ok", 200, "") for n in range(8)]
    run = Run(samples=eight, marks=[])
    for answer in ("", "5"):
        if answer:
            click(asked, answer)
        plot_timeline({"drops.py": run}, title="It drops", answered={"drops.py": asked})
        (words,) = [each["text/plain"] for each in shown if "image/png" in each][-1:]
        assert ("you predicted 5 ok" in words) is bool(answer)


def test_a_stored_prediction_is_compared_as_text(tmp_path: Path) -> None:
    """
    nbval is green with the view stored, without it, and where there is no ipywidgets.
    """
    cells = [
        code("import sys, workbench"),
        code(f"asked = workbench.predict({HOW_MANY!r}, among=range(9))"),
        code("asked.settle(3)"),
    ]
    path = write(tmp_path / "stored.ipynb", *cells)
    assert main(["refresh", str(path)]) == 0
    stored = form.read(path)
    assert VIEW not in stored.cells[1].outputs[0].data
    assert "not answered" in stored.cells[1].outputs[0].data["text/plain"]

    viewed, plain = tmp_path / "viewed.ipynb", tmp_path / "plain.ipynb"
    stored.cells[0].source += "; sys.modules['ipywidgets'] = None"
    plain.write_text(form.text(stored), encoding="utf-8")
    stored.cells[0].source = cells[0].source
    stored.cells[1].outputs[0].data[VIEW] = {"model_id": "0", "version_major": 2}
    viewed.write_text(form.text(stored), encoding="utf-8")
    verdict = judge(tmp_path, path, viewed, plain)

    assert verdict.returncode == 0, verdict.output
    assert [verdict.outcomes(each) for each in (path, viewed, plain)] == [["passed"] * 3] * 3
