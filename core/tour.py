"""A tour of what the net is built of: our layers beside torch.nn's, our node
beside the paper's, and a small tree that learns while you wait.
"""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor, nn

from core import batchnorm, mlp, wavenet
from core.data import names
from core.layers import (
    BatchNorm1d,
    Embedding,
    FlattenConsecutive,
    Linear,
    Nonlinearity,
    Sequential,
    called,
)
from core.optimizers import sgd


class Swap(nn.Module):
    """Ours has channels last (N, L, C); torch's BatchNorm1d wants (N, C, L)."""

    def forward(self, x):
        return x.transpose(1, -1)


def as_torch(layer) -> nn.Module:
    """One of our layers as torch has it, with the same numbers."""
    match layer:
        case Embedding():
            weight = layer.weight.detach().clone()
            return nn.Embedding.from_pretrained(weight, freeze=False)
        case FlattenConsecutive(n=n):  # (N, L, C) to (N, L / n, n, C), joined
            return nn.Sequential(nn.Unflatten(1, (-1, n)), nn.Flatten(2))
        case Linear():
            return linear(layer)
        case BatchNorm1d():
            return nn.Sequential(Swap(), norm(layer), Swap())
        case Nonlinearity():
            return nn.Tanh()
        case Sequential():
            return nn.Sequential(*map(as_torch, layer.layers))


@torch.no_grad()
def linear(layer: Linear) -> nn.Linear:
    """Torch keeps a weight turned: (fan_out, fan_in)."""
    twin = nn.Linear(*layer.weight.shape, bias=layer.bias is not None)
    twin.weight.copy_(layer.weight.T)
    if layer.bias is not None:
        twin.bias.copy_(layer.bias)
    return twin


@torch.no_grad()
def norm(layer: BatchNorm1d) -> nn.BatchNorm1d:
    twin = nn.BatchNorm1d(len(layer.gamma), layer.eps, layer.momentum)
    twin.weight.copy_(layer.gamma)
    twin.bias.copy_(layer.beta)
    twin.running_mean.copy_(layer.running_mean)
    twin.running_var.copy_(layer.running_var)
    return twin


def slopes_of(twin: nn.Module) -> Iterator[Tensor]:
    """Of each parameter of torch's, turned as ours lies."""
    for each in twin.modules():
        for parameter in each.parameters(recurse=False):
            turned = isinstance(each, nn.Linear)
            yield parameter.grad.t() if turned else parameter.grad


def apart(one: Tensor, other: Tensor) -> float:
    """The largest difference between two tables of numbers."""
    return (one - other).abs().max().item()


@dataclass(frozen=True)
class Apart:
    """The largest differences between a layer and its twin."""

    outputs: float
    slopes: float


def beside(layer, x: Tensor, training: bool, seed: int = 1) -> Apart:
    """The same x forward, the same slopes backward, through both."""
    net = Sequential([copy.deepcopy(layer)])
    net.train(training)
    twin = as_torch(net).train(training)
    out = net(x)
    generator = torch.Generator().manual_seed(seed)
    slope = torch.randn(out.shape, generator=generator)
    back = net.backward(slope)
    ours = [each.grad for each in net.parameters()]

    x = x.clone().requires_grad_(x.is_floating_point())  # tokens have none
    by_torch = twin(x)
    # as by_torch.backward(slope), for which torch would import its compiler
    (by_torch * slope).sum().backward()
    theirs = list(slopes_of(twin))
    if x.requires_grad:
        ours, theirs = [*ours, back], [*theirs, x.grad]
    pairs = zip(ours, theirs, strict=True)
    furthest = max((apart(*pair) for pair in pairs), default=0.0)
    return Apart(apart(out, by_torch), furthest)


@dataclass(frozen=True)
class Stop:
    """One stop of the tour: the names of both, and both modes."""

    ours: str
    theirs: str
    training: Apart
    evaluation: Apart


