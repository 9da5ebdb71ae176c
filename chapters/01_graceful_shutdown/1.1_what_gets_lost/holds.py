"""
Holds a port, a lock of the system's, and a file that says that it is the leader.
"""

import fcntl
import os
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette

folder = Path(os.environ["HOLDS"])


@asynccontextmanager
async def lifespan(app):
    with open(folder / "locked", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        (folder / "leader").write_text(f"process {os.getpid()}")
        yield
        (folder / "leader").unlink()


app = Starlette(lifespan=lifespan)
