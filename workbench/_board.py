"""
Levers on a process, and what it does meanwhile, as curves.

A cell that awaits lets the browser's messages through; one that blocks does not. So `follow()`
is awaited. A lever sends a message, which is written to the process, and changes nothing else:
the curves, and the numbers at the levers, are what the process says.
"""

import asyncio
import json
import shlex
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from subprocess import PIPE
from typing import Any, Self

from ._display import VIEW, show_bundle
from ._spawn import end, free_port, spawn
from .errors import Died, NotSeen

PATIENCE = 10.0  # seconds until a process has said something, or obeyed
YOUR_TURN = 20.0  # seconds without a move, after which the cell goes on

Places = tuple[float, float, float] | list[str]  # of a lever
Place = float | str


def board(
    command: str,
    *,
    levers: Mapping[str, Places],
    shown: Mapping[str, Sequence[str]],
    words: str,
    env: Mapping[str, str] | None = None,
) -> "Board":
    """
    Run a command whose levers can be moved meanwhile; leaving the block ends it.

    The command writes several times a second what is so, as a line of JSON: the place of each
    lever, and all that is shown. A move is a line of JSON on its stdin.

        async with board("python crowds_pool.py 25 12", levers=…, shown=…, words=…) as crowd:
            calm, full = await crowd.follow(
                [{"callers per second": 25}, {"callers per second": 60}], seconds=3
            )

    Args:
        command: What to run, as in a shell; `{port}` becomes a free port.
        levers: The least place of each, the greatest, and the step between two; or its places
            by name, each of which becomes a button.
        shown: The curves in each panel: at most two. Where the process says a list, each of it
            is a bar: its row, the seconds since it began and since it ended, and the outcome.
        words: What the sentence is called that says what is so.
        env: Environment variables on top of the notebook's own.
    """
    return Board(command, levers=levers, shown=shown, words=words, env=env)


class Board:
    """
    A process with levers. Made by `board()`.
    """

    def __init__(
        self,
        command: str,
        *,
        levers: Mapping[str, Places],
        shown: Mapping[str, Sequence[str]],
        words: str,
        env: Mapping[str, str] | None,
    ) -> None:
        from ._board_view import BoardView  # noqa: PLC0415, a second that few imports need

        self._command = command
        self._env = env
        self._levers = levers
        self._view = BoardView(levers=levers, shown=shown, words=words)
        self._view.on_msg(self._hear)
        self._in_sight = False  # whether somebody could move a lever
        self._until = 0.0  # when a reader's turn ends

    async def follow(
        self, script: Sequence[Mapping[str, Place]], *, seconds: float
    ) -> list[list[dict[str, Any]]]:
        """
        Let a script move the levers, and then a reader, for as long as one does.

        Where nobody has the board in sight, it ends with the script.

        Args:
            script: Which levers to move where, step by step.
            seconds: How long to look at each step.

        Returns:
            For each step of the script what the process said, once it had obeyed.

        Raises:
            Died: The process has ended.
            NotSeen: It has said nothing, or has not obeyed.
        """
        self._show(script)
        self._enter("script", "A script moves the levers first; then it is your turn.")
        seen = [await self._look_at(step, seconds) for step in script]
        if self._in_sight:
            turn = f"Your turn. {YOUR_TURN:.0f} seconds after your last move the cell ends."
            self._enter("yours", turn)
            self._until = time.monotonic() + YOUR_TURN
            while time.monotonic() < self._until:
                await self._next_line()
        return seen

    async def __aenter__(self) -> Self:
        command = self._command.replace("{port}", str(free_port()))
        self._process, self._run_id = spawn(shlex.split(command), env=self._env, stdin=PIPE)
        self._lines = asyncio.StreamReader()
        self._pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(self._lines), self._process.stdout
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        end(self._process, self._run_id)
        self._pipe.close()
        status = (
            "The process has ended, and its levers with it. Run the cell again to move them."
        )
        self._enter("over", status)

    def _show(self, script: Sequence[Mapping[str, Place]]) -> None:
        """
        The board where there are widgets, and elsewhere in words what it does.
        """
        levers = ", ".join(
            f"{name} {' / '.join(places)}" if isinstance(places, list) else name
            for name, places in self._levers.items()
        )
        moves = ", ".join(f"{name} {place}" for step in script for name, place in step.items())
        text = (
            f"In JupyterLab, levers stand here while the cell runs: {levers}."
            f" A script moves them first: {moves}."
        )
        view = {"version_major": 2, "version_minor": 0, "model_id": self._view.model_id}
        show_bundle({"text/markdown": text, "text/plain": text, VIEW: view}, fixed=True)

    async def _look_at(self, step: Mapping[str, Place], seconds: float) -> list[dict[str, Any]]:
        """
        Move levers; what the process says in the seconds after it has obeyed.
        """
        self._move(step)
        lines: list[dict[str, Any]] = []
        asked = time.monotonic()
        until = asked + PATIENCE
        while time.monotonic() < until:
            line = await self._next_line()
            if step.items() <= line.items():
                if not lines:
                    until = time.monotonic() + seconds
                lines.append(line)
        if not lines:
            msg = (
                f"After {PATIENCE:.0f} s `{self._command}` has not moved its levers to"
                f" {dict(step)}: it reads lines of JSON on its stdin, and says where they are."
            )
            raise NotSeen(msg)
        return lines

    async def _next_line(self) -> dict[str, Any]:
        """
        What the process says next, passed on to the board.
        """
        other: list[bytes] = []  # a warning, say, or a traceback
        try:
            async with asyncio.timeout(PATIENCE):
                while text := await self._lines.readline():
                    if text.startswith(b"{"):
                        line: dict[str, Any] = json.loads(text)
                        self._view.send(line)
                        return line
                    other.append(text)
        except TimeoutError:
            msg = f"`{self._command}` has said nothing for {PATIENCE:.0f} s."
            raise NotSeen(msg) from None
        msg = f"`{self._command}` has ended. Mend it, and run the cell again. It said last:\n"
        raise Died(msg + b"".join(other).decode(errors="replace"))

    def _move(self, places: Mapping[str, Place]) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # whoever awaits its next line learns why
            self._process.stdin.write(f"{json.dumps(places)}\n".encode())
            self._process.stdin.flush()

    def _hear(self, _view: object, message: Mapping[str, Any], _buffers: object) -> None:
        """
        What a browser says: that the board is in sight, that a lever was moved, or to go on.
        """
        if self._view.phase == "over":
            return
        match message:
            case {"inSight": True}:
                self._in_sight = True
            case {"lever": str(lever), "place": place}:
                self._until = time.monotonic() + YOUR_TURN
                self._move({lever: place})
            case {"onward": True}:
                self._until = 0.0

    def _enter(self, phase: str, status: str) -> None:
        with self._view.hold_sync():
            self._view.phase, self._view.status = phase, status
