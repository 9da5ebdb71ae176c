"""
One class for every deploy: the code says what there must be, the environment says what it is.
"""

from enum import StrEnum

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Deploy(StrEnum):
    development = "development"
    staging = "staging"
    production = "production"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True)

    app_env: Deploy
    debug: bool = False
    database_url: SecretStr
    secret_key: SecretStr

    @model_validator(mode="after")
    def be_fit_for_production(self):
        key, url = self.secret_key.get_secret_value(), self.database_url.get_secret_value()
        rules = {
            "DEBUG must be off": not self.debug,
            "DATABASE_URL must not be sqlite": not url.startswith("sqlite"),
            "SECRET_KEY must have 32 characters": len(key) >= 32,
            "SECRET_KEY must not be the one for development": not key.startswith("dev-"),
        }
        broken = [rule for rule, kept in rules.items() if not kept]
        if self.app_env is not Deploy.development and broken:
            raise ValueError("; ".join(broken))
        return self
