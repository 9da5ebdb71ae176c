"""
A worker on its busiest day: so many requests at once that its pool is fully lent.

Run as `python fills_pool.py MODULE CONNECTIONS`; the module has the engine.
"""

import importlib
import signal
import sys

from sqlalchemy import exc

module, limit = sys.argv[1], int(sys.argv[2])
engine = importlib.import_module(module).engine

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
connections = []
for _ in range(limit):
    try:
        connections.append(engine.connect())
    except exc.OperationalError as error:
        print("refused:", str(error.orig).strip().rpartition("FATAL:")[2].strip(), flush=True)
    except exc.TimeoutError:
        print("gives up: its own pool has none to lend", flush=True)
print(f"holds {len(connections)} of {limit} connections", flush=True)
signal.sigwait([signal.SIGTERM])
