"""The judges of lecture 6's claims, on made-up records and on real ones."""

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from core import wavenet
from core.data import names
from core.experiments.wavenet import EXPERIMENTS, by_name

NAMED = {each.name: each for each in EXPERIMENTS}


def records(train, dev=None):
    """A run of two records that ends with these losses."""
    start = SimpleNamespace(step=1, train=3.3, dev=dev and 3.3)
    return [start, SimpleNamespace(step=6000, train=train, dev=dev)]


def judged(name, *losses):
    """The choice for arms that end with these (train, dev)."""
    claim = NAMED[name]
    arms = {
        arm: records(*loss)
        for arm, loss in zip(claim.arms, losses, strict=True)
    }
    verdict = claim.judge(arms)
    for train, _ in losses:
        assert f"{train:.3f}" in verdict.said
    return verdict.choice


@pytest.mark.parametrize("name", ["context", "tree"])
def test_two_arms_lower_alike_or_higher(name):
    assert judged(name, (2.0, 2.10), (2.1, 2.15)) == 0
    assert judged(name, (2.0, 2.10), (2.1, 2.105)) == 1
    assert judged(name, (2.0, 2.20), (2.1, 2.15)) == 2
    # without words held back, train is judged
    assert judged(name, (2.0, None), (2.1, None)) == 0


def test_the_cost_of_the_bug():
    assert judged("bug", (2.0, 2.100), (2.0, 2.105)) == 0
    assert judged("bug", (2.0, 2.100), (2.0, 2.090)) == 0
    assert judged("bug", (2.0, 2.100), (2.0, 2.120)) == 1
    assert judged("bug", (2.0, 2.100), (2.0, 2.200)) == 2


def test_more_channels():
    assert judged("channels", (2.0, 2.10), (1.9, 2.05)) == 0
    assert judged("channels", (2.0, 2.10), (1.9, 2.105)) == 1
    assert judged("channels", (2.0, 2.10), (1.9, 2.15)) == 2


def test_an_order_of_stages_or_none():
    low, middle, high = (2.0, 2.10), (2.0, 2.15), (2.0, 2.20)
    assert judged("fan", low, middle, high) == 0
    assert judged("fan", high, middle, low) == 1
    assert judged("fan", middle, low, high) == 2
    assert judged("fan", low, (2.0, 2.104), (2.0, 2.102)) == 3


@pytest.mark.parametrize(
    "evaluation, training, choice",
    [(1e-8, 0.1, 0), (1e-8, 1e-8, 1), (0.1, 0.1, 2)],
)
def test_where_one_pass_equals_the_loop(evaluation, training, choice):
    found = SimpleNamespace(evaluation=evaluation, training=training)
    [arm] = NAMED["convolution"].arms
    assert NAMED["convolution"].judge({arm: [found, found]}).choice == choice


def test_the_convolution_is_measured(lecture_names):
    found = by_name(lecture_names)
    assert len(found) == 12
    [arm] = NAMED["convolution"].arms
    # the issue: equal to 1e-5 in evaluation
    assert NAMED["convolution"].judge({arm: found}).choice == 0
    assert by_name(names.own("ab"))[0].evaluation < 1e-5


def test_equal_parameters_are_about_equal():
    for name in ("tree", "fan"):
        sizes = [
            wavenet.parameters(config, 27)
            for config in NAMED[name].arms.values()
        ]
        assert max(sizes) < 1.03 * min(sizes), name
    usual, twice = NAMED["channels"].arms.values()
    assert twice.hidden == 2 * usual.hidden


PAGE = """
from core.data import names
from pages.sections.wavenet import claims
claims.show(names.own({words!r}))
"""


@pytest.mark.parametrize(
    "words", ["ab", "emma olivia ava mia zoe aria luna ella nora chloe layla"]
)
def test_the_section_stands_on_few_words(words):
    app = AppTest.from_string(
        PAGE.format(words=words), default_timeout=60
    ).run()
    assert not app.exception
    asked = len([b for b in app.button if b.label == "Commit and run"])
    few = len(set(words.split())) < names.MIN_SPLIT
    assert asked == len(EXPERIMENTS) - few
    held_back = any("none can be held" in info.value for info in app.info)
    assert held_back == few


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, choice",
    [  # L6.11: 3 letters 2.105, 8 letters 2.027; the bug 0.007 higher
        ("context", 0),
        ("bug", 1),
    ],
)
def test_on_the_lectures_names(name, choice, lecture_names):
    claim = NAMED[name]
    arms = {
        arm: list(wavenet.train(config, lecture_names))
        for arm, config in claim.arms.items()
    }
    assert claim.judge(arms).choice == choice
