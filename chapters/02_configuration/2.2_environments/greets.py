"""
Greets in the name of its shop, and gets the name in two ways.
"""

from functools import lru_cache
from typing import Annotated

from fastapi import Depends, FastAPI
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    shop: str = "the shop"


@lru_cache
def get_settings():
    return Settings()


app = FastAPI()


@app.get("/depends")
def depends(settings: Annotated[Settings, Depends(get_settings)]):
    return settings.shop


@app.get("/calls")
def calls():
    return get_settings().shop
