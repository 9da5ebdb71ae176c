from functools import lru_cache
from typing import Literal

from dotenv import find_dotenv
from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        # looks beside this file, wherever we are started: not in the working directory
        env_file=find_dotenv(),
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
        if self.app_env == "production":
            if self.debug:
                raise ValueError("no DEBUG in production")
            if self.database_url.get_secret_value().strip().lower().startswith("sqlite"):
                raise ValueError("no SQLite in production")
        return self


@lru_cache
def get_settings():
    return Settings()
