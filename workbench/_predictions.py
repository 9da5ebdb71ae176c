"""
A prediction: asked before a run, taken down when it is made, settled by what was measured.

What the reader has said before the measurement counts, in the plot and in the sum, and stays;
nobody is kept from running on. It is kept in `work/.predictions/`, a folder for each notebook.
"""

import html
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ._claims import measured
from ._display import VIEW, replace_bundle, say, show_bundle
from ._records import Record, keep, kept
from .errors import WorkbenchError, refusal
from .exercises.exercise import work_folder

MOST_BUTTONS = 11  # 0 to 10
# ipywidgets, or the script beside this file, marks a widget whose kernel is gone.
DEAD = """<style>
.prediction.jupyter-widgets-disconnected::before,
.prediction .jupyter-widgets-disconnected::before { content: none; }
.prediction.jupyter-widgets-disconnected :is(.widget-radio, .widget-text) { display: none; }
.prediction.jupyter-widgets-disconnected::after {
    content: "The kernel that asked this is gone: to predict, run the cell again.";
}
</style>"""


@dataclass
class Prediction(Record):
    """
    What a reader has said; or, where `measured` says something, the answer that counts.
    """

    kind: Literal["prediction"] = field(default="prediction", kw_only=True)
    schema: Literal[1] = field(default=1, kw_only=True)
    notebook: str  # its folder: 01_graceful_shutdown/1.1_what_gets_lost
    question: str
    among: list[str]  # the options; of a number, the least and the greatest
    answer: str
    measured: str = ""


def predict(
    question: str, *, among: Sequence[str | int], yours: str | int | None = None
) -> "Question":
    """
    Ask what the reader expects of the run that follows, and take it down.

        answered = predict("Eight are in flight. How many are answered?", among=range(9))

        with traffic(…) as load:
            …
        answered.settle(load.count("ok"))

    Args:
        question: A question that the run will answer.
        among: The options, as buttons; a longer range is a number to type.
        yours: The answer, where no buttons are shown.

    Raises:
        WorkbenchError: `yours` is none of the options.
    """
    asked = Question(question, among)
    if yours is not None:
        asked.take(yours)
    asked.show()
    _asked[question] = asked
    return asked


def predictions() -> None:
    """
    Show what was predicted, beside what was measured, since the kernel started.
    """
    if not _asked:
        print("No prediction was asked for since the kernel started: run the cells above.")
        return
    lines = ["| | you | measured | |", "|:--|:--|:--|:--|"]
    for asked in _asked.values():
        said = "not answered" if asked.answer is None else asked.answer
        lines.append(f"| {asked.question} | {said} | {asked.seen} | {'✓' * asked.right} |")
    counted = [asked for asked in _asked.values() if asked.counts]
    right = sum(asked.right for asked in counted)
    total = f"Right: {right} of {len(counted)}." if counted else "Nothing was predicted."
    say("\n".join([*lines, "", total]), fixed=False)


