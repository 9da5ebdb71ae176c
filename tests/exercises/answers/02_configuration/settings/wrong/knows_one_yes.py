from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


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

    @field_validator("debug", mode="before")
    @classmethod
    def read_yes_or_no(cls, text):
        if text not in ("0", "1", "true", "false", "True", "False", False):
            raise ValueError("neither a yes nor a no")
        return text in ("1", "true")

    @model_validator(mode="after")
    def be_safe_in_production(self):
        if self.app_env == "production":
            if self.debug:
                raise ValueError("no DEBUG in production")
            if self.database_url.get_secret_value().startswith("sqlite"):
                raise ValueError("no SQLite in production")
        return self


@lru_cache
def get_settings():
    return Settings()
