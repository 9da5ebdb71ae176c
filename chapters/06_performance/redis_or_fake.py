"""
Redis on the port that is given: the real server where one is on PATH, else fakeredis.
"""

import os
import shlex
import shutil
import sys

COMMAND = "redis-server --bind 127.0.0.1 --port {} --save '' --appendonly no"

port = sys.argv[1]
if shutil.which("redis-server"):
    os.execvp("redis-server", shlex.split(COMMAND.format(port)))

from fakeredis import TcpFakeServer  # noqa: E402  (slow to import)

server = TcpFakeServer(("127.0.0.1", int(port)), server_type="redis")
server.daemon_threads = True
server.serve_forever()
