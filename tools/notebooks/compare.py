"""
What counts as the same output (the rules stand in `sanitize.cfg`).
"""

import re
from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode
from nbval.plugin import get_sanitize_patterns

SANITIZER = Path(__file__).with_name("sanitize.cfg")
RULES: list[tuple[str, str]] = get_sanitize_patterns(SANITIZER.read_text(encoding="utf-8"))
PICTURES = {"image/png", "image/jpeg"}


def sanitise(value: str) -> str:
    for regex, replacement in RULES:
        value = re.sub(regex, replacement, value)
    return value


def same(old: Sequence[NotebookNode], new: Sequence[NotebookNode]) -> bool:
    """
    Whether two lists of outputs say the same, pictures aside.
    """
    return _meaning(old) == _meaning(new)


def has_picture(outputs: Sequence[NotebookNode]) -> bool:
    return any(PICTURES & set(output.get("data", {})) for output in outputs)


def _meaning(outputs: Sequence[NotebookNode]) -> list[object]:
    meaning: list[object] = []
    for output in outputs:
        match output.output_type:
            case "stream":
                meaning.append((output.name, sanitise(output.text)))
            case "error":
                meaning.append((output.ename, sanitise(output.evalue)))
            case kind:
                data = {
                    mime: None if mime in PICTURES else sanitise(str(content))
                    for mime, content in output.data.items()
                }
                meaning.append((kind, data))
    return meaning
