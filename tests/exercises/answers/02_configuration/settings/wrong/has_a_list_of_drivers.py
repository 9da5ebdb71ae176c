from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SQLITE = {"sqlite", "sqlite+pysqlite", "sqlite+aiosqlite"}


class AppEnv(StrEnum):
    development = "development"
    staging = "staging"
    production = "production"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=Path(__file__).resolve().with_name(".env"),
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    app_env: AppEnv
    debug: bool = False
    database_url: SecretStr
    secret_key: SecretStr

    @model_validator(mode="after")
    def be_fit_for_production(self):
        if self.app_env is AppEnv.production:
            if self.debug:
                raise ValueError("DEBUG must be off in production")
            if urlsplit(self.database_url.get_secret_value()).scheme in SQLITE:
                raise ValueError("DATABASE_URL must not be SQLite in production")
        return self


@lru_cache
def get_settings():
    return Settings()
