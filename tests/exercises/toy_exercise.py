"""
A small exercise for the tests of the engine: a service that is checked in a second.
"""

from pathlib import Path

from workbench.exercises.exercise import Exercise

TOY = Path(__file__).parent / "toy"
UNTOUCHED = (TOY / "service.py").read_text(encoding="utf-8")
SOLVED = UNTOUCHED.replace('200 if self.path == "/healthz" else 500', "200")


def toy_exercise() -> Exercise:
    return Exercise(TOY, 1, "Answer, and end", 1, "service.py", ("What?", "Where?", "Which?"))


def answer(folder: Path, text: str) -> Path:
    """
    A folder with this text as its answer.
    """
    folder.mkdir(exist_ok=True)
    (folder / "service.py").write_text(text, encoding="utf-8")
    return folder
