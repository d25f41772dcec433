"""All windows of a text in one pass: the tree as dilated convolutions.

Each node of the tree depends on the letters under it alone, so neighbouring
windows share most of their nodes. A causal convolution computes each once.
The numbers are the same; only the work is less.
"""

import copy
import statistics
import time
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core import mlp, wavenet
from core.data import names
from core.layers import FlattenConsecutive, Linear, Sequential, called
from core.tokens import places


def text(word: str, letters: str, context: int) -> Tensor:
    """A word's tokens (T,) after a context of edges: it has len(word) + 1
    windows, one for each letter and the edge that ends it."""
    return places(names.EDGE * context + word, letters)


@torch.no_grad()
def by_loop(net: Sequential, tokens: Tensor, context: int) -> Tensor:
    """One window after the other: logits (W, V)."""
    starts = range(len(tokens) - context + 1)
    rows = [net(tokens[i : i + context][None]) for i in starts]
    return torch.cat(rows)


@torch.no_grad()
def at_once(net: Sequential, tokens: Tensor) -> Tensor:
    """Layer after layer over the whole text: logits (W, V). A layer that
    fuses n meets neighbours as far apart as one of them is wide."""
    x, apart = tokens, 1
    for layer in net.layers:
        if isinstance(layer, FlattenConsecutive):
            x, apart = neighbours(x, layer.n, apart), apart * layer.n
        else:
            x = layer(x)
    return x


def neighbours(x: Tensor, n: int, apart: int) -> Tensor:
    """Each row of x (T, C) beside the n - 1 before it, `apart` between two:
    (T - (n - 1) * apart, n * C)."""
    last = len(x) - (n - 1) * apart
    rows = [x[i * apart : i * apart + last] for i in range(n)]
    return torch.cat(rows, 1)


@torch.no_grad()
def with_conv1d(net: Sequential, tokens: Tensor) -> Tensor:
    """The same by torch's own convolution, our weights moved into it."""
    x, apart, n = tokens, 1, 1
    for layer in net.layers:
        match layer:
            case FlattenConsecutive():
                n = layer.n
            case Linear():
                x = convolve(x, layer, n, apart)
                apart, n = apart * n, 1
            case _:
                x = layer(x)
    return x


def convolve(x: Tensor, linear: Linear, n: int, apart: int) -> Tensor:
    """x (T, C) by torch's conv1d, which wants channels before time."""
    weight = kernel(linear, n)
    out = F.conv1d(x.T[None], weight, linear.bias, dilation=apart)
    return out[0].T


def kernel(linear: Linear, n: int) -> Tensor:
    """A weight (n * C, H) as conv1d keeps it: (H, C, n)."""
    weight = linear.weight.view(n, -1, linear.weight.shape[1])  # (n, C, H)
    return weight.permute(2, 1, 0)


@dataclass(frozen=True)
class Moved:
    """One Linear and the conv1d that does the same."""

    weight: tuple  # (n * C, H)
    kernel: tuple  # (H, C, n)
    dilation: int


def kernels(config: wavenet.Config, V: int) -> list[Moved]:
    """What becomes of each Linear's weight."""
    found, apart, n = [], 1, 1
    for layer in wavenet.network(config, V, torch.Generator()).layers:
        if isinstance(layer, FlattenConsecutive):
            n = layer.n
        if isinstance(layer, Linear):
            shape = tuple(kernel(layer, n).shape)
            # a kernel of one place has no two to hold apart
            dilation = apart if n > 1 else 1
            found.append(Moved(tuple(layer.weight.shape), shape, dilation))
            apart, n = apart * n, 1
    return found


WARM = 60  # batches, after which running statistics know their own


@torch.no_grad()
def untrained(config: wavenet.Config, data: names.Words) -> Sequential:
    """A net as a run begins with it, in evaluation: it has seen batches, and
    BatchNorm's running statistics have followed, but nothing was learned."""
    letters, T = data.letters, wavenet.context(config)
    X, _ = mlp.windows(mlp.split(data).train[:1000], letters, T)
    generator = torch.Generator().manual_seed(config.seed)
    net = wavenet.network(config, len(letters), generator)
    for _ in range(WARM):
        at = torch.randint(0, len(X), (config.batch,), generator=generator)
        net(X[at])
    net.eval()
    return net


@torch.no_grad()
def as_batch(net: Sequential, tokens: Tensor, context: int) -> Tensor:
    """All windows side by side as one batch: logits (W, V)."""
    return net(tokens.unfold(0, context, 1).contiguous())


def apart(one: Tensor, other: Tensor) -> float:
    """The largest difference between two tables of numbers."""
    return (one - other).abs().max().item()


@dataclass(frozen=True)
class Beside:
    """One pass beside the loop, and beside all windows in one batch."""

    loop: float
    batch: float


def by_mode(net: Sequential, tokens: Tensor, context: int) -> dict[str, Beside]:
    """In evaluation and in training, where BatchNorm looks at what comes
    together and its running statistics move: so each on a copy."""
    found = {}
    for mode in ("evaluation", "training"):
        mine = copy.deepcopy(net)
        mine.train(mode == "training")
        once = at_once(mine, tokens)
        loop = by_loop(mine, tokens, context)
        batch = as_batch(mine, tokens, context)
        found[mode] = Beside(apart(once, loop), apart(once, batch))
    return found


ROUNDS = 9  # of which the middle one counts


@dataclass(frozen=True)
class Timed:
    """The loop and one batch as multiples of one pass, and its seconds."""

    loop: float
    batch: float
    seconds: float


def times_faster(net: Sequential, tokens: Tensor, context: int) -> Timed:
    """How often one pass fits into the time of the loop, and of one batch;
    the three take turns."""
    net, ratios = copy.deepcopy(net), []
    for _ in range(ROUNDS):
        times = [
            seconds(way, net, tokens, context) for way in (by_loop, as_batch)
        ]
        once = seconds(at_once, net, tokens)
        ratios.append([*(each / once for each in times), once])
    return Timed(*map(statistics.median, zip(*ratios, strict=True)))


def seconds(way, *them) -> float:
    began = time.perf_counter()
    way(*them)
    return time.perf_counter() - began


@dataclass(frozen=True)
class Work:
    """How many nodes a layer computes for so many windows."""

    loop: int
    once: int


def work(config: wavenet.Config, windows: int) -> list[Work]:
    """Layer by layer from the letters up; the last has a node a window."""
    found, width, context = [], 1, wavenet.context(config)
    for n in wavenet.fans(config):
        width *= n
        each = context // width
        found.append(Work(windows * each, windows + (each - 1) * width))
    return found


def asked(config: wavenet.Config, window: int) -> list[range]:
    """The nodes of the one pass that a window is made of, layer by layer;
    a layer's first node is the one of the oldest letters."""
    found, width, context = [], 1, wavenet.context(config)
    for n in wavenet.fans(config):
        width *= n
        found.append(range(window, window + context, width))
    return found


def uses(config: wavenet.Config, windows: int) -> list[list[int]]:
    """How often the loop computes each node; 0 if no window asks for it."""
    counts = [[0] * layer.once for layer in work(config, windows)]
    for window in range(windows):
        for layer, nodes in zip(counts, asked(config, window), strict=True):
            for node in nodes:
                layer[node] += 1
    return counts


def shapes(net: Sequential, X: Tensor) -> list[tuple[str, tuple]]:
    """Each layer's name and the shape of what it makes of a batch X."""
    net(X)
    found = [("input", tuple(X.shape))]
    for layer in net.layers:
        found.append((called(layer), tuple(layer.out.shape)))
    return found
