"""
What a shop must be told, and by whom: a file of secrets is stronger than a .env.
"""

import os
from pathlib import Path

from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

FOLDER = Path(os.environ.get("CONFIG", "."))


class Mail(BaseModel):
    host: str
    port: int = 25
    login: SecretStr


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="SHOP_",
        env_nested_delimiter="__",
        env_file=FOLDER / ".env",
        secrets_dir=FOLDER / "secrets",
        extra="ignore",
        hide_input_in_errors=True,
    )

    app_env: str
    log_level: str = "info"
    pool_size: int = 5
    api_key: SecretStr
    mail: Mail

    @classmethod
    def settings_customise_sources(
        cls, settings_cls, *, env_settings, dotenv_settings, file_secret_settings, **others
    ):
        return env_settings, file_secret_settings, dotenv_settings
