"""
What the demonstrations have in common: Docker's Compose, and an end that says what failed.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036  it is the host's, not the course's
    sys.exit(f"This is Python {sys.version.split()[0]}; it needs 3.11 or later.")

ROOT = Path(__file__).resolve().parents[1]
# A shell has them for another project, which is neither started nor ended here.
FOREIGN = ("COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME")


class Demonstration:
    """
    What is beside a program in compose.yaml, as a project of its own, and its command line.
    """

    def __init__(self, program: str, description: str | None) -> None:
        folder = Path(program).resolve().parent
        self.command = ["docker", "compose", "--file", str(folder / "compose.yaml")]
        self.parser = argparse.ArgumentParser(
            prog=f"python3 -m demos.{folder.name}",
            description=(description or "").strip().splitlines()[0],
        )
        self.parser.add_argument("--project", help="for Compose; without it, the file's own")

    def show(self, scene: Callable[[argparse.Namespace], None]) -> None:
        """
        Call it, if there is an engine. Whatever ends it, containers and networks go.
        """
        arguments = self.parser.parse_args()
        if subprocess.run([ROOT / "tools" / "engine"], check=False).returncode:
            sys.exit(1)
        for name in FOREIGN:
            os.environ.pop(name, None)
        if arguments.project:
            self.command += ["--project-name", arguments.project]
        try:
            scene(arguments)
        except KeyboardInterrupt:
            sys.exit("Interrupted; the containers go.")
        finally:
            self.compose("--profile", "*", "down", "--volumes", check=False)

    def compose(
        self, *words: str, check: bool = True, timeout: float = 600, hint: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return run(*self.command, *words, check=check, timeout=timeout, hint=hint)


def row(widths: Sequence[int], *cells: str) -> str:
    """
    A line of a table: the cells, each as wide as its column at least.
    """
    return "".join(f"{text:<{n}}" for text, n in zip(cells, widths, strict=True)).rstrip()


def run(
    *words: str, check: bool = True, timeout: float = 600, hint: str = ""
) -> subprocess.CompletedProcess[str]:
    """
    Run a command; the end of the program, if it fails and that is not asked for.
    """
    done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, check=False)
    if check and done.returncode:
        sys.exit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}{hint}")
    return done
