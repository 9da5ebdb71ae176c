"""
A key that does not show itself when it is printed, and a port; errors are told to be discreet.
"""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(hide_input_in_errors=True)

    api_key: SecretStr
    port: int
