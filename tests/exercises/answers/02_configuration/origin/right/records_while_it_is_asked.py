import os
import sys

from pydantic import ValidationError

heard = []


class Listener:
    """A layer that notes what it is asked for."""

    def __init__(self, name, layer):
        self.name, self.layer = name, layer

    def __call__(self):
        said = self.layer()
        heard.append((self.name, said))
        return said


class Noted(Settings):
    @classmethod
    def settings_customise_sources(cls, settings_cls, **sources):
        names = {
            id(sources["env_settings"]): "variable",
            id(sources["dotenv_settings"]): ".env",
            id(sources["file_secret_settings"]): "secret file",
        }
        asked = super().settings_customise_sources(settings_cls, **sources)
        return tuple(Listener(names[id(layer)], layer) for layer in asked)


def knows(said, setting):
    group, _, name = setting.rpartition(".")
    return name in (said.get(group, {}) if group else said)


def out(setting, otherwise, key, what):
    naming = [name for name, said in heard if knows(said, setting)] or [otherwise]
    line = {"setting": setting, key: what, "from": naming.pop(0), "over": naming}
    sys.stdout.write(json.dumps(line) + "\n")


try:
    noted = Noted()
except ValidationError as error:
    for each in error.errors(include_input=False, include_context=False):
        out(".".join(map(str, each["loc"])), "nowhere", "problem", each["msg"])
    sys.stdout.flush()
    os._exit(70)
for name, value in noted.model_dump(mode="json").items():
    if isinstance(value, dict):
        for inner, one in value.items():
            out(f"{name}.{inner}", "default", "value", one)
    else:
        out(name, "default", "value", value)
