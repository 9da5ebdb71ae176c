"""
Reads its settings when it is imported, and tells them, and which process it is.
"""

import os

from pydantic_settings import BaseSettings, SettingsConfigDict
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env")

    in_file: str
    in_environment: str


settings = Settings()


async def tell(request):
    return JSONResponse({"pid": os.getpid(), **settings.model_dump()})


app = Starlette(routes=[Route("/", tell)])
