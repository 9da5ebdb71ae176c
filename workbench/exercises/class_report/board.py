"""
A report that keeps up with its folder, as a page in the instructor's browser.

It is read anew when a file has come or changed, and the page asks again every few seconds. Who
asks by another name than this machine's own gets nothing: there are names of people on it.
"""

import asyncio
import socket
from collections.abc import Callable
from datetime import datetime
from html import escape
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from workbench.errors import WorkbenchError

from .as_page import HEAD, as_page
from .records import read_class
from .summary import sum_up

HOST = "127.0.0.1"
SECONDS = 5  # between two looks of the page

State = tuple[tuple[str, int, int], ...]  # of each file: its path, when it was written, bytes


def serve(
    folder: Path, since: datetime | None, port: int, tell: Callable[[str], object]
) -> None:
    """
    Show a class until it is stopped.

    Args:
        folder: What the class hands in; it may be empty still.
        since: What is older is left out.
        port: Of this machine; 0 is a free one.
        tell: Is told once that it is there, and where.

    Raises:
        WorkbenchError: There is no such folder, or the port cannot be had.
    """
    board = Board(folder, since)
    try:
        listener = socket.create_server((HOST, port))
    except (OSError, OverflowError) as error:  # taken, not ours to take, or no port at all
        msg = f"The board cannot have port {port} ({error}). Name another: --port N."
        raise WorkbenchError(msg) from None
    with listener:
        tell(f"http://{HOST}:{listener.getsockname()[1]}")
        config = uvicorn.Config(board.app, log_level="error", timeout_graceful_shutdown=1)
        uvicorn.Server(config).run(sockets=[listener])


class Board:
    """
    The page, and of which state of the folder it is.
    """

    def __init__(self, folder: Path, since: datetime | None) -> None:
        self.folder, self.since = folder, since
        if not folder.is_dir():
            msg = f"There is no folder {folder}: name the one that the class hands in to."
            raise WorkbenchError(msg)
        self._shown: State | None = None
        self._page = ""
        self._reading = asyncio.Lock()  # two browsers, one reading
        self.app = Starlette(
            routes=[Route("/", self.show)],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])],
        )

    async def show(self, _request: Request) -> HTMLResponse:
        async with self._reading:
            page = await asyncio.to_thread(self.page)
        headers = {"refresh": f"{SECONDS}", "cache-control": "no-store"}
        return HTMLResponse(page, headers=headers)

    def page(self) -> str:
        """
        The report of what is there now.
        """
        state = self._look()
        if state != self._shown:
            try:
                learners = read_class(self.folder, since=self.since)
                self._page = as_page(sum_up(learners, self.since))
            except WorkbenchError as error:  # nobody has handed anything in, for example
                self._page = f"{HEAD}<h1>A class</h1><p>{escape(str(error))}</p></body></html>"
            self._shown = state
        return self._page.replace(
            "</h1>", f"</h1><p>At {datetime.now().astimezone():%H:%M:%S}</p>", 1
        )

    def _look(self) -> State:
        found = []
        for path in self.folder.rglob("*"):
            try:
                status = path.stat()
            except OSError:  # it was replaced while we looked
                continue
            found.append((str(path), status.st_mtime_ns, status.st_size))
        return tuple(sorted(found))
