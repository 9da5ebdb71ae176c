"""
Deliver a secret into a container in four ways, and see from outside what becomes of it.

    python3 -m demos.secret_deliveries

Each way is a service of compose.yaml, which runs as uid 1000.
The secret is a random word, in a folder that is removed. Last, it tries to start OpenBao, which
can be chapter 3's Vault.
Needs Docker with its Compose plugin, Python 3.11 or later, and no package.
"""

import argparse
import os
import secrets
import subprocess
import tempfile
from pathlib import Path

from demos._compose import Demonstration, row, run

WAYS = ("by-environment", "by-secret-file", "by-secret-environment", "by-folder")
COLUMNS = ("way", "found in", "owner, mode", "reads", "rewritten", "replaced")
WIDTHS = (23, 18, 13, 10, 11, 8)
LEGEND = """
found in     where the word can be read without asking the service
owner, mode  of the file in the container, when the host's has mode 600
reads        whether the service has the word, with mode 600 on the host and with 444
rewritten    whether it has a new word, once that was written into the host's file
replaced     whether it has a new word, once a new file took the name of the host's
"""
INSIDE = "/run/secrets/api_key"
PATIENCE = 120  # seconds for a pull

demo = Demonstration(__file__, __doc__)
compose = demo.compose


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
    said = {
        "inspect": run("docker", "inspect", container).stdout,
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
    if run("docker", "image", "inspect", image, check=False).returncode:
        try:
            pulled = compose("pull", "--quiet", "openbao", check=False, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return f"its image {image} did not come in {PATIENCE} s; the rest works without it"
        if pulled.returncode:
            why = last_line(pulled)
            return f"its image {image} cannot be pulled: {why}; the rest works without it"
    up = compose("up", "--detach", "--wait", "openbao", check=False)
    return f"{image} {'is healthy' if up.returncode == 0 else last_line(up)}"


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stderr.strip().rpartition("\n")[2]


def deliver_each(_: argparse.Namespace) -> None:
    print(row(WIDTHS, *COLUMNS))
    for way in WAYS:
        print(row(WIDTHS, *deliver(way)), flush=True)
    print(LEGEND)
    print(f"The host's files belong to uid {os.getuid()}. OpenBao: {openbao()}.")


if __name__ == "__main__":
    demo.show(deliver_each)
