import sys
from functools import reduce
from operator import getitem

from pydantic import BaseModel, ValidationError

NAMES = {
    "EnvSettingsSource": "variable",
    "SecretsSettingsSource": "secret file",
    "DotEnvSettingsSource": ".env",
}
layers = []  # the name of each and what it says, the strongest first


class Told(Settings):
    @classmethod
    def settings_customise_sources(cls, settings_cls, **sources):
        asked = super().settings_customise_sources(settings_cls, **sources)
        layers.extend((NAMES[type(layer).__name__], layer()) for layer in asked)
        return asked


def paths(model, group=()):
    """Where each setting is: ("app_env",), ("mail", "host")."""
    for name, field in model.model_fields.items():
        if issubclass(field.annotation, BaseModel):
            yield from paths(field.annotation, (*group, name))
        else:
            yield (*group, name)


def names(layer, path):
    first, *rest = path
    found = isinstance(layer, dict) and first in layer
    return found and (not rest or names(layer[first], rest))


def tell(path, otherwise, **what):
    source, *over = [name for name, layer in layers if names(layer, path)] or [otherwise]
    print(json.dumps({"setting": ".".join(path), **what, "from": source, "over": over}))


try:
    values = Told().model_dump(mode="json")
except ValidationError as error:
    problems = {found["loc"]: found["type"] for found in error.errors()}
    for path in paths(Settings):
        tell(path, "nowhere", problem=problems.get(path, "none"))
    sys.exit(78)
for path in paths(Settings):
    tell(path, "default", value=reduce(getitem, path, values))
