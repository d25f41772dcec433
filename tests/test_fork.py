"""Another rate in mid-run, in every lesson that trains: a fork, not a graft."""

import importlib
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core import COURSE, knobs
from core.data import names, points
from core.runs import store
from pages.charts import learning
from pages.parts import fork

SMALL = {
    "micrograd": {"examples": 20, "width": 4, "steps": 90},
    "bigram": {"steps": 90},
    "mlp": {"steps": 90, "hidden": 8},
}
WORDS = names.own("emma olivia ava isabella sophia mia amelia harper luna aria")


def small(stem):
    """The lesson, a small Config of it, and data for it."""
    lesson = importlib.import_module(f"core.{stem}")
    config = lesson.Config(**SMALL[stem])
    data = points.load(config) if stem == "micrograd" else WORDS
    return lesson, config, data


def test_every_lesson_has_the_knobs_of_a_schedule():
    for stem in COURSE:
        lesson, _, _ = small(stem)
        found = {knob.name for knob in knobs.knobs_of(lesson.Config)}
        assert {"rate", "switch", "second_rate"} <= found


@pytest.mark.parametrize("stem", COURSE)
def test_the_fork_is_the_first_run_up_to_the_switch(stem):
    lesson, config, data = small(stem)
    forked = replace(config, switch=40, second_rate=0.5 * config.rate)
    first, second = (
        list(lesson.train(each, data)) for each in (config, forked)
    )
    for one, other in zip(first, second, strict=True):
        # the loss of step 41 is measured before its update
        if one.step <= 41:
            assert one.loss == other.loss
    apart = [a.step for a, b in zip(first, second, strict=True)
             if a.loss != b.loss]  # fmt: skip
    assert min(apart) <= 43 and max(apart) == 90


@pytest.mark.parametrize("stem", COURSE)
def test_the_second_rate_is_that_of_the_steps_after_the_switch(stem):
    # with the first rate all along, a switch changes nothing
    lesson, config, data = small(stem)
    same = replace(config, switch=40, second_rate=config.rate)
    first = [record.loss for record in lesson.train(config, data)]
    assert first == [record.loss for record in lesson.train(same, data)]


@pytest.mark.parametrize("stem", COURSE)
def test_the_run_that_is_left_is_the_one_without_the_fork(stem):
    _, config, _ = small(stem)
    forked = replace(config, switch=40, second_rate=0.5)
    assert fork.unforked(forked) == config


def test_a_long_run_is_left_too():
    lesson = importlib.import_module("core.mlp")
    preset = lesson.PRESETS["lecture"]
    assert preset.switch < preset.steps  # the lecture's own run is a fork
    first = fork.unforked(preset)
    assert first.switch >= first.steps


def test_the_frame_draws_the_fork_from_the_last_shared_step():
    first = [{"step": s, "loss": float(s)} for s in (1, 2, 3, 4)]
    second = [{"step": s, "loss": s + (s > 2)} for s in (1, 2, 3, 4)]
    frame = learning.forked({"one": first, "two": second}, "loss", 2)
    two = frame[frame["arm"] == "two"]
    assert list(two["step"]) == [2, 3, 4]
    assert list(two["fork"]) == [True, False, False]
    assert list(frame[frame["arm"] == "one"]["step"]) == [1, 2, 3, 4]


@pytest.mark.parametrize("stem", COURSE)
def test_fork_here_turns_the_knobs_and_no_fork_turns_them_back(
    stem, lecture_names
):
    entry = str(store.ROOT / "streamlit_app.py")
    app = AppTest.from_file(entry, default_timeout=60)
    app.switch_page(f"pages/lessons/{stem}.py").run()
    steps = app.session_state["steps"]
    [button] = [b for b in app.button if b.label == "Fork here"]
    button.click().run()
    assert not app.exception
    assert app.session_state["switch"] == max(1, (steps - 1) // 2)
    assert [b for b in app.button if b.label == "Run both"]
    [button] = [b for b in app.button if b.label == "No fork"]
    button.click().run()
    assert app.session_state["switch"] >= steps
