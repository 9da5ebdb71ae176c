"""
The course from a shell: check exercises, see where you or a class stand, put things right.

Exit codes: 0 all is well (every check passed), 1 something is not (a check failed, or nothing
was attempted), 2 it could not be found out, 130 it was stopped by Ctrl-C.
"""

import argparse
import codecs
import io
import os
import sys
from difflib import get_close_matches
from pathlib import Path

import psutil

from ._command import course, near
from ._doctor import doctor, stop
from ._records import kept, printable, to_json
from .by_hand import run_backing_services
from .errors import WorkbenchError
from .exercises.class_report import (
    as_csv,
    as_json,
    as_page,
    as_text,
    moment,
    read_class,
    serve,
    sum_up,
)
from .exercises.exercise import Exercise, exercises, find
from .exercises.hand_in import FOLDER, hand_in
from .exercises.notebook import judge, reset
from .exercises.regrade import regrade
from .exercises.verdict import COULD_NOT_CHECK, FAIL, NOT_ATTEMPTED, PASS, Verdict, standing
from .incidents.command import add_verb as add_incident
from .plan import PLAN, Plan, read, write
from .trial import Options, Refused, Request, put_on_trial
from .trial.options import ALONE, EACH_UPSTREAM, FRONTS, LEVELS, PLACES

INTERRUPTED, PIPE_CLOSED = 130, 141  # as a shell counts them: 128 and the number of the signal
PLAIN = {
    "✓": "+",
    "✗": "x",
    "·": "-",
    "≈": "~",
    "…": "...",
    "█": "#",
    "░": ".",
    "←": "<-",
    "–": "-",
}


