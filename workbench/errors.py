"""
Everything the workbench raises.

WorkbenchError
├── CannotStart     the command cannot be run at all
├── CannotMeasure   the workbench's own tool failed; nothing is known about the service
├── CannotJudge     what was given says more than a stand-in knows; nothing is known about it
├── Died            the process ended while something was awaited from it
├── NotReady        the process runs, but did not become ready in time  (also a TimeoutError)
├── NotSeen         an awaited log line or answer did not come in time  (also a TimeoutError)
├── StillRunning    the process did not end in time                     (also a TimeoutError)
└── ClaimFailed     a claim of a notebook is not so                    (also an AssertionError)
"""

import errno
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._process import Process


class WorkbenchError(Exception):
    """
    The base of all of them: `except WorkbenchError` catches what an experiment can do.

    `process` is the process that it is about, where it is about one.
    """

    process: "Process | None" = None

    def _render_traceback_(self) -> list[str]:
        """
        What a notebook shows of it: the lines of its cells that led here, and the sentence.

        IPython asks for it, and shows every frame of an exception that has no such method.
        """
        from IPython.core.getipython import get_ipython  # noqa: PLC0415, as in _display.py

        shell = get_ipython()
        assert shell is not None
        lines = [
            f"{' '.join(cell)}, line {frame.lineno}: {frame.line}"
            for frame in traceback.extract_tb(self.__traceback__)
            if (cell := shell.compile.format_code_name(frame.filename))
        ]
        return [*lines, f"{type(self).__name__}: {self}"]


class CannotStart(WorkbenchError):
    """
    The command cannot be run: no such program, no such folder, an unknown placeholder.
    """


class CannotMeasure(WorkbenchError):
    """
    The workbench's own tool failed; nothing is known about the service.
    """


class CannotJudge(WorkbenchError):
    """
    What was given says more than a stand-in knows; nothing is known about it.
    """


class Died(WorkbenchError):
    """
    The process ended while something was awaited from it.
    """


class NotReady(WorkbenchError, TimeoutError):
    """
    The process runs, but did not become ready in time.
    """


class NotSeen(WorkbenchError, TimeoutError):
    """
    An awaited log line or answer did not come in time.
    """


class StillRunning(WorkbenchError, TimeoutError):
    """
    The process did not end in time.
    """


class ClaimFailed(WorkbenchError, AssertionError):
    """
    A claim of a notebook is not so on this machine.
    """


def refusal(error: OSError, where: Path) -> str:
    """
    What the system refused in the folder `where`, and what to do, in a sentence.
    """
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"There is no room left in {where}: free some, and do it again."
    file = error.filename2 or error.filename or where
    return f"{file} cannot be used ({error.strerror}): see that you may read and write there."
