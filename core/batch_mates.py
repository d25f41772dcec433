"""BatchNorm step by step, and how it ties the examples of a batch together.

Lecture 4: a layer of its net on the first minibatch; one example among ever
other batch mates, and all alone; what becomes of a bias; a deep net where
only some of the layers are normalised.
"""

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from core import batchnorm, health
from core.layers import BatchNorm1d, Linear, Nonlinearity, Sequential

NET = batchnorm.PRESETS["batchnorm"]
# so that a thousand batches are enough for its running statistics
LEARNING = replace(NET, momentum=0.1)
DEEP = batchnorm.PRESETS["deep"]
SIZES = (2, 4, 8, 32, 128, 1024)  # of a batch


class Batch(NamedTuple):
    net: Sequential
    X: Tensor  # (B, T)
    y: Tensor  # (B,)


def first_batch(config: batchnorm.Config, V: int, X, y) -> Batch:
    """The net as it is drawn, and the minibatch of its first step, from X
    (N, T) and y (N,), perhaps as bytes."""
    generator = torch.Generator().manual_seed(config.seed)
    net = batchnorm.network(config, V, generator)
    at = torch.randint(0, len(X), (config.batch,), generator=generator)
    return Batch(net, X[at].long(), y[at].long())


def sums(batch: Batch) -> Tensor:
    """What the hidden neurons add up, (B, H), before any BatchNorm."""
    batch.net(batch.X)
    return batch.net.every(Linear)[0].out


def stages(
    sums: Tensor, gamma: float = 1.0, beta: float = 0.0, eps: float = 1e-5
) -> dict[str, Tensor]:
    """The sums (B,) of one neuron on their way through BatchNorm and tanh."""
    centred = sums - sums.mean()
    normal = centred / (sums.var() + eps).sqrt()
    scaled = gamma * normal
    shifted = scaled + beta
    return {
        "the sums": sums,
        "less their mean": centred,
        "by their spread": normal,
        "times gamma": scaled,
        "plus beta": shifted,
        "tanh of that": shifted.tanh(),
    }


def within(x: Tensor) -> float:
    """The share of numbers less than one spread from their mean, which no
    shift and no stretch can change; of a Gaussian it is 68 %."""
    return ((x - x.mean()).abs() < x.std()).float().mean().item()


