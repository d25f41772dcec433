"""The BatchNorm page as Streamlit runs it, without a browser."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from core.runs import store

ENTRY = str(store.ROOT / "streamlit_app.py")


def lesson(**address):
    app = AppTest.from_file(ENTRY, default_timeout=90)
    for name, text in address.items():
        app.query_params[name] = text
    app.switch_page("pages/lessons/batchnorm.py").run()
    assert not app.exception
    return app


def said(app) -> str:
    return " ".join(text.value for text in [*app.markdown, *app.caption])


def test_the_page_says_something_before_any_click(lecture_names):
    app = lesson()
    assert app.title[0].value == "4. Activations and BatchNorm"
    assert not app.warning
    assert "47,024 numbers" in said(app)  # L4.15
    assert "a loss of 3.2870 nats" in said(app)  # lecture 4
    for chart in ("Activations", "Gradients", "Weights", "Updates"):
        assert re.search(rf"{chart}: healthy", said(app))


@pytest.mark.parametrize(
    "preset, count",
    [("original", "11,897"), ("batchnorm", "12,097"), ("deep", "47,024")],
)
def test_a_preset_is_the_lecture_s_run(lecture_names, preset, count):
    app = lesson()
    app.button(f"preset {preset}").click().run()
    assert not app.exception
    assert app.session_state["steps"] == 200_000
    assert f"{count} numbers" in said(app)


def test_the_doctor_sees_that_a_gain_of_three_saturates(lecture_names):
    app = lesson(batchnorm="false", gain="3")
    assert "Activations: **saturated**" in said(app)
    assert re.search(r"hidden layer 1 is flat for 4\d\.\d%", said(app))


@pytest.mark.parametrize("own", ["ab", "a b", "ab " * 20, "я он она оно мы"])
def test_no_section_breaks_on_few_or_strange_words(lecture_names, own):
    app = lesson()
    app.text_area("own words").input(own).run()
    assert not app.exception
    assert "your own" in said(app)


@pytest.mark.parametrize(
    "knobs",
    [
        {"layers": "1", "hidden": "1", "context": "1", "batch": "2"},
        {"layers": "10", "hidden": "300", "residual": "true", "steps": "1"},
        {"gain": "0", "last": "0", "batchnorm": "false"},
        {"nonlinearity": "linear", "optimizer": "adam"},
    ],
)
def test_no_section_breaks_at_the_ends_of_the_knobs(lecture_names, knobs):
    assert not lesson(**knobs).warning


def test_a_start_out_of_all_bounds_gets_a_sentence(lecture_names):
    app = lesson(
        batchnorm="false",
        nonlinearity="linear",
        gain="10",
        fan_in="false",
        hidden="300",
        layers="10",
    )
    assert any("leave all bounds" in each.value for each in app.info)
