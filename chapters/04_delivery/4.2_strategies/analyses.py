"""
Not Argo Rollouts: what it would decide by an AnalysisTemplate, in simulated canaries.

They are drawn from a seed. What may stand in a manifest, `analysis_template.json` says.
"""

import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from stand_ins.fleet import ENOUGH, MOST_ERRORS

SCHEMA = Path(__file__).with_name("analysis_template.json")
WINDOW = 60  # seconds: the [1m] of the query
RELEASES = 300  # of each kind


def refusal(path):
    """
    What the schema has against a manifest; nothing, if it is content.
    """
    program = shutil.which("check-jsonschema", path=f"{sys.prefix}/bin")
    command = [program, "--schemafile", str(SCHEMA), str(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout if done.returncode else ""


def metric(path):
    """
    The one metric of an AnalysisTemplate that the schema accepts.
    """
    if refused := refusal(path):
        raise ValueError(refused)
    (found,) = yaml.safe_load(Path(path).read_text(encoding="utf-8"))["spec"]["metrics"]
    return found


def passes(metric, errs, *, rate, chance):
    """
    Whether a canary passes, if `errs(second)` is the share of its answers that are errors.
    """
    delay = int(metric["initialDelay"].removesuffix("s"))
    interval = int(metric["interval"].removesuffix("s"))
    (most,) = re.fullmatch(r"result\[0\] <= ([\d.]+)", metric["successCondition"]).groups()
    answers, errors, failures = [], [], 0
    for second in range(delay + interval * (metric["count"] - 1) + 1):
        answers.append(int(rate * (second + 1)) - int(rate * second))
        errors.append(sum(chance.random() < errs(second) for _ in range(answers[-1])))
        if second >= delay and (second - delay) % interval == 0:
            share = sum(errors[-WINDOW:]) / sum(answers[-WINDOW:])
            failures += share > float(most)
    return failures <= metric["failureLimit"]


def refused(metric, errs, *, rate):
    """
    How many per cent of the releases are refused.
    """
    chance = random.Random(4)
    good = sum(passes(metric, errs, rate=rate, chance=chance) for _ in range(RELEASES))
    return round(100 * (RELEASES - good) / RELEASES)


def refused_by_watch(share, *, answers=95):
    """
    How many per cent `watch()` refuses, which looks after each of so many answers.
    """
    chance, alarms = random.Random(4), 0
    for _ in range(RELEASES):
        errors = 0
        for number in range(1, answers + 1):
            errors += chance.random() < share
            if number >= ENOUGH and errors > MOST_ERRORS * number:
                alarms += 1
                break
    return round(100 * alarms / RELEASES)
