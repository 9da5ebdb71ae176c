"""
Signs with the secret that pydantic-settings finds, or else with the one for development.
"""

import hashlib
import os

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=".env",
        secrets_dir=os.environ.get("SECRETS", "/run/secrets"),
        extra="ignore",
    )

    secret_key: str = "dev-secret-key-not-for-production"  # noqa: S105


if __name__ == "__main__":
    key = Settings().secret_key
    print("signs with", hashlib.sha256(key.encode()).hexdigest()[:8])
