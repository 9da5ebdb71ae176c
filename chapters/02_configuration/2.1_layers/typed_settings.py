"""
Reads the variable VALUE as several types, each by itself, and prints what becomes of it.
"""

import json
import os

from pydantic import ValidationError, create_model
from pydantic_settings import BaseSettings, SettingsError


def read(kind):
    try:
        settings = create_model("Settings", __base__=BaseSettings, value=(kind, ...))()
    except (ValidationError, SettingsError):
        return "refused"
    return repr(settings.value)


kinds = {"bool": bool, "int": int, "int | None": int | None, "list[str]": list[str]}
answers = {name: read(kind) for name, kind in kinds.items()}
answers["bool(getenv)"] = repr(bool(os.getenv("VALUE")))
print(json.dumps(answers))
