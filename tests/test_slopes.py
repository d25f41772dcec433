"""Three ways to one slope."""

import math

import pytest
from streamlit.testing.v1 import AppTest

from core import derivative, slopes
from core.expression import EXAMPLES, end_of, evaluate, parse

NUDGE = """
from core import expression
from pages.sections.micrograd import nudge
program = expression.parse({text!r})
nudge.show(program, program.defaults)
"""


@pytest.mark.parametrize("name", EXAMPLES)
def test_backprop_torch_and_a_nudge_agree(name):
    program = parse(EXAMPLES[name])
    found = slopes.compare(program, program.defaults)
    assert list(found) == list(program.defaults)
    for slope in found.values():
        size = max(1.0, abs(slope.torch))
        assert slope.backprop == pytest.approx(slope.torch, abs=1e-12 * size)
        # 1e-6 each way leaves about 1e-16 / 1e-6 of rounding
        assert slope.difference == pytest.approx(slope.torch, abs=1e-7 * size)
        assert slope.largest_difference < 1e-7 * size


def test_one_step_along_the_gradient_is_the_lecture_figure():
    program = parse(EXAMPLES["The lecture's first"])
    step = slopes.step(program, program.defaults, 0.01)
    assert step.before == -8.0
    assert step.after == pytest.approx(-7.286496, abs=1e-9)
    # 6, -4, -2 and 4, squared and added up, a hundredth of it
    assert step.promised == pytest.approx(0.72)


def test_backward_stopped_on_its_way():
    program = parse(EXAMPLES["The lecture's first"])
    values = evaluate(program, program.defaults)
    end = values["L"]
    named = {values[name]: name for name in "abcfL"}

    def seen(count):
        found = slopes.stage(end, count)
        return found, {named.get(v, "?"): s for v, s in found.states.items()}

    first, states = seen(0)
    assert first.grads[end] == 1 and sum(first.grads.values()) == 1
    assert states["L"] == "now" and states["a"] == "waiting"
    second, states = seen(2)  # L has passed on to d and to f
    assert states["L"] == states["f"] == "done"
    assert second.grads[values["f"]] == 4 and second.made[-1].passed == 4
    last, states = seen(6)
    assert set(states.values()) == {"done"} and last.next is None
    end.backward()
    assert last.grads == {value: value.grad for value in last.grads}


def test_a_leaf_that_the_end_does_not_use_has_slope_zero():
    program = parse("a = 2\nb = 3\nL = a * a")
    found = slopes.compare(program, program.defaults)
    assert (found["b"].backprop, found["b"].torch) == (0, 0)
    assert slopes.by_torch(parse("a = 2\nL = 1 + 1"), {"a": 2.0}) == {"a": 0}


def test_what_is_not_a_number_is_shown_as_such():
    program = parse("a = 0\nL = 1 / a")
    slope = slopes.compare(program, program.defaults)["a"]
    assert slope.backprop == slope.torch == -math.inf
    assert slope.largest_difference > 1e9 or math.isnan(
        slope.largest_difference
    )
    # a nudge down leaves the range of log; torch and backprop do not see it
    program = parse("a = 1e-7\nL = log(a)")
    slope = slopes.compare(program, program.defaults)["a"]
    assert slope.backprop == slope.torch == pytest.approx(1e7)
    assert math.isnan(slope.difference) and math.isnan(slope.largest_difference)


def test_one_way_is_the_figure_the_lecture_prints():
    program = parse(EXAMPLES["The lecture's first"])
    end = end_of(program, program.defaults, "b")
    # L1.11, to the last digit: the same operations in the same order
    assert derivative.numerical(end, -3.0, 0.001) == -3.9999999999995595


def nudged(text):
    """The table of nudges one way, and the page's words."""
    app = AppTest.from_string(NUDGE.format(text=text), default_timeout=30)
    app.run()
    assert not app.exception
    [table] = [t.value for t in app.table if "one way" in t.value]
    return table.set_index("leaf"), " ".join(m.value for m in app.markdown)


def test_a_line_is_off_by_rounding_only():
    table, said = nudged(EXAMPLES["The lecture's first"])
    assert table["one way"]["b"] == "-3.9999999999995595"
    assert float(table["off by"]["b"]) == pytest.approx(4.4e-13, rel=0.01)
    assert "along a straight line" in said


def test_a_bend_is_off_by_half_the_nudge_times_the_curvature():
    table, said = nudged("a = 3\nL = a**2")
    # (9 + 6 h + h h - 9) / h is 6 + h
    assert float(table["one way"]["a"]) == pytest.approx(6.001, abs=1e-9)
    assert table["off by"]["a"] == "1.0e-03"
    assert table["off with h = 0.0001"]["a"] == "1.0e-04"
    assert "is curved there" in said


@pytest.mark.parametrize(
    "text, words",
    [
        ("a = 0\nL = relu(a)", "beside a corner"),
        ("a = 0\nL = 1 / a", "no number"),
        ("L = 1 + a - a", "along a straight line"),
    ],
)
def test_a_nudge_at_an_odd_place_is_told_apart(text, words):
    assert words in nudged(text)[1]


def test_without_a_leaf_nothing_is_nudged():
    source = NUDGE.format(text="L = 1 + 2")
    app = AppTest.from_string(source, default_timeout=30).run()
    assert not app.exception and len(app.table) == 1
