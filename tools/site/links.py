"""
Links of the course's pages, as they are on the site.
"""

import posixpath
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

LINK = re.compile(r"(?P<words>\[(?:[^\]\[]|\[[^\]]*\])*\])\((?P<target>[^)\s]+)\)")
CODE = re.compile(r"(?ms)^(?P<fence>```+).*?^(?P=fence)[ \t]*$")


@dataclass(frozen=True)
class Places:
    """
    What has a page, and under which name; every path is from the top of the repository.
    """

    pages: Collection[str]  # under their own names
    files: Collection[str]  # each on a page that shows it
    pictures: Collection[str] = ()

    def page_of(self, path: str) -> str | None:
        """
        The file that Sphinx reads for what stands at a path, if there is one.
        """
        if path in self.files:
            return shown_as(path)
        return path if path in self.pages or path in self.pictures else None


def shown_as(file: str) -> str:
    """
    The page that shows a file.
    """
    return f"{file}.md"


def targets(text: str, page: str) -> Iterator[str]:
    """
    The paths that a page links to.
    """
    for prose in CODE.split(text)[::2]:
        for found in LINK.finditer(prose):
            if path := _path(found["target"], page):
                yield path


def relink(
    text: str, page: str, places: Places, *, at: str | None = None, drop: bool = False
) -> str:
    """
    The text of a page with its links as the site has them.

    Args:
        text: Markdown; what is in a code block stays as it is.
        page: Where it was written.
        places: What there is to link to.
        at: Where it is on the site, if not in the same place.
        drop: Whether of a link to what the site has not, only the words stay.
    """

    def put(found: re.Match[str]) -> str:
        words, target = found["words"], found["target"]
        path = _path(target, page)
        fragment = anchor(unquote(urlsplit(target).fragment))
        if path is None:
            return found[0] if urlsplit(target).scheme else f"{words}(#{fragment})"
        there = places.page_of(path)
        if there is None:
            return words[1:-1] if drop else found[0]
        return f"{words}({address(there, at or page)}{fragment and f'#{fragment}'})"

    return outside_code(text, lambda prose: LINK.sub(put, prose))


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """
    Change a text, but not its code blocks.
    """
    parts, end = [], 0
    for block in CODE.finditer(text):
        parts += [change(text[end : block.start()]), block[0]]
        end = block.end()
    return "".join([*parts, change(text[end:])])


def address(path: str, page: str) -> str:
    """
    How a page names what stands at a path.
    """
    return quote(posixpath.relpath(path, PurePosixPath(page).parent))


def anchor(heading: str) -> str:
    """
    The anchor that MyST, like a code host, makes of a heading; JupyterLab's become the same.
    """
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _path(target: str, page: str) -> str | None:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not parts.path:
        return None
    return posixpath.normpath(posixpath.join(PurePosixPath(page).parent, unquote(parts.path)))
