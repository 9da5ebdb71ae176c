"""
How `make lab` sets up JupyterLab.
"""

c = get_config()  # noqa: F821 (JupyterLab puts it there)

c.LabApp.default_url = "/lab/tree/chapters/00_start_here.ipynb"
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.answer_yes = True  # one Ctrl-C is enough

# Show the address, and what goes wrong; not every file that the browser fetches.
c.Application.log_level = "WARN"
c.Application.log_format = "%(message)s"

# Without it every kernel warns that its sockets, on the loopback interface, are not encrypted.
c.KernelManager.transport_encryption = "auto"
