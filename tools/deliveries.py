"""
Deliver a secret into a container in four ways, and see from outside what becomes of it.

    python3 tools/deliveries.py [PROJECT]

Each way is a service of docker-compose.yml in the profile `deliveries`, which runs as uid 1000.
The secret is a random word, in a folder that is removed. Last, it tries to start OpenBao, which
can be chapter 3's Vault. Needs Docker with its Compose plugin, and no package.

    found in     where the word can be read without asking the service
    owner, mode  of the file in the container, when the host's has mode 600
    reads        whether the service has the word, with mode 600 on the host and with 444
    rewritten    whether it has a new word, once that was written into the host's file
    replaced     whether it has a new word, once a new file took the name of the host's
"""

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = (
    *("docker", "compose", "--file", str(ROOT / "docker-compose.yml")),
    *("--profile", "deliveries", "--profile", "secrets"),
)
WAYS = ("by-environment", "by-secret-file", "by-secret-environment", "by-folder")
COLUMNS = ("way", "found in", "owner, mode", "reads", "rewritten", "replaced")
WIDTHS = (23, 18, 13, 10, 11, 8)
INSIDE = "/run/secrets/api_key"
PATIENCE = 120  # seconds for a pull


def compose(
    *words: str, check: bool = True, timeout: float = 600, project: str = ""
) -> subprocess.CompletedProcess[str]:
    name = ("--project-name", project) if project else ()
    command = (*COMPOSE, *name, *words)
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    if check and done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done


def inside(way: str, *words: str) -> str:
    """
    What a command says that runs beside the service, as its user; nothing, where it fails.
    """
    return compose("exec", "--no-TTY", way, *words, check=False).stdout


def new_word() -> str:
    """
    A word for all ways: as the variable that Compose reads, and for who writes it into a file.
    """
    os.environ["API_KEY"] = secrets.token_hex(16)
    return os.environ["API_KEY"]


def reads(way: str, word: str) -> str:
    """
    Whether the service has the word: in its environment, or when it reads its file again.
    """
    place = "/proc/1/environ" if way == "by-environment" else INSIDE
    return "yes" if word in inside(way, "cat", place) else "no"


def found(way: str, word: str) -> str:
    container = compose("ps", "--quiet", way).stdout.strip()
    inspect = ["docker", "inspect", container]
    said = {
        "inspect": subprocess.run(inspect, capture_output=True, text=True, check=True).stdout,
        "environ": inside(way, "cat", "/proc/1/environ"),
    }
    return ", ".join(place for place, text in said.items() if word in text) or "–"


def measure(way: str, file: Path) -> tuple[str, ...]:
    word = new_word()
    file.write_text(word, encoding="utf-8")
    file.chmod(0o600)
    compose("up", "--detach", way)
    places = found(way, word)
    owner = inside(way, "stat", "--format", "%u %a", INSIDE).strip() or "–"
    closed = reads(way, word)
    file.chmod(0o444)
    opened = reads(way, word)
    return way, places, owner, f"{closed}, {opened}", rewrite(way, file), replace(way, file)


def rewrite(way: str, file: Path) -> str:
    word = new_word()
    file.chmod(0o644)
    file.write_text(word, encoding="utf-8")
    return reads(way, word)


def replace(way: str, file: Path) -> str:
    word = new_word()
    other = file.with_name("new")
    other.write_text(word, encoding="utf-8")
    other.chmod(0o644)
    other.replace(file)
    return reads(way, word)


def deliver(way: str) -> tuple[str, ...]:
    """
    The row of one way, on a secret of its own.
    """
    with tempfile.TemporaryDirectory() as closed:  # whose mode keeps others on this host out
        folder = Path(closed, "secrets")
        folder.mkdir()
        folder.chmod(0o755)  # in the container nothing stands above it
        os.environ["SECRETS_FOLDER"] = str(folder)
        try:
            return measure(way, folder / "api_key")
        finally:
            compose("rm", "--force", "--stop", way)


def openbao() -> str:
    """
    Whether OpenBao starts here. Nothing else needs it.
    """
    image = compose("config", "--images", "openbao").stdout.strip()
    inspect = ["docker", "image", "inspect", image]
    if subprocess.run(inspect, capture_output=True, check=False).returncode:
        try:
            pulled = compose("pull", "--quiet", "openbao", check=False, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return f"its image {image} did not come in {PATIENCE} s; the rest works without it"
        if pulled.returncode:
            why = last_line(pulled)
            return f"its image {image} cannot be pulled: {why}; the rest works without it"
    alone = f"openbao-{secrets.token_hex(4)}"  # so that its network, too, can be removed
    try:
        up = compose("up", "--detach", "--wait", "openbao", check=False, project=alone)
        return f"{image} {'is healthy' if up.returncode == 0 else last_line(up)}"
    finally:
        compose("down", "--volumes", project=alone)


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stderr.strip().rpartition("\n")[2]


def line(*cells: str) -> str:
    return "".join(f"{text:<{n}}" for text, n in zip(cells, WIDTHS, strict=True)).rstrip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("project", nargs="?", help="for Compose; without it, the file's own")
    if project := parser.parse_args().project:
        os.environ["COMPOSE_PROJECT_NAME"] = project
    if subprocess.run([ROOT / "tools" / "engine"], check=False).returncode:
        sys.exit(1)
    print(line(*COLUMNS))
    try:
        for way in WAYS:
            print(line(*deliver(way)), flush=True)
    finally:
        if not compose("ps", "--all", "--quiet").stdout:
            compose("down")  # nobody's networks; the volume of the answers stays
    print(f"\nThe host's files belong to uid {os.getuid()}. OpenBao: {openbao()}.")


if __name__ == "__main__":
    main()
