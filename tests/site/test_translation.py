"""
A second language comes from the same source, message by message.
"""

import re
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools.notebooks import form
from tools.site.__main__ import PYTHON, sphinx

pytestmark = pytest.mark.timeout(300)

BOOK = "chapters/01_toy/1.1_toy"
TRANSLATED = {
    "Lose nothing": "什么也不丢",
    "A service is stopped.": "服务被停止。",
    "Eight requests are in flight.": "有八个请求正在处理。",
}
ENGLISH = "What has no translation stays as it is."


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """
    A site of two pages: a notebook, and the page that lists it.
    """
    if not PYTHON.exists():
        pytest.skip("the site's environment is not there: site/environment")
    said = new_output("stream", name="stdout", text="✓ eight were answered\n")
    book = new_notebook(
        cells=[
            new_markdown_cell("# Lose nothing\n\nA service is stopped."),
            new_code_cell("claim(answered == 8)", outputs=[said]),
            new_markdown_cell(f"Eight requests are in flight.\n\n{ENGLISH}"),
        ]
    )
    form.normalise(book)
    folder = tmp_path / "source"
    (folder / BOOK).parent.mkdir(parents=True)
    (folder / f"{BOOK}.ipynb").write_text(form.text(book), encoding="utf-8")
    tree = f"# The course\n\nOnly in English.\n\n```{{toctree}}\n{BOOK}\n```\n"
    (folder / "index.md").write_text(tree, encoding="utf-8")
    return folder


def test_a_page_in_another_language(source: Path, tmp_path: Path) -> None:
    """
    1. The catalogues are made: one for each page.
    2. Three messages of the notebook are translated, and the site is built in that language.

    Result: those three are in it, and all else is as it was: a message that has no translation,
    code and what it printed, and a page that has no catalogue.
    """
    assert sphinx("gettext", source, tmp_path / "made") == 0
    catalogue = tmp_path / "made" / "gettext" / f"{BOOK}.pot"
    messages = re.findall(
        r'^msgid "(.+)"$', catalogue.read_text(encoding="utf-8"), re.MULTILINE
    )

    assert {*TRANSLATED, ENGLISH} <= set(messages)
    assert (tmp_path / "made" / "gettext" / "index.pot").is_file()

    po = tmp_path / "po" / "zh_CN" / "LC_MESSAGES" / f"{BOOK}.po"
    po.parent.mkdir(parents=True)
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    entries = [f'msgid "{old}"\nmsgstr "{new}"\n' for old, new in TRANSLATED.items()]
    po.write_text("\n".join([header, *entries]), encoding="utf-8")
    options = ("-D", "language=zh_CN", "-D", f"locale_dirs={tmp_path / 'po'}")

    assert sphinx("html", source, tmp_path / "made", *options) == 0

    page = (tmp_path / "made" / "html" / f"{BOOK}.html").read_text(encoding="utf-8")
    start = (tmp_path / "made" / "html" / "index.html").read_text(encoding="utf-8")
    assert 'lang="zh-CN"' in page
    assert [new for new in TRANSLATED.values() if new not in page] == []
    assert "A service is stopped." not in page
    assert ENGLISH in page
    assert "✓ eight were answered" in page
    assert "Only in English." in start
