"""
An instance of the API: `python -m shop.api PORT`.

After SIGTERM it answers what is in flight, for three seconds at most.
"""

import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from .database import engine
from .orders import take_order
from .recent import recent_orders
from .settings import NAME, RELEASE, counts, log, read_secrets, settings, started
from .stock import cache, stock

GRACE = 3  # seconds
OURS = ("/health", "/metrics", "/settings", "/secrets")  # not the users'

in_flight = 0


async def health(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def metrics(_: Request) -> JSONResponse:
    return JSONResponse(
        {
            "counts": counts,
            "release": RELEASE,
            "uptime": round(time.monotonic() - started, 1),
            "in_flight": in_flight,
            "pool": {"size": engine.pool.size(), "taken": engine.pool.checkedout()},  # type: ignore[attr-defined]
            "settings": settings,
        }
    )


async def change_settings(request: Request) -> JSONResponse:
    settings.update(await request.json())
    return JSONResponse(settings)


async def change_secrets(_: Request) -> JSONResponse:
    read_secrets()
    return JSONResponse({})


class Watch:
    """
    Counts and logs the users' requests, and answers for what a route has raised.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        global in_flight
        if scope["type"] != "http" or scope["path"] in OURS:
            await self._app(scope, receive, send)
            return
        request_id = dict(scope["headers"]).get(b"x-request-id", b"").decode()
        scope["state"] = {"id": request_id}
        began = time.monotonic()
        in_flight += 1
        try:
            await self._app(scope, receive, send)
        except SQLAlchemyError as error:
            counts["errors.database"] += 1
            self._say(error, request_id, scope)
            await JSONResponse({"error": "database"}, 503)(scope, receive, send)
        except Exception as error:  # noqa: BLE001, whatever it is, the user gets an answer
            counts["errors.other"] += 1
            self._say(error, request_id, scope)
            await JSONResponse({"error": "internal"}, 500)(scope, receive, send)
        finally:
            in_flight -= 1
            took = round((time.monotonic() - began) * 1000)
            log("info", f"{scope['method']} {scope['path']}", id=request_id, ms=took)

    def _say(self, error: Exception, request_id: str, scope: Scope) -> None:
        words = str(error).splitlines()[0] if str(error) else ""
        log("error", f"{type(error).__name__}: {words}", id=request_id, path=scope["path"])


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    await cache.get("stock:1")
    log("info", f"{NAME} serves, release {RELEASE}")
    yield


app = Starlette(
    routes=[
        Route("/orders", take_order, methods=["POST"]),
        Route("/orders/recent", recent_orders),
        Route("/stock/{item:int}", stock),
        Route("/health", health),
        Route("/metrics", metrics),
        Route("/settings", change_settings, methods=["POST"]),
        Route("/secrets", change_secrets, methods=["POST"]),
    ],
    lifespan=lifespan,
)

if __name__ == "__main__":
    # The router: Starlette's own middleware would answer 500 before `Watch` could say 503.
    uvicorn.run(
        Watch(app.router),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE,
    )
