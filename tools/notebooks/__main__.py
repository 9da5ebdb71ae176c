"""
Keep the notebooks true: execute, compare, and edit them as text.

    .venv/bin/python -m tools.notebooks list
    .venv/bin/python -m tools.notebooks refresh [NOTEBOOK …]   execute, store what has changed
    .venv/bin/python -m tools.notebooks test [NOTEBOOK …]      execute, compare with what is
                                               stored; --again: what fails, once more and alone
    .venv/bin/python -m tools.notebooks edit NOTEBOOK          as Python with `# %%` cells …
    .venv/bin/python -m tools.notebooks save NOTEBOOK          … and back

Without a NOTEBOOK, refresh and test take all in chapters/, labs/ and solutions/.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from .edit import edit, save
from .files import Refused, chosen, on_disk, short
from .refresh import refresh_all
from .run import test


def main(arguments: Sequence[str] | None = None) -> int:
    about = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = about.add_subparsers(
        dest="verb", required=True, metavar="list|refresh|test|edit|save"
    )
    verbs.add_parser("list")
    for verb in ("refresh", "test"):
        verbs.add_parser(verb).add_argument("notebooks", nargs="*", type=Path)
    for verb in ("edit", "save"):
        verbs.add_parser(verb).add_argument("notebooks", nargs=1, type=Path)
    options = verbs.choices["refresh"]
    options.add_argument("--jobs", type=int, default=2, help="notebooks at a time (default: 2)")
    options.add_argument(
        "--redraw",
        action="store_true",
        help="store all outputs anew, as after a change of style",
    )
    options = verbs.choices["test"]
    options.add_argument(
        "--again",
        action="store_true",
        help="run a notebook that fails once more, alone: what beside it kept the cores busy?",
    )
    options.add_argument(
        "--report", type=Path, help="keep what each cell did, as lines of JSON"
    )
    given = about.parse_args(arguments)
    try:
        match given.verb:
            case "list":
                for path in on_disk():
                    print(short(path))
            case "refresh":
                notebooks = chosen(given.notebooks)
                done = refresh_all(notebooks, given.jobs, redraw=given.redraw)
                return int(not asyncio.run(done))
            case "test":
                return test(chosen(given.notebooks), given.report, again=given.again)
            case "edit":
                edit(chosen(given.notebooks)[0])
            case "save":
                save(chosen(given.notebooks)[0])
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
