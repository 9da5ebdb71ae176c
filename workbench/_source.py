"""
Show the code in doubt: a file, a part of it, or the difference of two.
"""

import ast
import difflib
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ._display import show_bundle
from .errors import WorkbenchError

LANGUAGES = {
    ".dockerfile": "dockerfile",
    ".py": "python",
    ".sh": "bash",
    ".yml": "yaml",
    ".yaml": "yaml",
    ".toml": "toml",
    ".json": "json",
    ".md": "markdown",
}


def show(
    source: str | Path | Callable[..., Any],
    other: str | Path | None = None,
    *,
    only: str | None = None,
) -> None:
    """
    Show a file, what changes from it to an `other` one, or a workbench helper's own source.

        show("drops.py")
        show("drops.py", only="lifespan")    # one function or class of it
        show("drops.py", "drains.py")        # as a diff
        show(start)                          # the helper itself
    """
    if callable(source):
        _display(inspect.getsource(source), "python", f"{source.__module__}.{source.__name__}")
        return
    path = Path(source)
    text = path.read_text(encoding="utf-8")
    language = "dockerfile" if "Dockerfile" in path.name else LANGUAGES.get(path.suffix, "text")
    if only is not None:
        text = _part(text, only, path)
    if other is None:
        _display(text, language, f"{path.name}, {only}" if only else path.name)
        return
    changed = Path(other)
    new = changed.read_text(encoding="utf-8")
    if only is not None:
        new = _part(new, only, changed)
    diff = difflib.unified_diff(
        text.splitlines(), new.splitlines(), path.name, changed.name, lineterm=""
    )
    _display("\n".join(diff), "diff", f"from {path.name} to {changed.name}")


def _part(text: str, name: str, path: Path) -> str:
    """
    The source of one function or class, with its decorators.
    """
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name != name:
                continue
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            return "\n".join(text.splitlines()[first - 1 : node.end_lineno])
    msg = f"{path} has no function or class {name!r}."
    raise WorkbenchError(msg)


def _display(text: str, language: str, title: str) -> None:
    # Markdown, because JupyterLab and code hosts colour it, trusted notebook or not.
    text = text.rstrip("\n")
    fence = "````" if "```" in text else "```"
    markdown = f"*{title}*\n{fence}{language}\n{text}\n{fence}"
    show_bundle({"text/markdown": markdown, "text/plain": f"{title}\n{text}"}, fixed=True)
