from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import SecretStr
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
        hide_input_in_errors=True,
    )

    app_env: Environment
    debug: bool = False
    database_url: SecretStr  # has a password in it
    secret_key: SecretStr


@cache
def get_settings():
    return Settings()
