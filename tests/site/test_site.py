"""
The site as a reader has it, in a real browser; `make test PARTS=site` builds it first.
"""

import re
import subprocess
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from tools.site import pages
from tools.site.__main__ import PYTHON
from tools.site.tasks import task_of
from workbench.exercises.exercise import exercises


def html(path: str) -> str:
    """
    The page that Sphinx makes of a file.
    """
    return str(PurePosixPath(path).with_suffix(".html"))


A_TASK = html(task_of(exercises()[0]))
A_BOOK = html(pages.notebooks()[1])
A_SEARCH = "search.html?q=half-open"
A_FILE = f"{pages.places().files[0]}.html"
# One page of every kind, and a notebook of every chapter.
KINDS = [
    "index.html",
    A_SEARCH,
    "docs/document.html",
    A_TASK,
    A_FILE,
    html(pages.notebooks()[-1]),
    *{path.split("/")[1]: path for path in map(html, reversed(pages.notebooks()))}.values(),
]
PHONE = {"width": 320, "height": 640}  # also what 400 % leaves of a screen of 1280
# A fold of code fades in; what is half transparent has no contrast.
SETTLED = "Promise.allSettled(document.getAnimations().map(one => one.finished))"
LEFT = "net::ERR_ABORTED"  # what a page was still fetching when the next one was opened
# In a block of code, each colour once: it has hundreds of words, and a dozen colours.
EACH_COLOUR = """() => {
    for (const block of document.querySelectorAll("pre")) {
        const seen = new Set();
        for (const word of block.querySelectorAll("span")) {
            if (seen.has(word.className)) word.replaceWith(...word.childNodes);
            seen.add(word.className);
        }
    }
}"""
SERIOUS = {"serious", "critical"}
# What axe looks for on light ground and, since only colours are others there, on dark ground.
LOOKED_FOR = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast"]},
}

pytestmark = pytest.mark.timeout(300)


class Page(HTMLParser):
    """
    What a page of the site refers to.
    """

    def __init__(self) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.fetches: set[str] = set()
        self.anchors: set[str] = set()
        self.silent: list[str] = []  # pictures without words
        self.title = ""
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.anchors |= {said["id"]} if "id" in said else set()
        if tag == "a" and "href" in said:
            self.links.add(said["href"])
        elif tag == "link" or "src" in said:
            self.fetches.add(said.get("src") or said["href"])
        if tag == "img" and not said.get("alt"):
            self.silent.append(said["src"])
        self._in_title = tag == "title" and not self.title

    def handle_data(self, data: str) -> None:
        self.title += data if self._in_title else ""

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False


@cache
def read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def all_pages(site: Path) -> list[Path]:
    themes_own = site / "_static"
    found = sorted(path for path in site.rglob("*.html") if themes_own not in path.parents)
    assert len(found) > len(pages.notebooks()) + len(exercises())
    return found


def broken(page: Path, link: str) -> bool:
    target, anchor = urldefrag(link)
    path = (page.parent / unquote(urlsplit(target).path)).resolve() if target else page
    if not path.is_file():
        return True
    return bool(anchor) and path.suffix == ".html" and unquote(anchor) not in read(path).anchors


def test_links(site: Path) -> None:
    """
    Every link within the site leads to a page, and to an anchor that is there.
    """
    lost = [
        (str(page.relative_to(site)), link)
        for page in all_pages(site)
        for link in read(page).links | read(page).fetches
        if not urlsplit(link).scheme and broken(page, link)
    ]

    assert lost == []


def test_words_of_pictures(site: Path) -> None:
    """
    Every picture has its words, and a plot those that its notebook was stored with.
    """
    assert {str(page): read(page).silent for page in all_pages(site) if read(page).silent} == {}
    assert 'alt="The plot in words.' in (site / A_BOOK).read_text(encoding="utf-8")


def test_titles(site: Path) -> None:
    """
    No two pages have one title: it is what a tab says, and what a search lists.
    """
    titles = Counter(read(path).title for path in all_pages(site))

    assert [title for title, count in titles.items() if count > 1 or not title] == []


