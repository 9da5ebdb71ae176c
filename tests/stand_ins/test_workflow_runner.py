"""
The small runner of workflows: what it says act says as well, and the rest it refuses.
"""

from pathlib import Path

import psutil
import pytest

from stand_ins import pipeline
from stand_ins.workflow_expressions import Tree
from stand_ins.workflow_runner import Outcome
from workbench import wait_until
from workbench.errors import CannotJudge, StillRunning

needs_act = pytest.mark.skipif(pipeline.ACT is None, reason="there is no act for this system")

# Each line that a step writes names an `if` that was true, or a value.
EVERYTHING = """
on: push
env:
  PLACE: workflow
  KIND: ${{ github.event_name }}
defaults:
  run:
    shell: bash
jobs:
  piped:
    runs-on: ubuntu-latest
    steps:
      - run: false | true
  values:
    runs-on: ubuntu-latest
    env:
      PLACE: job
    outputs:
      said: ${{ steps.said.outputs.word }}
    steps:
      - run: echo "$PLACE $KIND $GITHUB_REF_NAME $GITHUB_REPOSITORY"
      - run: echo "${{ env.PLACE }} ${{ github.ref }} ${{ github.event.pull_request.number }}."
      - id: said
        run: |
          echo "word=of mouth" >> "$GITHUB_OUTPUT"
          echo "PLACE=file" >> "$GITHUB_ENV"
          printf 'LINES<<END\\none\\ntwo\\nEND\\n' >> "$GITHUB_ENV"
          echo "a summary" >> "$GITHUB_STEP_SUMMARY"
      - run: echo "$PLACE $LINES"
      - env:
          PLACE: step
        run: echo "$PLACE ${{ steps.said.outcome }}"
      - id: forgiven
        continue-on-error: true
        run: exit 1
      - run: echo "${{ steps.forgiven.outcome }} ${{ steps.forgiven.conclusion }}"
      - shell: python
        run: print("python")
      - uses: somebody/setup-something@v1
  conditions:
    needs: [values]
    runs-on: ubuntu-latest
    steps:
      - if: github.event_name == 'push' && github.ref == 'refs/heads/main'
        run: echo both
      - if: github.event_name != 'push' || github.ref == 'refs/heads/main'
        run: echo either
      - if: ${{ !(github.actor == 'you') }}
        run: echo NO
      - if: startsWith(github.ref, 'refs/heads/') && !contains(github.ref, 'tag')
        run: echo functions
      - if: needs.values.outputs.said == 'Of Mouth'
        run: echo case
      - if: needs.values.result == 'success' && !cancelled()
        run: echo result
      - id: breaks
        run: exit 1
      - if: steps.breaks.outcome == 'failure'
        run: echo NO, for success is wanted as well
      - if: failure() && steps.breaks.outcome == 'failure'
        run: echo after a failure
      - if: success() || failure()
        run: echo in any case
  after:
    needs: conditions
    if: failure() && needs.conditions.result == 'failure'
    runs-on: ubuntu-latest
    steps:
      - run: echo after a job
  skipped:
    needs: after
    runs-on: ubuntu-latest
    steps:
      - run: echo NO
  always:
    needs: skipped
    if: always() && needs.skipped.result == 'skipped'
    runs-on: ubuntu-latest
    steps:
      - run: echo at last
"""
# A job after the other, as act names them, and the lines of each in their order.
SAID = """
job push main you/myapp
job refs/heads/main .
file one
two
step success
failure success
python
both
either
functions
case
result
after a failure
in any case
after a job
at last
"""
JOBS = {
    "piped": "failure",
    "values": "success",
    "conditions": "failure",
    "after": "success",
    "skipped": "skipped",
    "always": "success",
}
TOO_MUCH_FOR_THE_SMALL_ONE = {
    "if: github.run_attempt == 1\n        run: echo": "`run_attempt` in the expression",
    "if: hashFiles('x') != ''\n        run: echo": "`hashFiles()` in the expression",
    "if: github.event.commits[0].id\n        run: echo": "`commits` in the expression",
    "if: matrix.versions[0] == 1\n        run: echo": "`[` in the expression",
    "if: ${{ success() }} && true\n        run: echo": "an `if` of which only a part",
    "shell: pwsh\n        run: echo": "the shell `pwsh`",
}
TOO_MUCH_FOR_BOTH = {
    "uses: ./.github/actions/roll-out": "`./.github/actions/roll-out`, and needs",
    "uses: actions/download-artifact@v4": "`actions/download-artifact`, and needs",
    "id: meta\n        uses: docker/metadata-action@v5\n      "
    "- run: echo ${{ steps.meta.outputs.tags }}": "`docker/metadata-action`, and needs",
}
ONE_STEP = "on: push\njobs:\n  only:\n    runs-on: ubuntu-latest\n    steps:\n      - {}\n"


