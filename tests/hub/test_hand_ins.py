"""
Where people on a hub hand in; the configuration is read without a hub, or an engine.
"""

import runpy
import stat
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from tools import ROOT

CONFIG = ROOT / "hub" / "jupyterhub_config.py"


@pytest.mark.parametrize(
    ("user", "name"), [("ada", "ada"), ("..", "%2E%2E"), ("a/../b", "a%2F%2E%2E%2Fb")]
)
def test_a_folder_for_each(
    user: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    1. A hub is about to start somebody's server, for the second time.
    2. What it mounts is looked at, and what it says to `course hand-in`.

    Result: work/, and a folder of their own that the container's user may write to, in one that
    only the hub may enter.
    """
    monkeypatch.setenv("HUB_TEACHERS", "grace")
    monkeypatch.setenv("HUB_STATE", str(tmp_path / "state"))
    c = MagicMock()
    hook = runpy.run_path(str(CONFIG), {"get_config": lambda: c})["mount_hand_ins"]
    spawner = SimpleNamespace(
        user=SimpleNamespace(name=user), volumes=dict(c.DockerSpawner.volumes)
    )

    hook(spawner)
    hook(spawner)

    (folder,) = (tmp_path / "state" / "submissions").iterdir()
    assert spawner.volumes == {
        "production-practice-work-{username}": "/course/work",
        str(folder): "/course/submissions",
    }
    assert c.DockerSpawner.environment == {"COURSE_SUBMISSIONS": "/course/submissions"}
    assert c.DockerSpawner.pre_spawn_hook.__name__ == "mount_hand_ins"
    assert folder.name == name
    assert stat.S_IMODE(folder.stat().st_mode) == 0o777
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
