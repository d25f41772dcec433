"""The MLP page as Streamlit runs it, without a browser."""

import math
import re

import pytest
from streamlit.testing.v1 import AppTest

from core.runs import store

ENTRY = str(store.ROOT / "streamlit_app.py")


def lesson(**address):
    app = AppTest.from_file(ENTRY, default_timeout=60)
    for name, text in address.items():
        app.query_params[name] = text
    app.switch_page("pages/lessons/mlp.py").run()
    assert not app.exception
    return app


@pytest.fixture
def app(lecture_names):
    return lesson()


def said(app) -> str:
    return " ".join(text.value for text in [*app.markdown, *app.caption])


def test_the_page_says_something_before_any_click(app):
    assert app.title[0].value == "3. MLP"
    assert not app.warning
    # the untrained network: its first loss, as the lecture prints it
    assert "a loss of 27.8817 nats" in said(app)
    assert "11,897 numbers" in said(app)  # L3.17
    assert "worse than guessing" in said(app)  # L4.2: confidently wrong


def test_the_lecture_preset_is_the_lecture_s_run(app):
    app.button("preset lecture").click().run()
    assert not app.exception
    assert app.session_state["steps"] == 200_000
    assert app.session_state["switch"] == 100_000
    # the lecture's own run leaves its first rate half-way: a fork
    assert [b for b in app.button if b.label == "Run both"]


@pytest.mark.parametrize("own", ["ab", "a b", "ab " * 20, "я он она оно мы"])
def test_no_section_breaks_on_few_or_strange_words(app, own):
    app.text_area("own words").input(own).run()
    assert not app.exception
    assert "your own" in said(app)


@pytest.mark.parametrize(
    "knobs",
    [
        {"context": "1", "embedding": "1", "hidden": "1", "batch": "1"},
        {"context": "8", "embedding": "32", "hidden": "500", "batch": "1024"},
        {"only": "1", "steps": "1"},
    ],
)
def test_no_section_breaks_at_the_ends_of_the_knobs(lecture_names, knobs):
    app = lesson(**knobs)
    assert not app.warning


def test_a_word_costs_the_mlp_and_the_bigram_so_much(app):
    app.text_input("mlp surprise").input("emma").run()
    assert not app.exception
    found = re.search(
        r"\*\*emma\*\* costs the bigram \*\*(\d\.\d{4})\*\*", said(app)
    )
    # the counted bigram on .e em mm ma a. (facts of lecture 2's table:
    # 0.0478 0.0377 0.0253 0.3899 0.1960, four digits each)
    assert float(found[1]) == pytest.approx(2.5135, abs=1e-3)


def test_the_letter_that_surprised_the_mlp_more_is_named(app):
    app.text_input("mlp surprise").input("emma").run()
    [shown] = [t.value for t in app.table if "gained" in t.value]
    gains = [float(text) for text in shown["gained"]]
    worst = gains.index(min(gains))
    named = re.search(r"`(.)` surprised the bigram less", said(app))
    assert (named is not None) == (gains[worst] < -0.005)
    if named:
        assert named[1] == shown["comes"][worst].strip("`")
    # nats gained are the logarithm of how the chances compare
    chances = zip(shown["bigram's chance"], shown["MLP's chance"], strict=True)
    for gain, (bigram, ours) in zip(gains, chances, strict=True):
        expected = math.log(float(ours) / float(bigram))
        assert gain == pytest.approx(expected, abs=0.02)  # four digits


def test_a_bad_word_gets_a_sentence(app):
    app.text_input("mlp surprise").input("x7").run()
    assert any("7 is not a letter" in w.value for w in app.warning)
    assert not app.exception


def test_other_data_bring_another_first_word_unless_one_was_typed(app):
    app.text_area("own words").input("ab ba").run()
    assert app.text_input("mlp surprise").value == "ab"
    assert not app.warning
    app.text_input("mlp surprise").input("baba").run()
    app.text_area("own words").input("").run()
    assert app.text_input("mlp surprise").value == "baba"
    assert app.text_input("mlp word").value == "emma"
