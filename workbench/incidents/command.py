"""
An incident in a terminal: `course incident`, and beside it what is read and done.
"""

import argparse
import shutil
import sys

from workbench._command import course
from workbench.errors import WorkbenchError
from workbench.exercises.verdict import COULD_NOT_CHECK

from .catalogue import incidents
from .client import Shop
from .levers import COMPONENTS, LEVERS, MECHANISMS
from .notebook import OnCall, where_it_runs

LOOK = 20.0  # seconds, then the line is drawn anew


def add_verb(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """
    Add `incident`, with a word for each incident, each reading and each lever.
    """
    verb = verbs.add_parser(
        "incident",
        help="be on call for a shop of real processes",
        description=respond.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.set_defaults(verb=respond, incident=None)
    _add_options(verb, seed=None, speed=1.0)
    words = verb.add_subparsers(title="incidents, readings, levers", metavar="WORD")
    for name in incidents():
        word = words.add_parser(name, help="this incident")
        word.set_defaults(verb=respond, incident=name)
        _add_options(word, seed=argparse.SUPPRESS, speed=argparse.SUPPRESS)
    _add_readings(words)
    for name, lever in LEVERS.items():
        about = f"{lever.does}. Costs: {lever.costs}."
        word = words.add_parser(name.replace("_", "-"), help=lever.does, description=about)
        for argument in lever.arguments:
            word.add_argument(argument, metavar=argument.upper())
        word.set_defaults(verb=pull, lever=name)
    about = f"Components: {', '.join(COMPONENTS)}. Mechanisms: {', '.join(MECHANISMS)}."
    word = words.add_parser("ack", help="name what is wrong", description=about)
    word.add_argument("component", metavar="COMPONENT")
    word.add_argument("mechanism", metavar="MECHANISM", nargs="+")
    word.set_defaults(verb=acknowledge)
    word = words.add_parser("done", help="say that it is repaired")
    word.set_defaults(verb=say_done)


def respond(arguments: argparse.Namespace) -> int:
    """
    Open a shop of real processes, with users, to which something will happen, and be judged by
    what the users had. Without a name, an incident is drawn.

    It stays in this terminal until it is over; what is read and done is typed into another one,
    or into a notebook.
    """
    print("The shop opens …", flush=True)
    with OnCall(arguments.incident, arguments.seed, arguments.speed) as shop:
        words = f"`{course('incident page')}`, `metrics`, `logs` …; `--help` lists them."
        print(f"In another terminal: {words}", flush=True)
        shown = 0
        while not shop.over:
            pages = shop.watch(LOOK)
            print(*pages[shown:], sep="\n", end="\n" if pages[shown:] else "", flush=True)
            shown = len(pages)
        report = shop.finish()
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    print(report.text(width))
    if report.result == COULD_NOT_CHECK:
        return 2
    return 0 if report.passed else 1


def read(arguments: argparse.Namespace) -> int:
    """
    Print a reading.
    """
    shop, words = running(), vars(arguments)
    match arguments.reading:
        case "page":
            found: object = shop.page or "There is no page."
        case "metrics":
            found = shop.metrics(words["window"])
        case "logs":
            found = shop.logs(words["component"], words["match"], words["last"])
        case "trace":
            found = shop.trace(words["id"])
        case "difference":
            found = shop.difference(words["component"])
        case "sessions":
            found = shop.sessions() or "Nobody works in the database."
        case "secrets":
            found = shop.secrets()
        case _:
            found = shop.journal()
    print(found)
    return 0


def pull(arguments: argparse.Namespace) -> int:
    """
    Pull a lever, and say how long it took.
    """
    words = [getattr(arguments, name) for name in LEVERS[arguments.lever].arguments]
    seconds = getattr(running(), arguments.lever)(*words)
    print(f"Done in {seconds:.1f} s.")
    return 0


def acknowledge(arguments: argparse.Namespace) -> int:
    running().ack(arguments.component, " ".join(arguments.mechanism))
    print("Noted.")
    return 0


def say_done(_: argparse.Namespace) -> int:
    running().say_done()
    print(
        "Now it is looked at whether it lasts; the verdict appears where the shop was opened."
    )
    return 0


def running() -> Shop:
    """
    The incident that runs in this copy of the course.

    Raises:
        WorkbenchError: There is none.
    """
    try:
        return Shop(where_it_runs().read_text(encoding="utf-8"))
    except FileNotFoundError:
        msg = f"No incident runs: begin one with `{course('incident')}`, in another terminal."
        raise WorkbenchError(msg) from None


def _add_options(parser: argparse.ArgumentParser, **defaults: object) -> None:
    """
    Before or after the name: what is not given after it does not overrule what was before.
    """
    for name, kind, about in (
        ("seed", int, "what chance is drawn from"),
        ("speed", float, "divide the seconds of calm, and the budget, by N (1)"),
    ):
        parser.add_argument(
            f"--{name}", type=kind, metavar="N", default=defaults[name], help=about
        )


def _add_readings(words: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for name, about in {
        "page": "what the alerts have said",
        "metrics": "rates a second, and how things stand",
        "logs": "the last lines of a component's log",
        "trace": "what all have logged of one request",
        "difference": "what the last deployment of a component changed",
        "sessions": "who works in the database or waits there, and for whom",
        "secrets": "how many versions there are of each, and who has which",
        "journal": "what was deployed, paged, acknowledged and done",
    }.items():
        word = words.add_parser(name, help=about)
        word.set_defaults(verb=read, reading=name)
        if name == "metrics":
            word.add_argument(
                "--window", type=float, default=5.0, metavar="SECONDS", help="over which (5)"
            )
        if name in ("logs", "difference"):
            word.add_argument("component", metavar="COMPONENT", help="api-1, say, or balancer")
        if name == "logs":
            word.add_argument("--match", default="", metavar="TEXT", help="only lines with it")
            word.add_argument(
                "--last", type=int, default=20, metavar="N", help="at most so many (20)"
            )
        if name == "trace":
            word.add_argument("id", metavar="ID", help="as it stands in the logs")
