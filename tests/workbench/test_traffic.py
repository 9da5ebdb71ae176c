"""
Traffic: open loop, honest about outcomes, latency and its own lag.
"""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from workbench import Sample, start, traffic
from workbench._spawn import SIDECARS, free_port
from workbench._traffic import LATE, percentile
from workbench.errors import CannotMeasure, NotSeen, WorkbenchError

pytestmark = pytest.mark.kept_with(programs=("wrk",))

HERE = Path(__file__).parent
SERVE = f"uvicorn --app-dir '{HERE}' answers:app --port {{port}} --no-access-log"


@pytest.fixture(scope="module")
def service():
    with start(SERVE, ready="/", name="answers for traffic") as running:
        yield running


@pytest.mark.parametrize(
    ("path", "outcome", "status"),
    [
        ("/", "ok", 200),
        ("/chunked", "ok", 200),
        ("/status/302", "ok", 302),
        ("/status/404", "error", 404),
        ("/status/503", "error", 503),
        ("/wait/30", "timed out", None),
        ("/half", "cut off", None),
    ],
)
def test_outcomes(service, path, outcome, status):
    """
    Every way in which a request can end has its outcome.
    """
    with traffic(service.url + path, rate=50, requests=3, timeout=0.5) as load:
        load.wait(3)

    assert [(s.outcome, s.status) for s in load.samples] == [(outcome, status)] * 3
    assert load.count(outcome) == 3


def test_refused():
    """
    Where nobody listens, requests are refused.
    """
    with traffic(f"http://127.0.0.1:{free_port()}", rate=50, requests=3) as load:
        load.wait(3)

    assert load.count("refused") == 3


def test_body(service):
    """
    The beginning of an answer is kept.
    """
    with traffic(f"{service.url}/chunked", rate=50, requests=1) as load:
        load.wait(1)

    assert load.samples[0].body == "hello"


def test_what_is_sent(service):
    """
    Each request has its number in its body.
    """
    options = {"method": "POST", "body": "order {number}, für {number}"}
    with traffic(f"{service.url}/echo", rate=50, requests=3, **options) as load:
        load.wait(3)

    assert [s.body for s in load.samples] == [f"order {n}, für {n}" for n in range(3)]


def test_open_loop(service):
    """
    Requests leave on schedule although none of those before has been answered.
    """
    with traffic(f"{service.url}/wait/1", rate=50, requests=20) as load:
        load.wait(20)

    assert max(sample.scheduled for sample in load.samples) < min(s.done for s in load.samples)
    assert [round(s.scheduled * 50) for s in load.samples] == list(range(20))


def test_latency_counts_from_the_schedule():
    """
    A late generator does not make a service look fast.
    """
    sample = Sample(0, scheduled=1.0, sent=1.5, done=1.6, outcome="ok", status=200, body="")

    assert sample.latency == pytest.approx(0.6)
    assert sample.lag == pytest.approx(0.5)


def test_leaving_waits_for_answers(service):
    """
    Leaving the block ends the sending and waits for what is in flight.
    """
    with traffic(f"{service.url}/wait/0.5", rate=20) as load:
        service.wait_log("wait/0.5")

    assert load.samples
    assert load.count("ok") == len(load.samples)


def test_error_in_the_block_ends_it(service):
    """
    An exception in the block ends the load at once and is not hidden.
    """
    with pytest.raises(ZeroDivisionError), traffic(service.url, rate=20) as load:
        raise ZeroDivisionError

    assert load._generator.poll() is not None


def test_marks(service):
    """
    A mark has the time of the samples.
    """
    with traffic(service.url, rate=50, requests=5) as load:
        load.wait(5)
        load.mark("now")

    [(seconds, label)] = load.marks
    assert label == "now"
    assert seconds >= load.samples[-1].done


def test_one_line(service, capsys):
    """
    Leaving the block prints one line that counts the outcomes.
    """
    with traffic(f"{service.url}/status/404", rate=50, requests=5) as load:
        load.wait(5)

    [line] = capsys.readouterr().out.splitlines()
    assert line.partition(" ⚠")[0] == "● GET /status/404 at 50/s: 5 error"


@pytest.mark.parametrize(
    ("asked_for", "exact", "marked"), [(2, True, False), (1000, True, True), (2, False, True)]
)
def test_counts_are_exact_where_the_experiment_decides(service, asked_for, exact, marked):
    """
    Counts are marked if the end of the block decides on them, or if the experiment says so.
    """
    with traffic(service.url, rate=50, requests=asked_for, exact=exact) as load:
        load.wait(2)

    counts = f"{len(load.samples)} ok"
    assert repr(load).startswith(f"● GET / at 50/s: {'≈ ' if marked else ''}{counts}")


