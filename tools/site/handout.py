"""
A notebook as a single file, with its pictures in it: for a printer, or a machine without a
network.
"""

import base64
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from workbench.errors import WorkbenchError

LOOK = Path(__file__).resolve().parents[2] / "site" / "handout.css"
CODE = Path("_static") / "pygments.css"


def handout(number: str, site: Path, folder: Path) -> Path:
    """
    Write the handout of a notebook into a folder; return where.

    Args:
        number: What its name begins with, as in "5.1".
        site: The site as it was built.
        folder: Where to put it.

    Raises:
        WorkbenchError: The site has no such notebook.
    """
    found = [
        page for page in site.glob("chapters/**/*.html") if page.stem.split("_")[0] == number
    ]
    if len(found) != 1:
        there = sorted(page.stem for page in site.glob("chapters/*/*/[0-9]*_*.html"))
        msg = f"The site has no notebook {number!r}; it has: {', '.join(there) or 'none, yet'}."
        raise WorkbenchError(msg)
    (page,) = found
    path = folder / page.name
    folder.mkdir(parents=True, exist_ok=True)
    look = [(site / CODE).read_text(encoding="utf-8"), LOOK.read_text(encoding="utf-8")]
    path.write_text(single(page, "\n".join(look)), encoding="utf-8")
    return path


def single(page: Path, look: str) -> str:
    """
    What stands on a page, without anything that it would have to fetch.
    """
    read = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    article, title = read.select_one("article"), read.select_one("article h1")
    assert article, f"{page} has no article"
    assert title, f"{page} has no heading"
    for picture in article.select("img"):
        content = base64.b64encode((page.parent / str(picture["src"])).read_bytes()).decode()
        picture["src"] = f"data:image/png;base64,{content}"
    for beside in article.select("a.headerlink, details.run, script"):
        beside.decompose()
    for link in article.select("a[href]"):
        if not str(link["href"]).startswith(("http", "#")):
            link.unwrap()  # the words stay; the page is not there
    return _page(title.get_text().removesuffix("#"), look, article)


def _page(title: str, look: str, article: Tag) -> str:
    paper = BeautifulSoup("<!doctype html>", "html.parser")
    html = paper.new_tag("html", lang="en")
    head = paper.new_tag("head")
    width = {"name": "viewport", "content": "width=device-width, initial-scale=1"}
    head.append(paper.new_tag("meta", charset="utf-8"))
    head.append(paper.new_tag("meta", attrs=width))
    for name, text in (("title", title), ("style", look)):
        head.append(paper.new_tag(name, string=text))
    body = paper.new_tag("body")
    body.append(article)
    html.extend([head, body])
    paper.append(html)
    return str(paper)
