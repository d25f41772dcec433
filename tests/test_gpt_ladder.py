"""Lecture 7's ladder and the surgery on its parts."""

import os
from dataclasses import replace

import pytest
import torch
from streamlit.testing.v1 import AppTest

from core import gpt
from core.data import text
from core.experiments.gpt import ALIKE, CLEARLY, SMALL, cost
from pages.charts.surgery import CUT, WHOLE
from pages.parts import loss_log
from pages.sections.gpt import ladder, surgery

# facts.md: dev after 5,000 steps
DEV = dict(zip(gpt.LADDER, (2.49, 2.41, 2.29, 2.24, 2.08, 2.06), strict=True))
PAGE = """
from core import gpt
from core.data import text
from pages.sections.gpt import {section}
data = text.{data}
{section}.show({argument})
"""
OWN = ["own('ab ' * 2000)", "own('Съешь же ещё булок.\\\\n\\\\t' * 300)"]


def page(section, data, argument="data"):
    code = PAGE.format(section=section, data=data, argument=argument)
    app = AppTest.from_string(code, default_timeout=60).run()
    assert not app.exception
    return app


def test_the_published_figures_are_the_lecture_s():
    assert {arm: dev for arm, (_, dev) in ladder.PUBLISHED.items()} == DEV
    assert list(ladder.DONE) == list(gpt.LADDER)


@pytest.mark.parametrize("data", ["local()", *OWN])
def test_published_figures_stand_only_beside_the_lecture_s_text(data):
    if data == "local()" and text.local().source != "lectures":
        pytest.skip("needs tinyshakespeare.txt")
    columns = page("ladder", data).table[0].value
    assert ("the lecture's" in columns) == (data == "local()")
    if data == "local()":
        assert columns["the lecture's"][5] == "? / 2.06"
        # by hand: 65 x 32 in, 32 x 65 + 65 out, nothing between
        assert columns["parameters"][0] == f"{2 * 65 * 32 + 65:,}"


def test_what_brought_most_and_what_nothing_is_named():
    ends = {arm: {"train": dev - 0.1, "dev": dev} for arm, dev in DEV.items()}
    ends["LayerNorm"]["dev"] = 2.075
    said = loss_log.lesson(ends, ladder.DONE, ladder.CHANCE)
    # by hand: .08, .12, .05, .16 and, as put here, .005
    assert "**residual** brings the most" in said
    assert "falls by 0.1600 nats" in said
    assert "**LayerNorm**, where it falls by 0.0050 nats" in said
    assert "**feed-forward**" not in said
    ends["bigram"]["dev"] = 2.60
    agreed = loss_log.furthest(ends, ladder.PUBLISHED)
    assert "**bigram**, dev, is furthest" in agreed
    assert "0.110 nats above" in agreed


@pytest.fixture(scope="module")
def shakespeare():
    found = text.local()
    if found.source != "lectures":
        said = "needs tinyshakespeare.txt in the folder PLAYGROUND_DATA"
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    "arm, below",
    [  # The same net from another seed is up to .03 off, the lecture's figure
        # rounded. Ours has more in two rungs: the lecture adds a projection
        # and the wide layer of its feed-forward net only with the next one,
        # so there ours may end lower.
        ("one head", 0.04),
        ("feed-forward", 0.07),
        ("LayerNorm", 0.04),
    ],
)
def test_a_rung_reproduces_the_lecture_s_loss(arm, below, shakespeare):
    training = gpt.train(gpt.PRESETS[f"ladder: {arm}"], shakespeare)
    while True:
        try:
            next(training)
        except StopIteration as end:
            found = end.value.dev  # of 200 batches: known to .007
            break
    assert DEV[arm] - below < found < DEV[arm] + 0.04


def weights(config, V=7):
    data = text.own("abcdefg" * 1000)
    state = gpt.State(config, data)
    return dict(state.model.named_parameters()), state.generator.get_state()


