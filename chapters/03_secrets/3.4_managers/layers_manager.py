"""
Signs with a key from its settings, in which a manager is one more layer below the variables.
"""

import os
from hashlib import sha256

from pydantic import Field, SecretStr
from pydantic_settings import AWSSecretsManagerSettingsSource, BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(hide_input_in_errors=True)

    log_level: str = "info"
    secret_key: SecretStr = Field(min_length=32)

    @classmethod
    def settings_customise_sources(cls, settings_cls, env_settings, **others):
        manager = AWSSecretsManagerSettingsSource(
            settings_cls, "app/settings", endpoint_url=os.environ["MANAGER"]
        )
        return env_settings, manager


if __name__ == "__main__":
    key = Settings().secret_key.get_secret_value()
    print("signs with", sha256(key.encode()).hexdigest()[:8])
