"""
Make the site to read: no cell is executed, and nothing is fetched.

    .venv/bin/python -m tools.site build          .site/html, with its search
    .venv/bin/python -m tools.site catalogues     .site/gettext: what there is to translate
    .venv/bin/python -m tools.site handout 5.1    .site/handouts: a notebook in a single file

`site/environment` makes what these need.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import ROOT
from workbench.errors import WorkbenchError

from . import pages
from .handout import handout

MADE = ROOT / ".site"
PYTHON = MADE / "venv" / "bin" / "python"
HTML = MADE / "html"


def sphinx(builder: str, source: Path, target: Path, *options: str) -> int:
    """
    Have Sphinx read pages, and return its exit code; what it warns of is an error.
    """
    command = ("-m", "sphinx", "-M", builder, source, target, "-c", ROOT / "site")
    strict = ("--quiet", "--fail-on-warning", "--jobs", "2")
    return subprocess.run((PYTHON, *command, *strict, *options), check=False).returncode


def build() -> int:
    """
    Write the pages, make HTML of them, and index it; return the first exit code that is not 0.
    """
    pages.write(MADE / "source")
    shutil.rmtree(HTML, ignore_errors=True)  # no page stays whose file is gone
    if code := sphinx("html", MADE / "source", MADE):
        return code
    index = ("-m", "pagefind", "--site", HTML, "--root-selector", "article")
    prose = ("--exclude-selectors", ".headerlink", "--quiet")
    return subprocess.run((PYTHON, *index, *prose), check=False).returncode


def catalogues() -> int:
    """
    Write the messages of each page, for translators.
    """
    pages.write(MADE / "source")
    return sphinx("gettext", MADE / "source", MADE)


def main(arguments: Sequence[str] | None = None) -> int:
    about = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = about.add_subparsers(dest="verb", required=True, metavar="build|catalogues|handout")
    verbs.add_parser("build")
    verbs.add_parser("catalogues")
    verbs.add_parser("handout").add_argument("notebook", help="its number, as in 5.1")
    given = about.parse_args(arguments)
    if not PYTHON.exists():
        about.error("there is no .site/venv, which builds the site; make it: site/environment")
    match given.verb:
        case "build":
            return build()
        case "catalogues":
            return catalogues()
    try:
        print(handout(given.notebook, HTML, MADE / "handouts").relative_to(ROOT))
    except WorkbenchError as refusal:
        print(refusal, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
