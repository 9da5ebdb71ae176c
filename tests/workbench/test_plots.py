"""
Plots: one look for the course, never colour alone, and every plot again in words.
"""

import matplotlib as mpl
import pytest
from matplotlib.image import imread

from workbench import Sample, Traffic, plot_latency, plot_percentiles, plot_timeline
from workbench._traffic import OUTCOMES
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


@pytest.mark.parametrize("plot", PLOTS)
def test_a_picture_and_its_twin(plot, displayed, capsys, tmp_path):
    """
    A plot is one PNG; its twin in words is its text, its alternative text, and printed.
    """
    plot({"first": run("ok", "ok"), "second": run("cut off", mark="SIGTERM")}, title="Found")

    [(data, metadata)] = displayed
    (tmp_path / "plot.png").write_bytes(data["image/png"])
    height, width, _ = imread(tmp_path / "plot.png").shape
    assert width > height > 200
    assert data["text/plain"].startswith("The plot in words. Found\n  first: ")
    assert metadata["image/png"]["alt"] == data["text/plain"]
    assert capsys.readouterr().out.strip() == data["text/plain"]


@pytest.mark.parametrize("plot", [plot_timeline, plot_latency])
def test_the_twin_counts_every_outcome(plot, displayed):
    """
    The twin counts all outcomes, those that did not occur too, each marked as measured.
    """
    plot({"run": run("ok", "ok", "refused")}, title="Found")

    row = displayed[0][0]["text/plain"].splitlines()[1]
    counts = "≈ 2 ok, ≈ 0 error, ≈ 1 refused, ≈ 0 timed out, ≈ 0 cut off"
    assert row == f"  run: {counts}; the slowest took ≈ 0.5 s"


def test_percentiles_of_plain_seconds(displayed):
    """
    Percentiles are drawn of what took seconds, whether a load was it or anything else.
    """
    plot_percentiles({"run": run("ok", "ok")}, title="Found")
    plot_percentiles({"run": [0.5, 0.5]}, title="Found")

    assert displayed[0] == displayed[1]


def test_latency_is_logarithmic_only_if_asked_to_or_wide(displayed):
    """
    Without a word the axis follows the data; `log` overrules them.
    """
    for log in (None, False, True):
        plot_latency({"run": run("ok", "ok")}, title="Found", log=log)

    automatic, linear, logarithmic = (data["image/png"] for data, _ in displayed)
    assert automatic == linear
    assert automatic != logarithmic


def test_the_same_run_is_the_same_picture(displayed):
    """
    A picture depends on the run alone: no date, no version is in the file.
    """
    for _ in range(2):
        plot_timeline({"run": run(*OUTCOMES, mark="SIGTERM")}, title="Found")

    assert displayed[0] == displayed[1]


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
