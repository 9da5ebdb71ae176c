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

from demos._compose import Demonstration, row, run

WIDTHS = (20, 12, 10, 7, 20)
COLUMNS = ("form of PID 1", "in flight", "cleanup", "exit", "until it had ended")
LEGEND = """
in flight   what became of the request that was being answered at SIGTERM
cleanup     whether the service's own last lines ran
exit        0: by itself; 143: by SIGTERM, at last; 137: by SIGKILL, after three seconds
"""
MARKS = 4  # for each second that it took

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


def stop(form: str) -> tuple[str, ...]:
    """
    What became of the request, of the cleanup, and with which exit code it ended, and when.
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
    request_was = "answered" if answered[0] else "lost"
    bar = "▇" * round(MARKS * seconds)
    return request_was, "ran" if cleaned else "lost", code, f"{bar} ≈ {seconds:.1f} s"


def stop_each(_: argparse.Namespace) -> None:
    forms = compose("config", "--services").split()
    compose("up", "--detach", *forms)
    print(row(WIDTHS, *COLUMNS))
    for form in sorted(forms):
        print(row(WIDTHS, form, *stop(form)), flush=True)
    print(LEGEND, end="")


if __name__ == "__main__":
    demo.show(stop_each)
