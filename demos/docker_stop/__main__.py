"""
Stop chapter 1's forms of PID 1 by a real `docker stop`; see from outside what is lost.

    python3 -m demos.docker_stop

Each is a service of compose.yaml. It gets one request that takes a second and a half, and is
stopped while that is in flight; after three seconds the engine kills it.
Needs Docker with its Compose plugin, Python 3.11 or later, and no package.
"""

import argparse
import http.client
import sys
import threading
import time
from collections.abc import Callable

from demos._compose import Demonstration, run

demo = Demonstration(__file__, __doc__)


def compose(*words: str) -> str:
    return demo.compose(*words).stdout


def wait(what: str, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not done():
        if time.monotonic() > deadline:
            sys.exit(f"Waited for 30 seconds, in vain: {what}.")
        time.sleep(0.05)


def ask(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().read() == b"done\n"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def stop(form: str) -> str:
    """
    What became of the request, of the cleanup, and with which exit code it ended.
    """
    port = int(compose("port", form, "8000").rpartition(":")[2])
    container = compose("ps", "--quiet", form).strip()
    wait(f"an answer of {form}", lambda: ask(port, "/healthz"))
    answered: list[bool] = []
    request = threading.Thread(target=lambda: answered.append(ask(port, "/work/1.5")))
    request.start()
    wait("the request's line in the log", lambda: "request started" in compose("logs", form))
    began = time.monotonic()
    run("docker", "stop", container)
    seconds = time.monotonic() - began
    request.join()
    code = run("docker", "inspect", "--format", "{{.State.ExitCode}}", container).stdout.strip()
    cleaned = "cleanup done" in compose("logs", form)
    words = f"request {'answered' if answered[0] else 'lost'}"
    return f"{words}, cleanup {'ran' if cleaned else 'lost'}, exit {code} (≈ {seconds:.1f} s)"


def stop_each(_: argparse.Namespace) -> None:
    forms = compose("config", "--services").split()
    compose("up", "--detach", *forms)
    for form in sorted(forms):
        print(f"{form:<18} {stop(form)}", flush=True)


if __name__ == "__main__":
    demo.show(stop_each)