def test_nothing_is_fetched_from_elsewhere(site: Path, address: str, page: Any) -> None:
    """
    No page names a script, a style or a picture of another place, and none fetches any; all
    that a page or a search fetches is there.
    """
    foreign = [f for path in all_pages(site) for f in read(path).fetches if urlsplit(f).netloc]
    requests, complaints = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("requestfailed", lambda one: one.failure == LEFT or complaints.append(one.url))
    page.on("response", lambda one: one.status < 400 or complaints.append(one.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    for path in [*KINDS, A_SEARCH]:
        page.goto(f"{address}/{path}")
    found(page, "5.1_circuit_breaker")

    assert foreign == []
    assert Counter(urlsplit(url).scheme for url in requests).keys() <= {"http", "data", "blob"}
    assert [u for u in requests if u.startswith("http") and not u.startswith(address)] == []
    assert complaints == []


def test_search(address: str, page: Any) -> None:
    """
    1. A reader types "half-open" into the field of a page, and Enter.
    2. On the page of the search, they type a word that stands in a task and nowhere else.

    Result: 5.1 is found, then that task.
    """
    word, task = rare_word()
    page.goto(f"{address}/index.html")
    page.get_by_role("searchbox").fill("half-open")
    page.get_by_role("searchbox").press("Enter")

    found(page, "5.1_circuit_breaker")

    page.locator("#search input").fill(word)
    found(page, task)


def found(page: Any, path: str) -> None:
    """
    Wait until one of the results is on that page.
    """
    page.locator(f"#search .pagefind-ui__result-link[href*='{path}']").first.wait_for()


def rare_word() -> tuple[str, str]:
    """
    A word of one task that no chapter has, and the page of that task.
    """
    words = {task_of(e): set(re.findall(r"\b[a-z]{6,}\b", e.task)) for e in exercises()}
    books = " ".join(pages._text(p) for p in pages.notebooks()).lower()
    seen = Counter(word for some in words.values() for word in some)
    for task, some in words.items():
        for word in sorted(some, key=len, reverse=True):
            if seen[word] == 1 and word not in books:
                return word, html(task)
    pytest.fail("no task has a word of its own")


def test_an_answer_waits_for_its_question(address: str, page: Any) -> None:
    """
    With the keyboard alone: the first plot of a notebook is hidden until its fold is opened.
    """
    page.goto(f"{address}/{A_BOOK}")
    fold = page.locator("details.answer").first
    plot = fold.locator("img").first

    assert not plot.is_visible()

    fold.locator("summary").first.focus()
    page.keyboard.press("Enter")

    plot.wait_for(state="visible")


def test_where_a_reader_is(address: str, page: Any) -> None:
    """
    The navigation, longer than the screen, shows the page that is open, wherever it was before.
    """
    page.goto(f"{address}/index.html")
    page.goto(f"{address}/{html(pages.notebooks()[-1])}")
    open_page = page.locator(".bd-sidebar-primary nav li.current.active > a").bounding_box()

    assert page.locator(".bd-sidebar-primary").evaluate("one => one.scrollTop") > 0
    assert 0 < open_page["y"] < page.viewport_size["height"]


def test_where_a_reader_was(address: str, page: Any) -> None:
    """
    1. Somebody opens the first page for the first time.
    2. They read a notebook down to a section, look at a file, and come back to the first page.

    Result: it leads nowhere at first, and then to that section.
    """
    last = page.locator("#last-read")
    page.goto(f"{address}/index.html")
    page.evaluate("localStorage.clear()")
    page.reload()

    assert not last.is_visible()

    page.goto(f"{address}/{A_BOOK}#summary")
    page.goto(f"{address}/{A_FILE}")
    page.goto(f"{address}/index.html")
    last.get_by_role("link").click()

    page.wait_for_url(f"{address}/{A_BOOK}#summary")


def test_keyboard(address: str, page: Any) -> None:
    """
    The first Tab of a page offers to skip the navigation; what has the focus shows it.
    """
    page.goto(f"{address}/{A_BOOK}")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")

    assert focused.inner_text() == "Skip to main content"
    assert focused.is_visible()

    page.keyboard.press("Enter")

    page.wait_for_url("**/*#main-content")


@pytest.mark.parametrize("path", dict.fromkeys(KINDS))
def test_a_narrow_screen(path: str, address: str, page: Any) -> None:
    """
    On a telephone, and at 400 %, no page has to be moved sideways to be read.
    """
    page.set_viewport_size(PHONE)
    page.goto(f"{address}/{path}")

    width = page.evaluate("document.scrollingElement.scrollWidth")

    assert width <= PHONE["width"]
    assert page.locator("article h1").first.is_visible()


@pytest.mark.parametrize("path", dict.fromkeys(KINDS))
def test_nobody_is_kept_out(path: str, address: str, page: Any) -> None:
    """
    axe finds nothing serious on a page, every fold open, on light and on dark ground.
    """
    page.goto(f"{address}/{path}")
    if path == A_SEARCH:
        found(page, "5.1_circuit_breaker")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.evaluate(EACH_COLOUR)
    page.evaluate(axe())
    serious = []
    for scheme, what in LOOKED_FOR.items():
        page.emulate_media(color_scheme=scheme)
        page.locator(f"html[data-theme={scheme}]").wait_for()
        page.evaluate(SETTLED)
        serious += [
            (scheme, one["id"], one["nodes"][0]["html"][:200], len(one["nodes"]))
            for one in page.evaluate("what => axe.run(what)", what)["violations"]
            if one["impact"] in SERIOUS
        ]

    assert serious == []


@cache
def axe() -> str:
    """
    The script of axe-core, as the site's environment has it.
    """
    say = "from axe_playwright_python.base import AXE_SCRIPT; print(AXE_SCRIPT)"
    done = subprocess.run([PYTHON, "-c", say], capture_output=True, text=True, check=True)
    return done.stdout
