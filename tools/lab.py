"""
Open the course in JupyterLab; what is given on the command line is passed on to it.
"""

import os
import socket
import sys
from pathlib import Path

COURSE = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
AS_STORED = "jupyter_server.services.contents.largefilemanager.AsyncLargeFileManager"


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        # A port whose last connections are still fading away is free, for Jupyter too.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def port_options(port: str) -> list[str]:
    """
    Without a wish JupyterLab takes 8888 or the next free port; a wish is kept or refused.
    """
    if not port:
        return []
    if not port.isdecimal() or not 1024 <= int(port) <= 65535:
        sys.exit(f"PORT={port} is not a port; name one from 1024 to 65535: make lab PORT=8890")
    if is_taken(int(port)):
        sys.exit(
            f"Port {port} is taken, perhaps by another JupyterLab. Name another one"
            f" (make lab PORT={min(int(port) + 1, 65535)}), or none and JupyterLab finds one."
        )
    return [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]


def has_desktop() -> bool:
    """
    Without one, Python would find a text browser and open it over this terminal.
    """
    displays = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return sys.platform == "darwin" or any(name in os.environ for name in displays)


def main() -> None:
    # Here, because the configuration file is read after the first lines of the log.
    options = ["--ServerApp.log_level=WARN", *port_options(os.environ.get("PORT", ""))]
    if os.geteuid() == 0:
        print("You are root: so is JupyterLab, and so is every service that a notebook starts.")
        options.append("--allow-root")
    if not has_desktop():
        options.append("--no-browser")
    if os.environ.get("EDIT"):
        print("EDIT: notebooks open as they are stored, and saving one changes the course.")
        options.append(f"--ServerApp.contents_manager_class={AS_STORED}")
    print("Starting JupyterLab; Ctrl-C ends it and every kernel.")
    written = COURSE / ".jupyter"
    settings = {
        # A folder of the course for all that JupyterLab, its kernels and Matplotlib write: the
        # reader's own settings and start-up files are neither read nor changed, so that the
        # course is the same everywhere, and a home that cannot be written to does no harm.
        "JUPYTER_CONFIG_DIR": str(written),
        "JUPYTER_CONFIG_PATH": str(COURSE / "tools" / "jupyter"),
        "JUPYTER_DATA_DIR": str(written / "data"),
        "JUPYTER_RUNTIME_DIR": str(written / "runtime"),
        "IPYTHONDIR": str(written / "ipython"),
        "MPLCONFIGDIR": str(written / "matplotlib"),
        # Every terminal has `course`, and the Python of the notebooks.
        "PATH": os.pathsep.join((str(PROGRAMS), os.environ.get("PATH", os.defpath))),
    }
    # With a token that it has not made itself JupyterLab keeps its address to itself. A kernel
    # obeys PYTHONOPTIMIZE and the like before the workbench can take them out.
    unwanted = ("JUPYTER_TOKEN", "PYTHON")
    inherited = {
        name: value
        for name, value in os.environ.items()
        # Around a SOCKS proxy JupyterLab does not even start: its httpx lacks what that takes.
        if not name.startswith(unwanted) and not value.startswith("socks")
    }
    program = PROGRAMS / "jupyter-lab"
    os.chdir(COURSE)
    Path("work").mkdir(exist_ok=True)  # where the reader's own files belong, from the beginning
    sys.stdout.flush()
    # The same process, so that Ctrl-C and SIGTERM reach JupyterLab itself.
    os.execve(program, [str(program), *options, *sys.argv[1:]], inherited | settings)


if __name__ == "__main__":
    main()
