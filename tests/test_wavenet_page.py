"""The WaveNet page as Streamlit runs it, without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

from core.runs import store

ENTRY = str(store.ROOT / "streamlit_app.py")


def lesson(**address):
    app = AppTest.from_file(ENTRY, default_timeout=90)
    for name, text in address.items():
        app.query_params[name] = text
    app.switch_page("pages/lessons/wavenet.py").run()
    assert not app.exception
    return app


def said(app) -> str:
    return " ".join(text.value for text in [*app.markdown, *app.caption])


def test_the_page_says_something_before_any_click(lecture_names):
    app = lesson()
    assert app.title[0].value == "5. WaveNet"
    assert not app.warning
    assert "76,579 numbers" in said(app)  # L6.10
    # L6.1: the words are shuffled, and the first of them is yuheng
    assert any(".......y --> u" in each.value for each in app.code)
    assert "a loss of 3.3167 nats" in said(app)  # as lecture 6 prints it


def test_a_preset_is_the_lecture_s_run(lecture_names):
    app = lesson()
    app.button("preset flat, context 8").click().run()
    assert not app.exception
    assert app.session_state["steps"] == 200_000
    assert "22,097 numbers" in said(app)  # L6.5


@pytest.mark.parametrize("own", ["ab", "a b", "ab " * 20, "я он она оно мы"])
def test_no_section_breaks_on_few_or_strange_words(lecture_names, own):
    app = lesson()
    app.text_area("own words").input(own).run()
    assert not app.exception
    assert "your own" in said(app)


@pytest.mark.parametrize(
    "knobs",
    [
        {"fan": "3", "hidden": "1", "embedding": "1", "batch": "2"},
        {"fan": "2-2-2-2", "hidden": "256", "embedding": "64", "steps": "1"},
        {"fan": "3-3", "unit": "gated", "hidden": "8"},
        {"fan": "8", "over_time": "false"},
    ],
)
def test_no_section_breaks_at_the_ends_of_the_knobs(lecture_names, knobs):
    assert not lesson(**knobs).warning
