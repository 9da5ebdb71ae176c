"""
Reads its settings when it is imported.
"""

from pydantic import SecretStr
from pydantic_settings import BaseSettings
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


class Settings(BaseSettings):
    payment_key: SecretStr


settings = Settings()


async def healthz(request):
    return PlainTextResponse("ok")


async def pay(request):
    return PlainTextResponse(f"paid with a key of {len(settings.payment_key)} characters")


app = Starlette(routes=[Route("/healthz", healthz), Route("/", pay)])
