"""
A key that does not show itself when it is printed, and a port.
"""

from pydantic import SecretStr
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    api_key: SecretStr
    port: int
