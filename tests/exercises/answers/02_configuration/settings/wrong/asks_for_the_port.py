from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


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

    @field_validator("database_url")
    @classmethod
    def be_a_url(cls, secret):
        url = urlsplit(secret.get_secret_value())
        if not url.scheme:
            raise ValueError("DATABASE_URL is not a URL")
        if url.port == 0:  # also refuses a port that is no number
            raise ValueError("DATABASE_URL has no usable port")
        return secret

    @model_validator(mode="after")
    def be_fit_for_production(self):
        if self.app_env is AppEnv.production:
            if self.debug:
                raise ValueError("DEBUG must be off in production")
            if self.database_url.get_secret_value().lower().startswith("sqlite"):
                raise ValueError("DATABASE_URL must not be SQLite in production")
        return self


@lru_cache
def get_settings():
    return Settings()
