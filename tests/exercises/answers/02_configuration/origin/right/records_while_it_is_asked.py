import os
import sys

from pydantic import BaseModel, SecretStr, ValidationError

LAYERS = {
    "env_settings": "variable",
    "file_secret_settings": "secret file",
    "dotenv_settings": ".env",
}
STARS = "*" * 10
said = {}  # what each layer says, by its name; the strongest first
garbled = {}  # groups whose text is no JSON, and the layer that has it


def forgive(source, layer):
    """
    Let a source go on after a text that is no JSON, and note whose it was.
    """
    decode = source.decode_complex_value

    def decode_or_note(name, field, text):
        try:
            return decode(name, field, text)
        except ValueError:
            garbled.setdefault(name, layer)
            return {}

    source.decode_complex_value = decode_or_note


class Told(Settings):
    @classmethod
    def settings_customise_sources(cls, settings_cls, **sources):
        names = {id(sources[key]): name for key, name in LAYERS.items()}
        layers = super().settings_customise_sources(settings_cls, **sources)
        for layer in layers:
            forgive(layer, names[id(layer)])
            said[names[id(layer)]] = layer()
        return layers


def names_it(told, place):
    for name in place:
        if not isinstance(told, dict) or name not in told:
            return False
        told = told[name]
    return True


def who_names(place):
    return [layer for layer, told in said.items() if names_it(told, place)]


def places(model, before=(), *, required=False):
    """
    The single settings of a model, groups or not.
    """
    for name, field in model.model_fields.items():
        place = (*before, name)
        if required and not field.is_required():
            continue
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from places(field.annotation, place, required=required)
        else:
            yield place


def tell(place, **more):
    print(json.dumps({"setting": ".".join(place), **more}), flush=True)


def tell_origins(settings):
    for place in places(Settings):
        value = settings
        for name in place:
            value = getattr(value, name)
        source, *over = [*who_names(place), "default"]
        if over:
            over.pop()  # the default is nobody
        shown = STARS if isinstance(value, SecretStr) else value
        tell(place, value=shown, **{"from": source, "over": over})


def tell_problems(errors):
    for name, layer in garbled.items():
        tell((name,), problem="is not JSON", **{"from": layer})
    for error in errors:
        place = tuple(map(str, error["loc"]))
        if place[0] in garbled:
            continue
        if error["type"] != "missing":
            tell(place, problem=error["msg"], **{"from": who_names(place)[0]})
            continue
        inside = [
            each for each in places(Settings, required=True) if each[: len(place)] == place
        ]
        for each in inside:
            tell(each, problem="is missing", **{"from": "nowhere"})


try:
    settings, errors = Told(), []
except ValidationError as error:
    errors = error.errors(include_input=False, include_url=False, include_context=False)
if errors or garbled:
    tell_problems(errors)
    sys.exit(os.EX_CONFIG)
tell_origins(settings)
