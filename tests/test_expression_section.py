"""The sections on an expression, backward and nudging, as Streamlit runs
them."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from core.expression import EXAMPLES

PAGE = """
from pages.sections.micrograd import expression
expression.show()
"""


@pytest.fixture
def app():
    app = AppTest.from_string(PAGE, default_timeout=30).run()
    assert not app.exception
    return app


def press(app, label):
    [button] = [each for each in app.button if each.label == label]
    button.click().run()
    assert not app.exception


def typed(app, text):
    app.text_area("expression").set_value(text).run()
    assert not app.exception
    return app


def prose(app):
    return "\n".join(each.value for each in app.markdown)


def graphs(app):
    return [each.proto.spec for each in app.get("graphviz_chart")]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_drawn(app, name):
    press(app, name)
    assert app.text_area("expression").value == EXAMPLES[name]
    assert not app.error and len(graphs(app)) == 2


def test_the_lecture_stands_on_the_page(app):
    assert "L is **-8**" in prose(app)
    assert "-8 → -7.286496" in prose(app)
    table = app.table[0].value
    assert list(table["leaf"]) == ["a", "b", "c", "f"]
    for way in ("backprop", "finite difference", "torch"):
        assert [float(x) for x in table[way]] == pytest.approx([6, -4, -2, 4])


def test_micrograds_readme_stands_on_the_page(app):
    press(app, "micrograd's README")
    assert "is **24.7041**" in prose(app)
    shown = [float(x) for x in app.table[0].value["backprop"]]
    # the README prints four digits
    assert shown == pytest.approx([138.8338, 645.5773], abs=1e-4)


def test_a_slider_moves_its_leaf_in_time(app):
    [slider] = [each for each in app.slider if each.label == "f"]
    began = time.perf_counter()
    slider.set_value(1.0).run()
    assert time.perf_counter() - began < 0.3
    assert "L is **4**" in prose(app)


@pytest.mark.parametrize("text", ["a ? b", "", "\0", "é = 1", "x(2)", "(" * 99])
def test_nonsense_is_pointed_at_and_the_last_graph_kept(app, text):
    press(app, "A value used twice")
    before = graphs(app)
    typed(app, text)
    assert "Line 1, character" in app.error[0].value
    assert app.code[0].value.splitlines()[-1].strip() == "^"
    assert graphs(app) == before
    typed(app, "a * 2")
    assert not app.error and graphs(app) != before


def test_the_caret_stands_under_the_character(app):
    line = "a = " + "1 + " * 200 + "?"
    typed(app, f"b = 2\n{line} + 1 # é")
    part, caret = app.code[0].value.splitlines()
    assert part[len(caret) - 1] == "?"
    assert f"Line 2, character {len(line)}:" in app.error[0].value


def test_a_division_by_zero_is_said_not_raised(app):
    typed(app, "a = 0\nL = 1 / a")
    assert "L is **inf**" in prose(app)


@pytest.mark.parametrize(
    "text", ["2", "a", "L = 1 + 2", "x = 1e300\nL = x * x", "L = log(-1 * a)"]
)
def test_odd_expressions_get_all_three_sections(app, text):
    typed(app, text)
    assert not app.error and len(app.header) == 3
    for label in ("All", "Back", "From the start"):
        if not [b for b in app.button if b.label == label][0].disabled:
            press(app, label)


def test_many_leaves_have_eight_sliders(app):
    typed(app, " + ".join(f"x{i}" for i in range(20)))
    leaves = [each for each in app.slider if each.label.startswith("x")]
    assert len(leaves) == 8
    assert any("8 of 20 leaves" in each.value for each in app.caption)
    assert len(app.table[0].value) == 20


def test_backward_goes_step_by_step_and_back(app):
    assert "**0 of 6 pushes.**" in prose(app)
    assert "(a*b + c).grad += L.grad × local slope = 1.0 × -2.0" in prose(app)
    press(app, "Step")
    assert "(a*b + c).grad` **-2**" in prose(app)
    assert "f.grad += L.grad × local slope = 1.0 × 4.0" in prose(app)
    press(app, "Back")
    assert "**0 of 6 pushes.**" in prose(app)
    press(app, "All")
    assert "Every grad is known." in prose(app)


@pytest.mark.parametrize("number, right", [(-2, True), (2, False)])
def test_a_guess_is_answered(app, number, right):
    app.number_input[0].set_value(number).run()
    answers = app.success if right else app.warning
    assert "becomes -2" in answers[0].value


def test_pause_stays_where_it_has_come_to(app):
    press(app, "Play")  # the polling is drawn once: one push is made
    assert "**1 of 6 pushes.**" in prose(app)
    press(app, "Pause")
    assert "**1 of 6 pushes.**" in prose(app)
    assert not [each for each in app.button if each.label == "Pause"]


def test_a_value_used_twice_shows_the_sum(app):
    press(app, "A value used twice")
    press(app, "Step")
    assert "`a.grad` **1**" in prose(app)
    press(app, "Step")
    assert "`a.grad` **2**" in prose(app)
