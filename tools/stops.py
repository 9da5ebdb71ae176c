"""
Stop chapter 1's forms of process 1 by a real `docker stop`; see from outside what is lost.

    python3 tools/stops.py [PROJECT]

Each is a service of docker-compose.yml in the profile `pid1`. It gets one request that takes
a second and a half, and is stopped while that is in flight; after three seconds the engine
kills it.
Needs Docker with its Compose plugin, and no package.
"""

import argparse
import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = ("docker", "compose", "--file", str(ROOT / "docker-compose.yml"), "--profile", "pid1")


def run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def compose(*words: str) -> str:
    return run(*COMPOSE, *words)


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
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("project", nargs="?", help="for Compose; without it, the file's own")
    if project := parser.parse_args().project:
        os.environ["COMPOSE_PROJECT_NAME"] = project
    if subprocess.run([ROOT / "tools" / "engine"], check=False).returncode:
        sys.exit(1)
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
