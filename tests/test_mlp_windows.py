"""The windows of a word against a plain loop, as Streamlit shows them."""

import operator

import pytest
import torch
from streamlit.testing.v1 import AppTest

from core import mlp
from core.data import names
from pages.parts import words as words_part

APP = """
from core import mlp
from core.data import names
from drawing import draw_of
from pages.sections.mlp import windows
data = names.{data}
windows.show(data, draw_of(data=data, config=mlp.Config({knobs})))
"""


def shown(data="local()", knobs=""):
    app = AppTest.from_string(
        APP.format(data=data, knobs=knobs), default_timeout=30
    ).run()
    assert not app.exception
    return app


def table(app, column):
    [found] = [t.value for t in app.table if column in t.value]
    return found


def slid(words, context):
    """The lecture's loop: a window that is cropped and appended to."""
    for word in words:
        window = "." * context
        for letter in word + ".":
            yield window, letter
            window = window[1:] + letter


@pytest.mark.parametrize("context", range(1, 9))
def test_windows_are_those_of_the_lectures_loop(context):
    words = ["emma", "a", "olivia", "a" * 12]
    letters = "." + "".join(sorted(set("".join(words))))
    X, Y = mlp.windows(words, letters, context)
    expected = list(slid(words, context))
    assert X.tolist() == [[letters.index(c) for c in w] for w, _ in expected]
    assert Y.tolist() == [letters.index(c) for _, c in expected]
    assert X.dtype == Y.dtype == torch.int64


@pytest.mark.parametrize("context", [1, 3, 8])
def test_a_word_is_shown_window_by_window(context):
    app = shown()
    app.text_input("mlp word").set_value("Olivia").run()
    app.slider("mlp windows context").set_value(context).run()
    assert not app.exception
    found = table(app, "a row of X")
    expected = list(slid(["olivia"], context))
    assert list(found["context → next"]) == [
        f"`{w} → {y}`" for w, y in expected
    ]
    letters = names.local().letters
    rows = [[letters.index(c) for c in window] for window, _ in expected]
    assert list(found["a row of X"]) == [f"`{row}`" for row in rows]
    assert list(found["of Y"]) == [f"`{letters.index(y)}`" for _, y in expected]


def test_the_parts_have_the_lectures_sizes(lecture_names):
    found = table(shown(), "part").set_index("part")
    # lecture 3: 32 examples of five words; 182,625 / 22,655 / 22,866
    assert list(found["X"]) == [
        "`(32, 3)`",
        "`(182625, 3)`",
        "`(22655, 3)`",
        "`(22866, 3)`",
    ]
    assert found["Y"]["train"] == "`(182625,)`"
    assert set(found["dtype of both"]) == {"torch.int64"}


def test_a_longer_context_makes_no_more_examples(lecture_names):
    app = shown()
    app.slider("mlp windows context").set_value(8).run()
    found = table(app, "part").set_index("part")
    for part, words in mlp.split(lecture_names)._asdict().items():
        X, Y = mlp.windows(words, lecture_names.letters, 8)
        assert found["X"][part] == f"`{tuple(X.shape)}`"
        assert found["Y"][part] == f"`{tuple(Y.shape)}`"


@pytest.mark.parametrize("context, only", [(1, 0), (3, 0), (8, 20)])
def test_what_a_page_holds_as_bytes_is_what_a_network_learns_from(
    context, only, lecture_names
):
    asked = lecture_names, lecture_names.digest, context, only
    found = words_part.examples(mlp.packed, *asked)
    learned_from = mlp.examples(lecture_names, context, only)
    for ours, theirs in zip(found, learned_from, strict=True):
        assert ours.dtype == torch.uint8
        assert torch.equal(ours.long(), theirs)


def test_who_learns_from_all_words_shares_them_with_who_may_choose(
    lecture_names,
):
    asked = mlp.packed, lecture_names, lecture_names.digest, 5
    found = words_part.examples(*asked)
    again = words_part.examples(*asked, 0)
    assert all(map(operator.is_, found, again))


def test_the_first_rows_are_printed_as_torch_prints_them():
    app = shown()
    # lecture 3: emma's five, then the beginning of olivia
    rows = [[0, 0, 0], [0, 0, 5], [0, 5, 13], [5, 13, 13], [13, 13, 1]]
    X = torch.tensor([*rows, [0, 0, 0]])
    Y = torch.tensor([5, 13, 13, 1, 0, 15])
    assert str(X) in app.code[0].value and str(Y) in app.code[0].value


def test_the_slider_follows_the_knob_until_it_is_moved():
    script = """
import streamlit as st
from core import mlp
from core.data import names
from drawing import draw_of
from pages.sections.mlp import windows
knob = st.number_input("knob", value=3, key="knob")
data = names.own("emma ava")
windows.show(data, draw_of(data=data, config=mlp.Config(context=knob)))
"""
    app = AppTest.from_string(script, default_timeout=30).run()
    app.number_input("knob").set_value(5).run()
    assert app.slider("mlp windows context").value == 5
    app.slider("mlp windows context").set_value(2).run()
    app.run()
    assert app.slider("mlp windows context").value == 2
    assert not app.exception


@pytest.mark.parametrize(
    "typed, said",
    [("", "type one"), ("emmaé", "does not occur"), ("a.b", "not a letter")],
)
def test_a_word_that_cannot_be_is_refused_in_a_sentence(typed, said):
    app = shown()
    app.text_input("mlp word").set_value(typed).run()
    assert not app.exception
    assert said in app.warning[0].value
    assert list(table(app, "a row of X")["of Y"])[0] == "`5`"  # e of emma


EVERY = "".join(chr(0x4E00 + i) for i in range(names.MAX_LETTERS))
ODD = ["ab", "a b", "ab " * 20, "анна иван ольга", f"{EVERY[:30]} {EVERY[30:]}"]


@pytest.mark.parametrize("words", ODD)
@pytest.mark.parametrize("context", [1, 8])
def test_the_section_holds_with_any_words(words, context):
    app = shown(f"own({words!r})", f"context={context}")
    listed = words.split()
    parts = table(app, "part").set_index("part")
    every = sum(len(word) + 1 for word in listed)
    if len(listed) < names.MIN_SPLIT:
        assert parts["Y"]["train"] == f"`({every},)`"
        assert parts["X"]["dev"] == f"`(0, {context})`"
        assert any("nothing is held" in c.value for c in app.caption)
    else:  # 20 words of 2 letters: 16, 2 and 2 of 3 examples
        assert list(parts["Y"])[1:] == ["`(48,)`", "`(6,)`", "`(6,)`"]
