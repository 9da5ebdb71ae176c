"""
The public face: what `from workbench import …` gives, and what it promises.
"""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import workbench
from workbench import claim, measured, scratch, show
from workbench.errors import ClaimFailed, WorkbenchError

PACKAGE = Path(workbench.__file__).parent


def test_all_is_complete_and_sorted():
    """
    `__all__` is sorted and names all that is imported into the package, and nothing else.
    """
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    imported = [
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]

    assert sorted(workbench.__all__, key=lambda n: (n[0].islower(), n)) == workbench.__all__
    assert sorted(imported) == sorted(workbench.__all__)


@pytest.mark.parametrize("name", workbench.__all__)
def test_documented(name):
    """
    Every public name has a docstring, and so has every public method of it.
    """
    thing = getattr(workbench, name)
    assert inspect.getdoc(thing)
    for attribute, value in vars(thing).items() if inspect.isclass(thing) else ():
        if inspect.isfunction(value) and not attribute.startswith("_"):
            assert inspect.getdoc(value), f"{name}.{attribute}"


def test_every_error_is_in_the_tree():
    """
    The tree at the top of errors.py names every exception that the file defines.
    """
    tree = ast.parse((PACKAGE / "errors.py").read_text())
    drawn = re.findall(r"^(?:\W* )?([A-Z]\w+)(?:  |$)", ast.get_docstring(tree), re.MULTILINE)

    assert drawn == [node.name for node in tree.body if isinstance(node, ast.ClassDef)]


def test_importing_is_cheap():
    """
    Importing the workbench starts no process and no thread.
    """
    code = (
        "import threading, psutil, workbench;"
        "print(threading.active_count(), len(psutil.Process().children()))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )

    assert said.stdout == "1 0\n"


def test_a_check_loads_nothing_that_draws():
    """
    What a check is made with, and the engine that runs it, load no matplotlib and no IPython.
    """
    code = (
        "import sys, workbench, workbench.checks, workbench.look, workbench.__main__;"
        "print({name.partition('.')[0] for name in sys.modules} & {'matplotlib', 'IPython'})"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )

    assert said.stdout == "set()\n"


def test_claim_holds(capsys):
    """
    A claim that holds is printed.
    """
    claim([1], "there is one")

    assert capsys.readouterr().out == "✓ there is one\n"


def test_claim_fails():
    """
    A claim that does not hold fails, with what was seen.
    """
    with pytest.raises(ClaimFailed, match=r"(?s)not so here: all are answered.*seen: 3"):
        claim(False, "all are answered", seen=3)
    with pytest.raises(AssertionError, match=r"not so here: nothing$"):
        claim([], "nothing")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.012345, "s", "≈ 0.0123 s"),
        (12.34, "ms", "≈ 12.3 ms"),
        (0, "ok", "≈ 0 ok"),
        (12345.6, "", "≈ 12346"),
    ],
)
def test_measured(value, unit, text):
    """
    A measured number has its mark, three significant digits and its unit.
    """
    assert measured(value, unit) == text


def test_scratch():
    """
    A scratch folder is empty, also when the same name is asked for again.
    """
    first = scratch("a test")
    (first / "file").touch()
    second = scratch("a test")

    assert second.is_dir()
    assert not list(second.iterdir())
    assert not first.exists()
    second.rmdir()


@pytest.fixture
def shown(monkeypatch):
    """
    What show() displayed, as a front end shows it.
    """
    seen = []

    def display(data, *, metadata, **_):
        assert metadata == {"course": "fixed"}
        seen.append(data.get("text/markdown") or data["text/html"])

    monkeypatch.setattr("IPython.display.display", display)
    return seen


@pytest.mark.parametrize(
    ("name", "language"),
    [("run.sh", "bash"), ("Dockerfile", "dockerfile"), ("image.dockerfile", "dockerfile")],
)
def test_show_file(shown, tmp_path, name, language):
    """
    A file is shown whole, under its name, in its language.
    """
    (tmp_path / name).write_text("echo hello\n")
    show(tmp_path / name)

    assert shown == [f"*{name}*\n```{language}\necho hello\n```"]


