"""
Stop chapter 1's forms of process 1 by a real `docker stop`; see from outside what is lost.

    python3 tools/stops.py [PROJECT]

Each is a service of docker-compose.yml in the profile `pid1`. It gets one request that takes
a second and a half, and is stopped while that is in flight; after three seconds the engine
kills it.
Needs Docker with its Compose plugin, and no package.
"""

import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

COMPOSE = ("docker", "compose", "--profile", "pid1")
FILE = Path(__file__).resolve().parents[1] / "docker-compose.yml"


def run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def compose(*words: str) -> str:
    project = ("--project-name", sys.argv[1]) if len(sys.argv) > 1 else ()
    return run(*COMPOSE, "--file", str(FILE), *project, *words)


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
    code = run("docker", "inspect", "--format", "{{.State.ExitCode}}", container).strip()
    cleaned = "cleanup done" in compose("logs", form)
    words = f"request {'answered' if answered[0] else 'lost'}"
    return f"{words}, cleanup {'ran' if cleaned else 'lost'}, exit {code} (≈ {seconds:.1f} s)"


def main() -> None:
    forms = [name for name in compose("config", "--services").split() if is_form(name)]
    compose("up", "--detach", *forms)
    try:
        for form in sorted(forms):
            print(f"{form:<18} {stop(form)}", flush=True)
    finally:
        compose("rm", "--force", "--stop", *forms)


def is_form(name: str) -> bool:
    return name.startswith(("exec-form", "shell-form", "entrypoint-", "no-handler"))


if __name__ == "__main__":
    main()
