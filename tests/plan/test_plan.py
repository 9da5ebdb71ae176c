"""
The page that a reader takes to work: its numbers nest, and its files can be read.
"""

import configparser
import json
import random
import re
import runpy
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from workbench import start, traffic
from workbench.errors import WorkbenchError
from workbench.plan import PLAN, Plan, read, write

BIN = Path(sys.executable).parent
SCHEMA = Path(__file__).with_name("kubernetes_deployment.json")
SHOP = Plan(app="main:app", name="shop", slowest=20, cleanup=2)
SERVICE = """
import asyncio
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


@asynccontextmanager
async def lifespan(app):
    yield
    await asyncio.sleep(0.5)
    print("cleanup done", flush=True)


async def healthz(request):
    return PlainTextResponse("ok")


async def work(request):
    print("begun", flush=True)
    await asyncio.sleep(float(request.path_params["seconds"]))
    return PlainTextResponse("done")


app = Starlette(
    routes=[Route("/healthz", healthz), Route("/work/{seconds}", work)], lifespan=lifespan
)
"""


def drawn(seed: int) -> Plan:
    """
    Any sum that can be entered.
    """
    dice = random.Random(seed)
    return Plan(
        app="shop.web:create.app",
        name="shop-2",
        slowest=dice.randint(1, 3600),
        cleanup=dice.randint(0, 60),
        propagation=dice.randint(0, 30),
        period=dice.randint(1, 30),
        failures=dice.randint(1, 9),
        start=dice.randint(1, 600),
        margin=dice.randint(1, 9),
    )


def page(plan: Plan, folder: Path) -> dict[str, Any]:
    """
    What the programs read that the files are for.
    """
    write(plan, folder)
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(folder / f"{plan.name}.service", encoding="utf-8")
    manifest = yaml.safe_load((folder / "deployment.yaml").read_text(encoding="utf-8"))
    return {
        "gunicorn": runpy.run_path(str(folder / "gunicorn.conf.py")),
        "unit": dict(unit["Service"]),
        "pod": manifest["spec"]["template"]["spec"],
    }


@pytest.mark.parametrize("seed", range(9))
def test_whoever_waits_for_another_waits_longer(seed: int, tmp_path: Path) -> None:
    """
    In the files, whatever was entered, each number is inside of the next.
    """
    plan = drawn(seed)
    written = page(plan, tmp_path / "plan")
    conf, unit, pod = written["gunicorn"], written["unit"], written["pod"]
    container = pod["containers"][0]
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain = conf["Worker"].CONFIG_KWARGS["timeout_graceful_shutdown"]
    master, grace = conf["graceful_timeout"], pod["terminationGracePeriodSeconds"]
    ready, alive, begun = (
        container[f"{kind}Probe"]["periodSeconds"]
        * container[f"{kind}Probe"]["failureThreshold"]
        for kind in ("readiness", "liveness", "startup")
    )

    assert plan.slowest < drain
    assert drain + plan.cleanup < master < grace - pause
    assert pause >= plan.propagation
    assert pause >= ready
    assert alive > ready
    assert begun >= plan.start
    assert conf["timeout"] >= master
    assert pause < int(unit["TimeoutStopSec"])
    assert master < int(unit["TimeoutStopSec"])
    assert f"sleep {pause}'" in unit["ExecStop"]


def holds(manifest: Path) -> bool:
    """
    Whether a manifest is a Deployment, to the excerpt of Kubernetes' own description.
    """
    command = [f"{BIN}/check-jsonschema", "--schemafile", f"{SCHEMA}", f"{manifest}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_the_manifest_is_a_deployment(tmp_path: Path) -> None:
    """
    The manifest holds against Kubernetes' schema, and with one misspelt field it does not.
    """
    write(SHOP, tmp_path / "plan")
    manifest = tmp_path / "plan" / "deployment.yaml"

    assert holds(manifest)
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace("periodSeconds", "periodSecond"), encoding="utf-8")
    assert not holds(manifest)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_knows_every_line_of_the_unit(tmp_path: Path) -> None:
    """
    systemd-analyze objects to nothing but that the service is not installed on this machine.
    """
    write(SHOP, tmp_path / "plan")
    command = ["systemd-analyze", "verify", "--man=no", f"{tmp_path}/plan/shop.service"]

    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr

    assert [line for line in said.splitlines() if "is not executable" not in line] == []


