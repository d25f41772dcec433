"""Kaiming init: how large the first weights may be.

A sum of many products is wider than its terms; a nonlinearity makes it
narrower. Weights that undo both keep a deep stack of layers alive, forward
and backward.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from core import batchnorm, health
from core.layers import CURVES, BatchNorm1d, Linear, Nonlinearity, Sequential

SEED = batchnorm.Config.seed
WIDTH = 100  # neurons in each layer of a stack, as in the lecture's deep net
KNOWN = ("tanh", "relu", "leaky_relu", "sigmoid", "linear")  # to torch
BAND = (0.5, 2.0)  # no less than half of 1, no more than twice
GAINS = tuple(round(0.2 + 0.05 * i, 2) for i in range(57))  # 0.2 to 3


def products(
    fan_in: int, multiplier: float, seed: int = SEED
) -> tuple[Tensor, Tensor]:
    """Unit gaussian numbers, and sums of so many of them, each weighted."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(1000, fan_in, generator=generator)
    w = torch.randn(fan_in, 200, generator=generator) * multiplier
    return x, x @ w  # (1000, fan_in), (1000, 200)


def predicted(fan_in: int, multiplier: float) -> float:
    """The spread of such a sum. A product of two independent numbers of mean
    0 has the product of their variances; in a sum variances add up."""
    variance = fan_in * multiplier**2
    return variance**0.5


def gaussian(count: int = 10_000) -> Tensor:
    """A sample of unit gaussian numbers without chance: even quantiles."""
    shares = (torch.arange(count, dtype=torch.float64) + 0.5) / count
    numbers = torch.special.ndtri(shares)
    return numbers / numbers.square().mean().sqrt()  # the tails are cut


def torchs_gain(nonlinearity: str) -> float:
    """What torch multiplies 1 / sqrt(fan_in) by."""
    return torch.nn.init.calculate_gain(nonlinearity)


def keeping_forward(nonlinearity: str) -> float:
    """The gain that makes the next sums as wide as these, of spread 1: the
    mean square of f(sum), times gain squared, is 1."""
    function, _ = CURVES[nonlinearity]
    return function(gaussian()).square().mean().rsqrt().item()


def keeping_backward(nonlinearity: str) -> float:
    """The gain that makes the slopes before a layer as wide as behind it:
    they are multiplied by the function's own slope on their way."""
    function, slope = CURVES[nonlinearity]
    return slope(function(gaussian())).square().mean().rsqrt().item()


def next_spread(spread: float, nonlinearity: str, gain: float) -> float:
    """How wide the sums of the next layer are, if these are so wide."""
    function, _ = CURVES[nonlinearity]
    out = function(spread * gaussian())
    return gain * out.square().mean().sqrt().item()


def settled(nonlinearity: str, gain: float, layers: int = 100) -> float:
    """Where the spread of the sums ends after many layers, from 1."""
    spread = 1.0
    for _ in range(layers):
        spread = next_spread(spread, nonlinearity, gain)
    return spread


def first_sums(config: batchnorm.Config, X: Tensor, V: int) -> tuple:
    """The net with one hidden layer on its first batch of contexts X (N, T)
    of V letters, perhaps as bytes: the root mean square of what goes in, and
    the spread of the sums before tanh."""
    generator = torch.Generator().manual_seed(config.seed)
    net = batchnorm.network(config, V, generator)
    at = torch.randint(0, len(X), (config.batch,), generator=generator)
    net(X[at].long())
    [hidden], x = net.every(Nonlinearity), net.every(Linear)[0].x
    return x.square().mean().sqrt().item(), health.spread(hidden.x)


SCALINGS = ("none", "fan_in", "fan_out", "both")


def scale(scaling: str, fan_in: int, fan_out: int) -> float:
    """What first weights are multiplied by. Kaiming's init divides by one
    of the two; Xavier's takes the mean of both."""
    by = {"none": 1.0, "fan_in": fan_in, "fan_out": fan_out}
    by["both"] = (fan_in + fan_out) / 2
    return by[scaling] ** -0.5


@dataclass(frozen=True)
class BothWays:
    x: float
    weight: float
    out: float
    out_slope: float  # of the loss at the output
    x_slope: float
    weight_slope: float


def both_ways(
    fan_in: int, fan_out: int, scaling: str, rows: int = 32, seed: int = SEED
) -> BothWays:
    """The spreads of one Linear, forward, and backward from slopes of spread
    1. A single row is the lecture's own run."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, fan_in, generator=generator)
    # (fan_out, fan_in) is how torch.nn.Linear keeps its weight
    weight = torch.randn(fan_out, fan_in, generator=generator)
    weight *= scale(scaling, fan_in, fan_out)
    layer = Linear(weight.T)
    out = layer(x)
    slope = torch.randn(rows, fan_out, generator=generator)
    back = layer.backward(slope)
    seen = x, weight, out, slope, back, layer.weight.grad
    return BothWays(*map(health.spread, seen))


def families(nonlinearity: str) -> dict[str, float]:
    """The gains, over 1 / sqrt(fan_in), of three ways to draw weights."""
    root = WIDTH**0.5
    return {
        "randn": root,  # not scaled at all
        "xavier": root * scale("both", WIDTH, WIDTH),
        "kaiming": torchs_gain(nonlinearity),
    }


def stack(
    depth: int, gain: float, nonlinearity: str, batchnorm: bool = False
) -> list[Nonlinearity]:
    """Layer on layer, once forward, and backward from slopes of spread 1 at
    the last output."""
    generator = torch.Generator().manual_seed(SEED)
    x, slope = torch.randn(2, WIDTH, WIDTH, generator=generator)
    layers = []
    for _ in range(depth):
        weight = torch.randn(WIDTH, WIDTH, generator=generator)
        layers.append(Linear(weight * gain / WIDTH**0.5))
        if batchnorm:
            layers.append(BatchNorm1d(WIDTH))
        layers.append(Nonlinearity(nonlinearity))
    net = Sequential(layers)
    net(x)
    net.backward(slope)
    return net.every(Nonlinearity)


def spreads(layers: list[Nonlinearity]) -> list[tuple[float, float]]:
    """Of each layer's outputs, and of the slopes there."""
    return [
        (health.spread(each.out), health.spread(each.out.grad))
        for each in layers
    ]


def kept(pairs: list[tuple[float, float]], band=BAND) -> bool:
    """Whether every spread lies in the band; the slopes begin at 1."""
    low, high = band
    return all(low <= each <= high for pair in pairs for each in pair)
