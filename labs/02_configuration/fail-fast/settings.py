"""
What the shop must be told.
"""

from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    catalogue_url: HttpUrl
    catalogue_key: SecretStr = Field(min_length=20)  # a shorter one is a typing error
