from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pydantic import SecretStr, model_validator
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

    @model_validator(mode="before")
    @classmethod
    def be_fit_for_production(cls, data):
        if data.get("app_env") == AppEnv.production:
            if str(data.get("debug", "")).strip().lower() in {"true", "1"}:
                raise ValueError("DEBUG must be off in production")
            if str(data.get("database_url", "")).strip().lower().startswith("sqlite"):
                raise ValueError("DATABASE_URL must not be SQLite in production")
        return data


@lru_cache
def get_settings():
    return Settings()
