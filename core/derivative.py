"""A derivative by its definition: nudge what goes in, see what comes out."""

import math
from collections.abc import Callable


def f(x: float) -> float:
    return 3 * x**2 - 4 * x + 5


def exact(x: float) -> float:
    """The slope of f as calculus has it."""
    return 6 * x - 4


def numerical(of: Callable, x: float, h: float) -> float:
    """The slope of any function by a nudge of h, one way."""
    return (of(x + h) - of(x)) / h


def errors(
    of: Callable, x: float, slope: float, steps: list[float]
) -> list[float]:
    """How far the numerical slope is off the true one, for each h."""
    return [abs(numerical(of, x, h) - slope) for h in steps]


def powers_of_ten(last: int, each: int) -> list[float]:
    """From 1 down to 10 ** -last, so many to a power of ten."""
    return [10 ** (-i / each) for i in range(last * each + 1)]


def expression(a: float, b: float, c: float) -> float:
    return a * b + c


def nudge(which: str, h: float, **numbers: float) -> tuple[float, float, float]:
    """The expression before and after one input moves by h, and the slope."""
    d1 = expression(**numbers)
    d2 = expression(**numbers | {which: numbers[which] + h})
    return d1, d2, (d2 - d1) / h


def tanh_slope(x: float) -> float:
    return 1 - math.tanh(x) ** 2
