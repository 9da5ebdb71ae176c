"""
Settings in groups, none of which has a name that it does not know, nor a host by default.
"""

from pydantic import BaseModel, ConfigDict
from pydantic_settings import BaseSettings, SettingsConfigDict


class Database(BaseModel):
    model_config = ConfigDict(extra="forbid")

    host: str
    port: int = 5432


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", env_nested_delimiter="__")

    database: Database
