"""The tree that a WaveNet is: what each node hears, and what it is made of.

Which letters reach a node is found by changing them, one after the other, in
a net of random weights; nothing is assumed of how the net is wired.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core import batchnorm, mlp, sampling, wavenet
from core.data import names
from core.layers import (
    BatchNorm1d,
    FlattenConsecutive,
    Linear,
    Nonlinearity,
    Sequential,
    called,
)
from core.optimizers import sgd

ROUNDING = 1e-5  # less than this is no change
QUICK = wavenet.Config(steps=1500, hidden=32, embedding=8, switch=1000)
WORDS = 3000  # that the quick net learns from


@torch.no_grad()
def untrained(config: wavenet.Config, V: int, X: Tensor) -> Sequential:
    """A net as it starts, in evaluation, with the statistics of X (N, T)."""
    generator = torch.Generator().manual_seed(config.seed)
    net = wavenet.network(config, V, generator)
    for layer in net.every(BatchNorm1d):
        layer.momentum = 1.0  # the running statistics become those of X
    net(X)
    net.eval()
    return net


def first_record(
    config: wavenet.Config, letters: str, X: Tensor, y: Tensor
) -> wavenet.Record:
    """What wavenet.train records first, with a name's beginning and before
    whole splits are judged. X and y may be bytes."""
    generator = torch.Generator().manual_seed(config.seed)
    net = wavenet.network(config, len(letters), generator)
    net.eval()
    T = wavenet.context(config)
    word = sampling.brief(net, letters, T, config.seed)
    net.train()
    at = torch.randint(0, len(X), (config.batch,), generator=generator)
    loss = batchnorm.slopes(net, X[at].long(), y[at].long()).item()
    return wavenet.Record(1, loss, loss, config.rate, samples=word)


@torch.no_grad()
def levels(net: Sequential, X: Tensor) -> list[Tensor]:
    """What every node says, (B, nodes, C) a level: the letters first, then
    each layer, at last the logits."""
    logits = net(X)
    nodes = [net.layers[0], *net.every(Nonlinearity)]
    found = [layer.out for layer in nodes] + [logits]
    return [each if each.dim() == 3 else each[:, None] for each in found]


def heard(net: Sequential, window: Tensor, V: int) -> list[Tensor]:
    """A (T, nodes) table a level: how far a node moves, at most, when one
    letter of the window (T,) becomes another and all others stay."""
    T = len(window)
    changed = window.repeat(T, V, 1)  # (T, V, T)
    for i in range(T):
        changed[i, :, i] = torch.arange(V)
    now, then = levels(net, window[None]), levels(net, changed.flatten(0, 1))
    return [
        (b - a).abs().amax(2).view(T, V, -1).amax(1)
        for a, b in zip(now, then, strict=True)
    ]


def field(tables: list[Tensor], level: int, node: int) -> list[int]:
    """The receptive field: the letters that move a node."""
    moved = tables[level][:, node] > ROUNDING
    return moved.nonzero().flatten().tolist()


def below(tables: list[Tensor], level: int, node: int) -> set[tuple[int, int]]:
    """The nodes, by level and place, that hear nothing but what this one
    hears: itself, and all that it is made from."""
    own = set(field(tables, level, node))
    return {
        (k, i)
        for k, table in enumerate(tables[: level + 1])
        for i in range(table.shape[1])
        if own.issuperset(field(tables, k, i)) and (k < level or i == node)
    }


def flat(config: wavenet.Config, V: int, hidden: int) -> int:
    """The parameters of a net with one layer over all the letters."""
    E, T = config.embedding, wavenet.context(config)
    # letters, Linear, gamma and beta, and the last Linear with its bias
    return V * E + T * E * hidden + 2 * hidden + hidden * V + V


def equal_hidden(config: wavenet.Config, V: int) -> int:
    """The width at which a flat net has as many parameters as this one."""
    fixed = flat(config, V, 0)
    rest = wavenet.parameters(config, V) - fixed
    return max(1, round(rest / (flat(config, V, 1) - fixed)))


@dataclass(frozen=True)
class Learned:
    net: Sequential
    X: Tensor  # the contexts that it learned from
    loss: float  # of the words held back if there are any
    held_back: bool


def learned(config: wavenet.Config, data: names.Words) -> Learned:
    """A net that has trained for as long as a page takes to open."""
    words, letters = mlp.split(data), data.letters
    V, T = len(letters), wavenet.context(config)
    X, y = mlp.windows(words.train[:WORDS], letters, T)
    generator = torch.Generator().manual_seed(config.seed)
    net = wavenet.network(config, V, generator)
    for n in range(1, config.steps + 1):
        rate = config.rate if n <= config.switch else config.second_rate
        at = torch.randint(0, len(X), (config.batch,), generator=generator)
        batchnorm.slopes(net, X[at], y[at])
        for each in net.parameters():
            sgd(each, {}, rate)
    net.eval()
    judge = words.dev[:WORDS] or words.train[:WORDS]
    counted = mlp.count(*mlp.windows(judge, letters, T), V)
    return Learned(net, X, mlp.loss_of(net, counted), bool(words.dev))


def hangs_on(
    net: Sequential, window: Tensor, others: Tensor, fans: Sequence[int]
) -> list[list[float]]:
    """How much the answer hangs on each node, level by level: the share of
    the chances that goes to other letters when the node is that of another
    context (N, T) there. The mean over all of them."""
    now, T, width = sampling.chances(net, window[None]), len(window), 1
    found = []
    for n in (1, *fans):
        width *= n
        row = []
        for i in range(0, T, width):
            mixed = window.repeat(len(others), 1)
            mixed[:, i : i + width] = others[:, i : i + width]
            moved = (sampling.chances(net, mixed) - now).abs().sum(1) / 2
            row.append(moved.mean().item())
        found.append(row)
    return found


def drawn(X: Tensor, how_many: int, seed: int) -> Tensor:
    """Contexts drawn by chance from X (N, T)."""
    generator = torch.Generator().manual_seed(seed)
    return X[torch.randint(0, len(X), (how_many,), generator=generator)]


def walk(net: Sequential, X: Tensor) -> Iterator[tuple[str, tuple]]:
    """Layer by layer its name and the shape of what it makes, as far as the
    shapes fit."""
    x = X
    yield "input", tuple(x.shape)
    for layer in net.layers:
        x = layer(x)
        yield called(layer), tuple(x.shape)


def trial(config: wavenet.Config, V: int, B: int, T: int) -> Iterator:
    """The walk of a batch (B, T), which may not fit the config's fan."""
    net = wavenet.network(config, V, torch.Generator())
    net.eval()
    return walk(net, torch.zeros(B, T, dtype=torch.long))


