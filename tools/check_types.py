"""
Run mypy over the checks of all exercises, those without a model at once.

    .venv/bin/python -m tools.check_types

Each is a check.py in a folder whose name is no identifier, and mypy by itself takes one module
of a name: thirty runs would need a quarter of a minute, this one a second.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mypy.build import build
from mypy.errors import CompileError
from mypy.main import process_options
from mypy.modulefinder import BuildSource

from tools import ROOT


def found() -> list[str]:
    """
    What mypy finds, a line each, by the settings in pyproject.toml.
    """
    checks = sorted(Path("labs").glob("*/*/check.py"))
    plain = [check for check in checks if not check.with_name("check_model.py").exists()]
    # Each model is a module of the same name.
    return found_in(plain) + [line for c in checks if c not in plain for line in found_in([c])]


def found_in(checks: Sequence[Path]) -> list[str]:
    _, options = process_options(list(map(str, checks[:1])))
    sources = [
        BuildSource(str(check), f"check_{check.parent.name.replace('-', '_')}")
        for check in checks
    ]
    models = [check.with_name("check_model.py") for check in checks]
    sources += [BuildSource(str(model), "check_model") for model in models if model.exists()]
    try:
        return build(sources, options).errors
    except CompileError as error:
        return error.messages


if __name__ == "__main__":
    os.chdir(ROOT)
    lines = found()
    print(*lines, sep="\n", end="")
    sys.exit(bool(lines))
