"""
What a shop is told: by variables, an .env file, a folder of secrets, and its defaults.
"""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", secrets_dir="secrets")

    app_env: str
    log_level: str = "info"
    pool_size: int = 5
    api_key: SecretStr
