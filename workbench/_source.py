"""
Show the code in doubt: a file, a part of it, or the difference of two.
"""

import ast
import difflib
import html
import inspect
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from ._display import GREEN, RED, show_bundle
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


GROUNDS = {"+": GREEN, "-": RED}  # a code host that drops them leaves the signs
BETWEEN = "⋯"
NAMED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


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
    by_path = path.name == changed.name
    before, after = (str(each) if by_path else each.name for each in (path, changed))
    show_difference(text, new, f"from {before} to {after}")


def show_difference(before: str, after: str, title: str) -> None:
    """
    Show what changes from one text to another: what is new on green, what is gone on red.

    Of Python, what only a docstring says otherwise is no change, unless there is no other.
    """
    lines = list(_difference(before, _with_docstrings_of(before, after)))
    lines = lines or list(_difference(before, after)) or ["  (no difference)"]
    shown = "\n".join(map(_on_its_ground, lines))
    show_bundle(
        {
            "text/html": f"<em>{html.escape(title)}</em>\n<pre>{shown}</pre>",
            "text/plain": "\n".join([title, *lines]),
        },
        fixed=True,
    )


def _difference(before: str, after: str) -> Iterator[str]:
    """
    The lines of a unified diff, without its heads; a mark between lines that are far apart.
    """
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="")
    for number, line in enumerate(islice(diff, 2, None)):
        if not line.startswith("@@"):
            yield line
        elif number:
            yield BETWEEN


def _on_its_ground(line: str) -> str:
    ground = GROUNDS.get(line[0])
    text = html.escape(line, quote=False)
    return f'<span style="background-color:{ground}">{text}</span>' if ground else text


def _with_docstrings_of(before: str, after: str) -> str:
    """
    A text with each docstring as an earlier text has it, by what it is the docstring of.
    """
    earlier, lines = before.splitlines(), after.splitlines()
    old, new = _docstrings(before), _docstrings(after)
    for name, place in sorted(new.items(), key=lambda item: item[1].start, reverse=True):
        if name in old:
            lines[place] = earlier[old[name]]
    return "\n".join(lines)


def _docstrings(text: str) -> dict[str, slice]:
    """
    The lines of each docstring, by the name of what it stands in; of what is no Python, none.
    """
    try:
        module = ast.parse(text)
    except SyntaxError:
        return {}
    found = {}

    def look(node: ast.AST, name: str) -> None:
        for inner in ast.iter_child_nodes(node):
            look(inner, f"{name}.{inner.name}" if isinstance(inner, NAMED) else name)
        if isinstance(node, ast.Module | NAMED) and ast.get_docstring(node) is not None:
            text = node.body[0]
            if text.lineno > getattr(node, "lineno", 0):  # on lines of its own
                found[name] = slice(text.lineno - 1, text.end_lineno)

    look(module, "")
    return found


def _part(text: str, name: str, path: Path) -> str:
    """
    The source of one function or class, with its decorators.
    """
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, NAMED):
            if node.name != name:
                continue
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            return "\n".join(text.splitlines()[first - 1 : node.end_lineno])
    msg = f"{path} has no function or class {name!r}."
    raise WorkbenchError(msg)


def _display(text: str, language: str, title: str) -> None:
    # Markdown, because JupyterLab and code hosts colour code in it, trusted notebook or not.
    text = text.rstrip("\n")
    fence = "````" if "```" in text else "```"
    markdown = f"*{title}*\n{fence}{language}\n{text}\n{fence}"
    show_bundle({"text/markdown": markdown, "text/plain": f"{title}\n{text}"}, fixed=True)
