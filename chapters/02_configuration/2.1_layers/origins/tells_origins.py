"""
Tells what a module's settings are and which layers name them, the strongest first; no secret.

python tells_origins.py MODULE
"""

import sys
from importlib import import_module

Settings = import_module(sys.argv[1]).Settings
NAMES = {
    "InitSettingsSource": "argument",
    "EnvSettingsSource": "variable",
    "DotEnvSettingsSource": ".env",
    "SecretsSettingsSource": "secret file",
}
origins = {name: [] for name in Settings.model_fields}


class Told(Settings):
    @classmethod
    def settings_customise_sources(cls, settings_cls, **sources):
        layers = super().settings_customise_sources(settings_cls, **sources)
        for layer in layers:
            for name in origins.keys() & layer().keys():
                origins[name].append(NAMES.get(type(layer).__name__, type(layer).__name__))
        return layers


settings = Told()
for name, layers in origins.items():
    # A SecretStr is printed as stars; a key that is a plain str would be printed.
    print(f"{name} = {getattr(settings, name)} ({', '.join(layers) or 'default'})")
