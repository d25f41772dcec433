"""Nets that many visitors look at, each at a copy of their own."""

import pytest

from core.data import names
from pages.sections.batchnorm import mates
from pages.sections.wavenet import bug, convolution

WORDS = names.own("emma olivia ava isabella sophia mia charlotte " * 4)


@pytest.mark.parametrize(
    "net",
    [
        lambda: bug.fresh(WORDS, WORDS.digest, "over batch and time"),
        lambda: mates.learned(WORDS, WORDS.digest)[0],
        lambda: convolution.untrained(
            convolution.at_start(convolution.wavenet.Config()),
            WORDS,
            WORDS.digest,
        ),
    ],
)
def test_what_one_asks_of_a_net_another_does_not_see(net):
    """Layers keep what they saw last, and two may ask at once."""
    mine, yours = net(), net()
    assert mine is not yours
    assert mine.layers[0] is not yours.layers[0]
