"""
The page of an exercise: its task, how to be judged, and, in folds, its hints and a solution.
"""

from tools import ROOT
from workbench.exercises.exercise import Exercise

from .links import Places, address, relink, shown_as
from .markup import code, files, fold

CLIMBS = ("A question", "Where to look", "Which mechanism")


def task_of(exercise: Exercise) -> str:
    """
    Where the task of an exercise stands.
    """
    return f"labs/{exercise.path}/task.md"


def task(exercise: Exercise, places: Places, *, lab: str, solutions: str, course: str) -> str:
    """
    The page of an exercise.

    Args:
        exercise: Which.
        places: What the site has.
        lab: The notebook that it is done in.
        solutions: The notebook that explains its solution.
        course: The page that says how to get the course.
    """
    here = task_of(exercise)
    given = [path.relative_to(ROOT).as_posix() for path in exercise.given if path.is_file()]
    edited = " and ".join(f"`work/{exercise.path}/{name}`" for name in exercise.edits)
    check = address(shown_as(f"labs/{exercise.path}/check.py"), here)
    solved = [
        f"`{name}`\n\n{code((exercise.solution / name).read_text(encoding='utf-8'), name)}"
        for name in exercise.edits
    ]
    judged = f"""\
You are given {files(given, here)}.
In [the course's folder]({address(course, here)}), `make lab` opens JupyterLab.
Edit {edited}, and let [the check]({check}) judge it, in a terminal there:

```sh
course check {exercise.name}
```"""
    parts = [
        f"# {exercise.title}",
        f"`{exercise.name}`, {exercise.minutes} minutes, of [this lab]({address(lab, here)}).",
        relink(exercise.task, here, places),
        f"## Be judged\n\n{judged}",
        "## Hints",
        *(fold(name, hint) for name, hint in zip(CLIMBS, exercise.hints, strict=True)),
        "## A solution",
        fold("Show it", "\n\n".join(solved)),
        f"Why it works, and what else would, is [explained]({address(solutions, here)}).",
    ]
    return "\n\n".join(parts) + "\n"
