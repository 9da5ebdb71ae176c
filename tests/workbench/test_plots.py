"""
Plots: one look for the course, never colour alone, and every plot again in words.
"""

import re
from dataclasses import replace
from html import unescape

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from workbench import Sample, Traffic, plot_latency, plot_percentiles, plot_timeline
from workbench._traffic import OUTCOMES, Run
from workbench.look import LOOKS, styled
from workbench.sidecars.load_generator import Options

PLOTS = [plot_timeline, plot_latency, plot_percentiles]


def run(*outcomes: str, mark: str = "") -> Traffic:
    """
    A load that has run: a request every tenth of a second, each of half a second.
    """
    load = Traffic(Options("127.0.0.1", 80, "/", "GET", "", rate=10.0, requests=10, timeout=1))
    load._samples = [
        Sample(n, n / 10, n / 10, n / 10 + 0.5, outcome, None, "")
        for n, outcome in enumerate(outcomes)
    ]
    load.marks = [(0.2, mark)] if mark else []
    return load


@pytest.fixture
def displayed(monkeypatch):
    """
    What was displayed: pairs of data and metadata.
    """
    seen = []
    monkeypatch.setattr(
        "IPython.display.display", lambda data, metadata, raw: seen.append((data, metadata))
    )
    return seen


def in_lines(html: str) -> list[str]:
    """
    What a browser would show of it, line for line; a row of a list is indented.
    """
    lines = unescape(re.sub(r"(?!<li>)<[^>]+>", "", html)).replace("<li>", "  ").splitlines()
    return [line for line in lines if line]


@pytest.mark.parametrize("plot", PLOTS)
def test_a_picture_and_its_twin(plot, displayed, capsys, tmp_path):
    """
    A plot is one PNG; its twin in words is its text, its alternative text, and folded below it.
    """
    plot({"first": run("ok", "ok"), "second": run("cut off", mark="SIGTERM")}, title="Found")

    (data, metadata), (folded, _) = displayed
    (tmp_path / "plot.png").write_bytes(data["image/png"])
    height, width, _ = imread(tmp_path / "plot.png").shape
    assert width > height > 200
    assert data["text/plain"].startswith("The plot in words. Found\n  first: ")
    assert metadata["image/png"]["alt"] == data["text/plain"]
    assert in_lines(folded["text/html"]) == data["text/plain"].replace(". ", "\n", 1).split(
        "\n"
    )
    assert not capsys.readouterr().out


def test_what_is_folded_is_text(displayed):
    """
    A name with an angle bracket is not taken for HTML.
    """
    plot_timeline({"<b>": run("ok")}, title="1 < 2")

    assert "1 &lt; 2" in displayed[1][0]["text/html"]
    assert "&lt;b&gt;" in displayed[1][0]["text/html"]


@pytest.mark.parametrize("plot", [plot_timeline, plot_latency])
def test_the_twin_counts_the_outcomes(plot, displayed):
    """
    The twin counts the outcomes that occurred, and marks them where the machine has a say.
    """
    asked_for = run("ok", "ok", "refused")
    asked_for._options = replace(asked_for._options, requests=3)
    kept = Run(asked_for.samples, [])

    plot({"asked for": asked_for, "cut short": run("ok", "ok"), "kept": kept}, title="Found")

    assert displayed[0][0]["text/plain"].splitlines()[1:] == [
        "  asked for: 2 ok, 1 refused; the slowest took ≈ 0.5 s",
        "  cut short: ≈ 2 ok; the slowest took ≈ 0.5 s",
        "  kept: ≈ 2 ok, 1 refused; the slowest took ≈ 0.5 s",
    ]


def test_percentiles_of_plain_seconds(displayed):
    """
    Percentiles are drawn of what took seconds, whether a load was it or anything else.
    """
    plot_percentiles({"run": run("ok", "ok")}, title="Found")
    plot_percentiles({"run": [0.5, 0.5]}, title="Found")

    assert displayed[:2] == displayed[2:]


@pytest.mark.parametrize(("outcomes", "legends"), [(["ok", "ok"], 0), (["ok", "refused"], 1)])
def test_a_legend_where_there_is_a_choice(outcomes, legends, displayed, monkeypatch):
    """
    What all requests have become stands in the titles of the panels, and takes no room.
    """
    drawn = []
    monkeypatch.setattr(Figure, "legend", lambda *_, **options: drawn.append(options))
    plot_timeline({"run": run(*outcomes)}, title="Found")

    assert len(drawn) == legends


def test_latency_is_logarithmic_only_if_asked_to_or_wide(displayed):
    """
    Without a word the axis follows the data; `log` overrules them.
    """
    for log in (None, False, True):
        plot_latency({"run": run("ok", "ok")}, title="Found", log=log)

    automatic, linear, logarithmic = (data["image/png"] for data, _ in displayed[::2])
    assert automatic == linear
    assert automatic != logarithmic


def test_the_same_run_is_the_same_picture(displayed):
    """
    A picture depends on the run alone: no date, no version is in the file.
    """
    for _ in range(2):
        plot_timeline({"run": run(*OUTCOMES, mark="SIGTERM")}, title="Found")

    assert displayed[:2] == displayed[2:]


def test_never_colour_alone():
    """
    Every outcome has a look, and no two share a colour or a mark.
    """
    assert tuple(LOOKS) == OUTCOMES
    assert len({look.colour for look in LOOKS.values()}) == len(OUTCOMES)
    assert len({look.mark for look in LOOKS.values()}) == len(OUTCOMES)


@pytest.mark.parametrize("plot", PLOTS)
def test_a_run_without_requests(plot, displayed):
    """
    A run in which nothing was sent is drawn empty beside the others.
    """
    plot({"nothing": run(), "something": run("ok")}, title="Nobody came")

    assert displayed


def test_the_look_ends_with_the_plot():
    """
    What a reader draws beside it, even after a plot that failed, looks as matplotlib's does.
    """
    before = dict(mpl.rcParams)

    @styled
    def draw():
        assert not mpl.rcParams["axes.spines.top"]
        raise LookupError

    with pytest.raises(LookupError):
        draw()

    assert dict(mpl.rcParams) == before
