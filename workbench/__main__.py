"""
The workbench from a shell: check exercises, see where you or a class stand, put things right.

Exit codes: 0 all is well (every check passed), 1 something is not (a check failed, or nothing
was attempted), 2 it could not be found out.
"""

import argparse
import sys
from pathlib import Path

from ._doctor import doctor, stop
from ._exercise import judge, reset
from ._labs import find, labs
from ._report import read_class, report
from ._verdict import COULD_NOT_CHECK, PASS, kept, standing, to_json
from .errors import WorkbenchError


def main() -> int:
    arguments = _parser().parse_args()
    try:
        code: int = arguments.verb(arguments)
    except WorkbenchError as error:
        print(error, file=sys.stderr)
        return 2
    return code


def check(arguments: argparse.Namespace) -> int:
    """
    Judge the named exercises, or all of them; of several, a table at the end.
    """
    chosen = [find(name) for name in arguments.names] or labs()
    if arguments.attempt and len(chosen) != 1:
        msg = "--attempt is one answer to one exercise: name that exercise."
        raise WorkbenchError(msg)
    verdicts = []
    for lab in chosen:
        verdict, _ = judge(lab, arguments.attempt)
        verdicts.append(verdict)
    if len(verdicts) > 1:
        print()
        for verdict in verdicts:
            claims = f"{verdict.met} of {len(verdict.claims)} claims"
            print(f"{verdict.exercise:<40} {verdict.result:<15} {claims}")
    if arguments.json:
        arguments.json.write_text(f"[{','.join(map(to_json, verdicts))}]\n", encoding="utf-8")
    results = {verdict.result for verdict in verdicts}
    if COULD_NOT_CHECK in results:
        return 2
    return 0 if results <= {PASS} else 1


def status(_arguments: argparse.Namespace) -> int:
    """
    Say where you stand in every exercise.
    """
    for lab in labs():
        place = f"{lab.path:<40} {lab.minutes:>3} min  "
        print(f"{place}{standing(kept(lab.verdicts))}")
    return 0


def report_class(arguments: argparse.Namespace) -> int:
    """
    Say who of a class passed what, and which wrong turn is the commonest, from its verdicts.

    DIR has, for each learner, a folder (a copy of work/.verdicts) or a file from check --json.
    """
    print(report(read_class(arguments.folder)))
    return 0


def reset_exercise(arguments: argparse.Namespace) -> int:
    """
    Begin an exercise anew; your file is kept beside the new one.
    """
    print(reset(find(arguments.name)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m workbench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    verb = verbs.add_parser("check", help="judge your services", description=check.__doc__)
    verb.add_argument("names", nargs="*", metavar="NAME", help="an exercise, such as drain")
    verb.add_argument("--attempt", type=Path, metavar="DIR", help="judge the answer in there")
    verb.add_argument("--json", type=Path, metavar="FILE", help="write the verdicts there, too")
    verb.set_defaults(verb=check)
    verb = verbs.add_parser("status", help="where you stand", description=status.__doc__)
    verb.set_defaults(verb=status)
    verb = verbs.add_parser(
        "report", help="a class at a glance", description=report_class.__doc__
    )
    verb.add_argument("folder", type=Path, metavar="DIR", help="what the class handed in")
    verb.set_defaults(verb=report_class)
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
    return parser


if __name__ == "__main__":
    sys.exit(main())
