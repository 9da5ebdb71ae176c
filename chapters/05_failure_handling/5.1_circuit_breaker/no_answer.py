"""
What a dependency is to blame for when it gives no answer.

Not every `httpx.TransportError` is: a wrong URL is one, and a pool of our own that is empty.
"""

import httpx

NO_ANSWER = (
    httpx.NetworkError,  # refused, reset, closed
    httpx.RemoteProtocolError,  # it hung up in the middle
    httpx.ConnectTimeout,
    httpx.ReadTimeout,
    httpx.WriteTimeout,
)
