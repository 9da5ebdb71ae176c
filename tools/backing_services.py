"""
Run the notebooks that use Redis and PostgreSQL on servers that the operating system brought.

    .venv/bin/python -m tools.backing_services [--report FILE]

They are named by COURSE_REDIS_URL and COURSE_DATABASE_URL, as in the classroom (Debian: apt-get
install redis-server postgresql). What is not installed is said. The rest of `make test` runs on
the embedded ones, whatever the machine has. FILE gets what each cell did, as lines of JSON.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import ROOT
from tools.notebooks.files import on_disk
from tools.notebooks.form import read
from workbench import start
from workbench._servers import launch_postgres

MARKS = ("redis_server", "postgres_server")
NAMES = ("COURSE_REDIS_URL", "COURSE_DATABASE_URL")
DEBIAN = Path("/usr/lib/postgresql")
# Chapters whose exercises ask for servers.
ASKING = ("03_secrets", "04_delivery", "06_performance")


def notebooks() -> list[Path]:
    """
    Those whose cells ask for a server; the labs' checks ask for them, too.
    """
    return [path for path in on_disk() if asks(path)]


def asks(path: Path) -> bool:
    if path.parent.name in ASKING and not path.is_relative_to(ROOT / "chapters"):
        return True
    return any(mark in cell.source for cell in read(path).cells for mark in MARKS)


def run(paths: list[Path], report: Path | None, **named: str) -> int:
    print(f"\nOn {', '.join(f'{name}={value}' for name, value in named.items())}:", flush=True)
    env = {k: v for k, v in os.environ.items() if k not in NAMES}
    command = [sys.executable, "-m", "tools.notebooks", "test", "--again"]
    command += ["--report", str(report)] if report else []
    command += map(str, paths)
    return subprocess.run(command, env=env | named, check=False).returncode


def main() -> int:
    about = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    about.add_argument("--report", type=Path, metavar="FILE")
    report = about.parse_args().report
    redis = shutil.which("redis-server")
    programs = sorted(DEBIAN.glob("*/bin/postgres"))
    if redis is None or not programs:
        lacking = "redis-server" if redis is None else "PostgreSQL"
        print(f"Not run on real servers: there is no {lacking} of the system's own here.")
        return 0
    with (
        start(
            f"{redis} --port {{port}} --save ''", ready="port", name="the system's Redis"
        ) as r,
        launch_postgres(100, programs[-1].parent) as p,
    ):
        return run(
            notebooks(),
            report,
            COURSE_REDIS_URL=f"redis://127.0.0.1:{r.port}",
            COURSE_DATABASE_URL=f"postgresql://postgres@127.0.0.1:{p.port}/postgres",
        )


if __name__ == "__main__":
    sys.exit(main())
