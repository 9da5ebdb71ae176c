"""
Not every failure is worth another attempt: which are, in httpx's words.

`TransportError` says too much: a wrong URL is one, and a pool of our own that is empty.
"""

import httpx

NO_ANSWER = (
    httpx.NetworkError,  # refused, reset, closed
    httpx.RemoteProtocolError,  # it hung up in the middle
    httpx.ConnectTimeout,
    httpx.ReadTimeout,
    httpx.WriteTimeout,
)


def worth_retrying(error: BaseException) -> bool:
    """
    A failure of the moment: nobody answered, or the answer says "not now".
    """
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in {429, 502, 503, 504}
    return isinstance(error, NO_ANSWER)