def main() -> int:
    _print_in_any_encoding()
    try:
        arguments = _parser().parse_args()
        code: int = arguments.verb(arguments)
        print(end="", flush=True)  # here, where a closed pipe is no surprise
    except WorkbenchError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt as stopped:
        print(f"Stopped: {stopped}" if stopped.args else "Stopped.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # who reads has seen enough: `course status | head -n 1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for Python's own flush
        return PIPE_CLOSED
    return code


def check(arguments: argparse.Namespace) -> int:
    """
    Judge the named exercises, or all of them; of several, a table at the end.
    """
    chosen = [find(name) for name in arguments.names] or exercises()
    if arguments.attempt and len(chosen) != 1:
        msg = "--attempt is one answer to one exercise: name that exercise."
        raise WorkbenchError(msg)
    if arguments.json:
        _try_to_write(arguments.json)
    verdicts = []
    for number, exercise in enumerate(chosen, start=1):
        if len(chosen) > 1:
            print(f"\n{number} of {len(chosen)}: {exercise.path}", flush=True)
        try:
            verdict, _ = judge(exercise, arguments.attempt, seed=arguments.seed)
        except KeyboardInterrupt:
            rest = "nothing of it is kept, and nothing left running"
            raise KeyboardInterrupt(f"{exercise.name} was not judged, {rest}.") from None
        if step := _next(exercise, arguments.attempt, verdict):
            print(f"\n  {step}", flush=True)
        verdicts.append(verdict)
    if len(verdicts) > 1:
        print("", *map(_row, verdicts), sep="\n")
    if arguments.json:
        _write(f"[{','.join(map(to_json, verdicts))}]", arguments.json)
    results = {verdict.result for verdict in verdicts}
    if COULD_NOT_CHECK in results:
        return 2
    return 0 if results <= {PASS} else 1


def status(_arguments: argparse.Namespace) -> int:
    """
    Say where you stand in every exercise.
    """
    for exercise in exercises():
        place = f"{exercise.path:<40} {exercise.minutes:>3} min  "
        print(f"{place}{standing(kept(exercise.verdicts, Verdict))}")
    return 0


def report_class(arguments: argparse.Namespace) -> int:
    """
    Say who of a class passed what and who needs help, which wrong turn is the commonest, and
    what it predicted.

    DIR has, for each learner, what course hand-in wrote, a folder (with copies of
    work/.verdicts and work/.predictions) or a file from check --json; or rooms of such.
    """
    forms = {
        "--csv": (arguments.csv, as_csv),
        "--json": (arguments.json, as_json),
        "--html": (arguments.html, as_page),
    }
    wanted = {option: form for option, form in forms.items() if form[0]}
    for option, (file, _) in wanted.items():
        _try_to_write(file, option)
    since = moment(arguments.since) if arguments.since else None
    summary = sum_up(read_class(arguments.folder, since=since), since)
    print(as_text(summary))
    for file, form in wanted.values():
        _write(form(summary), file)
    return 0


def show_board(arguments: argparse.Namespace) -> int:
    """
    Show the report of a class as a page that keeps up with what is handed in, on this machine
    only. Ctrl-C ends it.

    DIR is as for course report, or still empty: what COURSE_SUBMISSIONS names, for example, or
    the hub's state/submissions.
    """
    since = moment(arguments.since) if arguments.since else None

    def tell(address: str) -> None:
        print(f"The board of {arguments.folder}: {address} (Ctrl-C ends it)", flush=True)

    serve(arguments.folder, since, arguments.port, tell)
    return 0


def hand_in_work(arguments: argparse.Namespace) -> int:
    """
    Write your answers, verdicts and predictions into one file, NAME.zip: in the folder of your
    class, where there is one, else in work/, to be sent. Again replaces it.
    """
    print(hand_in(arguments.learner, arguments.folder))
    return 0


def regrade_class(arguments: argparse.Namespace) -> int:
    """
    Judge again what a class handed in, all of it or the named exercises, and say where the
    check and the learners' own records differ.

    It takes seconds for each answer, which runs with your rights on this machine.
    """
    chosen = [find(name) for name in arguments.names] or exercises()
    found = []
    for each in regrade(arguments.folder, chosen):
        found.append(each)
        mark = f"  ← recorded: {each.recorded}" if each.differs else ""
        why = f"  {each.why.splitlines()[0]}" if each.why else ""
        line = f"{each.learner:<24} {each.exercise:<40} {each.result}{mark}{why}"
        print(printable(line), flush=True)
    differ = sum(each.differs for each in found)
    unknown = sum(each.result == COULD_NOT_CHECK for each in found)
    print(f"\nJudged again: {len(found)}. Differs: {differ}. Could not check: {unknown}.")
    if unknown:
        return 2
    return 1 if differ else 0


def reset_exercise(arguments: argparse.Namespace) -> int:
    """
    Begin an exercise anew; your file is kept beside the new one.
    """
    print(reset(find(arguments.name)))
    return 0


def backing_services(arguments: argparse.Namespace) -> int:
    """
    Run a Redis and a PostgreSQL to try a service with by hand, until Ctrl-C, and print what
    the service is told of them. From an exercise's folder: course backing-services by_hand.sql
    """
    run_backing_services(arguments.files, arguments.max_connections)
    return 0


def plan(arguments: argparse.Namespace) -> int:
    """
    Do the sum of your service's stop, and write the files that its numbers belong in: a
    Kubernetes manifest, a Dockerfile, gunicorn's settings, a systemd unit, and the sum itself.

    course plan main:app --name shop --slowest 20 --cleanup 2
    """
    sums = Plan(**{name: getattr(arguments, name) for name in Plan.__dataclass_fields__})
    folder = arguments.into
    print(sums, "", *write(sums, folder), sep="\n")
    print(f"\nHold your service to it: {course('trial')} --plan {folder / PLAN} -- COMMAND")
    return 0


def trial(arguments: argparse.Namespace) -> int:
    """
    Put your own service on trial: start it, load it, signal it, and say on one page what is a
    problem, what depends on what is around it, and what went well.

    From the folder of the service, in its environment, as it would be started there:
    course trial -- uvicorn mine:app --port {port}
    """
    if arguments.json:
        _try_to_write(arguments.json)
    planned = read(arguments.plan) if arguments.plan else None
    options = Options(
        command=tuple(arguments.command),
        folder=Path.cwd(),
        ready=arguments.ready,
        requests=tuple(map(Request.read, arguments.request or ["GET /"])),
        writes=arguments.writes,
        upstreams=dict(map(_name_and_value, arguments.upstream)),
        settings=tuple(arguments.setting),
        grace=planned.after_signal if planned else arguments.grace,
        slowest=planned.slowest if planned else None,
        front=arguments.front,
        place=arguments.place,
        at_once=arguments.at_once,
        after=arguments.after,
        here=arguments.here,
        outside=arguments.outside,
        limit=arguments.limit,
    )

    def tell(attack: str) -> None:
        if sys.stderr.isatty():
            print(f"… {attack}", file=sys.stderr)

    # The shell's, not ours: from that, `import workbench` has taken out what is not for us.
    result = put_on_trial(options, psutil.Process().environ(), tell)
    print(result.page)
    if arguments.json:
        _write(result.json, arguments.json)
    if arguments.fail_on is None:
        return 0
    return int(result.has(*LEVELS[: LEVELS.index(arguments.fail_on) + 1]))


def _name_and_value(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        msg = f"--upstream {text!r} has no address: write it as NAME=http://127.0.0.1:PORT."
        raise Refused(msg)
    return name, value


def _row(verdict: Verdict) -> str:
    claims = f"{verdict.met} of {len(verdict.claims)} claims"
    return f"{verdict.exercise:<40} {verdict.result:<15} {claims}"


def _next(exercise: Exercise, attempt: Path | None, verdict: Verdict) -> str:
    if verdict.result in (FAIL, NOT_ATTEMPTED):
        return f"Edit {near((attempt or exercise.work) / exercise.edit)}, and check again."
    if verdict.passed and attempt is None:
        every = exercises()
        done = sum(any(v.passed for v in kept(each.verdicts, Verdict)) for each in every)
        solutions = near(exercise.solution.with_name("solutions.ipynb"))
        return (
            f"You have passed {done} of {len(every)} exercises.\n"
            f"  Why the solution works: {solutions}, section {exercise.number}.\n"
            f"  How others solved it: exercise({exercise.name!r}).others(), in a notebook."
        )
    return ""


def _try_to_write(file: Path, option: str = "--json") -> None:
    """
    Find out before what takes its time whether what it finds can be written.
    """
    is_new = not file.exists()
    try:
        file.open("a").close()
    except OSError as error:
        msg = f"Nothing was tried: {option} {file} cannot be written to ({error.strerror})."
        raise WorkbenchError(f"{msg} Name another file.") from None
    if is_new:
        file.unlink()


def _write(text: str, file: Path) -> None:
    try:
        file.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        msg = f"What stands above is not in {file}, which cannot be written to any more"
        raise WorkbenchError(f"{msg} ({error.strerror}).") from None


def _print_in_any_encoding() -> None:
    """
    Where there is no ✓ there is a +: no verdict is lost for one of its characters.
    """
    codecs.register_error("plain", _plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a shell can close it: then there is none
            stream.reconfigure(errors="plain")


def _plainly(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    lacking = error.object[error.start : error.end]
    return "".join(PLAIN.get(character, "?") for character in lacking), error.end


class _Parser(argparse.ArgumentParser):
    """
    One that asks after a slip in a verb, or in a word of which there are a few.
    """

    def _check_value(self, action: argparse.Action, value: object) -> None:
        choices = list(action.choices or ())
        near = get_close_matches(str(value).casefold(), choices, n=1)
        if near and value not in choices:
            msg = f"there is no {value!r}; did you mean {near[0]}?"
            raise argparse.ArgumentError(action, msg)
        super()._check_value(action, value)


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = _Parser(
        prog=course("").strip(),
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    verb = verbs.add_parser("check", help="judge your services", description=check.__doc__)
    verb.add_argument("names", nargs="*", metavar="NAME", help="an exercise, such as drain")
    verb.add_argument("--attempt", type=Path, metavar="DIR", help="judge the answer in there")
    verb.add_argument("--seed", type=int, metavar="N", help="send what that verdict was about")
    verb.add_argument("--json", type=Path, metavar="FILE", help="write the verdicts there, too")
    verb.set_defaults(verb=check)
    verb = verbs.add_parser("status", help="where you stand", description=status.__doc__)
    verb.set_defaults(verb=status)
    verb = verbs.add_parser(
        "reset", help="begin an exercise anew", description=reset_exercise.__doc__
    )
    verb.add_argument("name", metavar="NAME")
    verb.set_defaults(verb=reset_exercise)
    verb = verbs.add_parser("stop", help="end what was left behind", description=stop.__doc__)
    verb.set_defaults(verb=lambda _: stop())
    verb = verbs.add_parser(
        "doctor", help="what this machine lacks", description=doctor.__doc__
    )
    verb.set_defaults(verb=lambda _: doctor())
    verb = verbs.add_parser(
        "backing-services",
        help="a Redis and a PostgreSQL, to try a service by hand",
        description=backing_services.__doc__,
    )
    add = verb.add_argument
    add("files", nargs="*", type=Path, metavar="FILE", help="SQL that makes what is in it")
    add("--max-connections", type=int, metavar="N", help="how many PostgreSQL allows (100)")
    verb.set_defaults(verb=backing_services)
    _add_class(verbs)
    _add_plan(verbs)
    _add_trial(verbs)
    add_incident(verbs)
    return parser


def _add_class(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verb = verbs.add_parser(
        "hand-in", help="your work as one file", description=hand_in_work.__doc__
    )
    verb.add_argument("--as", dest="learner", metavar="NAME", help="your name (your login's)")
    verb.add_argument(
        "--to",
        dest="folder",
        type=Path,
        metavar="FOLDER",
        help=f"one that is there (what {FOLDER} says, or work/)",
    )
    verb.set_defaults(verb=hand_in_work)
    verb = verbs.add_parser(
        "report", help="a class at a glance", description=report_class.__doc__
    )
    add = verb.add_argument
    add("folder", type=Path, metavar="DIR", help="what the class handed in")
    add("--since", metavar="WHEN", help="leave out what is older: 2h, 3d, 2026-01-31T09:00")
    add("--csv", type=Path, metavar="FILE", help="write it there, too, a row for each learner")
    add("--json", type=Path, metavar="FILE", help="write all of it there, too")
    add("--html", type=Path, metavar="FILE", help="write it there, too, as a page to show")
    verb.set_defaults(verb=report_class)
    verb = verbs.add_parser(
        "board", help="a class, while it works", description=show_board.__doc__
    )
    add = verb.add_argument
    add("folder", type=Path, metavar="DIR", help="what the class hands in to")
    add("--since", metavar="WHEN", help="leave out what is older: 2h, 3d, 2026-01-31T09:00")
    add("--port", type=int, default=0, metavar="N", help="of this machine (a free one)")
    verb.set_defaults(verb=show_board)
    verb = verbs.add_parser(
        "regrade", help="a class's answers, judged again", description=regrade_class.__doc__
    )
    verb.add_argument("folder", type=Path, metavar="DIR", help="what the class handed in")
    verb.add_argument("names", nargs="*", metavar="NAME", help="an exercise, such as drain")
    verb.set_defaults(verb=regrade_class)


def _add_plan(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verb = verbs.add_parser(
        "plan",
        help="the sum of your service's stop, as files to take to work",
        description=plan.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = verb.add_argument
    add("app", metavar="APP", help="where gunicorn finds it, as in main:app")
    add("--name", required=True, help="what the service is called")
    add("--into", type=Path, default=Path("plan"), metavar="DIR", help="a new folder (plan)")
    for name, words in {
        "slowest": "of the slowest request that is to be answered",
        "cleanup": "after the last answer: buffers, connections",
        "propagation": "until nobody sends any more, once it is being taken out",
        "period": "between two looks of whoever asks for /readyz",
        "start": "of the slowest start",
        "margin": "that each waits longer than the one it waits for",
    }.items():
        default = getattr(Plan, name, None)
        shown = words if default is None else f"{words} ({default})"
        add(
            f"--{name}",
            type=int,
            metavar="SECONDS",
            required=default is None,
            default=default,
            help=shown,
        )
    add(
        "--failures",
        type=int,
        metavar="N",
        default=Plan.failures,
        help=f"bad looks in a row that take it out ({Plan.failures})",
    )
    verb.set_defaults(verb=plan)


def _add_trial(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verb = verbs.add_parser(
        "trial",
        help="your own service on trial",
        description=trial.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="%(prog)s [options] -- COMMAND",
    )
    add = verb.add_argument
    add("command", nargs="+", metavar="COMMAND", help="{port} in it becomes a free port")
    add(
        "--ready",
        default="port",
        metavar="WHAT",
        help="a path that answers, or a regular expression in its log (its port is open)",
    )
    add(
        "--request",
        action="append",
        metavar="'GET /path'",
        help="what to ask for, any number of times; a slow route, too (GET /)",
    )
    add("--writes", action="store_true", help="requests beside GET and HEAD may be sent")
    add(
        "--upstream",
        action="append",
        default=[],
        metavar="NAME=URL",
        help="disturb what runs there, on this machine; the variable NAME leads to it",
    )
    add(
        "--setting",
        action="append",
        default=[],
        metavar="NAME",
        help="start it without this variable, too",
    )
    grace = verb.add_mutually_exclusive_group().add_argument
    grace("--grace", type=float, default=30, metavar="SECONDS", help="it may take to end (30)")
    grace(
        "--plan", type=Path, metavar="FILE", help=f"the {PLAN} that says it ({course('plan')})"
    )
    add(
        "--front",
        choices=FRONTS,
        help="who is in front: nobody; who stops sending before the signal; who also takes in"
        " whole requests first",
    )
    add("--in", dest="place", choices=PLACES, help="what it runs in")
    add("--at-once", type=int, metavar="N", help="how many slow requests come at a time")
    add(
        "--after",
        metavar="CMD",
        help="run after SIGTERM under load, in its folder; TRIAL_ACCEPTED says how many writes"
        " were accepted; another exit code than 0 is a problem",
    )
    add("--here", action="store_true", help="run it in this folder, not in a copy")
    add("--outside", action="store_true", help="it may talk to other machines")
    add(
        "--limit",
        type=float,
        metavar="SECONDS",
        help=f"for the whole ({ALONE:g}, and {EACH_UPSTREAM:g} for each upstream)",
    )
    add("--fail-on", choices=LEVELS, help="exit with 1 if there is such a finding, or worse")
    add("--json", type=Path, metavar="FILE", help="write all that was seen there, too")
    verb.set_defaults(verb=trial)


if __name__ == "__main__":
    sys.exit(main())
