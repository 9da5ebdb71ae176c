from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings


class AnyMail(BaseModel):
    host: Any = None
    port: Any = None
    login: Any = None


class Anything(BaseSettings):
    """What one layer names, right or wrong."""

    model_config = Settings.model_config

    app_env: Any = None
    log_level: Any = None
    pool_size: Any = None
    api_key: Any = None
    mail: AnyMail = AnyMail()


class Variables(Anything):
    @classmethod
    def settings_customise_sources(cls, settings_cls, *, env_settings, **others):
        return (env_settings,)


class Files(Anything):
    @classmethod
    def settings_customise_sources(cls, settings_cls, *, file_secret_settings, **others):
        return (file_secret_settings,)


class Dotenv(Anything):
    @classmethod
    def settings_customise_sources(cls, settings_cls, *, dotenv_settings, **others):
        return (dotenv_settings,)


def named_by(layer):
    said = layer()
    return {*said.model_fields_set, *(f"mail.{name}" for name in said.mail.model_fields_set)}


NAMED = {
    "variable": named_by(Variables),
    "secret file": named_by(Files),
    ".env": named_by(Dotenv),
}


def say(setting, otherwise, **what):
    naming = [layer for layer in NAMED if setting in NAMED[layer]] or [otherwise]
    said = {"setting": setting, "from": naming[0], "over": naming[1:]}
    print(json.dumps(said | what), flush=True)


try:
    settings = Settings()
except ValidationError as error:
    for each in error.errors():
        say(".".join(each["loc"]), "nowhere", problem="it is missing or can't be read")
    raise SystemExit(2) from None
for group, model in (("", settings), ("mail.", settings.mail)):
    for name, value in model:
        if name != "mail":
            text = value if isinstance(value, int) else str(value)
            say(f"{group}{name}", "default", value=text)
