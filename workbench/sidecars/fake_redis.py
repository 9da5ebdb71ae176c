"""
Fakeredis as a server of its own: `python fake_redis.py PORT`, on the loopback interface.
"""

import sys

from fakeredis import TcpFakeServer


class Server(TcpFakeServer):
    daemon_threads = True  # connections that are open do not keep it from ending


if __name__ == "__main__":
    server = Server(("127.0.0.1", int(sys.argv[1])), server_type="redis")
    print("ready to accept connections", flush=True)
    server.serve_forever()
