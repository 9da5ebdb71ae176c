import contextlib
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError, create_model, model_validator


class Lenient(BaseModel):
    """
    A group that takes everything; what is no group at all it takes for an empty one.
    """

    @model_validator(mode="before")
    @classmethod
    def _take(cls, given):
        return given if isinstance(given, dict) else {}


def is_group(kind):
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def lenient(model, base):
    """
    The same names as in a model, none of them required, and none of them checked.
    """
    fields = {}
    for name, field in model.model_fields.items():
        kind = field.annotation
        fields[name] = (lenient(kind, Lenient), None) if is_group(kind) else (Any, None)
    return create_model(f"Lenient{model.__name__}", __base__=base, **fields)


def leaves(model, *before):
    for name, field in model.model_fields.items():
        if is_group(field.annotation):
            yield from leaves(field.annotation, *before, name)
        else:
            yield *before, name


class Orchestra:
    """
    The layers in the order of settings.py, each asked alone: whom would one hear?
    """

    def __init__(self):
        self.unreadable = {}
        self.order = []
        self.heard = {}
        orchestra = self

        class Order(Settings):
            @classmethod
            def settings_customise_sources(cls, settings_cls, **sources):
                chosen = super().settings_customise_sources(settings_cls, **sources)
                titles = {key: source for key, source in sources.items() if source in chosen}
                orchestra.order = sorted(titles, key=lambda key: chosen.index(titles[key]))
                return chosen

        with contextlib.suppress(ValueError):
            Order()
        for key in self.order:
            self.heard[key] = self.ask(key)

    def ask(self, key):
        orchestra = self

        class Alone(lenient(Settings, Settings)):
            @classmethod
            def settings_customise_sources(cls, settings_cls, **sources):
                source = sources[key]
                decode = source.decode_complex_value

                def attempt(name, field, text):
                    try:
                        value = decode(name, field, text)
                    except ValueError:
                        value = "no JSON"
                    if value is not None and not isinstance(value, dict):
                        orchestra.unreadable.setdefault(key, set()).add(name)
                    return value if value is None or isinstance(value, dict) else {}

                source.decode_complex_value = attempt
                return (source,)

        return set(self.walk(Alone()))

    def walk(self, model, *before):
        for name in model.model_fields_set & set(type(model).model_fields):
            value = getattr(model, name)
            if isinstance(value, Lenient):
                yield from self.walk(value, *before, name)
            else:
                yield *before, name

    def who(self, place):
        titles = {"env_settings": "variable", "dotenv_settings": ".env"}
        return [
            titles.get(key, "secret file") for key in self.order if place in self.heard[key]
        ]

    def who_garbles(self, group):
        title = {"env_settings": "variable", "dotenv_settings": ".env"}.get
        for key in self.order:
            if group in self.unreadable.get(key, ()):
                return title(key, "secret file")
        return None


def line(place, source, **rest):
    print(json.dumps({"setting": ".".join(place), "from": source} | rest))


def report():
    layers = Orchestra()
    try:
        settings = Settings()
    except ValidationError as error:
        refuse(
            layers, {each["loc"]: each["type"] for each in error.errors(include_input=False)}
        )
    except ValueError:  # a SettingsError: a text that is no JSON. What about the others?
        problems = {place: "missing" for place in leaves(Settings) if needed(place)}
        problems = {p: t for p, t in problems.items() if not layers.who(p)} | wrong_alone()
        for group in set().union(*layers.unreadable.values()):
            problems = {p: t for p, t in problems.items() if p[0] != group}
            problems[(group,)] = "no JSON"
        refuse(layers, problems)
    for place in leaves(Settings):
        value = settings
        for name in place:
            value = getattr(value, name)
        hidden = isinstance(value, SecretStr)
        source, *over = layers.who(place) or ["default"]
        line(place, source, value="**********" if hidden else value, over=over)


def refuse(layers, problems):
    for loc, kind in problems.items():
        if kind == "missing":
            for place in leaves(Settings):
                if place[: len(loc)] == loc and needed(place):
                    line(place, "nowhere", problem="nobody names it")
        else:
            source = next(iter(layers.who(loc)), None) or layers.who_garbles(loc[0])
            line(loc, source, problem=kind.replace("_", " "))
    raise SystemExit(3)


def needed(place):
    model = Settings
    for name in place:
        field = model.model_fields[name]
        model = field.annotation
    return field.is_required()


def wrong_alone():
    """
    What is wrong apart from the groups that are no JSON.
    """

    class Forgiving(Settings):
        @classmethod
        def settings_customise_sources(cls, settings_cls, **sources):
            chosen = super().settings_customise_sources(settings_cls, **sources)
            for source in chosen:
                source.decode_complex_value = quietly(source.decode_complex_value)
            return chosen

    try:
        Forgiving()
    except ValidationError as error:
        wrong = error.errors(include_input=False)
        return {each["loc"]: each["type"] for each in wrong if each["type"] != "missing"}
    return {}


def quietly(decode):
    def attempt(*args):
        try:
            return decode(*args)
        except ValueError:
            return {}

    return attempt


report()