def stops(V: int, B=32, T=4, E=10, H=20, seed: int = 1) -> list[Stop]:
    """Each of our classes beside its relative, with random numbers."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(shape, generator=generator)

    tokens = torch.randint(0, V, (B, T), generator=generator)
    x = draw(B, T, E)
    dense, tanh = Linear(draw(E, H), draw(H)), Nonlinearity("tanh")
    plain, lectures = BatchNorm1d(E), BatchNorm1d(E, correction=1)
    small = Sequential([Linear(draw(E, H)), BatchNorm1d(H), tanh])
    rows = [
        ("Embedding", "Embedding", Embedding(draw(V, E)), tokens),
        ("FlattenConsecutive", "Unflatten, Flatten", FlattenConsecutive(2), x),
        ("Linear", "Linear", dense, x),
        ("BatchNorm1d", "BatchNorm1d", plain, x),
        ("BatchNorm1d, correction 1", "BatchNorm1d", lectures, x),
        ('Nonlinearity("tanh")', "Tanh", tanh, x),
        ("Sequential", "Sequential", small, x),
    ]
    return [
        Stop(ours, theirs, beside(layer, x, True), beside(layer, x, False))
        for ours, theirs, layer, x in rows
    ]


def whole(
    net: Sequential, X: Tensor, training: bool, correction: int
) -> tuple[Tensor, Tensor]:
    """The logits (B, V) of a whole net: ours, and those of its twin."""
    net = copy.deepcopy(net)
    net.train(training)
    for each in net.every(BatchNorm1d):
        each.correction = correction
    twin = as_torch(net).train(training)
    with torch.no_grad():
        return net(X), twin(X).flatten(1)  # torch's still has a time of 1


def changes(net: Sequential, X: Tensor) -> list[tuple[str, bool, bool]]:
    """Of each layer, met by the same input in both modes: does it put out
    something else, and does it keep something of a batch in training?"""
    net = copy.deepcopy(net)
    net.eval()
    net(X)
    inputs = [X, *(layer.out for layer in net.layers)]
    return [
        (called(layer), *changed(layer, x))
        for layer, x in zip(net.layers, inputs, strict=False)
    ]


def changed(layer, x: Tensor) -> tuple[bool, bool]:
    one = Sequential([layer])
    one.eval()
    used, before = one(x), held(one)
    one.train()
    other = one(x)
    pairs = zip(before, held(one), strict=True)
    kept = not all(torch.equal(*pair) for pair in pairs)
    return not torch.equal(used, other), kept


def held(net: Sequential) -> list[Tensor]:
    """All numbers that a net holds, as they are now."""
    every = [*net.parameters(), *batchnorm.running(net)]
    return [each.clone() for each in every]


@torch.no_grad()
def alone(net: Sequential, X: Tensor, training: bool) -> list[tuple[int, bool]]:
    """One example through the net: how many rows each BatchNorm had, and
    whether what it put out are still numbers."""
    net = copy.deepcopy(net)
    net.train(training)
    net(X[:1])
    return [
        (each.out[..., 0].numel(), each.out.isfinite().all().item())
        for each in net.every(BatchNorm1d)
    ]


def alone_by_torch(net: Sequential, X: Tensor) -> Tensor:
    """The same by its twin in training mode: a ValueError of torch's."""
    return as_torch(net).train()(X[:1])


def channels_last(N: int, L: int, C: int) -> Tensor:
    """Our (N, L, C) given to torch, which wants (N, C, L): a RuntimeError of
    torch's, or where L is C nothing but wrong numbers."""
    return nn.BatchNorm1d(C)(torch.zeros(N, L, C))


def gate(what: float, much: float) -> float:
    """What passes: tanh says what, sigmoid how much of it."""
    return math.tanh(what) / (1 + math.exp(-much))


def as_many(config: wavenet.Config, V: int) -> wavenet.Config:
    """The paper's unit in place of tanh, with as many channels as make the
    number of parameters nearest."""
    count = wavenet.parameters(replace(config, unit="tanh"), V)

    def off(H: int) -> int:
        gated = replace(config, unit="gated", hidden=H)
        return abs(wavenet.parameters(gated, V) - count)

    hidden = min(range(1, config.hidden + 1), key=off)
    return replace(config, unit="gated", hidden=hidden)


SMALL = wavenet.Config(steps=1000, embedding=8, hidden=24, batch=64, rate=1.0)


class SmallTree(NamedTuple):
    net: Sequential  # in evaluation
    loss: float  # nats per character, of the words held back, if any
    held_back: bool


def small_tree(data: names.Words) -> SmallTree:
    """A tree of four thousand numbers in half a second; the rate falls to
    0."""
    words, letters, V = mlp.split(data), data.letters, len(data.letters)
    X, y = mlp.windows(words.train, letters, wavenet.context(SMALL))
    generator = torch.Generator().manual_seed(SMALL.seed)
    net = wavenet.network(SMALL, V, generator)
    for n in range(SMALL.steps):
        at = torch.randint(0, len(X), (SMALL.batch,), generator=generator)
        batchnorm.slopes(net, X[at], y[at])
        for each in net.parameters():
            sgd(each, {}, SMALL.rate * (1 - n / SMALL.steps))
    net.eval()
    if words.dev:
        X, y = mlp.windows(words.dev, letters, wavenet.context(SMALL))
    loss = mlp.loss_of(net, mlp.count(X, y, V))
    return SmallTree(net, loss, bool(words.dev))
