"""
Temporary folders that go with the kernel.
"""

import shutil
import tempfile
from pathlib import Path

from ._spawn import tell_guard

_folders: dict[str, Path] = {}


def scratch(name: str) -> Path:
    """
    Make an empty temporary folder that is removed when the kernel ends, by whatever death.

    The same name again replaces the folder by an empty one, so that a cell may run twice.
    """
    discard(name)
    folder = Path(tempfile.mkdtemp(prefix=f"workbench-{name}-"))
    tell_guard(f"+folder {folder}")
    _folders[name] = folder
    return folder


def discard(name: str) -> None:
    """
    Remove a temporary folder now.
    """
    if folder := _folders.pop(name, None):
        shutil.rmtree(folder, ignore_errors=True)
        tell_guard(f"-folder {folder}")
