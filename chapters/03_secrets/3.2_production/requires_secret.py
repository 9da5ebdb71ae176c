"""
Signs with the secret in the file, or does not start.
"""

import hashlib
import os

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=".env",
        secrets_dir=os.environ.get("SECRETS", "/run/secrets"),
        extra="ignore",
        hide_input_in_errors=True,  # else the message of an error would show the secret
    )

    secret_key: SecretStr = Field(min_length=32)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls, init_settings, env_settings, dotenv_settings, file_secret_settings
    ):
        return init_settings, file_secret_settings, env_settings, dotenv_settings


if __name__ == "__main__":
    key = Settings().secret_key.get_secret_value()
    print("signs with", hashlib.sha256(key.encode()).hexdigest()[:8])
