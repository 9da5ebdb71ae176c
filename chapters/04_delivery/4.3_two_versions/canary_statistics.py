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

    It weighs 1 % of errors against 2 %, and is wrong about one in twenty either way.
    (Wald, Sequential Tests of Statistical Hypotheses, 1945)
    """

    GOOD, BAD, WRONG = 0.01, 0.02, 0.05

    def __init__(self):
        self.answers = 0
        self.weight = 0.0  # how much more likely the bad share has made what was seen

    def look(self, error):
        """
        Take one answer; "roll back", "go on", or None for "wait".
        """
        self.answers += 1
        if error:
            self.weight += math.log(self.BAD / self.GOOD)
        else:
            self.weight += math.log((1 - self.BAD) / (1 - self.GOOD))
        if self.weight >= math.log((1 - self.WRONG) / self.WRONG):
            return "roll back"
        return "go on" if self.weight <= math.log(self.WRONG / (1 - self.WRONG)) else None


def decide(share, seed):
    """
    One canary whose share of errors is this: what is decided, and after how many answers.
    """
    chance, test = random.Random(seed), Sequential()
    while (word := test.look(chance.random() < share)) is None:
        pass
    return word, test.answers
