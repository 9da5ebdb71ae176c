from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(StrEnum):
    development = "development"
    staging = "staging"
    production = "production"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=Path(__file__).with_name(".env"),
        env_file_encoding="utf-8",
        extra="ignore",  # other programs read that file, too
        frozen=True,
    )

    app_env: Environment
    debug: bool = False
    database_url: SecretStr  # has a password in it
    secret_key: SecretStr

    @model_validator(mode="after")
    def suit_production(self) -> Self:
        if self.app_env is Environment.production:
            if self.debug:
                raise ValueError("no DEBUG in production")
            if self.database_url.get_secret_value().startswith("sqlite"):
                raise ValueError("no SQLite in production")
        return self


@cache
def get_settings():
    return Settings()
