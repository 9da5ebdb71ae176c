"""
A worker on its busiest day: every connection that its pool allows is in use.
"""

import signal

from seed_pools import engine
from sqlalchemy.exc import OperationalError

LIMIT = 5 + 10  # pool_size + max_overflow

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
connections = []
for number in range(LIMIT):
    try:
        connections.append(engine.connect())
    except OperationalError as error:
        print("refused:", str(error.orig).strip().rpartition("FATAL:")[2].strip(), flush=True)
print(f"holds {len(connections)} of {LIMIT} connections", flush=True)
signal.sigwait([signal.SIGTERM])
