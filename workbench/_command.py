"""
How a reader calls the course, and names its files, from where they are.
"""

import os
import shlex
import shutil
import sys
from pathlib import Path


def course(words: str) -> str:
    """
    A verb as it can be typed here: `course doctor` where this environment's `course` is on
    PATH, as in every terminal that JupyterLab opens, and with the program's path elsewhere.
    """
    program = Path(sys.executable).with_name("course")
    if not program.exists():  # an environment of before there was one, until `make lab`
        return f"{near(sys.executable)} -m workbench {words}"
    found = shutil.which(program.name)
    ours = found is not None and program.samefile(found)
    return f"{program.name if ours else near(program)} {words}"


def near(path: str | os.PathLike[str]) -> str:
    """
    A path as it can be typed here: short where it is below the working directory.
    """
    path, here = Path(path), Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))
