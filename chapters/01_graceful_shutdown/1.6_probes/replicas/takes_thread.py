"""
The shop, with a liveness endpoint.
"""

from shop import serve
from starlette.responses import PlainTextResponse


def healthz(request):
    return PlainTextResponse("ok")


if __name__ == "__main__":
    serve(healthz)