def product(left: Sequence[int], right: Sequence[int]) -> tuple[int, ...]:
    """The shape of left @ right; torch's error if they do not fit."""
    sizes = sorted({1, *left, *right})
    small = [[sizes.index(n) + 1 for n in shape] for shape in (left, right)]
    try:  # with small numbers in the place of large ones
        found = torch.zeros(small[0]) @ torch.zeros(small[1])
    except RuntimeError:
        # on the meta device a tensor has a shape and no numbers
        a, b = (torch.empty(*each, device="meta") for each in (left, right))
        return tuple((a @ b).shape)
    return tuple(sizes[n - 1] for n in found.shape)


@dataclass(frozen=True)
class Ways:
    shape: tuple[int, ...]
    equal: bool
    view_shares: bool  # whether it lies in the memory of x
    cat_shares: bool
    view_seconds: float
    cat_seconds: float


def two_ways(B: int, T: int, C: int) -> Ways:
    """Neighbours side by side as a view of x, and by torch.cat of the even
    places and the odd ones."""
    x = torch.randn(B, T, C, generator=torch.Generator().manual_seed(1))
    fuse = FlattenConsecutive(2)

    def cat():
        return torch.cat([x[:, ::2], x[:, 1::2]], dim=2)

    view, copy = x.view(B, T // 2, 2 * C), cat()
    return Ways(
        tuple(view.shape),
        torch.equal(view, copy) and torch.equal(fuse(x).view_as(view), view),
        view.data_ptr() == x.data_ptr(),
        copy.data_ptr() == x.data_ptr(),
        seconds(lambda: x.view(B, T // 2, 2 * C)),
        seconds(cat),
    )


def seconds(call: Callable, times: int = 100) -> float:
    """Of the fastest of three rounds, for one call."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        for _ in range(times):
            call()
        took.append((time.perf_counter() - began) / times)
    return min(took)


def sums(net: Sequential, X: Tensor) -> Tensor:
    """What the first Linear says to X: (B, T, H)."""
    net(X)
    return next(each.out for each in net.layers if isinstance(each, Linear))


def running_mean(net: Sequential) -> tuple[int, ...]:
    """The shape of the first BatchNorm's, against sums (B, T, H)."""
    norm, H = net.every(BatchNorm1d)[0], net.every(Linear)[0].weight.shape[1]
    return tuple(norm.running_mean.view(1, -1, H).shape)


@dataclass(frozen=True)
class Noise:
    each: list[float]  # spread of the mean from batch to batch, by place
    own: list[float]  # spread of the numbers themselves, by place
    together: float  # of the mean over batch and time


def noise(net: Sequential, X: Tensor, B: int, batches: int, seed: int) -> Noise:
    """How the mean of a batch's sums differs from batch to batch, on average
    over the channels: over the batch alone, and over batch and time."""
    every = sums(net, drawn(X, B * batches, seed))  # (batches * B, T, H)
    each = every.view(batches, B, *every.shape[1:])
    return Noise(
        each.mean(1).std(0).mean(1).tolist(),  # (batches, T, H) to (T,)
        every.std(0).mean(1).tolist(),
        each.mean((1, 2)).std(0).mean().item(),
    )


def by_torch(x: Tensor, channels: int) -> Tensor:
    """torch.nn.BatchNorm1d, which takes dimension 1 for the channels."""
    return nn.BatchNorm1d(channels)(x)


def apart_from_torch(x: Tensor) -> float:
    """The largest difference to our layer on x (B, T, C), once torch has
    channels before time."""
    theirs = by_torch(x.transpose(1, 2), x.shape[2]).transpose(1, 2)
    return (BatchNorm1d(x.shape[2])(x) - theirs).abs().max().item()
