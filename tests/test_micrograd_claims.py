"""The experiments of lesson 1, run headlessly: verdicts from their records."""

import re
from dataclasses import replace

import pytest

from core import micrograd
from core.experiments import micrograd as claims

# what the lecture and facts.md say, by the experiment's name
TRUTH = {
    "zero_grad": "It ends worse",  # L1.28: hidden on an easy toy, not here
    "overwriting": "It ends worse",  # L1.19: a value used twice
    "linear": "No, they stay behind",  # a linear net is one neuron
    "deeper": "Three narrow layers",
    "rate": "It ends worse",  # L1.27: too large explodes or saturates
    "zeros": "Not at all",
}
BY_NAME = {each.name: each for each in claims.EXPERIMENTS}


@pytest.fixture(scope="module")
def trained():
    """Every experiment's arms, each config trained once."""
    done = {}

    def train(config):
        if config not in done:
            done[config] = list(micrograd.train(config))
        return done[config]

    return {
        each.name: {arm: train(c) for arm, c in each.arms.items()}
        for each in claims.EXPERIMENTS
    }


@pytest.mark.parametrize("name", TRUTH)
def test_the_verdict_is_what_the_lecture_teaches(name, trained):
    experiment = BY_NAME[name]
    verdict = experiment.judge(trained[name])
    assert experiment.choices[verdict.choice] == TRUTH[name]
    assert len(re.findall(r"\d", verdict.said)) > 3, "it rests on numbers"


def test_there_is_a_truth_for_every_experiment():
    assert set(BY_NAME) == set(TRUTH)


@pytest.mark.parametrize("name", [n for n in TRUTH if n != "zeros"])
def test_other_records_get_another_verdict(name, trained):
    arms = trained[name]
    swapped = dict(zip(arms, reversed(list(arms.values())), strict=True))
    judge = BY_NAME[name].judge
    assert judge(swapped).choice != judge(arms).choice


def test_a_net_that_learns_from_zeros_would_be_noticed(trained):
    records = trained["zeros"]["random"]
    arms = {"random": records, "all zeros": records}
    assert BY_NAME["zeros"].judge(arms).choice == 2
    slow = [*records[:5], replace(records[-1], loss=0.5)]
    arms = {"random": records, "all zeros": slow}
    assert BY_NAME["zeros"].judge(arms).choice == 1


def test_no_difference_is_called_none(trained):
    records = trained["rate"]["rate 1"]
    for name in ("zero_grad", "overwriting", "rate"):
        arms = {"one": records, "other": records}
        assert BY_NAME[name].judge(arms).choice == 1


def test_arms_start_from_the_same_seed():
    for each in claims.EXPERIMENTS:
        assert len({config.seed for config in each.arms.values()}) == 1
