"""
How many answers it takes to tell two versions apart, and what looking again and again does.

Everything is counted in simulated canaries from a seed, so it is the same on every machine.
"""

import math
import random
from statistics import NormalDist

SURE = NormalDist().inv_cdf(0.95)  # one good version in twenty may be refused
FIND = NormalDist().inv_cdf(0.80)  # four bad ones in five must be


def answers_needed(old, new):
    """
    Of each version, to find that a share of errors `new` is more than `old`.

    Two proportions, one-sided 5 %, power 80 %. (Fleiss, Statistical Methods for Rates and
    Proportions, 3rd edition, formula 4.14)
    """
    mean = (old + new) / 2
    spread = SURE * math.sqrt(2 * mean * (1 - mean))
    spread += FIND * math.sqrt(old * (1 - old) + new * (1 - new))
    return math.ceil((spread / (new - old)) ** 2)


def alarming(old, new, answers):
    """
    Whether so many errors of the new version, and of the old, look like a difference.
    """
    pooled = (old + new) / (2 * answers)
    deviation = math.sqrt(2 * pooled * (1 - pooled) / answers)
    return old + new >= 5 and new - old > SURE * deviation * answers


def errors(chance, share, answers):
    """
    How many of so many answers are errors.
    """
    return sum(chance.random() < share for _ in range(answers))


def refused(every, *, share=0.01, until=2500, canaries=1000):
    """
    The share of GOOD versions that are refused by somebody who looks after `every` answers.
    """
    chance = random.Random(4)
    alarms = 0
    for _ in range(canaries):
        old = new = 0
        for answers in range(every, until + 1, every):
            old += errors(chance, share, every)
            new += errors(chance, share, every)
            if alarming(old, new, answers):
                alarms += 1
                break
    return alarms / canaries


class Sequential:
    """
    Wald's sequential test: made for looking after each answer.

    It weighs the usual share of errors against twice that, and is wrong about one in twenty
    either way. (Wald, Sequential Tests of Statistical Hypotheses, 1945)
    """

    WRONG = 0.05
    LAST = 4_000  # answers; then it must be decided

    def __init__(self):
        self.answers = self.errors = 0

    def look(self, error, usual):
        """
        Take one answer; "roll back", "go on", or None for "wait".
        """
        self.answers += 1
        self.errors += error
        good = self.answers - self.errors
        # How much more likely twice the usual share has made what was seen.
        weight = self.errors * math.log(2) + good * math.log((1 - 2 * usual) / (1 - usual))
        if abs(weight) < math.log((1 - self.WRONG) / self.WRONG) and self.answers < self.LAST:
            return None
        return "roll back" if weight > 0 else "go on"


def usual(answers, errors):
    """
    The old version's share of errors at the same time, beginning from a guess of 1 %.
    """
    return min((errors + 1) / (answers + 100), 0.4)


def decide(share, seed, *, old=0.01, known=None):
    """
    One canary with this share of errors: what is decided, and after how many answers.

    The old version gives nine answers for each of the new one, and its share is counted,
    unless it is taken for `known`.
    """
    chance, test, word, seen = random.Random(seed), Sequential(), None, 0
    while word is None:
        seen += errors(chance, old, 9)
        now = known or usual(9 * (test.answers + 1), seen)
        word = test.look(chance.random() < share, now)
    return word, test.answers


def refused_of_users(number, *, releases=300):
    """
    Of so many GOOD releases, those refused where each error belongs to a user: of a hundred
    users one has an account that always fails, and the canary has so many users.
    """
    refused = 0
    for seed in range(releases):
        chance, test, word = random.Random(seed), Sequential(), None
        fails = [chance.random() < 0.01 for _ in range(number)]
        while word is None:
            word = test.look(chance.choice(fails), 0.01)
        refused += word == "roll back"
    return refused
