"""
Tomorrow's versions: the course without its lock, on what is newest, and its red claims.

    .venv/bin/python -m tools.tomorrow

In a copy of the last commit, in a temporary folder, it installs `requirements.in` with no lock,
runs every notebook and every test, and prints what is newer and what is no longer so. Needs the
network. Exit code 1 if anything is red: a warning of what the next `make lock` brings.
"""

import json
import re
import subprocess
import sys
import tempfile
import venv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tools import ROOT

PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)
COLOUR = re.compile(r"\x1b\[[\d;]*m")
FAILED = re.compile(r"^(?:FAILED|ERROR) (.*)$", re.MULTILINE)


def newer(python: Path) -> Iterator[tuple[str, str, str]]:
    """
    What is not of a version that the lock has: its name, the newest of those, its version.
    """
    locked: dict[str, list[str]] = defaultdict(list)  # one for each Python, where they differ
    for name, version in PIN.findall((ROOT / "requirements.txt").read_text(encoding="utf-8")):
        locked[name].append(version)
    command = [str(python), "-m", "pip", "list", "--format=json"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for each in json.loads(listed):
        name = re.sub(r"[-_.]+", "-", each["name"].lower())
        if name in locked and each["version"] not in locked[name]:
            yield name, locked[name][0], each["version"]


def red_claims(report: Path) -> Iterator[tuple[str, str, str]]:
    """
    The first cell of each notebook that failed: notebook, cell, what it says.
    """
    seen = set()
    for line in map(json.loads, report.read_text(encoding="utf-8").splitlines()):
        if line["outcome"] == "failed" and line["notebook"] not in seen:
            seen.add(line["notebook"])
            text = COLOUR.sub("", line["text"]).splitlines()
            said = [each.strip() for each in text if "✗" in each or "Error" in each]
            yield Path(line["notebook"]).stem, line["cell"], (said or text or [""])[-1]


def table(title: str, rows: list[tuple[str, str, str]]) -> None:
    print(f"\n{title}: {len(rows) or 'nothing'}")
    for first, second, third in rows:
        print(f"  {first:<28} {second:<14} {third}")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="tomorrow-") as made:
        course, report = Path(made, "course"), Path(made, "report.jsonl")
        clone = ["git", "clone", "--quiet", "--local", str(ROOT), str(course)]
        subprocess.run(clone, check=True)
        venv.create(course / ".venv", with_pip=True)
        python = course / ".venv" / "bin" / "python"
        install = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        subprocess.run([*install, "-r", "requirements.in"], cwd=course, check=True)
        built = ["--no-deps", "--no-build-isolation", "--editable", "."]
        subprocess.run([*install, *built], cwd=course, check=True)
        versions = list(newer(python))
        notebooks = [str(python), "-m", "tools.notebooks", "test", "--again", "--report"]
        codes = [subprocess.run([*notebooks, str(report)], cwd=course, check=False).returncode]
        tests = [str(python), "-m", "tools.prove", "--anew", "proofs", "tests"]
        done = subprocess.run(tests, cwd=course, check=False, capture_output=True, text=True)
        print(done.stdout, done.stderr, sep="\n")
        codes.append(done.returncode)
        failed = FAILED.findall(done.stdout.rpartition("Once more, alone:")[2])
        table("Newer than the lock", versions)
        table("Red claims", list(red_claims(report)) if report.exists() else [])
        table("Red tests", [(name, "", "") for name in failed])
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
