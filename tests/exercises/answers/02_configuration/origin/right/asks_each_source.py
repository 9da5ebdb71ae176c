import re
import sys
from collections import defaultdict

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import (
    DotEnvSettingsSource,
    EnvSettingsSource,
    InitSettingsSource,
    SecretsSettingsSource,
    SettingsError,
)

SOURCES = {
    "variable": EnvSettingsSource(Settings),
    "secret file": SecretsSettingsSource(Settings),
    ".env": DotEnvSettingsSource(Settings),
}
ordered = Settings.settings_customise_sources(
    Settings,
    init_settings=InitSettingsSource(Settings, {}),
    env_settings=SOURCES["variable"],
    dotenv_settings=SOURCES[".env"],
    file_secret_settings=SOURCES["secret file"],
)


def flat(tree, before=""):
    """
    {"mail": {"port": 1}} as {"mail.port": 1}; groups are listed, too.
    """
    for name, value in tree.items():
        yield before + name, value
        if isinstance(value, dict):
            yield from flat(value, f"{before}{name}.")


def ask(source):
    """
    What a source says, and the groups that it garbles: asked again without these.
    """
    garbled = []
    prepare = source.prepare_field_value

    def skip(name, field, value, complex_):
        return None if name in garbled else prepare(name, field, value, complex_)

    source.prepare_field_value = skip
    while True:
        try:
            return source(), garbled
        except SettingsError as error:
            garbled += re.findall(r'for field "(\w+)"', str(error))


def kinds(model, before=""):
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from kinds(kind, f"{before}{name}.")
        else:
            yield before + name, field.is_required()


KINDS = dict(kinds(Settings))
table = defaultdict(list)  # the layers that name a setting, the strongest first
lines = []
for layer in ordered:
    title = next(title for title, source in SOURCES.items() if source is layer)
    told, garbled = ask(layer)
    for setting, _ in flat(told):
        table[setting].append(title)
    for group in garbled:
        if not any(line["setting"] == group for line in lines):
            lines.append({"setting": group, "problem": "cannot be read", "from": title})
ill = {line["setting"] for line in lines}


class Merged(Settings):
    """
    The same, from sources that leave out what cannot be read.
    """

    @classmethod
    def settings_customise_sources(cls, settings_cls, **others):
        return ordered


try:
    settings = Merged()
except ValidationError as error:
    for each in error.errors(include_url=False, include_input=False):
        setting = ".".join(map(str, each["loc"]))
        if setting.partition(".")[0] in ill:
            continue
        if each["type"] == "missing":
            lines += [
                {"setting": name, "problem": "missing", "from": "nowhere"}
                for name, required in KINDS.items()
                if required and (name == setting or name.startswith(f"{setting}."))
            ]
        else:
            source = table[setting][0]
            lines.append({"setting": setting, "problem": each["msg"], "from": source})

if not lines:
    for setting in KINDS:
        value = settings
        for name in setting.split("."):
            value = getattr(value, name)
        source, *over = table[setting] or ["default"]
        shown = "**********" if isinstance(value, SecretStr) else value
        lines.append({"setting": setting, "value": shown, "from": source, "over": over})
print("\n".join(map(json.dumps, lines)))
sys.exit(any("problem" in line for line in lines))
