"""
Stands in for a registry: puts each version of the shop into a folder, under its digest.

    python images.py FOLDER [MARK]

It prints the names of the images. With a mark, the same versions have other digests.
"""

import hashlib
import shutil
import sys
from pathlib import Path

NAME = "ghcr.io/you/myapp"
HERE = Path(__file__).parent
CHAPTER = HERE.parents[2] / "chapters/04_delivery/4.2_strategies/versions"


def push(program, folder, mark):
    """
    Put a version into the folder; return the name of its image, by its digest.
    """
    text = f"{program.read_text(encoding='utf-8')}# {mark}\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    (folder / f"{digest}.py").write_text(text, encoding="utf-8")
    return f"{NAME}@sha256:{digest}"


folder, mark = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "the first build"
folder.mkdir(exist_ok=True)
for program in ("shop.py", "v1.py", "v2.py"):  # by their tags
    shutil.copy(CHAPTER / program, folder)
for program in (CHAPTER / "v2.py", CHAPTER / "v2-crashes.py", HERE / "v2_errs.py"):
    print(program.stem.replace("_", "-"), push(program, folder, mark))
