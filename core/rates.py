"""Which learning rate? The range test of lecture 3: a thousand, one step each.

The rates grow from step to step, so one short run meets them all; where the
loss falls lowest before it climbs again, the rate is about right.
"""

from dataclasses import dataclass, replace
from itertools import accumulate

import torch
from torch import Tensor

from core import mlp
from core.data import names

AROUND = 50  # steps that a smoothed loss is the mean of
HAND = (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0)  # rates to begin with
WORK = 1_500_000  # products a batch: a page can wait for a thousand steps


@dataclass(frozen=True)
class Tried:
    exponent: float  # the rate is 10 to its power
    rate: float
    loss: float  # of this very batch, before its step
    smooth: float  # mean over the steps around


def range_test(
    config: mlp.Config,
    data: names.Words,
    count: int = 1000,
    low: float = -3.0,
    high: float = 0.0,
) -> list[Tried]:
    """One step with each rate, all on one network; exponents evenly apart."""
    exponents = torch.linspace(low, high, count)
    rates = (10**exponents).tolist()
    X, y = mlp.examples(data, config.context, config.only)
    losses = losses_with(config, data.letters, X, y, rates)
    columns = exponents.tolist(), rates, losses, smoothed(losses)
    return [Tried(*row) for row in zip(*columns, strict=True)]


def by_hand(
    config: mlp.Config, data: names.Words, steps: int = 100
) -> dict[float, list[float]]:
    """The losses with each rate by hand, from the same weights and on the
    same batches; and with 0, of the network that stays as it is."""
    X, y = mlp.examples(data, config.context, config.only)
    return {
        rate: losses_with(config, data.letters, X, y, [rate] * steps)
        for rate in (0.0, *HAND)
    }


def losses_with(
    config: mlp.Config, letters: str, X: Tensor, y: Tensor, rates: list[float]
) -> list[float]:
    """The loss of each batch of a run that takes these rates in turn."""
    generator = torch.Generator().manual_seed(config.seed)
    weights = mlp.first_weights(config, len(letters), generator)
    losses = []
    for rate in rates:
        at = torch.randint(0, len(X), (config.batch,), generator=generator)
        losses.append(mlp.step(weights, X[at], y[at], rate))
    return torch.stack(losses).tolist()


def smoothed(losses: list[float], around: int = AROUND) -> list[float]:
    """The mean of the losses around each; of fewer at both ends."""
    sums = list(accumulate(losses, initial=0.0))
    half = around // 2
    spans = [
        (max(0, i - half), min(len(losses), i - half + around))
        for i in range(len(losses))
    ]
    return [(sums[b] - sums[a]) / (b - a) for a, b in spans]


def valley(tried: list[Tried]) -> float:
    """The exponent where the smoothed loss is lowest."""
    # a comparison with what is no number is false: such a loss is no valley
    found = [each for each in tried if each.smooth < torch.inf]
    return min(found or tried, key=lambda each: each.smooth).exponent


def spacing(count: int = 1000) -> dict[str, list[float]]:
    """Rates from 0.001 to 1: evenly apart, and their exponents so."""
    return {
        "even rates": torch.linspace(0.001, 1, count).tolist(),
        "even exponents": (10 ** torch.linspace(-3, 0, count)).tolist(),
    }


def share_below(rates: list[float], bound: float) -> float:
    return sum(rate < bound for rate in rates) / len(rates)


def quick(config: mlp.Config, V: int) -> mlp.Config:
    """The same network with a batch that is no larger than a page can wait
    for."""
    each = config.hidden * (config.context * config.embedding + V)
    return replace(config, batch=min(config.batch, max(1, WORK // each)))
