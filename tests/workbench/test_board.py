"""
The board, without a browser: a script moves levers of a real process, and so does a message.
"""

import asyncio
import socket
import sys
from pathlib import Path

import psutil
import pytest

from workbench import Board, _board, board
from workbench.errors import Died, NotSeen

LEVERS = Path(__file__).with_name("levers.py")


def make(manner: str = "obeys") -> Board:
    return board(
        f"'{sys.executable}' '{LEVERS}' {manner} {{port}}",
        levers={"speed": (1, 9, 1), "gear": ["low", "high"]},
        shown={"how fast": ["speed"]},
        words="in words",
    )


def sent(moved: Board, message: dict[str, object]) -> None:
    """
    What a browser does when a hand moves a lever.
    """
    moved._view._handle_custom_msg(message, [])


async def passed_on(moved: Board, speed: int) -> None:
    """
    Wait until a browser would be told that the process has this speed.
    """
    reached = asyncio.Event()
    moved._view.send = lambda line: reached.set() if line["speed"] == speed else None
    await reached.wait()


async def phase(moved: Board, name: str) -> None:
    entered = asyncio.Event()
    moved._view.observe(lambda change: change.new == name and entered.set(), "phase")
    await entered.wait()


def alive(moved: Board) -> bool:
    return psutil.pid_exists(moved._process.pid)


def test_a_script_moves_the_levers():
    """
    Each step returns what the process said once it had obeyed; with the block it ends.
    """

    async def run() -> None:
        async with make() as moved:
            slow, fast = await moved.follow([{"speed": 2}, {"speed": 9}], seconds=0.1)
            assert {line["speed"] for line in slow} == {2}
            assert {line["speed"] for line in fast} == {9}
            assert alive(moved)
        assert not alive(moved)
        assert moved._view.phase == "over"

    asyncio.run(run())


def test_a_port_is_free():
    """
    `{port}` in the command becomes a port on which the process can listen.
    """

    async def run() -> None:
        async with make() as moved:
            port = psutil.Process(moved._process.pid).cmdline()[-1]
            socket.create_server(("127.0.0.1", int(port))).close()

    asyncio.run(run())


def test_with_nobody_there_it_ends_with_the_script():
    """
    Where no browser shows the board, no turn is given: nobody waits for a hand.
    """

    async def run() -> list[str]:
        async with make() as moved:
            phases: list[str] = []
            moved._view.observe(lambda change: phases.append(change.new), "phase")
            await moved.follow([{"speed": 2}], seconds=0)
        return phases

    assert asyncio.run(run()) == ["over"]


def test_a_hand_moves_the_lever_and_goes_on():
    """
    1. A browser shows the board, and the script is over.
    2. A lever is moved.
    3. "Go on" is pressed.

    Result: the process has obeyed the hand, and what is returned is the script's alone.
    """

    async def run() -> list[list[dict[str, object]]]:
        async with asyncio.timeout(10), make() as moved:
            sent(moved, {"inSight": True})
            turn = asyncio.create_task(phase(moved, "yours"))
            following = asyncio.create_task(moved.follow([{"speed": 2}], seconds=0.1))
            await turn
            until = moved._until
            sent(moved, {"lever": "speed", "place": 7})
            assert moved._until > until, "whoever moves a lever keeps the turn"
            await passed_on(moved, 7)
            sent(moved, {"onward": True})
            return await following

    ((*lines,),) = asyncio.run(run())
    assert {line["speed"] for line in lines} == {2}


def test_a_turn_ends_by_itself(monkeypatch):
    """
    Who has the board in sight and moves nothing keeps the cell for one turn.
    """
    monkeypatch.setattr(_board, "YOUR_TURN", 0.2)

    async def run() -> list[str]:
        async with asyncio.timeout(10), make() as moved:
            phases: list[str] = []
            moved._view.observe(lambda change: phases.append(change.new), "phase")
            sent(moved, {"inSight": True})
            await moved.follow([{"speed": 2}], seconds=0)
        return phases

    assert asyncio.run(run()) == ["yours", "over"]


def test_an_interrupt_leaves_nothing():
    """
    A cell that is interrupted while it follows ends the process, and the board says so.
    """

    async def follow(moved: Board) -> None:
        async with moved:
            await moved.follow([{"speed": 2}], seconds=60)

    async def run() -> None:
        moved = make()
        following = asyncio.create_task(follow(moved))
        await passed_on(moved, 2)
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following
        assert not alive(moved)
        assert moved._view.phase == "over"
        moved._hear(moved._view, {"lever": "speed", "place": 3}, [])  # who has not seen it yet

    asyncio.run(run())


def test_a_process_that_does_not_obey(monkeypatch):
    """
    A lever that moves nothing is an error that names it, after a bounded time.
    """
    monkeypatch.setattr(_board, "PATIENCE", 0.5)

    async def run() -> None:
        async with make("deaf") as moved:
            await moved.follow([{"speed": 2}], seconds=0)

    with pytest.raises(NotSeen, match=r"has not moved its levers to \{'speed': 2\}"):
        asyncio.run(run())


def test_a_process_that_dies():
    """
    The error has the last words of the process.
    """

    async def run() -> None:
        async with make("dies") as moved:
            try:
                await moved.follow([{"speed": 2}], seconds=0)
            finally:
                moved._process.wait()
                moved._move({"speed": 3})  # as a hand may, before it is told

    with pytest.raises(Died, match=r"has ended.*\nout of fuel"):
        asyncio.run(run())


def test_what_is_shown_where_there_are_no_widgets(monkeypatch):
    """
    The text is the same for everybody, and says which levers there are and who moves them.
    """
    shown = []
    monkeypatch.setattr(
        _board, "show_bundle", lambda bundle, *, fixed: shown.append((bundle, fixed))
    )

    async def run() -> None:
        async with make() as moved:
            await moved.follow([{"speed": 2}, {"speed": 9}], seconds=0)

    asyncio.run(run())
    ((bundle, fixed),) = shown
    assert fixed
    assert bundle["text/plain"].endswith(
        "while the cell runs: speed, gear low / high."
        " A script moves them first: speed 2, speed 9."
    )
    assert _board.VIEW in bundle
