"""
The other places where the course can be opened say the same as its own files.
"""

import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from tools import ROOT
from workbench._doctor import NEWEST, OLDEST

HUB = ROOT / "hub"
PROGRAMS = Path(sys.executable).parent
CONFIG = (HUB / "jupyterhub_config.py").read_text(encoding="utf-8")
VALUES = yaml.safe_load((HUB / "values.yaml").read_text(encoding="utf-8"))
DEVCONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())

# Of the chart's values.yaml, version 4.4.0; what stands below `config`, `extraEnv` and
# `extraPodConfig` is free.
CHART = {
    "hub": {"config": ..., "activeServerLimit": ..., "concurrentSpawnLimit": ...},
    "proxy": {"https": {"enabled": ..., "hosts": ..., "letsencrypt": {"contactEmail": ...}}},
    "singleuser": {
        "image": {"name": ..., "tag": ...},
        "cmd": ...,
        "defaultUrl": ...,
        "extraEnv": ...,
        "uid": ...,
        "fsGid": ...,
        "allowPrivilegeEscalation": ...,
        "storage": {"capacity": ..., "homeMountPath": ...},
        "cpu": {"guarantee": ..., "limit": ...},
        "memory": {"guarantee": ..., "limit": ...},
        "startTimeout": ...,
        "extraPodConfig": ...,
        "networkPolicy": {"enabled": ..., "egressAllowRules": {"nonPrivateIPs": ...}},
    },
    "scheduling": {
        "podPriority": {"enabled": ...},
        "userPlaceholder": {"enabled": ..., "replicas": ...},
    },
    "prePuller": {"hook": {"enabled": ...}, "continuous": {"enabled": ...}},
    "cull": {"enabled": ..., "timeout": ..., "every": ...},
}
# Of the specification's schema; a name that is not there is ignored without a word.
DEVCONTAINER_NAMES = {
    "name",
    "build",
    "hostRequirements",
    "init",
    "remoteUser",
    "remoteEnv",
    "updateContentCommand",
    "portsAttributes",
    "otherPortsAttributes",
    "customizations",
}


def pins(lock: str) -> dict[str, str]:
    lines = re.findall(r"^(\w[^\\\n]*==[^\\\n]*)", (ROOT / lock).read_text(), re.MULTILINE)
    wanted = [Requirement(line) for line in lines]
    return {pin.name: f"{pin.specifier}" for pin in wanted}


def unknown(values: dict, known: dict, path: str = "") -> list[str]:
    found = []
    for key, value in values.items():
        if key not in known:
            found.append(f"{path}{key}")
        elif known[key] is not ...:
            found += unknown(value, known[key], f"{path}{key}.")
    return found


def setting(name: str) -> str:
    (value,) = re.findall(rf"^c\.{re.escape(name)} = (.+?)(?:  #.*)?$", CONFIG, re.MULTILINE)
    return value.strip('"')


@pytest.mark.parametrize(("folder", "asked"), [("hub", "jupyterhub"), ("site", "myst-nb")])
def test_locks_beside_that_of_the_course(folder: str, asked: str) -> None:
    """
    What is in two locks has one version, and every pin has its hash.
    """
    course, other = pins("requirements.txt"), pins(f"{folder}/requirements.txt")

    assert asked in other
    assert {name: other[name] for name in other.keys() & course.keys()} == {
        name: course[name] for name in other.keys() & course.keys()
    }
    lock = (ROOT / folder / "requirements.txt").read_text()
    assert lock.count("--hash=sha256:") >= len(other)


def test_lock_of_the_proxy() -> None:
    """
    Every package of the proxy has its hash, and none names the registry it came from.
    """
    packages = json.loads((HUB / "package-lock.json").read_text())["packages"]
    packages.pop("")

    assert "node_modules/configurable-http-proxy" in packages
    assert all("integrity" in package for package in packages.values())
    assert not [name for name, package in packages.items() if "resolved" in package]


def test_names_in_the_values() -> None:
    """
    Every key of hub/values.yaml is one that the chart knows, which refuses all others.
    """
    assert unknown(VALUES, CHART) == []
    assert unknown({"singleuser": {"memroy": {}}}, CHART) == ["singleuser.memroy"]


