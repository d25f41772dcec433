"""Slopes by nudging, beside those of calculus and torch."""

import math

import pytest
import torch

from core import derivative


@pytest.mark.parametrize("x, slope", [(3, 14), (-3, -22), (2 / 3, 0)])
def test_slopes_are_those_of_the_lecture(x, slope):
    # L1.1 and L1.3: f(3) = 20; slopes 14, -22, and 0 at the minimum
    assert derivative.exact(x) == pytest.approx(slope, abs=1e-12)
    assert derivative.numerical(derivative.f, x, 1e-6) == pytest.approx(
        slope, abs=1e-5
    )
    assert derivative.f(3) == 20.0


@pytest.mark.parametrize("x", [-2.5, 0.0, 0.3, 4.0])
def test_exact_slopes_are_those_of_torch(x):
    at = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    derivative.f(at).backward()
    assert derivative.exact(x) == pytest.approx(at.grad.item(), rel=1e-12)
    at.grad = None
    torch.tanh(at).backward()
    assert derivative.tanh_slope(x) == pytest.approx(at.grad.item(), rel=1e-9)


def test_the_error_falls_and_rises_again():
    # truncation is 3 h here, rounding about 1e-15 / h: least near 1e-8
    steps = [1.0, 1e-8, 1e-12]
    large, best, tiny = derivative.errors(derivative.f, 3.0, 14.0, steps)
    assert large == pytest.approx(3.0)
    assert best < 1e-6 < tiny < large


def test_one_input_is_nudged_and_its_slope_is_found():
    numbers = {"a": 2.0, "b": -3.0, "c": 10.0}
    found = {name: derivative.nudge(name, 1e-4, **numbers) for name in numbers}
    assert all(before == 4.0 for before, _, _ in found.values())
    assert found["c"][2] == 0.9999999999976694  # as L1.5 prints it
    assert found["a"][2] == pytest.approx(-3, abs=1e-9)
    assert found["b"][2] == pytest.approx(2, abs=1e-9)


def test_powers_of_ten_go_down_evenly():
    steps = derivative.powers_of_ten(2, 2)
    assert steps == pytest.approx([1, 10**-0.5, 0.1, 10**-1.5, 0.01])
    assert math.isclose(steps[0], 1)
