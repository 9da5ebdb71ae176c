"""
Tries to change frozen settings, in three ways.
"""

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(frozen=True)

    debug: bool = False
    hosts: list[str] = ["shop.example.com"]
    mirrors: tuple[str, ...] = ("mirror.example.com",)


def attempt(change, settings):
    try:
        change(settings)
    except (ValidationError, AttributeError) as error:
        return f"refused, {type(error).__name__}"
    return "done"


print("settings.debug = True:", attempt(lambda s: setattr(s, "debug", True), Settings()))
print("settings.hosts.append(…):", attempt(lambda s: s.hosts.append("evil"), Settings()))
print("settings.mirrors.append(…):", attempt(lambda s: s.mirrors.append("evil"), Settings()))
