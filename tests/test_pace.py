"""Which steps are recorded, tried on runs of 1 to 200,000 steps."""

from itertools import pairwise

import pytest

from core import pace

# all short runs, then a prime stride so that every remainder comes up, then
# the lectures' own lengths
LENGTHS = [*range(1, 901), *range(901, 200_000, 1_999), 1000, 5000, 200_000]


def gaps(steps):
    return {after - before for before, after in pairwise(steps)}


@pytest.mark.parametrize("plan", [pace.recorded, pace.pictured])
def test_the_first_twenty_and_the_last_are_there(plan):
    for steps in LENGTHS:
        chosen = plan(steps)
        assert chosen >= set(range(1, min(20, steps) + 1)) | {steps}, steps
        assert (min(chosen), max(chosen)) == (1, steps)


def test_at_most_400_are_recorded_and_60_pictured():
    for steps in LENGTHS:
        assert len(pace.recorded(steps)) <= 400
        assert len(pace.pictured(steps)) <= 60


def test_short_runs_are_recorded_whole_and_long_ones_fully_used():
    assert pace.recorded(400) == set(range(1, 401))
    assert len(pace.recorded(200_000)) == 400


def test_what_follows_the_twentieth_is_even():
    for steps in LENGTHS:
        rest = gaps(sorted(s for s in pace.recorded(steps) if s >= 20))
        # whole steps cannot divide every length: one step apart at most
        assert not rest or max(rest) - min(rest) <= 1, steps


def test_pictured_steps_are_recorded_ones_at_an_even_stride():
    for steps in LENGTHS:
        whole = sorted(pace.recorded(steps))
        chosen = pace.pictured(steps)
        assert chosen <= set(whole)
        later = [i for i, step in enumerate(whole) if step in chosen][20:]
        assert len(gaps(later)) <= 1, steps