def test_a_busy_machine_is_named(service):
    """
    A run that the machine distorted says so.
    """
    with traffic(service.url, rate=50, requests=2) as load:
        load.wait(2)
    assert ("late" in repr(load)) == (max(s.lag for s in load.samples) > LATE)

    load._samples = [Sample(0, 0.0, 2 * LATE, 1.0, "ok", 200, "")]

    assert repr(load).endswith(" ⚠ sent ≈ 0.05 s late: this machine was too busy")


def test_wait_in_vain(service, monkeypatch):
    """
    wait() says how many requests have ended when they do not end in their time.
    """
    monkeypatch.setattr("workbench._traffic.PATIENCE", 0.1)
    with (
        pytest.raises(NotSeen, match="0 requests have ended, not 5"),
        traffic(f"{service.url}/wait/2", rate=50, timeout=0.2) as load,
    ):
        load._options = replace(load._options, timeout=-0.1)
        load.wait(5)


def test_a_failed_generator_is_not_the_service(service):
    """
    When the generator itself dies, the service is not blamed.
    """
    with (
        pytest.raises(CannotMeasure, match="load generator failed"),
        traffic(f"{service.url}/wait/2", rate=50, requests=10) as load,
    ):
        load._generator.kill()
        load.wait(5)


def test_what_the_generator_says_beside_its_samples_is_handed_on(monkeypatch, tmp_path):
    """
    Its own last words, a traceback say, stand in the error.
    """
    monkeypatch.setattr("workbench._spawn.SIDECARS", tmp_path)
    (tmp_path / "load_generator.py").write_text("import nothing_of_that_name")

    with (
        pytest.raises(CannotMeasure, match=r"(?s)not judged\..*No module named 'nothing_of"),
        traffic("http://127.0.0.1:80/", rate=50),
    ):
        pass


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 3), (0.99, 4), (1.0, 4)])
def test_percentile(share, value):
    """
    A percentile is one of the values, up to the greatest; of none it is 0.
    """
    assert percentile([4, 1, 3, 2], share) == value
    assert percentile([], share) == 0


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("http://example.com:80/", {"rate": 1}),
        ("http://127.0.0.1/", {"rate": 1}),
        ("http://127.0.0.1:80/", {"rate": 0}),
        ("http://127.0.0.1:80/", {"rate": 5000}),
        ("http://127.0.0.1:80/", {"rate": 1, "requests": 1_000_000}),
    ],
)
def test_bounded(url, options):
    """
    Traffic goes to this machine only, and is bounded in rate and number.
    """
    with pytest.raises(WorkbenchError, match=r"this machine only|bounded"):
        traffic(url, **options)


def test_unknown_outcome(service):
    """
    count() names the outcomes that there are.
    """
    with traffic(service.url, rate=50, requests=1) as load:
        load.wait(1)
    with pytest.raises(WorkbenchError, match="no outcome 'OK'; there are ok, error,"):
        load.count("OK")


def test_all_ended_before_the_block(service):
    """
    Where all requests have ended before the block does, nothing is left unsaid in a pipe.
    """
    with traffic(service.url, rate=50, requests=1) as load:
        load._generator.wait(10)

    assert load.count("ok") == 1
    assert load._commands.closed


CLOSES_SLOWLY = """
import asyncio, runpy, sys, time

close = asyncio.Runner.close

def close_slowly(runner):
    close(runner)
    print("closed", flush=True)
    time.sleep(0.5)

asyncio.Runner.close = close_slowly
runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""


def test_a_late_stop():
    """
    1. The generator's last request has ended, and its event loop is closed.
    2. It is told to stop.

    Result: it has nothing more to say.
    """
    options = {"host": "127.0.0.1", "port": free_port(), "target": "/", "method": "GET"}
    options |= {"body": "", "rate": 100, "requests": 1, "timeout": 5}
    command = [sys.executable, "-u", "-c", CLOSES_SLOWLY]
    command += [str(SIDECARS / "load_generator.py"), json.dumps(options)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, text=True, **pipes) as generator:
        said = [generator.stdout.readline() for _ in range(3)]
        rest, _ = generator.communicate("stop\n", timeout=10)

    assert said[-1] == "closed\n"
    assert rest == ""
    assert generator.returncode == 0
