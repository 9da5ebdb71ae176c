import sys

from pydantic import BaseModel, SecretStr, ValidationError

NAMES = {
    "EnvSettingsSource": "variable",
    "SecretsSettingsSource": "secret file",
    "DotEnvSettingsSource": ".env",
}
said = {}  # what each layer says, the strongest layer first
no_json = {}  # the strongest layer whose text of a group can't be decoded


class Told(Settings):
    @classmethod
    def settings_customise_sources(cls, settings_cls, **sources):
        layers = super().settings_customise_sources(settings_cls, **sources)
        for layer in layers:
            listen(layer, NAMES.get(type(layer).__name__, type(layer).__name__))
        return layers


def listen(layer, name):
    decode, raw = layer.decode_complex_value, {}

    def decode_and_note(field_name, field, value):
        try:
            group = decode(field_name, field, value)
        except ValueError:
            no_json.setdefault(field_name, name)
            return ()  # no object either
        if isinstance(group, dict):
            parts = (
                layer.explode_env_vars(field_name, field, layer.env_vars)
                if hasattr(layer, "env_vars")
                else {}
            )
            raw[field_name] = group | parts
        return group

    layer.decode_complex_value = decode_and_note
    said[name] = layer() | raw


def is_group(field):
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def find_settings(model, path=(), needed=True):
    """Each single setting, and whether it must be named."""
    for name, field in model.model_fields.items():
        must = needed and field.is_required()
        if is_group(field):
            yield from find_settings(field.annotation, (*path, name), must)
        else:
            yield (*path, name), must


def names(tree, path):
    for part in path:
        if not isinstance(tree, dict) or part not in tree:
            return False
        tree = tree[part]
    return True


def who_names(path):
    return [layer for layer, tree in said.items() if names(tree, path)]


def tell(**line):
    print(json.dumps(line, default=str))


def tell_value(settings, path):
    value = settings
    for part in path:
        value = getattr(value, part)
    if isinstance(value, SecretStr):
        value = str(value)
    first, *others = [*who_names(path), "default"]
    tell(
        setting=".".join(path),
        value=value,
        **{"from": first},
        over=[o for o in others if o != "default"],
    )


def find_problems(errors):
    problems = {(group,): (layer, "is no JSON") for group, layer in no_json.items()}
    for error in errors:
        path = tuple(part for part in error["loc"] if isinstance(part, str))
        if path[:1] in problems and path[0] in no_json:
            continue
        if error["type"] == "missing":
            for setting, must in find_settings(Told):
                if must and setting[: len(path)] == path:
                    problems.setdefault(setting, ("nowhere", "is missing"))
        else:
            problems.setdefault(path, ([*who_names(path), "nowhere"][0], error["msg"]))
    return problems


try:
    settings, errors = Told(), []
except ValidationError as error:
    settings = None
    errors = error.errors(include_url=False, include_input=False, include_context=False)

problems = find_problems(errors)
for path, (layer, words) in problems.items():
    tell(setting=".".join(path), **{"from": layer}, problem=words)
if problems:
    sys.exit(1)
for path, _ in find_settings(Told):
    tell_value(settings, path)
