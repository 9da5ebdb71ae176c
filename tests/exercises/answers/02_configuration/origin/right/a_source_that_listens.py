import sys
from functools import reduce

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import PydanticBaseSettingsSource

WORDS = {
    "EnvSettingsSource": "variable",
    "SecretsSettingsSource": "secret file",
    "DotEnvSettingsSource": ".env",
}


minutes = {}  # what was said


class Spy(PydanticBaseSettingsSource):
    """
    The last source: says nothing, and sees what those before it have said.
    """

    def get_field_value(self, field, field_name):
        return None, field_name, False

    def __call__(self):
        minutes.update(self.settings_sources_data)
        return {}


NOISE = object()  # what a text is that is no JSON


class Watched(Settings):
    @classmethod
    def settings_customise_sources(cls, settings_cls, **sources):
        speakers = super().settings_customise_sources(settings_cls, **sources)
        for speaker in speakers:
            speaker.prepare_field_value = deaf_to_noise(speaker.prepare_field_value)
        return *speakers, Spy(settings_cls)


def deaf_to_noise(prepare):
    def prepared(*args, **kwargs):
        try:
            return prepare(*args, **kwargs)
        except ValueError:
            return NOISE

    return prepared


def dig(tree, path):
    return reduce(lambda node, key: node[key], path, tree)


def speakers_of(path):
    for speaker, word in WORDS_IN_ORDER:
        try:
            dig(minutes[speaker], path)
        except (KeyError, TypeError, IndexError):
            continue
        yield word


def tree_of(model):
    """
    Dotted names and fields, down to the single setting.
    """
    for name, field in model.model_fields.items():
        match field.annotation:
            case type() as kind if issubclass(kind, BaseModel):
                yield from (((name, *path), leaf) for path, leaf in tree_of(kind))
            case _:
                yield (name,), field


def log(path, **rest):
    rest = {key.rstrip("_"): value for key, value in rest.items()}
    sys.stdout.write(json.dumps({"setting": ".".join(path)} | rest) + "\n")


try:
    settings, problems = Watched(), []
except ValidationError as error:
    settings, problems = None, error.errors(include_input=False, include_context=False)

# The minutes are in the order in which the sources were asked: the strongest first.
WORDS_IN_ORDER = [(name, WORDS[name]) for name in minutes if name in WORDS]
# A weaker layer's noise is overruled by a stronger one's dict, and no ValidationError; but the
# shop would not start with it, so that it is a problem as well.
noisy = {}
for speaker, word in WORDS_IN_ORDER:
    for name, value in minutes[speaker].items():
        if value is NOISE:
            noisy.setdefault(name, word)

for name, word in noisy.items():
    log([name], problem="unreadable", from_=word)
for problem in problems:
    path = problem["loc"]
    if path[0] in noisy:
        continue
    if problem["type"] != "missing":
        log(path, problem=problem["msg"], from_=next(speakers_of(path)))
    for leaf, field in tree_of(Settings):
        if problem["type"] == "missing" and leaf[: len(path)] == path and field.is_required():
            log(leaf, problem="not told", from_="nowhere")
if problems or noisy:
    sys.exit("not started: see above")

for path, _ in tree_of(Settings):
    value = reduce(getattr, path, settings)
    first, *others = [*speakers_of(path)] or ["default"]
    if isinstance(value, SecretStr):
        value = "**********"
    log(path, value=value, from_=first, over=others)
