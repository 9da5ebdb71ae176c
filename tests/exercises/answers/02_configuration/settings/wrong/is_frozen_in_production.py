from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=Path(__file__).resolve().with_name(".env"),
        env_file_encoding="utf-8",
        extra="ignore",
        hide_input_in_errors=True,
    )

    app_env: Literal["development", "staging", "production"]
    debug: bool = False
    database_url: SecretStr = Field(min_length=1)
    secret_key: SecretStr = Field(min_length=1)

    @model_validator(mode="after")
    def be_safe_in_production(self):
        if self.app_env == "production":
            if self.debug:
                raise ValueError("no DEBUG in production")
            if self.database_url.get_secret_value().startswith("sqlite"):
                raise ValueError("no SQLite in production")
        return self

    def __setattr__(self, name, value):
        if self.app_env == "production":
            raise AttributeError(f"{name} is not changed in production")
        super().__setattr__(name, value)


@lru_cache
def get_settings():
    return Settings()
