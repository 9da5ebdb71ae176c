import os
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from dotenv import dotenv_values

ENVIRONMENTS = ("development", "staging", "production")
YES_OR_NO = {"1": True, "true": True, "0": False, "false": False}


@dataclass(frozen=True)
class Settings:
    app_env: str
    debug: bool
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)


def faults(values):
    for name in ("APP_ENV", "DATABASE_URL", "SECRET_KEY"):
        if not values.get(name):
            yield f"{name} is missing"
    if values.get("APP_ENV", "").lower() not in ENVIRONMENTS:
        yield "APP_ENV is none of " + ", ".join(ENVIRONMENTS)
    if values.get("DEBUG", "0").lower() not in YES_OR_NO:
        yield "DEBUG is neither yes nor no"
    if values.get("APP_ENV") == "production":
        if YES_OR_NO.get(values.get("DEBUG", "0").lower()):
            yield "DEBUG is on in production"
        if values.get("DATABASE_URL", "").startswith("sqlite"):
            yield "DATABASE_URL is SQLite in production"


@cache
def get_settings():
    values = dotenv_values(Path(__file__).with_name(".env")) | os.environ
    if found := list(faults(values)):
        print("; ".join(found), file=sys.stderr)
        sys.exit(os.EX_CONFIG)
    return Settings(
        values["APP_ENV"],
        YES_OR_NO[values.get("DEBUG", "0").lower()],
        values["DATABASE_URL"],
        values["SECRET_KEY"],
    )