def test_show_part(shown, tmp_path):
    """
    One function is shown with its decorators, and nothing else.
    """
    (tmp_path / "app.py").write_text("import a\n\n@a.b\nasync def f():\n    pass\n\nx = 1\n")
    show(tmp_path / "app.py", only="f")

    assert shown == ["*app.py, f*\n```python\n@a.b\nasync def f():\n    pass\n```"]


def test_show_no_such_part(tmp_path):
    """
    A function that is not there is named.
    """
    (tmp_path / "app.py").write_text("")
    with pytest.raises(WorkbenchError, match="no function or class 'lifespan'"):
        show(tmp_path / "app.py", only="lifespan")


def test_show_difference(shown, tmp_path):
    """
    Two files are shown as a diff: what is gone on red, what is new on green.
    """
    (tmp_path / "drops.py").write_text("a\nb < 1\n")
    (tmp_path / "drains.py").write_text("a\nc\n")
    show(tmp_path / "drops.py", tmp_path / "drains.py")

    assert shown[0].splitlines() == [
        "<em>from drops.py to drains.py</em>",
        "<pre> a",
        '<span style="background-color:rgba(248,81,73,0.20)">-b &lt; 1</span>',
        '<span style="background-color:rgba(46,160,67,0.22)">+c</span></pre>',
    ]


@pytest.fixture
def difference(shown, tmp_path):
    """
    The lines that show() has for two texts, in files of one name, without colours.
    """

    def lines(before, after):
        for folder, text in (("old", before), ("new", after)):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "app.py").write_text(text)
        show(tmp_path / "old" / "app.py", tmp_path / "new" / "app.py")
        return re.sub("<[^>]+>", "", shown[0]).splitlines()

    return lines


def test_show_difference_of_one_name(difference, tmp_path):
    """
    Two files of the same name are told apart by their paths.
    """
    title, *_ = difference("a", "b")

    assert title == f"from {tmp_path}/old/app.py to {tmp_path}/new/app.py"


def test_show_difference_without_docstrings(difference):
    """
    What a docstring says otherwise is no change; another string's words are one.
    """
    text = '{}\nimport a\n\nclass A:\n    """\n    {}\n    """\n\n    b = """{}"""\n'
    before = text.format('"""One."""', "two", "three")
    after = text.format('"""\nOne,\nand more.\n"""', "two,\n    and more", "four")
    _, *lines = difference(before, after)

    changed = [line for line in lines if line[0] in "+-"]
    assert changed == ['-    b = """three"""', '+    b = """four"""']


@pytest.mark.parametrize(
    ("before", "after", "seen"),
    [
        ('"""One."""\n', '"""Two."""\n', ['-"""One."""', '+"""Two."""']),
        (
            'def f(): "One."\na = 1\n',
            'def f(b): "One."\na = 2\n',
            ['-def f(): "One."', "-a = 1", '+def f(b): "One."', "+a = 2"],
        ),
        ("a = 1\n", '"""One."""\na = 1\n', ['+"""One."""', " a = 1"]),
        ("a = 1\n", "a = 1\n", ["  (no difference)"]),
    ],
    ids=["nothing else changes", "beside code", "new", "the same"],
)
def test_show_difference_of_docstrings(difference, before, after, seen):
    """
    A docstring is shown that is all that differs, is new, or shares its line with code.
    """
    _, *lines = difference(before, after)

    assert lines == seen


def test_show_difference_far_apart(difference):
    """
    A mark stands for what is left out between two changes.
    """
    lines = [f"a{number}" for number in range(20)]
    _, *seen = difference("\n".join(lines), "\n".join(["b", *lines, "c"]))

    assert seen == ["+b", " a0", " a1", " a2", "⋯", " a17", " a18", " a19", "+c"]


def test_show_helper(shown):
    """
    A helper's own source is shown.
    """
    show(claim)

    assert "def claim(condition: object, text: str" in shown[0]
