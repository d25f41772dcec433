"""Lecture 6's performance log: five nets beside their published figures."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core import wavenet
from pages.parts import loss_log
from pages.sections.wavenet import log

PAGE = """
from core.data import names
from pages.sections.wavenet import log
log.show(names.{data})
"""
# L6.11 and facts.md: the log's dev losses
DEV = {
    "flat, context 3": 2.105,
    "flat, context 8": 2.027,
    "tree with the bug": 2.029,
    "tree": 2.022,
    "lecture": 1.993,
}


def page(data):
    code = PAGE.format(data=data)
    app = AppTest.from_string(code, default_timeout=60).run()
    assert not app.exception
    return app


def test_the_published_figures_are_the_lecture_s():
    assert {arm: dev for arm, (_, dev) in log.PUBLISHED.items()} == DEV
    assert log.PUBLISHED["lecture"][0] == 1.769


@pytest.mark.parametrize("arm", log.DONE)
def test_the_full_runs_are_the_presets(arm):
    assert log.config(arm, 200_000) == wavenet.PRESETS[arm]
    short = log.config(arm, 10_000)
    assert short == replace(wavenet.PRESETS[arm], steps=10_000, switch=7500)


@pytest.mark.parametrize("data", ["local()", "own('ab')", "own('я он она')"])
def test_published_figures_stand_only_beside_the_lecture_s_runs(
    data, lecture_names
):
    app = page(data)
    assert "the lecture's" not in app.table[0].value
    app.segmented_control("wavenet log steps").set_value(200_000).run()
    assert not app.exception
    columns = app.table[0].value
    assert ("the lecture's" in columns) == (data == "local()")
    if data == "local()":
        assert columns["the lecture's"][0] == "? / 2.105"
        assert columns["parameters"][4] == "76,579"


def test_what_brought_most_and_what_nothing_is_named():
    ends = {arm: {"train": dev - 0.1, "dev": dev} for arm, dev in DEV.items()}
    said = loss_log.lesson(ends, log.DONE, log.CHANCE)
    # by hand: .078 for letters, -.002 for the tree, .007 the bug, .029 wider
    assert "**flat, context 8** brings the most" in said
    assert "falls by 0.0780 nats" in said
    assert "**tree with the bug**, where it rises by 0.0020 nats" in said
    assert "**tree**, where it falls by 0.0070 nats" in said
    assert "**lecture**" not in said
    few = {arm: end | {"dev": None} for arm, end in ends.items()}
    assert "On train" in loss_log.lesson(few, log.DONE, log.CHANCE)
