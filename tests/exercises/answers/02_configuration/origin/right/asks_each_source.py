import sys

from pydantic import ValidationError
from pydantic_settings import (
    DotEnvSettingsSource,
    EnvSettingsSource,
    SecretsSettingsSource,
)

LAYERS = {
    "variable": EnvSettingsSource(Settings)(),
    "secret file": SecretsSettingsSource(Settings)(),
    ".env": DotEnvSettingsSource(Settings)(),
}


def flat(tree, before=""):
    found = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            found |= flat(value, f"{before}{name}.")
        else:
            found[before + name] = value
    return found


NAMED = {layer: flat(said) for layer, said in LAYERS.items()}


def line(setting, otherwise, **what):
    naming = [layer for layer, said in NAMED.items() if setting in said]
    what |= {"from": naming[0] if naming else otherwise, "over": naming[1:]}
    return json.dumps({"setting": setting, **what})


def main():
    try:
        values = flat(Settings().model_dump(mode="json"))
    except ValidationError as error:
        for found in error.errors(include_input=False):
            print(line(".".join(found["loc"]), "nowhere", problem=found["msg"]))
        return 1
    for setting, value in values.items():
        print(line(setting, "default", value=value))
    return 0


sys.exit(main())