def test_gunicorn_reads_its_settings(tmp_path: Path) -> None:
    """
    gunicorn finds settings and app by itself, in the folder where they are.
    """
    write(SHOP, tmp_path / "plan")
    (tmp_path / "plan" / "main.py").write_text(SERVICE, encoding="utf-8")
    command = [f"{BIN}/gunicorn", "--check-config"]

    done = subprocess.run(command, cwd=tmp_path / "plan", capture_output=True, check=False)

    assert done.returncode == 0, done.stderr


def test_the_image_starts_gunicorn_itself(tmp_path: Path) -> None:
    """
    The last instruction is a CMD in exec form, with nothing behind the list.
    """
    write(SHOP, tmp_path / "plan")
    lines = (tmp_path / "plan" / "Dockerfile").read_text(encoding="utf-8").splitlines()
    instructions = [line.split(maxsplit=1) for line in lines if not line.startswith("#")]

    assert {word for word, _ in instructions} == {
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "USER",
        "CMD",
    }
    assert instructions[-1][0] == "CMD"
    assert json.loads(instructions[-1][1]) == ["gunicorn"]


def test_gunicorn_drains_as_the_sum_says(tmp_path: Path) -> None:
    """
    1. gunicorn runs with the page's settings; a request that takes as long as the slowest is in
       flight, and one that never ends.
    2. SIGTERM.

    Result: the one is answered, the other has an error, the cleanup runs, nobody is killed.
    """
    plan = replace(SHOP, slowest=2, cleanup=1)
    write(plan, tmp_path / "plan")
    (tmp_path / "plan" / "main.py").write_text(SERVICE, encoding="utf-8")
    command = "gunicorn --bind 127.0.0.1:{port}"

    with start(command, ready="/healthz", cwd=tmp_path / "plan") as service:
        with (
            traffic(f"{service.url}/work/{plan.slowest}", rate=10, requests=1) as slow,
            traffic(f"{service.url}/work/600", rate=10, requests=1) as stuck,
        ):
            service.wait_log("begun", times=2)
            service.send("SIGTERM")
            service.wait(timeout=60)

    assert slow.count("ok") == 1
    assert stuck.count("error") == 1
    assert service.tail(match="cleanup done")
    assert not service.tail(match="SIGKILL|WORKER TIMEOUT")
    assert service.returncode == 0


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    """
    What `course trial` reads is what was entered.
    """
    plan = drawn(1)
    write(plan, tmp_path)

    assert read(tmp_path / PLAN) == plan


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """
    One file that is there already, and none is written; it is named.
    """
    (tmp_path / "Dockerfile").write_text("FROM scratch\n", encoding="utf-8")

    with pytest.raises(WorkbenchError, match=r"has Dockerfile already.*--into"):
        write(SHOP, tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["Dockerfile"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "missing 4 required"),
        ("slowest =", "is no plan"),
        (
            'app = "a:b"\nname = "a"\nslowest = 1.5\ncleanup = 1',
            "slowest is 1.5: it is a whole",
        ),
        ('app = "a:b"\nname = "a"\nslowest = 0\ncleanup = 1', "slowest is 0: .* from 1"),
        ('app = "a:b"\nname = "a"\nslowest = 1\ncleanup = 1\ngrace = 3', "grace"),
        ('app = "a.py"\nname = "a"\nslowest = 1\ncleanup = 1', "as in main:app"),
        ('app = "a:b"\nname = "A"\nslowest = 1\ncleanup = 1', "no name for a service"),
    ],
)
def test_what_is_no_plan(text: str, says: str, tmp_path: Path) -> None:
    """
    What cannot be a sum is refused, with what to write.
    """
    (tmp_path / PLAN).write_text(text, encoding="utf-8")

    with pytest.raises(WorkbenchError, match=says):
        read(tmp_path / PLAN)


def test_the_sum_is_said_in_words() -> None:
    """
    The terms that are shown add up to the grace period that is shown.
    """
    seconds = [
        int(number) for number in re.findall(r"^\S.{12} *(\d+) s", str(SHOP), re.MULTILINE)
    ]

    *terms, grace = seconds
    assert len(terms) == 4
    assert sum(terms) == grace == SHOP.grace
