"""
What is set around a reader, and what of it reaches an experiment or a verdict.

A shell has names that an exercise has too (`SECRET_KEY`, `DATABASE_URL`, `APP_ENV`), and names
that change what programs do: proxies, `PG…`, `AWS_…`, `GIT_…`, `PYTHON…`, a language. One list
decides, at `import workbench`, before anything could read them:

    KEPT    goes through, to this process and to all that it starts
    OURS    is left in this process, for its Jupyter, its terminal, and goes no further
    FIXED   is set, for both
    all else is taken out

What a cell or a check sets afterwards is its own, and is passed on. What cannot be taken out of
a Python that already runs is named by `too_late()`.
"""

import os
import sys
import tempfile
from collections.abc import MutableMapping

from .errors import CannotStart

HOME_MARK = "WORKBENCH_HOME"  # carried by all that we start

# Beginnings of names, as all below: where things are, how programs load, what is ours by name.
KEPT = (
    "COURSE_",
    "DOCKER_",
    "DYLD_",
    "HOME",
    "LD_",
    "LOGNAME",
    "MPLCONFIGDIR",
    "NIX_",
    "OPENBLAS_",
    "PATH",
    "SHELL",
    "TMPDIR",
    "USER",
    "WORKBENCH_",
    "XDG_",
)
OURS = (
    "BROWSER",
    "CLICOLOR",
    "COLORTERM",
    "COLUMNS",
    "COVERAGE_",
    "COV_CORE_",
    "DISPLAY",
    "FORCE_COLOR",
    "IPY",
    "JPY_",
    "JUPYTER",
    "LINES",
    "MPLBACKEND",
    "NBVAL_",
    "NO_COLOR",
    "PLAYWRIGHT_",
    "PYDEVD",
    "PYTEST_",
    "TERM",
    "VSCODE_",
    "WAYLAND_DISPLAY",
)
NO_FILE = os.devnull  # in place of a reader's own settings
LOOPBACK = "127.0.0.1,localhost,::1"
FIXED = {
    "AWS_CONFIG_FILE": NO_FILE,
    "AWS_SHARED_CREDENTIALS_FILE": NO_FILE,
    "GIT_CONFIG_GLOBAL": NO_FILE,  # hooks, signatures, another language
    "GIT_CONFIG_NOSYSTEM": "1",
    "LANG": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8",
    "NETRC": NO_FILE,
    # Two spellings, since programs differ. Set, they keep urllib, and all that ask it, off the
    # proxies of macOS's settings too, which need no variable. (urllib.request.getproxies)
    "NO_PROXY": LOOPBACK,
    "no_proxy": LOOPBACK,
    # ipykernel asks all child processes for colours; what they say is read here, and compared.
    "PYTHON_COLORS": "0",
}
UMASK = 0o022  # of all that we start: what it makes, others may read

# The path of a Unix socket has 104 characters at most (108 on Linux); an experiment's is some
# thirty longer than the folder for temporary files.
LONGEST_TMPDIR = 70


def clean(environ: MutableMapping[str, str]) -> None:
    """
    Take out what is not for an experiment, and set what is.
    """
    for name in list(environ):
        if not name.startswith(KEPT + OURS):
            del environ[name]
    environ.update(FIXED)
    if len(environ.get("TMPDIR", "")) > LONGEST_TMPDIR:
        environ["TMPDIR"] = "/tmp"  # noqa: S108, every POSIX system has it
        tempfile.tempdir = None  # look again


def for_children(environ: MutableMapping[str, str]) -> dict[str, str]:
    """
    What of a clean environment goes to a child.
    """
    return {name: value for name, value in environ.items() if not name.startswith(OURS)}


def too_late() -> list[str]:
    """
    What is set and would hurt a notebook, a sentence each; Python has already obeyed it.
    """
    found = []
    if sys.flags.optimize:
        found.append(
            "PYTHONOPTIMIZE is set: Python leaves out every `assert`, and what is in it"
        )
    if sys.flags.safe_path:
        found.append("PYTHONSAFEPATH is set: a notebook cannot import the files beside it")
    return found


def _refuse() -> None:
    """
    Stop a notebook that would say what is not so.
    """
    if "ipykernel" in sys.modules and (found := too_late()):
        msg = (
            f"{'; '.join(found)}.\nUnset it where JupyterLab is started (`make lab` does so by"
            " itself), and restart the kernel."
        )
        raise CannotStart(msg)


if HOME_MARK not in os.environ:  # else whoever started us has done it, and has added its own
    clean(os.environ)
_refuse()