@pytest.mark.parametrize("init", surgery.STARTS)
@pytest.mark.parametrize("part", surgery.PARTS | surgery.DROPOUT)
def test_a_cut_net_begins_with_the_same_weights_and_chance(part, init):
    whole = replace(SMALL, dropout=0.1, init=init, steps=1)
    parts = surgery.PARTS | surgery.DROPOUT
    cut = surgery.operation(whole, [part], parts)
    assert cut != whole
    (before, chance), (after, other) = weights(whole), weights(cut)
    assert after and set(after) <= set(before)
    for name, weight in after.items():
        assert torch.equal(weight, before[name]), name
    assert torch.equal(chance, other)  # so the batches are the same, too


def test_two_parts_at_once():
    cut = surgery.operation(SMALL, ["mask", "scale"])
    assert cut == replace(SMALL, mask=False, scale=False)


def test_every_part_can_be_cut_and_the_net_still_runs():
    data = text.own("abcdefg " * 1000)
    for part in surgery.PARTS:
        cut = surgery.operation(replace(SMALL, steps=2), [part])
        *_, last = gpt.train(cut, data)
        assert 0 < last.dev < 5 and len(last.samples[0]) == gpt.SAMPLE, part


@pytest.mark.parametrize(
    "more, said",
    [
        (0.0, "no difference that can be told from noise"),
        (ALIKE - 0.001, "no difference"),
        (1 - ALIKE - 1, "0.030 nats lower"),
        (0.05, "0.050 nats worse"),
        (CLEARLY + 0.1, "clearly, 0.200 nats worse"),
    ],
)
def test_a_cost_in_words(more, said):
    assert cost(more).startswith(said)


def ended(*losses):
    record = {"step": SMALL.steps, "samples": ["a text"]}
    return {
        arm: [record | {"dev": loss}]
        for arm, loss in zip((WHOLE, CUT), losses, strict=True)
    }


def test_the_verdict_names_the_part_and_the_cost():
    said = surgery.verdict(ended(2.1, 2.11), SMALL, ["scale"])
    assert "**Without scale**: dev 2.110 instead of 2.100" in said
    assert "no difference that can be told from noise" in said
    said = surgery.verdict(ended(2.1, 2.4), SMALL, ["residual path"])
    assert "clearly, 0.300 nats worse" in said


def test_a_missing_mask_is_no_triumph():
    said = surgery.verdict(ended(2.24, 0.15), SMALL, ["mask"])
    # by hand: one place of sixteen has to guess, 2.24 / 16
    assert "2.24 / 16 = 0.14" in said
    assert "no achievement" in said
    said = surgery.verdict(ended(2.24, 2.2), SMALL, ["mask"])
    assert "made no use of it" in said
    begun = {WHOLE: [], CUT: []}
    assert "run both" in surgery.verdict(begun, SMALL, ["mask"])


@pytest.mark.parametrize("data", OWN)
def test_the_surgery_stands_on_any_text(data):
    app = page("surgery", data, "data, gpt.Config()")
    pills = app.button_group("gpt surgery parts")
    assert "dropout" not in pills.options
    pills.set_value(["mask", "positions", "scale"]).run()
    assert not app.exception
    assert app.warning[0].value.endswith("Shown: mask and positions.")
    pills.set_value([]).run()
    assert app.warning[0].value.endswith("Shown: residual path.")


def test_dropout_can_be_cut_where_it_is_on():
    app = page("surgery", OWN[0], "data, gpt.Config(dropout=0.2)")
    pills = app.button_group("gpt surgery parts")
    assert "dropout" in pills.options


def test_noise_is_wider_from_small_weights():
    small = replace(SMALL, init="0.02")
    for whole, same in ((SMALL, False), (small, True)):
        said = surgery.verdict(ended(2.1, 2.14), whole, ["scale"])
        assert ("no difference that can be told" in said) == same