def test_one_hub_on_docker_and_on_kubernetes() -> None:
    """
    The same people come in, and have the same room.
    """
    single, config = VALUES["singleuser"], VALUES["hub"]["config"]

    assert single["memory"]["limit"] == setting("DockerSpawner.mem_limit")
    assert single["cpu"]["limit"] == int(setting("DockerSpawner.cpu_limit"))
    assert single["defaultUrl"] == setting("Spawner.default_url")
    assert f"--timeout={VALUES['cull']['timeout']}" in CONFIG
    assert (
        single["extraEnv"]["JUPYTERHUB_ROOT_DIR"] == re.findall(r'COURSE = "(.+)"', CONFIG)[0]
    )
    assert single["storage"]["homeMountPath"] == "/course/work"
    for name, value in config["NativeAuthenticator"].items():
        assert setting(f"NativeAuthenticator.{name}") == str(value)
    assert (ROOT / single["defaultUrl"].removeprefix("/lab/tree/")).is_file()


def test_nobody_is_let_in_by_default() -> None:
    """
    Production has no dummy: a stranger waits until a teacher lets them in.
    """
    assert setting("JupyterHub.authenticator_class") == "native"
    assert setting("NativeAuthenticator.open_signup") == "False"
    assert "dummy" not in CONFIG.lower()


def test_devcontainer() -> None:
    """
    It has known names, makes the environment by the Makefile's verb, and is for its user.
    """
    assert DEVCONTAINER.keys() <= DEVCONTAINER_NAMES
    # Where that verb puts `course`, before whatever the image has.
    assert DEVCONTAINER["remoteEnv"]["PATH"].startswith(
        "${containerWorkspaceFolder}/.venv/bin:"
    )
    verb = DEVCONTAINER["updateContentCommand"].removeprefix("make ")
    assert re.search(rf"^{verb}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
    dockerfile = ROOT / ".devcontainer" / DEVCONTAINER["build"]["dockerfile"]
    assert f" {DEVCONTAINER['remoteUser']}\n" in dockerfile.read_text()
    for path in DEVCONTAINER["customizations"]["codespaces"]["openFiles"]:
        assert (ROOT / path).is_file()


def test_base_images() -> None:
    """
    The development container and the course's image stand on the same one.
    """
    course = ROOT / "Dockerfile"
    if not course.exists():
        pytest.skip("there is no Dockerfile yet")
    ours = (ROOT / ".devcontainer" / "Dockerfile").read_text()
    (image,) = re.findall(r"^FROM (\S+)$", ours, re.MULTILINE)

    assert re.search(rf"^FROM {re.escape(image)}", course.read_text(), re.MULTILINE)


def test_what_a_shell_hands_into_the_classroom() -> None:
    """
    Only the course's own names, so that nobody's Vault or database is met by accident.
    """
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    environment = services["course"]["environment"]
    asked = {
        name for value in environment.values() for name in re.findall(r"\$\{(\w+)", f"{value}")
    }

    assert len(asked) == 3
    assert [name for name in (*environment, *asked) if not name.startswith("COURSE_")] == []


def test_binder() -> None:
    """
    It asks for a Python that the lock is for, and installs that lock by its hashes.
    """
    folder = ROOT / ".binder"
    assert not (ROOT / "binder").exists(), "repo2docker refuses both folders"
    version = (folder / "runtime.txt").read_text().strip().removeprefix("python-")
    assert OLDEST <= tuple(map(int, version.split("."))) <= NEWEST
    script = folder / "postBuild"
    assert script.stat().st_mode & stat.S_IXUSR
    assert "--require-hashes -r requirements.txt" in script.read_text()
    assert "set -e" in script.read_text(), "without it, repo2docker goes on after an error"


def test_contents_on_binder_and_on_the_hub() -> None:
    """
    Where JupyterLab is not started by `make lab`, runs are kept in `work/`, too.
    """
    shown = subprocess.run(
        [ROOT / ".binder" / "start", PROGRAMS / "jupyter-server", "--show-config-json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    settings = json.loads(shown)["ServerApp"]
    (on_the_hub,) = re.findall(
        r"^ENV JUPYTER_CONFIG_PATH=/course/(.+)$",
        (HUB / "Dockerfile").read_text(),
        re.MULTILINE,
    )

    assert settings["contents_manager_class"] == "tools.runs.contents.ReadersContents"
    assert settings["jpserver_extensions"]["jupyterlab_jupytext"] is False
    assert (ROOT / on_the_hub) == ROOT / "tools" / "jupyter"
