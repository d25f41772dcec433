"""Chances, their logarithms and surprise: the arithmetic behind the loss."""

import math
from collections.abc import Sequence


def log_of_product(numbers: Sequence[float]) -> tuple[float, float]:
    """log(abc...) and log a + log b + log c + ...: the same, but for the
    rounding of the last digits."""
    return math.log(math.prod(numbers)), sum(map(math.log, numbers))


def surprise(chance: float) -> float:
    """Minus the logarithm of a chance, nats; infinite for a chance of 0."""
    return -math.log(chance) if chance else math.inf


def surprise_curve(count: int) -> list[tuple[float, float]]:
    """The surprise at so many chances, evenly from just above 0 to 1."""
    chances = [i / count for i in range(1, count + 1)]
    return [(p, surprise(p)) for p in chances]
