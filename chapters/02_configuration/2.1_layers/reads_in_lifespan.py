"""
Reads its settings in the lifespan, before the first request.
"""

from contextlib import asynccontextmanager
from functools import lru_cache

from pydantic import SecretStr
from pydantic_settings import BaseSettings
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


class Settings(BaseSettings):
    payment_key: SecretStr


@lru_cache
def get_settings():
    return Settings()


@asynccontextmanager
async def lifespan(app):
    get_settings()
    yield


async def healthz(request):
    return PlainTextResponse("ok")


async def pay(request):
    key = get_settings().payment_key
    return PlainTextResponse(f"paid with a key of {len(key)} characters")


app = Starlette(lifespan=lifespan, routes=[Route("/healthz", healthz), Route("/", pay)])
