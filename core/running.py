"""What BatchNorm keeps for later: running statistics, gamma and beta.

A trained net has to answer one example at a time, so it needs a mean and a
spread for each neuron that no batch gives. Lecture 4 takes them from one full
pass over the examples, or lets them follow the batches. Here an instant
training does both.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core import batchnorm, health, mlp
from core.data import names
from core.layers import BatchNorm1d, Linear, Sequential

MOMENTA = (0.001, 0.01, 0.1, 1.0)  # the lecture's is the first
CONFIG = replace(batchnorm.PRESETS["batchnorm"], steps=2000)
SHAPED = (0, 300, 2000)  # steps at which gamma and beta are looked at
SIZES = (2, 8, 32, 1024)  # of batches, for a net that is left in training
JUDGED = 4096  # examples that judge it
BINS = 40  # of a histogram


class Statistics(NamedTuple):
    """Of the sums before BatchNorm, one number for each neuron."""

    mean: Tensor  # (H,)
    spread: Tensor  # (H,)


def kept(net: Sequential) -> Statistics:
    """The running statistics of all its BatchNorms, one after the other."""
    norms = net.every(BatchNorm1d)
    mean = torch.cat([each.running_mean for each in norms])
    return Statistics(
        mean, torch.cat([each.running_var for each in norms]) ** 0.5
    )


def gaps(one: Statistics, other: Statistics) -> tuple[float, float]:
    """The largest difference over all neurons, of means and of spreads."""
    return tuple(
        (a - b).abs().max().item() for a, b in zip(one, other, strict=True)
    )


@torch.no_grad()
def calibrated(net: Sequential, counted: mlp.Counted, N: int) -> Sequential:
    """The net with the statistics of one full pass over all N examples.

    Equal contexts make equal sums: each is passed once, with its share."""
    share = mlp.in_parts(counted.share.sum(1))  # (K,)
    return settled(net, mlp.in_parts(counted.contexts), share, N)[0]


def settled(net, x, share, N):  # x and share: a few thousand rows a part
    layers, begun = [], x
    for layer in net.layers:
        if isinstance(layer, Sequential):
            layer, x = settled(layer, x, share, N)
        else:
            if isinstance(layer, BatchNorm1d):
                layer = measured(layer, x, share, N)
            x = [layer(part) for part in x]
        layers.append(layer)
    if net.skip:
        x = [a + b for a, b in zip(begun, x, strict=True)]
    return Sequential(layers, net.skip), x


def measured(norm: BatchNorm1d, x, share, N: int) -> BatchNorm1d:
    """Its twin, in evaluation by mean and variance of all sums x."""
    twin = copy.copy(norm)  # gamma and beta are shared
    pairs = list(zip(share, x, strict=True))
    twin.running_mean = mean = sum(s @ part for s, part in pairs)
    var = sum(s @ (part - mean).square() for s, part in pairs)
    twin.running_var = var * N / (N - 1)
    twin.training = False
    return twin


def follower(norm: BatchNorm1d, momentum: float) -> BatchNorm1d:
    """Its twin with the same gamma and beta, and a memory of its own."""
    twin = copy.copy(norm)
    twin.momentum = momentum
    twin.running_mean = torch.zeros_like(norm.running_mean)
    twin.running_var = torch.ones_like(norm.running_var)
    return twin


def with_norm(net: Sequential, norm: BatchNorm1d) -> Sequential:
    """The net with this BatchNorm in place of its own."""
    return Sequential(
        [norm if isinstance(e, BatchNorm1d) else e for e in net.layers]
    )


def learning(net, learned, X, y, generator) -> Iterator[int]:
    """How many steps are done, for each step of an instant training: its
    batch has passed, and nothing is updated yet."""
    for n in range(CONFIG.steps):
        at = torch.randint(0, len(X), (CONFIG.batch,), generator=generator)
        batchnorm.slopes(net, X[at], y[at])
        yield n
        for each in learned:
            each.sub_(each.grad, alpha=CONFIG.rate)
    yield CONFIG.steps


class Examples(NamedTuple):
    """What a net learns from, and what it is judged by."""

    X: Tensor  # (N, T)
    y: Tensor  # (N,)
    train: mlp.Counted
    held_X: Tensor  # the dev split; where that is empty, train again
    held_y: Tensor
    held: mlp.Counted


def examples(data: names.Words, context: int = CONFIG.context) -> Examples:
    split, letters = mlp.split(data), data.letters
    X, y = mlp.windows(split.train, letters, context)
    held_X, held_y = mlp.windows(split.dev or split.train, letters, context)
    train, held = (
        mlp.count(*each, len(letters)) for each in ((X, y), (held_X, held_y))
    )
    return Examples(X, y, train, held_X, held_y, held)


@dataclass(frozen=True)
class Followed:
    """An instant training, and what was kept of it on the way."""

    nets: dict  # after it: by each momentum, and by a "full pass"
    steps: list[int]
    running: dict[float, list[Statistics]]  # momentum: at each of the steps
    looks: list[int]  # the steps with a full pass beside
    passed: list[Statistics]  # what it found
    shapes: dict[int, tuple[Tensor, Tensor, Tensor]]  # gamma, beta, sums


def follow(data: Examples, V: int, every=10, pass_every=80) -> Followed:
    """One training; four memories follow its batches, full passes beside."""
    generator = torch.Generator().manual_seed(CONFIG.seed)
    net = batchnorm.network(CONFIG, V, generator)
    [norm], linear = net.every(BatchNorm1d), net.every(Linear)[0]
    until = Sequential(net.layers[: net.layers.index(norm) + 1])
    memories = {m: follower(norm, m) for m in MOMENTA}
    nets = {m: with_norm(net, memory) for m, memory in memories.items()}
    found = Followed(nets, [], {m: [] for m in MOMENTA}, [], [], {})
    for n in learning(net, net.parameters(), data.X, data.y, generator):
        sums = linear.out  # (B, H) of this batch
        if n % every == 0:
            found.steps.append(n)
            for m in MOMENTA:
                found.running[m].append(kept(nets[m]))
        if n % pass_every == 0:
            front = calibrated(until, data.train, len(data.y))
            found.looks.append(n)
            found.passed.append(kept(front))
        if n in SHAPED:
            seen = calibrated(until, data.train, len(data.y))(data.X[:JUDGED])
            found.shapes[n] = norm.gamma.clone(), norm.beta.clone(), seen
        if n < CONFIG.steps:
            for memory in memories.values():
                memory.statistics(sums)
    for each in nets.values():
        each.eval()
    nets["full pass"] = calibrated(net, data.train, len(data.y))
    return found


def frozen_or_not(data: Examples, V: int, seed: int) -> tuple[float, float]:
    """The loss of the same training with gamma and beta kept at 1 and 0, and
    with both learned; by a full pass."""
    return tuple(learned_loss(data, V, seed, keep) for keep in (True, False))


def learned_loss(data: Examples, V: int, seed: int, keep: bool) -> float:
    generator = torch.Generator().manual_seed(seed)
    net = batchnorm.network(CONFIG, V, generator)
    learned = [
        each
        for layer in net.layers
        if not (keep and isinstance(layer, BatchNorm1d))
        for each in layer.parameters()
    ]
    for _ in learning(net, learned, data.X, data.y, generator):
        pass
    judged = calibrated(net, data.train, len(data.y))
    return mlp.loss_of(judged, data.held)


@torch.no_grad()
def forgotten(net: Sequential, X: Tensor, y: Tensor) -> dict[int, float]:
    """The loss of a net that is left in training, by the size of the batches
    that the examples come in; a rest that fills none is left out."""
    net = copy.deepcopy(net)  # its running statistics would move
    net.train()
    losses = {}
    for B in SIZES:
        batches = range(0, len(y) - B + 1, B)
        total = sum(
            F.cross_entropy(net(X[i : i + B]), y[i : i + B]) for i in batches
        )
        if batches:
            losses[B] = total.item() / len(batches)
    return losses


@torch.no_grad()
def lost(net: Sequential, X: Tensor) -> int:
    """How many logits are no number when the net, left in training, gets
    one context alone: the spread of one is 0 / 0."""
    net = copy.deepcopy(net)
    net.train()
    return net(X[:1]).isnan().sum().item()


def judged(data: Examples, shuffled: bool) -> tuple[Tensor, Tensor]:
    """A few thousand examples, by chance or word for word as they stand."""
    order = torch.arange(len(data.held_y))
    if shuffled:
        generator = torch.Generator().manual_seed(CONFIG.seed)
        order = torch.randperm(len(order), generator=generator)
    return data.held_X[order[:JUDGED]], data.held_y[order[:JUDGED]]


@torch.no_grad()
def loss(net: Sequential, X: Tensor, y: Tensor) -> float:
    return F.cross_entropy(net(X), y).item()


def shape(x: Tensor, middle: float, reach: float) -> tuple[float, ...]:
    """The shares of numbers in bins on both sides of the middle."""
    return health.histogram(x, middle - reach, middle + reach, BINS)


def reach(tensors, middle: float) -> float:
    """How far from the middle the farthest number lies, and a little more."""
    return 1.1 * max((x - middle).abs().max().item() for x in tensors)


def bell(reach: float) -> tuple[float, ...]:
    """The same of a normal distribution of mean 0 and spread 1."""
    ends = [reach * (2 * i / BINS - 1) for i in range(BINS + 1)]
    below = [NormalDist().cdf(end) for end in ends]
    return tuple(b - a for a, b in zip(below, below[1:], strict=False))


def farthest(gamma: Tensor, beta: Tensor) -> int:
    """The neuron whose gamma and beta have left 1 and 0 the most."""
    return ((gamma - 1) ** 2 + beta**2).argmax().item()


def described(x: Tensor) -> tuple[float, float]:
    """Mean and spread of all its numbers."""
    return x.mean().item(), health.spread(x)


def learned_scales(net: Sequential, layers: int) -> tuple[Tensor, Tensor]:
    """Every gamma and every beta of so many hidden layers."""
    norms = net.every(BatchNorm1d)[:layers]
    gammas = torch.cat([each.gamma for each in norms])
    return gammas, torch.cat([each.beta for each in norms])
