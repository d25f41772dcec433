"""Another rate in mid-run, in every lesson that trains: a fork, not a graft."""

import importlib
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core import COURSE, knobs
from core.data import names, points, text
from core.runs import store
from pages.charts import learning
from pages.parts import fork, live

SMALL = {
    "micrograd": {"examples": 20, "width": 4, "steps": 90},
    "bigram": {"steps": 90},
    "mlp": {"steps": 90, "hidden": 8},
    "batchnorm": {"steps": 90, "layers": 2, "hidden": 8},
    "wavenet": {"steps": 90, "hidden": 8, "embedding": 4},
    "gpt": {"steps": 90, "n_embd": 8, "n_head": 2, "n_layer": 1, "block": 4},
}
WORDS = names.own("emma olivia ava isabella sophia mia amelia harper luna aria")
TEXT = text.own("\n".join(WORDS.words * 60))


def small(stem):
    """The lesson, a small Config of it, and data for it."""
    lesson = importlib.import_module(f"core.{stem}")
    config = lesson.Config(**SMALL[stem])
    special = {"micrograd": points.load, "gpt": lambda _: TEXT}
    data = special.get(stem, lambda _: WORDS)(config)
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
    both = {"one": first, "two": second}
    frame = learning.forked(both, "loss", 2).to_pandas()
    two = frame[frame["arm"] == "two"]
    assert list(two["step"]) == [2, 3, 4]
    assert list(two["fork"]) == [True, False, False]
    assert list(frame[frame["arm"] == "one"]["step"]) == [1, 2, 3, 4]


@pytest.mark.parametrize("stem", COURSE)
def test_fork_here_turns_the_knobs_and_no_fork_leads_back(stem, lecture_names):
    entry = str(store.ROOT / "streamlit_app.py")
    app = AppTest.from_file(entry, default_timeout=60)
    app.switch_page(f"pages/lessons/{stem}.py").run()
    state = app.session_state
    steps, first = state["steps"], (state["switch"], state["second_rate"])
    [rate] = [n for n in app.number_input if n.label == "Another rate"]
    rate.set_value(0.5).run()
    pressed(app, "Fork here")
    assert state["switch"] == max(1, (steps - 1) // 2)
    assert state["second_rate"] == 0.5
    assert named(app, "Run both")
    pressed(app, "No fork")
    # the very first run again: its knobs decide where it is stored
    assert (state["switch"], state["second_rate"]) == first


def named(app, label):
    return [button for button in app.button if button.label == label]


def pressed(app, label):
    [button] = named(app, label)
    button.click().run()
    assert not app.exception


FORK = """
import pandas as pd
import streamlit as st
from core import mlp
from core.data import names
from core.runs import store
from pages.charts import learning
from pages.parts import fork, live
run = store.Run("mlp", mlp.Config(steps=90, switch={switch}), names.local())
live.look = lambda run: ("running", [{{"step": s}} for s in (1, 10, 40, 90)])
live.playhead(run).scrub(st.session_state.get("at", 0))
def picture(arms, switch):
    none = pd.DataFrame({{"arm": [], "step": [], "loss": []}})
    return none, learning.fork(tuple(arms), 90, 2.0, 3.3, "loss")
def draw(section, of, **given):
    section(run, **(given or {{"now": lambda: run}}))
fork.show(draw, lambda run: (picture, 3.3))
"""


@pytest.fixture
def looked(monkeypatch):
    """Puts live.look back after the test's app has set its own."""
    monkeypatch.setattr(live, "look", live.look)


def test_a_switch_at_the_last_step_is_no_fork(lecture_names, looked):
    for switch, forked in ((90, False), (89, True)):
        code = FORK.format(switch=switch)
        app = AppTest.from_string(code, default_timeout=30).run()
        assert not app.exception
        assert bool(named(app, "Run both")) == forked


@pytest.mark.parametrize("at, step", [(2, 40), (3, 89), (0, 1)])
def test_the_step_in_view_can_be_taken(at, step, lecture_names, looked):
    app = AppTest.from_string(FORK.format(switch=90), default_timeout=30)
    app.session_state["at"] = at
    app.run()
    pressed(app, "Take the step in view")
    [box] = [n for n in app.number_input if n.label == "After step"]
    assert box.value == step