class Question:
    """
    A question to the reader, and what they have said. Made by `predict()`.
    """

    def __init__(self, question: str, among: Sequence[str | int]) -> None:
        self.question = question
        self.among = among
        self.answer: str | int | None = None
        self.counts = False  # an answer does, and stays, once something is measured
        self._measured: str | float | None = None  # since the cell has run
        self._notebook = _notebook()
        self._records = work_folder() / ".predictions" / self._notebook
        self._trouble = ""
        self._display = f"prediction-{uuid.uuid4().hex}"
        self._widget: _Widget | None = None
        self._is_shown = False
        for record in kept(self._records, Prediction):
            option = self._option(record.answer)
            if record.question == question and option is not None and not self.counts:
                self.answer, self.counts = option, bool(record.measured)

    def settle(self, value: str | float) -> None:
        """
        Say what was measured: the answer that stands by now is the one that counts.
        """
        self._measured = value
        if self.answer is not None:
            if not self.counts:
                self._keep(f"{value}")
            self.counts = True
            said = f"You predicted {self.answer}; it was {self.seen}."
            print(f"✓ As you predicted: {self.seen}." if self.right else said)
        self._tell()

    def take(self, answer: str | int) -> None:
        """
        Take an answer down, unless it comes after the measurement.

        Raises:
            WorkbenchError: It is none of the options.
        """
        option = self._option(f"{answer}")
        if option is None:
            msg = f"{answer!r} is no answer to {self.question!r}: {self.options}."
            raise WorkbenchError(msg)
        if self.is_open and option != self.answer:
            self.answer = option
            self._keep()
        self._tell()

    def show(self) -> None:
        """
        Show it in one bundle: as something to click where that is known, and as text.
        """
        with suppress(ImportError):  # of ipywidgets: there is the text
            self._widget = _Widget(self)
        show_bundle(self._bundle(), fixed=True, name=self._display)
        self._is_shown = True

    @property
    def is_open(self) -> bool:
        """
        Whether an answer can still be given.
        """
        return self._measured is None and not self.counts

    @property
    def is_number(self) -> bool:
        """
        Whether the answer is typed.
        """
        return isinstance(self.among, range) and len(self.among) > MOST_BUTTONS

    @property
    def options(self) -> str:
        """
        What can be answered, in words.
        """
        if self.is_number:
            return f"a whole number from {self.among[0]} to {self.among[-1]}"
        return " · ".join(f"{option}" for option in self.among)

    @property
    def said(self) -> str:
        """
        What was answered and measured, in words.
        """
        said = "not answered" if self.answer is None else f"your answer: {self.answer}"
        if self._measured is not None:
            said += f"; measured: {self.seen}"
        elif self.counts:
            said += ", which stays: it was measured in an earlier run"
        return said + self._trouble

    @property
    def seen(self) -> str:
        """
        What was measured, in words.
        """
        if self._measured is None:
            return "not yet"
        return measured(float(self._measured)) if self.is_number else f"{self._measured}"

    @property
    def right(self) -> bool:
        """
        Whether it was as the reader has said; a number may be off by a tenth of its range.
        """
        if self._measured is None or self.answer is None or not self.counts:
            return False
        if self.is_number:
            off = abs(float(self._measured) - float(self.answer))
            return off <= (len(self.among) - 1) / 10
        return f"{self._measured}" == f"{self.answer}"

    def __repr__(self) -> str:
        return f"<Question {self.question!r}, {self.said}>"

    def _option(self, answer: str) -> str | int | None:
        return next((each for each in self.among if f"{each}" == answer.strip()), None)

    def _keep(self, seen: str = "") -> None:
        among = [f"{option}" for option in self.among]
        if self.is_number:
            among = [among[0], among[-1]]
        record = Prediction(self._notebook, self.question, among, f"{self.answer}", seen)
        try:
            keep(record, self._records)
        except OSError as error:  # it stands all the same, as long as the kernel
            self._trouble = f"; it is not kept. {refusal(error, self._records)}"

    def _tell(self) -> None:
        """
        Say where it stands now, wherever the question is shown.
        """
        if self._widget:
            self._widget.follow()
        if self._is_shown and self.answer is not None:
            replace_bundle(self._bundle(), fixed=True, name=self._display)

    def _bundle(self) -> dict[str, Any]:
        said = self.said
        if self.answer is None:
            said += " (run this cell; where there is nothing to click, write yours=… into it)"
        text = {
            "text/plain": f"Prediction. {self.question}\n{self.options}\n{said}",
            "text/markdown": f"**Prediction.** {self.question}\n\n{self.options}\n\n*{said}*",
        }
        return text | (self._widget.view if self._widget else {})


class _Widget:
    """
    A question with something to click.
    """

    def __init__(self, asked: Question) -> None:
        import anywidget  # noqa: PLC0415, not in the process of a check
        import ipywidgets  # noqa: PLC0415

        self._asked = asked
        self._line = ipywidgets.HTML()
        if asked.is_number:
            hint = f"{asked.among[0]} to {asked.among[-1]}, and Enter"
            self._input = ipywidgets.Text(placeholder=hint, continuous_update=False)
        else:
            options = [f"{option}" for option in asked.among]
            row = "horizontal" if len(asked.options) < 50 else "vertical"
            look = {"orientation": row, "layout": {"width": "max-content"}}
            self._input = ipywidgets.RadioButtons(options=options, value=None, **look)
        words = ipywidgets.HTML(f"{DEAD}<b>Prediction.</b> {html.escape(asked.question)}")
        script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
        children = [words, self._input, self._line, anywidget.AnyWidget(_esm=script)]
        box = ipywidgets.VBox(children)
        box.add_class("prediction")
        self.follow()
        self._input.observe(self._changed, "value")
        self.view = {VIEW: {"version_major": 2, "version_minor": 0, "model_id": box.model_id}}

    def follow(self) -> None:
        """
        Show where the question stands; a click that came too late is taken back.
        """
        self._input.value = self._answer
        self._input.disabled = not self._asked.is_open
        self._line.value = f"<i>{html.escape(self._asked.said)}</i>"

    @property
    def _answer(self) -> str | None:
        if self._asked.answer is None:
            return "" if self._asked.is_number else None
        return f"{self._asked.answer}"

    def _changed(self, change: dict[str, Any]) -> None:
        if change["new"] and change["new"] != self._answer:
            try:
                self._asked.take(change["new"])
            except WorkbenchError:
                self._line.value = f"<i>This is no answer: {self._asked.options}.</i>"


def _notebook() -> str:
    """
    The folder of the notebook that runs, in which it runs: each has one of its own.
    """
    parts = Path.cwd().parts
    if "chapters" not in parts:
        return Path.cwd().name
    below = parts[len(parts) - parts[::-1].index("chapters") :]
    return "/".join(below)


_asked: dict[str, Question] = {}  # in order, since the kernel started
