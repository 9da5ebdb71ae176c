from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Self

from dotenv import load_dotenv
from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

load_dotenv(Path(__file__).with_name(".env"), override=True)


class Environment(StrEnum):
    development = "development"
    staging = "staging"
    production = "production"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        frozen=True,
        hide_input_in_errors=True,
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
