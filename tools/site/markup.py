"""
What the pages of the site are written with: navigation, lists of files, folds, code.
"""

from collections.abc import Iterable
from pathlib import PurePosixPath

from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound

from .links import address, shown_as


def tree(entries: Iterable[tuple[str, str]], *, caption: str = "") -> str:
    """
    A part of the navigation: what each page is called, and where it is.
    """
    lines = [f"{title} <{path}>" for title, path in entries]
    options = [":hidden:", *([f":caption: {caption}"] if caption else [])]
    return "\n".join(["```{toctree}", *options, "", *lines, "```"])


def files(paths: Iterable[str], page: str) -> str:
    """
    Files in a line, each with a link.
    """
    folder = f"{PurePosixPath(page).parent}/"
    return ", ".join(
        f"[`{path.removeprefix(folder)}`]({address(shown_as(path), page)})" for path in paths
    )


def fold(summary: str, text: str, *, kind: str = "fold") -> str:
    """
    What is shown when its summary is chosen.
    """
    return f'<details class="{kind}"><summary>{summary}</summary>\n\n{text}\n\n</details>'


def code(text: str, name: str) -> str:
    """
    A file's text as a block, coloured as its name says.
    """
    try:
        language = get_lexer_for_filename(name).aliases[0]
    except ClassNotFound:
        language = "dockerfile" if name.endswith(".dockerfile") else "text"
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
