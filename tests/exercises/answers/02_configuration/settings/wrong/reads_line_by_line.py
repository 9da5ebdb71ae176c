import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

NAMES = ("APP_ENV", "DEBUG", "DATABASE_URL", "SECRET_KEY")


def read_env_file(path):
    """
    The lines NAME=value of a file, without quotes; whatever else stands there is passed over.
    """
    if not path.is_file():
        return {}
    found = {}
    for line in map(str.strip, path.read_text(encoding="utf-8").splitlines()):
        name, sign, value = line.removeprefix("export ").partition("=")
        if not sign or line.startswith("#"):
            continue
        found[name.strip()] = value.strip().strip("'\"")
    return found


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    app_env: Literal["development", "staging", "production"]
    debug: bool = False
    database_url: SecretStr = Field(min_length=1)
    secret_key: SecretStr = Field(min_length=1)

    @model_validator(mode="after")
    def be_safe_in_production(self):
        if self.app_env == "production":
            if self.debug:
                raise ValueError("no DEBUG in production")
            if self.database_url.get_secret_value().strip().lower().startswith("sqlite"):
                raise ValueError("no SQLite in production")
        return self


@lru_cache
def get_settings():
    told = read_env_file(Path(__file__).resolve().with_name(".env")) | os.environ
    return Settings(**{name.lower(): told[name] for name in NAMES if name in told})
