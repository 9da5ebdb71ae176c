"""
A run of an incident with a responder, as the tests make it.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from workbench.incidents import Report, Shop
from workbench.incidents.running import Running

SPEED = 15.0
RUN = 200.0  # seconds, at most
RESPONDERS = Path(__file__).parent / "responders"


def responder(name: str, incident: str) -> ModuleType:
    """
    The module `responders/INCIDENT/NAME.py`.
    """
    spec = spec_from_file_location(f"{incident}_{name}", RESPONDERS / incident / f"{name}.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(incident: str, respond: Callable[[Any], None], *, seed: int) -> Report:
    """
    Open an incident, let a responder act on it, and wait until it is judged.
    """
    with Running(incident, seed, SPEED) as running, ThreadPoolExecutor(1) as pool:
        acting = pool.submit(respond, Shop(running.wait_open()))
        assert running.wait(RUN), f"{incident} is not over after {RUN:g} s"
        report = running.result()
        acting.result(30)
        return report
