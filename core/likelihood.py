"""Chances, their logarithms and surprise: the arithmetic behind the loss."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class SoFar:
    """A word's pairs up to this one."""

    chance: float  # of this pair
    log: float  # of that chance
    product: float  # of the chances so far
    total: float  # of the logarithms so far
    mean: float  # surprise so far, nats a pair


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


def running(chances: Sequence[float]) -> list[SoFar]:
    """Product, sum and mean as they grow, a pair at a time."""
    found, product, total = [], 1.0, 0.0
    for pairs, chance in enumerate(chances, start=1):
        product *= chance
        total -= surprise(chance)
        so_far = (product, total, -total / pairs)
        found.append(SoFar(chance, -surprise(chance), *so_far))
    return found


def wins(first: Sequence[float], second: Sequence[float]) -> list[int]:
    """The places at which the first model's number is the larger one."""
    both = enumerate(zip(first, second, strict=True))
    return [place for place, (one, other) in both if one > other]
