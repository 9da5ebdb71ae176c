"""
Count what is written by hand, by part.

    .venv/bin/python -m tools.count_lines

Of the files that git tracks, every line of code, prose and settings counts. What a program
makes does not: notebooks, locks, pictures, kept proofs, data.
"""

import re
import subprocess
from collections import Counter

from tools import ROOT
from tools.answers import answers
from workbench.exercises.exercise import exercises

MADE = r"\.(ipynb|png|json)$|requirements\.txt$|^tests/(proven\.txt|exercises/upgrade/)"
# The first that fits.
PARTS = {
    r"labs/.*check\.py": "labs: checks",
    r"labs/.*hints\.toml": "labs: hints of the checks",
    r"labs/": "labs: the rest",
    r"chapters/.*figures\.py": "chapters: figures",
    r"chapters/": "chapters: services and the like",
    r"tests/exercises/answers/.*/wrong/": "answers: wrong",
    r"tests/exercises/answers/": "answers: right, and what is expected",
    r"tests/course/canaries/": "canaries",
    r"tests/": "tests: the rest",
    r"(solutions|workbench|stand_ins|demos|tools|hub|docs)/": "",  # a part of its own
    r"": "root, CI",
}


def part(path: str) -> str:
    fits = next(pattern for pattern in PARTS if re.match(pattern, path))
    return PARTS[fits] or path.partition("/")[0]


def main() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = [path for path in listing.stdout.split("\0")[:-1] if not re.search(MADE, path)]
    files, lines, proofs = Counter[str](), Counter[str](), Counter[str]()
    for path in paths:
        text = (ROOT / path).read_text(encoding="utf-8")
        files[part(path)] += 1
        lines[part(path)] += len(text.splitlines())
        proofs["canaries"] += text.count("[[canary]]") * (part(path) == "canaries")
        proofs["tests"] += text.count("\ndef test_") * (part(path) == "tests: the rest")
    proofs["known answers"] = sum(len(list(answers(each))) for each in exercises())
    for name, number in [*lines.most_common(), ("all", lines.total())]:
        print(f"{name:<40}{files[name] or files.total():>5} files{number:>8,} lines")
    print(", ".join(f"{number} {name}" for name, number in sorted(proofs.items())))


if __name__ == "__main__":
    main()
