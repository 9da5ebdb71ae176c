"""
The hub's numbers: on one machine, on Kubernetes, in its README and in the guide they agree.
"""

import os
import re
import runpy

import pytest
import yaml
from traitlets.config import Config

from tools import ROOT, instructors_timetable

README = (ROOT / "hub" / "README.md").read_text(encoding="utf-8")
VALUES = yaml.safe_load((ROOT / "hub" / "values.yaml").read_text(encoding="utf-8"))
SIZES = [
    tuple(map(int, row))
    for row in re.findall(r"^\| (\d+) \| (\d+) \| (\d+) \| \d+ \|$", README, re.MULTILINE)
]
FOR_THE_HUB = 4  # GB, with the system


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Config:
    """
    The configuration of the hub on one machine, for two teachers.
    """
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HUB_TEACHERS", "ada,grace")
    monkeypatch.setenv("HUB_STATE", str(tmp_path))
    settings = Config()
    runpy.run_path(str(ROOT / "hub" / "jupyterhub_config.py"), {"get_config": lambda: settings})
    return settings


def test_seats(hub: Config) -> None:
    """
    The teachers sit beside the thirty.
    """
    assert hub.JupyterHub.active_server_limit == 30 + 2
    assert VALUES["hub"]["activeServerLimit"] > 30


def test_nobody_is_ended_at_lunch(hub: Config) -> None:
    """
    A server without a person is stopped long after the longest break of the guide.
    """
    guide = instructors_timetable.GUIDE.read_text(encoding="utf-8")
    breaks = [
        60 * int(minutes)
        for what, minutes in re.findall(
            r"^\| \d\d:\d\d \| (.+) \| (\d+) \|$", guide, re.MULTILINE
        )
        if what in instructors_timetable.PAUSES
    ]
    (culler,) = (each for each in hub.JupyterHub.services if each["name"] == "idle-culler")
    (option,) = (word for word in culler["command"] if word.startswith("--timeout="))

    for seconds in (int(option.partition("=")[2]), VALUES["cull"]["timeout"]):
        assert seconds >= 2 * max(breaks)


def test_patience_with_a_server(hub: Config) -> None:
    """
    Both hubs wait as long for a JupyterLab that starts among thirty, longer than by default.
    """
    waits = VALUES["hub"]["config"]["KubeSpawner"]["http_timeout"]

    assert hub.Spawner.http_timeout == hub.Spawner.start_timeout == waits > 30


def test_where_a_container_can_write(hub: Config) -> None:
    """
    In the hub as in the classroom: nowhere but in memory and in the volume.
    """
    classroom = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["course"]
    host = hub.DockerSpawner.extra_host_config

    assert host["read_only"] is classroom["read_only"] is True
    assert host["cap_drop"] == classroom["cap_drop"] == ["ALL"]
    assert list(host["tmpfs"]) == [place.partition(":")[0] for place in classroom["tmpfs"]]
    assert [*hub.DockerSpawner.volumes.values()] == ["/course/work"]


@pytest.mark.parametrize(("people", "cores", "memory"), SIZES)
def test_sizes(people: int, cores: int, memory: int) -> None:
    """
    Each row has, for each person, what Kubernetes promises a pod, and the hub's own beside it.
    """
    promised = VALUES["singleuser"]
    each = float(promised["memory"]["guarantee"].removesuffix("G"))

    assert cores > people * promised["cpu"]["guarantee"]
    assert memory >= people * each + FOR_THE_HUB
    assert memory <= 1.5 * (people * each + FOR_THE_HUB), "more than is counted"


def test_rows_of_sizes() -> None:
    """
    The last row is as many of the machines before it as it says.
    """
    assert [people for people, _, _ in SIZES] == [10, 30, 300]
    thirty, many = SIZES[1:]
    assert many == tuple(10 * number for number in thirty)


def test_placeholders_give_way() -> None:
    """
    A seat that is kept warm is given to whoever comes: only with pod priority.
    """
    scheduling = VALUES["scheduling"]

    assert scheduling["userPlaceholder"]["enabled"]
    assert scheduling["podPriority"]["enabled"]
