import os
import sys
from pathlib import Path

from dotenv import dotenv_values

HERE = Path(os.environ.get("CONFIG", "."))
DEFAULTS = {"log_level": "info", "pool_size": 5, "mail.port": 25}
NUMBERS = ["pool_size", "mail.port"]
SECRETS = ["api_key", "mail.login"]
SETTINGS = ["app_env", "mail.host", *DEFAULTS, *SECRETS]
NO_GROUP = object()


def flat(lines):
    """A layer's lines by the name of the setting, those of a group too."""
    said = {}
    for full, text in lines.items():
        name = full.lower()[5:] if full.lower().startswith("shop_") else ""
        if name == "mail":
            try:
                group = json.loads(text)
                said |= {f"mail.{part.lower()}": value for part, value in group.items()}
            except (ValueError, AttributeError):
                said["mail"] = NO_GROUP
        elif name:
            said[name.replace("__", ".")] = text
    return said


found = [p for p in (HERE / "secrets").glob("*") if "__" not in p.name]
files = {p.name: p.read_text().strip() for p in found}
layers = {
    "variable": flat(os.environ),
    "secret file": flat(files),
    ".env": flat(dotenv_values(HERE / ".env")),
}


def is_wrong(setting, value):
    try:
        return setting in NUMBERS and int(value) is None
    except (ValueError, TypeError):
        return True


lines, problems = [], []
groups = [name for name, said in layers.items() if "mail" in said]
if groups:
    problems.append({"setting": "mail", "problem": "is no group", "from": groups[0]})
for setting in SETTINGS:
    heard = [name for name, said in layers.items() if said.get(setting)]
    heard = heard or [name for name, said in layers.items() if setting in said][-1:]
    if groups and setting.startswith("mail."):
        continue
    if not heard and setting not in DEFAULTS:
        problems.append({"setting": setting, "problem": "is missing", "from": "nowhere"})
        continue
    source, *over = heard or ["default"]
    value = layers[source][setting] if heard else DEFAULTS[setting]
    line = {"setting": setting, "from": source}
    if is_wrong(setting, value):
        problems.append(line | {"problem": "is no number"})
    else:
        value = int(value) if setting in NUMBERS else value
        lines.append(line | {"value": "*" * 10 if setting in SECRETS else value, "over": over})
for line in problems or lines:
    print(json.dumps(line))
sys.exit(bool(problems))
