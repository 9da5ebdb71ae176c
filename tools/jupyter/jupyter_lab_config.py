"""
How `make lab` sets up JupyterLab.
"""

import logging
import os
from pathlib import Path

c = get_config()  # noqa: F821 (JupyterLab puts it there)

c.LabApp.default_url = "/lab/tree/chapters/00_start_here/00_start_here.ipynb"
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.answer_yes = True  # one Ctrl-C is enough

# Never a login shell, which JupyterLab takes where it was not started from a terminal: Debian's
# /etc/profile forgets the PATH that it was given, and `course` with it.
c.ServerApp.terminado_settings = {"shell_command": [os.environ.get("SHELL") or "sh"]}

# Show the address, and what goes wrong, as plain sentences. This is the level of the JupyterLab
# extension; the server's own is on the command line.
c.LabApp.log_level = "WARN"
c.Application.log_format = "%(message)s"

# To tornado, milliseconds of JupyterLab's are seconds: it says that it changes them, and does.
logging.getLogger("tornado.general").addFilter(
    lambda record: "websocket_ping_timeout" not in record.getMessage()
)

# The search for language servers asks npm, which the course does not need.
c.LanguageServerManager.autodetect = False

# Without it every kernel warns that its sockets, on the loopback interface, are not encrypted.
c.KernelManager.transport_encryption = "auto"

# What the server refuses is said, wherever it was asked for.
c.LabApp.extra_labextensions_path = [str(Path(__file__).with_name("labextensions"))]
