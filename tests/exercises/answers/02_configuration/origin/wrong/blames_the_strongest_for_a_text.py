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
garbled = set()  # groups whose text is no JSON


def listen(name, layer):
    """What a layer says; a text that is no JSON is noted, and the layer goes on."""
    decode = layer.decode_complex_value

    def decode_or_note(group, field, text):
        try:
            return decode(group, field, text)
        except ValueError:
            garbled.add(group)
            return {}

    layer.decode_complex_value = decode_or_note
    layers.append((name, layer()))


class Told(Settings):
    @classmethod
    def settings_customise_sources(cls, settings_cls, **sources):
        asked = super().settings_customise_sources(settings_cls, **sources)
        for layer in asked:
            listen(NAMES[type(layer).__name__], layer)
        return asked


def paths(model, group=(), needed=False):
    """Where each setting is: ("app_env",), ("mail", "host"); or each that has no default."""
    for name, field in model.model_fields.items():
        if issubclass(field.annotation, BaseModel):
            yield from paths(field.annotation, (*group, name), needed)
        elif field.is_required() or not needed:
            yield (*group, name)


def names(said, path):
    first, *rest = path
    return isinstance(said, dict) and first in said and (not rest or names(said[first], rest))


def who_names(path):
    return [name for name, said in layers if names(said, path)]


def tell(path, **what):
    print(json.dumps({"setting": ".".join(path), **what}))


def tell_problem(place, kind):
    """Of a place that nobody names, each setting in it that is needed."""
    missing = [path for path in paths(Settings, needed=True) if path[: len(place)] == place]
    for path in missing if kind == "missing" else [place]:
        tell(path, problem=kind, **{"from": [*who_names(path), "nowhere"][0]})


try:
    values, errors = Told().model_dump(mode="json"), []
except ValidationError as error:
    values, errors = {}, error.errors()
for group in garbled:
    tell([group], problem="no JSON", **{"from": who_names([group])[0]})
for found in errors:
    if found["loc"][0] not in garbled:
        tell_problem(found["loc"], found["type"])
if garbled or errors:
    sys.exit(78)
for path in paths(Settings):
    source, *over = who_names(path) or ["default"]
    tell(path, value=reduce(getitem, path, values), **{"from": source, "over": over})
