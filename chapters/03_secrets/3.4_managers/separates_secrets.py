"""
Signs with a key that only a manager can give; all else comes from the variables.
"""

import os
from hashlib import sha256

from pydantic import Field, SecretStr
from pydantic_settings import AWSSecretsManagerSettingsSource, BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    log_level: str = "info"


class Secrets(BaseSettings):
    model_config = SettingsConfigDict(hide_input_in_errors=True)

    secret_key: SecretStr = Field(min_length=32)

    @classmethod
    def settings_customise_sources(cls, settings_cls, **others):
        manager = AWSSecretsManagerSettingsSource(
            settings_cls, "app/settings", endpoint_url=os.environ["MANAGER"]
        )
        return (manager,)


if __name__ == "__main__":
    settings, key = Settings(), Secrets().secret_key.get_secret_value()
    print("signs with", sha256(key.encode()).hexdigest()[:8])