def whole_layer(sums: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """All sums (B, H) if the weights were so many times larger, before and
    after a BatchNorm that has learned nothing."""
    before = sums * scale  # there is no bias
    return before, BatchNorm1d(sums.shape[1], correction=1)(before)


def flat(sums: Tensor) -> float:
    """The share of sums on which tanh is all but flat."""
    tanh = Nonlinearity("tanh")
    tanh(sums)
    return health.saturated(tanh)


def five(first: float | None = None) -> tuple[Tensor, Tensor]:
    """The lecture's normshow: five numbers, the first of your choice, and
    the same less their mean, by their spread."""
    generator = torch.Generator().manual_seed(NET.seed + 1)
    x = torch.randn(5, generator=generator) * 5
    if first is not None:
        x[0] = first
    return x, (x - x.mean()) / x.std()


def others_moved(first: float) -> float:
    """How far the furthest of the four others has moved, normalised, when
    only the first is another than the lecture's own."""
    (_, now), (_, drawn) = five(first), five()
    return (now - drawn)[1:].abs().max().item()


def learned(config: batchnorm.Config, V: int, X, y, steps: int) -> Sequential:
    """The net after so many steps on X (N, T) and y (N,), perhaps as bytes;
    its running statistics have followed."""
    generator = torch.Generator().manual_seed(config.seed)
    net = batchnorm.network(config, V, generator)
    for _ in range(steps):
        at = torch.randint(0, len(X), (config.batch,), generator=generator)
        batchnorm.slopes(net, X[at].long(), y[at].long())
        for each in net.parameters():
            each -= config.rate * each.grad
    return net


def among_mates(
    net: Sequential,
    context: Tensor,
    X: Tensor,
    size: int,
    seed: int = 0,
    draws: int = 60,
    training: bool = True,
) -> Tensor:
    """What the hidden neurons say to one context (T,), each time in a batch
    with others drawn from X: (draws, H)."""
    net = copy.deepcopy(net)  # its running statistics stay as they are
    net.train(training)
    *front, tanh, _ = net.layers
    generator = torch.Generator().manual_seed(seed)
    said = []
    for _ in range(draws):
        at = torch.randint(0, len(X), (size - 1,), generator=generator)
        batch = torch.cat([context[None], X[at]])  # (B, T)
        said.append(tanh(Sequential(front)(batch)[0]))
    return torch.stack(said)


def beside(
    net: Sequential, context: Tensor, mates: Tensor, training: bool = True
) -> Tensor:
    """What the hidden neurons (H,) say to one context (T,) in a batch with
    these mates (M, T)."""
    net = copy.deepcopy(net)  # its running statistics stay as they are
    net.train(training)
    *front, tanh, _ = net.layers
    batch = torch.cat([context[None], mates])  # (1 + M, T)
    return tanh(Sequential(front)(batch)[0])


def jitter(said: Tensor) -> Tensor:
    """How far each neuron (H,) spreads from draw to draw."""
    return said.std(0)


class Passed(NamedTuple):
    """What becomes of a batch in the first BatchNorm, and in the end."""

    sums: Tensor  # (B, H)
    mean: Tensor  # (H,) which is subtracted
    spread: Tensor  # (H,) which divides
    out: Tensor  # (B, H)
    chances: Tensor  # (B, V)


def passed(net: Sequential, X: Tensor, training: bool) -> Passed:
    net = copy.deepcopy(net)
    net.train(training)
    chances = net(X).softmax(1)
    sums, norm = net.every(Linear)[0].out, net.every(BatchNorm1d)[0]
    mean = sums.mean(0) if training else norm.running_mean
    return Passed(sums, mean, 1 / norm.scale, norm.out, chances)


def by_torch(sums: Tensor) -> Tensor:
    """torch's own BatchNorm, which refuses to train on one example."""
    return torch.nn.BatchNorm1d(sums.shape[1])(sums)


def steepest(config: batchnorm.Config, V: int, X, y) -> dict[str, float]:
    """The largest slope of each part of the first step, with a bias before
    BatchNorm although it is no use there."""
    net, X, y = first_batch(config, V, X, y)
    linear, norm = net.every(Linear)[0], net.every(BatchNorm1d)[0]
    linear.bias = torch.zeros(linear.weight.shape[1])
    batchnorm.slopes(net, X, y)
    parts = {
        "the bias before BatchNorm": linear.bias,
        "the weight before it": linear.weight,
        "BatchNorm's gamma": norm.gamma,
        "BatchNorm's beta": norm.beta,
    }
    return {name: each.grad.abs().max().item() for name, each in parts.items()}


class Biased(NamedTuple):
    given: Tensor  # the sums (B,) with the bias
    normal: Tensor  # what BatchNorm makes of them
    moved: float  # by how much that differs from no bias, at most


def biased(sums: Tensor, bias: float) -> Biased:
    given, still = stages(sums + bias), stages(sums)["by their spread"]
    normal = given["by their spread"]
    moved = (normal - still).abs().max().item()
    return Biased(given["the sums"], normal, moved)


def sprinkled(gain: float, V: int, X, y, on: Sequence[bool]) -> list[float]:
    """How far each hidden layer's outputs spread on the first batch, where
    only the layers `on` keep their BatchNorm."""
    net, X, y = first_batch(replace(DEEP, gain=gain), V, X, y)
    norms = net.every(BatchNorm1d)  # one more than hidden layers
    off = [norm for norm, kept in zip(norms, on, strict=False) if not kept]
    net.layers = [layer for layer in net.layers if layer not in off]
    net(X)
    return [layer.out.std().item() for layer in net.every(Nonlinearity)]


def there_and_back(scale: float = 1.0, n: int = 1000) -> dict[str, tuple]:
    """The lecture's last cell: the spreads of a linear layer with BatchNorm
    behind it, and of the slopes on their way back."""
    generator = torch.Generator().manual_seed(NET.seed)
    x = torch.randn(n, generator=generator)
    w = torch.randn(n, n, generator=generator) * scale
    x, w = x.requires_grad_(), w.requires_grad_()
    sums = w @ x
    out = (sums - sums.mean()) / (sums.var() + 1e-5).sqrt()
    loss = out @ torch.randn(n, generator=generator)
    parts = {"inputs": x, "weights": w, "sums": sums, "outputs": out}
    slopes = torch.autograd.grad(loss, list(parts.values()))
    return {
        name: (each.std().item(), slope.std().item())
        for (name, each), slope in zip(parts.items(), slopes, strict=True)
    }
