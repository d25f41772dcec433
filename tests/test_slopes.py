"""Three ways to one slope."""

import math

import pytest

from core import slopes
from core.expression import EXAMPLES, evaluate, parse


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
