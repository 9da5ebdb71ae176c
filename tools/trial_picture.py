"""
Draw the page of `course trial` that the README shows: an SVG, whose lines a diff can show.

    .venv/bin/python -m tools.trial_picture

A page that says the same but for its numbers leaves the picture as it is.
"""

import html
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import ROOT
from workbench.trial.page import TITLES, WIDTH

FOLDER = ROOT / "chapters" / "01_graceful_shutdown" / "1.1_what_gets_lost"
TYPED = "course trial -- python drops.py {port}"
PICTURE = ROOT / ".github" / "trial_page.svg"

CHARACTER, LINE, MARGIN = 7.9, 19, 18  # pixels
FONT = "13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace"
# On a ground of its own, so that it can be read in a light and in a dark page.
GROUND, INK, FAINT = "#161b22", "#e6edf3", "#9da7b3"
TITLE_INKS = dict(zip(TITLES.values(), ("#ff7b72", "#e3b341", "#7ee787", FAINT), strict=True))


def page() -> list[str]:
    """
    What is typed, and the page as it is printed.
    """
    programs = Path(sys.executable).parent
    done = subprocess.run(
        shlex.split(TYPED),
        cwd=FOLDER,
        env=os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [f"$ {TYPED}", "", *done.stdout.splitlines()]


def drawn(lines: Sequence[str]) -> str:
    width, height = CHARACTER * WIDTH + 2 * MARGIN, LINE * len(lines) + 2 * MARGIN
    size = f'width="{width:g}" height="{height:g}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} style="font: {FONT}">',
        f'<rect {size} rx="6" fill="{GROUND}"/>',
    ]
    for number, line in enumerate(lines, 1):
        place = f'x="{MARGIN}" y="{MARGIN + LINE * number - 5}"'
        parts.append(
            f'<text {place} fill="{_ink(line)}" xml:space="preserve">{html.escape(line)}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def lines_of(picture: str) -> list[str]:
    return [html.unescape(text) for text in re.findall(r"<text[^>]*>(.*)</text>", picture)]


def same(old: Sequence[str], new: Sequence[str]) -> bool:
    """
    Whether two pages say the same but for their numbers.
    """
    return _meaning(old) == _meaning(new)


def _meaning(lines: Sequence[str]) -> str:
    words = " ".join(" ".join(lines).split())  # a longer number may break a line elsewhere
    return re.sub(r"(< )?[\d.]+( m?s\b)?", "0", words)


def _ink(line: str) -> str:
    for title, ink in TITLE_INKS.items():
        if line.startswith(title):
            return ink
    return FAINT if line.startswith(("$", "   ")) else INK


if __name__ == "__main__":
    now = page()
    if not (PICTURE.exists() and same(lines_of(PICTURE.read_text(encoding="utf-8")), now)):
        PICTURE.write_text(drawn(now), encoding="utf-8")
