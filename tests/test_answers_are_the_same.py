"""
Every known answer, made whole, is what it was: but for the order of imports and blank lines.
"""

import ast
from pathlib import Path

import pytest
from proofs import answers as old_answers

from tools.answers import Answer, answers
from workbench._labs import assemble, labs

ANSWERS = [answer for lab in labs() for answer in answers(lab)]
OLD = {
    (answer.lab.path, answer.result, answer.name): answer
    for lab in labs()
    for answer in old_answers(lab)
}


def imports(tree: ast.Module) -> list[ast.Import | ast.ImportFrom]:
    return [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]


def bound(tree: ast.Module) -> dict[str, tuple[str | None, str]]:
    """
    What each imported name stands for.
    """
    return {
        name.asname or name.name: (getattr(node, "module", None), name.name)
        for node in imports(tree)
        for name in node.names
    }


def without_imports(text: str, tree: ast.Module) -> tuple[str, list[str]]:
    """
    The syntax tree and the lines, without imports; the lines without blank ones, too.
    """
    nodes = imports(tree)
    gone = {n for node in nodes for n in range(node.lineno, node.end_lineno + 1)}
    lines = [line for n, line in enumerate(text.splitlines(), 1) if n not in gone]
    tree.body = [node for node in tree.body if node not in nodes]
    return ast.dump(tree), [line for line in lines if line.strip()]


def test_no_answer_is_lost() -> None:
    """
    There are the same ones, with the same names, verdicts and hints.
    """
    new = {(each.lab.path, each.result, each.name): each.hint for each in ANSWERS}

    assert new == {key: answer.hint for key, answer in OLD.items()}
    assert len(new) == len(ANSWERS) == 341 + 2 * len(labs())


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda each: f"{each.lab.name}-{each.name}")
def test_an_answer_is_what_it_was(answer: Answer, tmp_path: Path) -> None:
    """
    What a check runs of it has the same files, and in each the same code and comments; it
    imports what it did and nothing but what the lab does besides.
    """
    old = OLD[answer.lab.path, answer.result, answer.name]
    with answer.folder() as folder:
        assemble(answer.lab, folder, tmp_path / "new")
    assemble(answer.lab, old.folder, tmp_path / "old")
    names = {path.name for path in (tmp_path / "old").iterdir()}

    assert {path.name for path in (tmp_path / "new").iterdir()} == names
    for name in names:
        before = (tmp_path / "old" / name).read_text(encoding="utf-8")
        after = (tmp_path / "new" / name).read_text(encoding="utf-8")
        if not name.endswith(".py"):
            squeezed = [[x for x in t.splitlines() if x.strip()] for t in (before, after)]
            assert squeezed[0] == squeezed[1]
            continue
        was, is_now = ast.parse(before), ast.parse(after)
        given = bound(ast.parse((answer.lab.folder / name).read_text(encoding="utf-8")))
        assert bound(is_now) == given | bound(was) or bound(is_now) == bound(was)
        assert without_imports(before, was) == without_imports(after, is_now)
