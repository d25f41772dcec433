"""The micrograd page as Streamlit runs it, without a browser."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import micrograd
from core.runs import store

ENTRY = str(store.ROOT / "streamlit_app.py")
OWN = "0 0 1\n1 1 -1\n0 1 1\n1 0 -1"


def lesson(**address):
    app = AppTest.from_file(ENTRY, default_timeout=60)
    for name, text in address.items():
        app.query_params[name] = text
    app.switch_page("pages/lessons/micrograd.py").run()
    assert not app.exception
    return app


@pytest.fixture
def app():
    return lesson()


def test_the_page_needs_no_names(app):
    assert app.title[0].value == "1. micrograd"


@pytest.mark.parametrize("depth", [0, 1, 4])
@pytest.mark.parametrize("data", ["spiral", "xor"])
def test_no_section_breaks_at_the_ends_of_the_knobs(depth, data):
    app = lesson(depth=str(depth), data=data, width="1", examples="10")
    assert not app.warning


def test_a_knob_turned_leaves_no_section_broken(app):
    app.slider("depth").set_value(1).run()
    assert not app.exception
    app.slider("width").set_value(3).run()
    assert not app.exception


def test_one_weight_by_hand_changes_loss_and_accuracy(app):
    said = [t.value for t in app.markdown if "With your weight" in t.value][0]
    [slider] = [s for s in app.slider if s.label.startswith("Set w0")]
    slider.set_value(5.0).run()
    assert not app.exception
    now = [t.value for t in app.markdown if "With your weight" in t.value][0]
    assert now != said
    config = micrograd.Config()
    model, _ = micrograd.network(config)
    weights = micrograd.weights_of(model)
    micrograd.set_weights(model, micrograd.changed(weights, 0, 0, 1, 5.0))
    rows = micrograd.points.load(config).rows
    judged = micrograd.judge(model, rows, config.decay)
    assert f"loss {judged.loss.data:.4f}" in now
    assert f"{judged.accuracy:.0%} right" in now


def test_own_points_are_trained_on_when_asked(app):
    app.text_area("own points").input(OWN).run()
    app.toggle("use own points").set_value(True).run()
    assert not app.exception
    alts = " ".join(str(chart.proto) for chart in app.get("vega_lite_chart"))
    assert not app.error
    assert "A plane with 4 points" in alts


def test_bad_points_get_a_sentence_and_lose_nothing(app):
    app.text_area("own points").input("0 0 1\nhello").run()
    [said] = [error.value for error in app.error]
    assert "'hello' is not a point" in said
    assert app.text_area("own points").value == "0 0 1\nhello"
    app.toggle("use own points").set_value(True).run()
    assert not app.exception


def test_the_smallest_bug_shows_the_lectures_broken_slopes(app):
    [table] = [t.value for t in app.table if "with =" in t.value]
    found = table[["leaf", "with +=", "with ="]].to_numpy().tolist()
    # L1.19: 2 and with = it is 1; -3, -8 and with = they are 3, -2
    assert found == [["a", "2", "1"], ["a", "-3", "3"], ["b", "-8", "-2"]]


def maps(app) -> list:
    """The cells of every decision map on the page."""
    drawn = (chart.proto.data.data for chart in app.get("vega_lite_chart"))
    return [cells for cells in drawn if b"score" in cells]


@pytest.mark.parametrize("knob", ["rate", "rate_decay", "steps"])
def test_what_moves_no_weight_leaves_the_first_maps_as_they_are(app, knob):
    before = maps(app)
    given = {"rate": "0.5", "rate_decay": "0.5", "steps": "50"}[knob]
    st.cache_data.clear()
    st.cache_resource.clear()
    assert maps(lesson(**{knob: given})) == before
    assert len(before) > 3


def test_another_seed_or_decay_is_drawn_anew(app):
    [first, *_] = maps(app)
    assert maps(lesson(seed="2"))[0] != first
    said = [t.value for t in app.markdown if "As trained" in t.value]
    other = lesson(decay="0.1")
    assert [t.value for t in other.markdown if "As trained" in t.value] != said


def test_a_weight_of_minus_two_is_not_one_of_minus_one(app):
    """Python's hash is the same for both."""
    told, drawn, before = set(), set(), set(maps(app))
    for value in (-1.0, -2.0):
        [slider] = [s for s in app.slider if s.label.startswith("Set w0")]
        slider.set_value(value).run()
        [said] = [t.value for t in app.markdown if "With your" in t.value]
        told.add(said)
        drawn |= set(maps(app)) - before
    assert len(told) == len(drawn) == 2
