"""All windows of a text in one pass: the tree as dilated convolutions.

Each node of the tree depends on the letters under it alone, so neighbouring
windows share most of their nodes. A causal convolution computes each once.
The numbers are the same; only the work is less.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core import wavenet
from core.layers import FlattenConsecutive, Linear, Sequential


def text(word: str, letters: str, context: int) -> Tensor:
    """A word's tokens (T,) after a context of edges: it has len(word) + 1
    windows, one for each letter and the edge that ends it."""
    index = {letter: i for i, letter in enumerate(letters)}
    return torch.tensor([0] * context + [index[letter] for letter in word])


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
    weight = linear.weight.view(n, -1, linear.weight.shape[1])  # (n, C, H)
    kernel = weight.permute(2, 1, 0)  # (H, C, n)
    out = F.conv1d(x.T[None], kernel, linear.bias, dilation=apart)
    return out[0].T


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


def shapes(net: Sequential, X: Tensor) -> list[tuple[str, tuple]]:
    """Each layer's name and the shape of what it makes of a batch X."""
    net(X)
    found = [("input", tuple(X.shape))]
    for layer in net.layers:
        found.append((type(layer).__name__, tuple(layer.out.shape)))
    return found
