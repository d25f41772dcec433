"""The lecture's loss log: five nets beside their published figures."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core import batchnorm
from pages.parts import loss_log
from pages.sections.batchnorm import log

# facts.md and L4.24, the lecture's log: train and dev
PUBLISHED = {
    "original": (2.1245, 2.1682),
    "softmax-fixed": (2.07, 2.13),
    "tanh-fixed": (2.0356, 2.1027),
    "kaiming": (2.0377, 2.1070),
    "batchnorm": (2.0668, 2.1048),
}
PAGE = """
from core.data import names
from pages.sections.batchnorm import log
log.show(names.{data})
"""


def page(data):
    code = PAGE.format(data=data)
    app = AppTest.from_string(code, default_timeout=60).run()
    assert not app.exception
    return app


def test_the_published_figures_are_the_lecture_s():
    assert log.PUBLISHED == PUBLISHED
    written = [log.as_written(x) for pair in PUBLISHED.values() for x in pair]
    assert written[:4] == ["2.1245", "2.1682", "2.07", "2.13"]
    assert written[7] == "2.1070"


@pytest.mark.parametrize("arm", log.DONE)
def test_the_full_runs_are_the_presets(arm):
    preset = batchnorm.PRESETS[arm]
    full = log.config(arm, 200_000)
    # the one preset whose switch is not the lecture's 100,000 would show
    assert full == replace(preset, steps=200_000, switch=100_000) == preset
    short = log.config(arm, 20_000)
    assert short == replace(preset, steps=20_000, switch=10_000)


@pytest.mark.parametrize(
    "data", ["local()", "own('ab')", "own('я он она оно мы')"]
)
def test_published_figures_stand_only_beside_the_lecture_s_runs(
    data, lecture_names
):
    app = page(data)
    assert "the lecture's" not in app.table[0].value
    app.segmented_control("bn log steps").set_value(200_000).run()
    assert not app.exception
    columns = app.table[0].value
    assert ("the lecture's" in columns) == (data == "local()")
    if data == "local()":
        assert columns["the lecture's"][1] == "2.07 / 2.13"


ENDS = {
    arm: {"train": train, "dev": dev} for arm, (train, dev) in PUBLISHED.items()
}


def test_the_repair_that_brings_the_most_is_named():
    # by hand, dev: .0382 softmax, .0273 tanh, -.0043 Kaiming, .0022 BatchNorm
    said = log.lesson(ENDS)
    assert "**softmax-fixed** brings the most: the loss falls by 0.0382" in said
    assert "**kaiming** brings the least: it rises by 0.0043" in said
    few = {arm: end | {"dev": None} for arm, end in ENDS.items()}
    assert "On train" in log.lesson(few)


def test_figures_that_agree_are_counted():
    # facts.md: the lecture's log is repeated but for the first net and the
    # last, as measured on another machine
    ours = ENDS | {
        "original": {"train": 2.1220, "dev": 2.1655},
        "softmax-fixed": {"train": 2.0696, "dev": 2.1311},
        "batchnorm": {"train": 2.0677, "dev": 2.1056},
    }
    assert "10 figures, 6 are" in log.agreement(ours, PUBLISHED)
    assert log.agreement(ours, {}) == ""


def test_without_held_back_words_there_is_no_dev():
    ends = {"original": {"train": 1.0, "dev": None}}
    assert loss_log.yours(ends) == [("original", "train", 1.0, "your run")]
    assert loss_log.pair(ends["original"]) == "1.0000"
    low, high = loss_log.around(ends)
    assert low <= 1.0 <= high
