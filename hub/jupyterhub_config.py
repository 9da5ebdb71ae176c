"""
JupyterHub for a class: on one Linux machine, a container of the course's image for each person.

README.md, beside this file, says what has to be there first. From outside come

    HUB_TEACHERS   names of those who let people in, with commas between them; no default
    HUB_CLASS_CODE for a workshop of a day: whoever types it comes in, and nobody signs up
    HUB_IMAGE      the image of a person's container
    HUB_URL        where the hub listens; a proxy with TLS stands in front of it
    HUB_IP         the address of this machine as a container sees it
    HUB_SEATS      how many learners may work at once; each teacher has a seat beside them
    HUB_STATE      the folder for the hub's database, its cookie secret and what is handed in
"""

import os
import secrets
import sys
from pathlib import Path
from urllib.parse import quote

c = get_config()  # noqa: F821 (JupyterHub puts it there)

HERE = Path(__file__).resolve().parent
STATE = Path(os.environ.get("HUB_STATE", HERE / "state")).resolve()
COURSE = "/course"  # where the image has it

TEACHERS = set(os.environ["HUB_TEACHERS"].split(","))
SEATS = int(os.environ.get("HUB_SEATS", "30"))
CLASS_CODE = os.environ.get("HUB_CLASS_CODE")

STATE.mkdir(mode=0o700, parents=True, exist_ok=True)

# The hub itself
c.JupyterHub.bind_url = os.environ.get("HUB_URL", "http://127.0.0.1:8000")
c.JupyterHub.hub_ip = os.environ.get("HUB_IP", "172.17.0.1")  # Docker's default bridge
c.JupyterHub.db_url = f"sqlite:///{STATE}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = f"{STATE}/cookie_secret"
c.JupyterHub.active_server_limit = SEATS + len(TEACHERS)  # a teacher's login starts one, too
c.JupyterHub.concurrent_spawn_limit = 10  # thirty people press the button in the same minute
c.ConfigurableHTTPProxy.command = [str(HERE / "node_modules/.bin/configurable-http-proxy")]
c.ConfigurableHTTPProxy.pid_file = f"{STATE}/proxy.pid"

# Who may come in: people sign up with a password of their own, and a teacher lets each of them
# in at /hub/authorize. A teacher signs up like everybody else, under a name of HUB_TEACHERS.
c.JupyterHub.authenticator_class = "native"
c.Authenticator.admin_users = TEACHERS
c.Authenticator.allow_all = True  # of those whom a teacher has let in
c.NativeAuthenticator.open_signup = False
c.NativeAuthenticator.minimum_password_length = 10
c.NativeAuthenticator.check_common_password = True
c.NativeAuthenticator.allowed_failed_logins = 5


def teachers_password():
    """
    With a class code teachers have one password, which the hub makes and keeps in its state.
    """
    file = STATE / "teachers_password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    return file.read_text(encoding="utf-8")


# With a class code anybody comes in, under any name but a teacher's.
if CLASS_CODE:
    c.JupyterHub.authenticator_class = "shared-password"
    c.SharedPasswordAuthenticator.user_password = CLASS_CODE
    c.SharedPasswordAuthenticator.admin_password = teachers_password()

# A container for each person
c.JupyterHub.spawner_class = "docker"
c.DockerSpawner.image = os.environ.get("HUB_IMAGE", "production-practice-hub")
c.DockerSpawner.pull_policy = "never"  # it was built here
c.DockerSpawner.cmd = ["jupyterhub-singleuser"]
c.DockerSpawner.use_internal_ip = True  # no port of a container is published
c.DockerSpawner.remove = True  # what is not in a volume goes with the container
c.DockerSpawner.notebook_dir = COURSE
c.DockerSpawner.volumes = {"production-practice-work-{username}": f"{COURSE}/work"}
c.DockerSpawner.environment = {"COURSE_SUBMISSIONS": f"{COURSE}/submissions"}
c.Spawner.default_url = "/lab/tree/chapters/00_start_here/00_start_here.ipynb"
# Until the container runs, and until JupyterLab in it answers: thirty start at the same time.
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 120


def mount_hand_ins(spawner):
    """
    A folder for each, where `course hand-in` writes: nobody sees what another has handed in.
    """
    name = quote(spawner.user.name, safe="").replace(".", "%2E")  # a name, and never a path
    folder = STATE / "submissions" / name
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o777)  # a container has a user of its own; only the hub's may enter STATE
    spawner.volumes = spawner.volumes | {str(folder): f"{COURSE}/submissions"}


c.DockerSpawner.pre_spawn_hook = mount_hand_ins

# Enough for the greediest notebook; what takes more is ended, and nobody else's server.
c.DockerSpawner.mem_limit = "2G"
c.DockerSpawner.cpu_limit = 2
c.DockerSpawner.extra_host_config = {
    "init": True,  # a PID 1 that reaps, so that no service of an experiment stays a zombie
    "pids_limit": 1024,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    # Nobody fills the host's disk but through their volume: the rest is read-only, or in memory
    # and counts as theirs. The same places as in docker-compose.yml.
    "read_only": True,
    "tmpfs": {
        "/tmp": "exec,size=1g",  # noqa: S108 (the container's)
        "/home/learner": "uid=1000,gid=1000,mode=700,size=256m",
        f"{COURSE}/.jupyter": "uid=1000,gid=1000,mode=700,size=16m",
    },
}

# After two hours without a kernel at work or a page open, so that lunch ends nobody's server,
# it is stopped; `work/` is kept.
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=7200"],
    }
]
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "services": ["idle-culler"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    }
]
