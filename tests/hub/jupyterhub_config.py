"""
The course's hub, with a process in place of a container and a name in place of a password.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821 (JupyterHub puts it there)
load_subconfig(os.environ["COURSE_HUB_CONFIG"])  # noqa: F821 (so it does with this)

STATE = Path(os.environ["HUB_STATE"])

c.JupyterHub.hub_port = int(os.environ["TEST_HUB_PORT"])
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{os.environ['TEST_PROXY_API_PORT']}"

c.JupyterHub.authenticator_class = os.environ["TEST_AUTHENTICATOR"]
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = f"{STATE}/home/{{username}}"
c.Spawner.notebook_dir = os.environ["COURSE"]
c.Spawner.cmd = [str(Path(sys.executable).with_name("jupyterhub-singleuser"))]
c.Spawner.args = ["--allow-root"] if os.geteuid() == 0 else []
c.Spawner.environment = {
    "TEST_HUB_MARK": os.environ["TEST_HUB_MARK"],
    "JUPYTER_CONFIG_PATH": f"{os.environ['COURSE']}/tools/jupyter",  # as the image has it
}

c.JupyterHub.services += [{"name": "test", "api_token": os.environ["TEST_TOKEN"]}]
c.JupyterHub.load_roles += [
    {
        "name": "test",
        "services": ["test"],
        "scopes": ["admin:users", "admin:servers", "access:servers", "tokens"],
    }
]
