import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

IN_PRODUCTION = os.environ.get("APP_ENV") == "production"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=Path(__file__).resolve().with_name(".env"),
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    app_env: Literal["development", "staging", "production"]
    debug: bool = False
    database_url: SecretStr = Field(min_length=1)
    secret_key: SecretStr = Field(min_length=1)

    @model_validator(mode="after")
    def be_safe_in_production(self):
        if IN_PRODUCTION and self.debug:
            raise ValueError("no DEBUG in production")
        if IN_PRODUCTION and self.database_url.get_secret_value().lower().startswith("sqlite"):
            raise ValueError("no SQLite in production")
        return self


@lru_cache
def get_settings():
    return Settings()
