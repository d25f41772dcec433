"""Saturation: hidden neurons that lie where their function is flat.

Lecture 4 looks at the hidden layer of its first net before any step. Where
tanh is flat no slope passes, and a neuron that is flat for every example
learns nothing from them.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from core import batchnorm, health
from core.layers import Linear, Nonlinearity, Sequential

SCALES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 25.0)
REPAIRED = 0.2  # what the lecture multiplies W1 by
BEYOND = 0.99  # tanh beyond it is flat in the lecture's picture
REACH = 10.0  # sums beyond it are drawn at the edge
BINS = 40
DRAWN = 20  # batches
MANY = 2000  # examples, for a second opinion
CURVES = ("tanh", "sigmoid", "relu", "leaky_relu", "elu")


@dataclass(frozen=True)
class Examples:
    batches: Tensor  # (N, B, T) that a run of the lecture's net draws first
    many: Tensor  # (M, T) the first of all


def examples(X: Tensor, V: int, count: int = DRAWN) -> Examples:
    """Batches as the lecture draws them from all contexts X (N, T) of V
    letters, perhaps as bytes, and many examples at once."""
    config = batchnorm.ORIGINAL
    generator = torch.Generator().manual_seed(config.seed)
    batchnorm.network(config, V, generator)  # draws first
    at = [
        torch.randint(0, len(X), (config.batch,), generator=generator)
        for _ in range(count)
    ]
    return Examples(X[torch.stack(at)].long(), X[:MANY].long())


def biases(scale: float) -> float:
    """What b1 is multiplied by: where W1 is made smaller, b1 is too, as in
    the lecture's repair."""
    return 0.01 if scale < 1 else 1.0


def network(
    V: int, scale: float, nonlinearity: str = "tanh", shift: float = 0.0
) -> Sequential:
    """The lecture's first net, W1 times a scale, `shift` added to each bias
    of the hidden layer."""
    config = replace(
        batchnorm.ORIGINAL, bias=biases(scale), nonlinearity=nonlinearity
    )
    generator = torch.Generator().manual_seed(config.seed)
    net = batchnorm.network(config, V, generator)
    first = net.every(Linear)[0]
    first.weight.mul_(scale)  # 25 is more than the knob of the gain allows
    first.bias.add_(shift)
    return net


def hidden(net: Sequential, X: Tensor) -> Nonlinearity:
    """The hidden layer, with its sums and outputs (B, H) for a batch."""
    net(X)
    [layer] = net.every(Nonlinearity)
    return layer


def always(flat: Tensor) -> Tensor:
    """Neurons (H,) that are flat for every example: dead columns."""
    return flat.all(0)


@dataclass(frozen=True)
class Seen:
    """What one batch shows of the hidden layer."""

    flat: list[list[bool]]  # a row an example, a column a neuron
    share: float  # of all these cells
    dead: list[int]  # columns that are flat for every example
    each: list[int]  # how many are dead in each of the batches drawn
    many: int  # examples of the second opinion
    dead_of_many: int
    spread: float  # of the sums
    beyond: float  # share of the sums outside the picture
    sums: tuple[float, ...]  # histogram, -REACH to REACH
    outputs: tuple[float, ...]  # histogram on the function's span


def look(
    examples: Examples,
    V: int,
    scale: float,
    nonlinearity: str = "tanh",
    shift: float = 0.0,
    batch: int = 0,
) -> Seen:
    """The layer before any step, for one of the batches."""
    net = network(V, scale, nonlinearity, shift)
    dead = [count(net, X) for X in examples.batches]
    of_many = count(net, examples.many)
    layer = hidden(net, examples.batches[batch])
    cells, x = health.flat(layer, BEYOND), layer.x
    low, high = batchnorm.SPANS[nonlinearity]
    return Seen(
        flat=cells.tolist(),
        share=cells.float().mean().item(),
        dead=always(cells).nonzero().flatten().tolist(),
        each=dead,
        many=len(examples.many),
        dead_of_many=of_many,
        spread=health.spread(x),
        beyond=(x.abs() > REACH).float().mean().item(),
        sums=health.histogram(x, -REACH, REACH, BINS),
        outputs=health.histogram(layer.out, low, high, BINS),
    )


def count(net: Sequential, X: Tensor) -> int:
    """How many neurons are flat for every example of X."""
    return int(always(health.flat(hidden(net, X), BEYOND)).sum())


def curve(nonlinearity: str, points: int = 201) -> list[tuple[float, ...]]:
    """The function and its slope: rows of x, f(x), slope."""
    layer = Nonlinearity(nonlinearity)
    x = torch.linspace(-REACH, REACH, points)
    out = layer(x)
    rows = zip(x, out, layer.slope(out), strict=True)
    return [tuple(round(n.item(), 5) for n in row) for row in rows]


def least(nonlinearity: str) -> float:
    """The smallest slope in the picture."""
    return min(slope for _, _, slope in curve(nonlinearity))