def push(
    text: str,
    folder: Path,
    *,
    small: bool = True,
    event: Tree | None = None,
    timeout: float = 60,
) -> Outcome:
    """
    Push a repository with this workflow and nothing else; its jobs know the folder as $FOLDER.
    """
    (folder / "workflow.yml").write_text(text, encoding="utf-8")
    (folder / "project").mkdir()
    repository = pipeline.new_repository(
        folder.name, folder / "workflow.yml", folder / "project"
    )
    env = {"FOLDER": str(folder)}
    return pipeline.push(repository, small=small, event=event, env=env, timeout=timeout)


@pytest.mark.parametrize("small", [True, pytest.param(False, marks=needs_act)])
def test_what_workflows_say_is_known(tmp_path: Path, *, small: bool) -> None:
    """
    Environment, outputs, conditions and states come to what GitHub documents, in both runners.
    """
    outcome = push(EVERYTHING, tmp_path, small=small)

    assert outcome.jobs == JOBS
    assert sorted(outcome.lines) == sorted(SAID.strip().splitlines())
    assert outcome.did_nothing == ["somebody/setup-something"]


@pytest.mark.parametrize("small", [True, pytest.param(False, marks=needs_act)])
@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"ref": "refs/heads/other"}, "push refs/heads/other"),
        (
            {"number": 7, "pull_request": {"head": {"ref": "other"}, "base": {"ref": "main"}}},
            "pull_request refs/pull/7/merge other main",
        ),
    ],
)
def test_an_event_is_what_it_says(
    tmp_path: Path, event: Tree, said: str, *, small: bool
) -> None:
    """
    Of a push to another branch and of a pull request both runners say what GitHub does.
    """
    words = ("event_name", "ref", "head_ref", "base_ref")
    step = f"run: echo {' '.join(f'${{{{ github.{word} }}}}' for word in words)}"
    text = ONE_STEP.format(step).replace("on: push", "on: [push, pull_request]")

    assert push(text, tmp_path, small=small, event=event).lines == [said]


@pytest.mark.parametrize(
    ("step", "what", "small"),
    [
        *((step, what, True) for step, what in TOO_MUCH_FOR_THE_SMALL_ONE.items()),
        *((step, what, True) for step, what in TOO_MUCH_FOR_BOTH.items()),
        *(pytest.param(*each, False, marks=needs_act) for each in TOO_MUCH_FOR_BOTH.items()),
    ],
)
def test_what_is_not_known_is_refused_by_name(
    tmp_path: Path, step: str, what: str, *, small: bool
) -> None:
    """
    It is neither false nor passed over: who has written it is told what was not understood.
    """
    with pytest.raises(CannotJudge, match="The stand-in for GitHub does not know") as refused:
        push(ONE_STEP.format(step), tmp_path, small=small)

    assert what in str(refused.value)


def test_a_job_in_another_file_is_refused(tmp_path: Path) -> None:
    """
    A reusable workflow is another file: the job is named, and what to do.
    """
    text = "on: push\njobs:\n  deploy:\n    uses: ./.github/workflows/roll-out.yml\n"

    with pytest.raises(CannotJudge, match=r"The job deploy is in another file, `\./\.github"):
        push(text, tmp_path)


@pytest.mark.parametrize("small", [True, pytest.param(False, marks=needs_act)])
def test_a_push_that_never_ends_is_ended(tmp_path: Path, *, small: bool) -> None:
    """
    It takes no longer than it may, and all that it has started is gone.
    """
    text = ONE_STEP.format('run: sleep 300 & echo $! > "$FOLDER/pid"; wait')

    with pytest.raises(StillRunning, match="was still running when its time was over"):
        push(text, tmp_path, small=small, timeout=8)

    sleeper = int((tmp_path / "pid").read_text(encoding="utf-8"))
    assert wait_until(lambda: not psutil.pid_exists(sleeper), 10)
