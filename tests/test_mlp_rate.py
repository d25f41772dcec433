"""The section on the learning rate, as Streamlit runs it."""

import re

import pytest
from streamlit.testing.v1 import AppTest
from test_asked import yours
from test_one_batch import TEXTS

SECTION = """
import streamlit as st
from core import mlp
from core.data import names
from drawing import draw_of
from pages.sections.mlp import rate
data = {data}
knob = st.slider("rate", 0.001, 10.0, 0.1, 0.001, key="rate")
config = mlp.Config(rate=knob, {knobs})
rate.show(data, draw_of(data=data, config=config))
"""
ENDS = {
    "default": "",
    "small": "context=1, embedding=1, hidden=1, batch=1",
    "large": "context=8, embedding=32, hidden=500, batch=1024, switch=0",
}


def section(data="names.local()", knobs=""):
    code = SECTION.format(data=data, knobs=knobs)
    app = AppTest.from_string(code, default_timeout=60).run()
    assert not app.exception
    return yours(app)


def text(app):
    return " ".join(m.value for m in app.markdown)


@pytest.mark.parametrize(
    "rate, said",
    # lectures.md, claim 41: from "barely moves" to "explodes"
    [(0.0001, "barely moves"), (0.1, "learns best"), (10.0, "explodes")],
)
def test_a_rate_by_hand_is_told_what_it_does(rate, said, lecture_names):
    app = section()
    app.segmented_control("mlp hand rate").set_value(rate).run()
    assert not app.exception
    assert f"**{rate:g} {said}**" in text(app)


def test_the_slider_begins_in_the_valley_and_chooses_the_rate(lecture_names):
    app = section()
    valley = app.slider("mlp exponent").value
    assert f"The valley is at **{valley:g}**" in text(app)
    app.slider("mlp exponent").set_value(-2.0).run()
    assert "a rate of **0.01**" in text(app)
    app.button("mlp use rate").click().run()
    assert not app.exception
    assert app.session_state.rate == 0.01
    assert "uses 0.01: your rate" in text(app)
    assert app.slider("mlp exponent").value == -2.0, "the choice is kept"
    assert app.button("mlp use rate").disabled


@pytest.mark.parametrize(
    "exponent, names",
    # a tenth and ten times, within the knob's 0.001 to 10
    [
        (-1.0, ["0.01", "0.1", "1"]),
        (-3.0, ["0.001", "0.01"]),
        (0.0, ["0.1", "1", "10"]),
    ],
)
def test_three_rates_are_compared_within_the_knob(
    exponent, names, lecture_names, monkeypatch
):
    from pages.parts import experiment

    asked = []
    monkeypatch.setattr(
        experiment, "compare", lambda name, runs, draw: asked.append(runs)
    )
    app = section()
    app.slider("mlp exponent").set_value(exponent).run()
    assert not app.exception
    assert list(asked[-1]) == [f"rate {name}" for name in names]
    for name, run in asked[-1].items():
        assert run.config.rate == float(name.split()[1])
        assert run.config.steps == 5000
    assert ("off the knob" in text(app)) == (exponent == -3.0)


def test_the_shares_of_both_spacings_are_said(lecture_names):
    said = text(section())
    low, high = re.search(
        r"only ([\d.]+)% of them.*then ([\d.]+)% lie", said, re.S
    ).groups()
    # 0.099 of 0.999, and two of three powers of ten; one rate is 0.1 %
    assert float(low) == pytest.approx(9.9, abs=0.15)
    assert float(high) == pytest.approx(66.7, abs=0.15)


@pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("knobs", ENDS.values(), ids=ENDS)
def test_the_section_stands_on_any_words(words, knobs):
    app = section(f"names.Words('own', tuple({words!r}.split()))", knobs)
    for rate in (0.0001, 10.0):
        app.segmented_control("mlp hand rate").set_value(rate).run()
        assert not app.exception
    said = " ".join(caption.value for caption in app.caption)
    assert ("It is large" in said) == ("1024" in knobs)
