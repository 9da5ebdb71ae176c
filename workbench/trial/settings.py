"""
The attack by what is missing: each setting, one at a time.
"""

from dataclasses import dataclass

from .calm import PATIENCE, Calm
from .service import Bench


@dataclass
class Without:
    """
    A start without a setting.
    """

    ready: bool
    ended: str
    named: bool  # whether its log names the setting
    fault: str  # what the first request that fails says, of a service that calls itself ready


def without(bench: Bench, calm: Calm, name: str) -> Without:
    """
    Start it without a setting; if it calls itself ready, ask for everything.
    """
    with bench.folder() as folder, bench.started(folder, without=name) as service:
        ready = service.becomes_ready()
        fault = ""
        if ready:
            calls = [
                bench.client.ask(service.address, request, PATIENCE) for request in calm.seconds
            ]
            bad = [call for call in calls if not calm.good(call.status)]
            if bad:
                fault = f"{bad[0].request} is {bad[0].status or bad[0].outcome}"
        log = "\n".join(line.text for line in service.log)
        return Without(ready, service.end_of(), name.lower() in log.lower(), fault)
