import os
import sys
from pathlib import Path

from dotenv import dotenv_values
from pydantic import ValidationError

HERE = Path(os.environ.get("CONFIG", "."))
SETTINGS = ["app_env", "log_level", "pool_size", "api_key"]
SETTINGS += ["mail.host", "mail.port", "mail.login"]


def flat(lines):
    """A layer's lines by the name of the setting, those of a group too."""
    said = {}
    for full, text in lines.items():
        name = full.lower()[5:] if full.lower().startswith("shop_") else ""
        if name == "mail" and lines is not os.environ and text:
            said |= {f"mail.{part}": value for part, value in json.loads(text).items()}
        elif name:
            said[name.replace("__", ".")] = text
    return said


files = {p.name: p.read_text().strip() for p in (HERE / "secrets").iterdir()}
layers = {
    "variable": flat(os.environ),
    "secret file": flat(files),
    ".env": flat(dotenv_values(HERE / ".env")),
}


def tell(setting, otherwise, **what):
    source, *over = [name for name, said in layers.items() if setting in said] or [otherwise]
    print(json.dumps({"setting": setting, **what, "from": source, "over": over}))


try:
    values = Settings().model_dump(mode="json")
except ValidationError as error:
    for found in error.errors():
        tell(".".join(found["loc"]), "nowhere", problem=found["msg"])
    sys.exit(1)
for setting in SETTINGS:
    group, _, name = setting.rpartition(".")
    tell(setting, "default", value=values[group][name] if group else values[name])
