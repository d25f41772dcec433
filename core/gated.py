"""The unit of the WaveNet paper: a filter and a gate, residual and skip.

van den Oord et al. 2016, figure 4: tanh says what, sigmoid how much of it;
the residual path hands the newest neighbour on, the skip path hands every
layer's findings straight to the end.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from core.layers import (
    Embedding,
    FlattenConsecutive,
    Linear,
    Nonlinearity,
    Sequential,
    leaves,
)


class Gated:
    """n fused neighbours (B, T, n * H) to the next layer's nodes (B, T, H)
    and what the last of them has to say at the end (B, H)."""

    def __init__(self, H: int, make: Callable[[int, int], Linear], n: int):
        self.filter, self.gate = make(n * H, H), make(n * H, H)
        self.residual, self.skip = make(H, H), make(H, H)
        self.tanh, self.sigmoid = Nonlinearity("tanh"), Nonlinearity("sigmoid")
        self.layers = [self.filter, self.gate, self.residual, self.skip]
        self.layers += [self.tanh, self.sigmoid]

    def __call__(self, x):
        self.what = self.tanh(self.filter(x))
        self.much = self.sigmoid(self.gate(x))
        found = self.what * self.much  # (B, T, H)
        newest = x[..., -found.shape[-1] :]
        self.out = newest + self.residual(found)
        return self.out, self.skip(found[:, -1])

    def backward(self, slope, to_skip):
        to_found = self.residual.backward(slope)
        last = torch.zeros_like(to_found)
        last[:, -1] = self.skip.backward(to_skip)
        to_found = to_found + last
        to_what = self.tanh.backward(to_found * self.much)
        to_much = self.sigmoid.backward(to_found * self.what)
        back = self.filter.backward(to_what) + self.gate.backward(to_much)
        back[..., -slope.shape[-1] :] += slope  # of the newest neighbour
        return back

    def parameters(self) -> list[Tensor]:
        return [each for layer in self.layers for each in layer.parameters()]


class GatedNet:
    """Letters, a tree of gated units, and a head on the sum of what every
    layer skipped to the end."""

    def __init__(self, letters: Sequential, fans, units, head: Sequential):
        self.letters, self.units, self.head = letters, units, head
        self.fuse = [FlattenConsecutive(n) for n in fans]
        self.layers = [letters, *units, head]

    def __call__(self, X):  # (B, T) -> (B, V)
        x, total = self.letters(X), 0
        for fuse, unit in zip(self.fuse, self.units, strict=True):
            x = fuse(x)
            x = x if x.dim() == 3 else x[:, None]
            x, skip = unit(x)
            total = total + skip
        return self.head(total)

    def backward(self, slope):
        to_skip = self.head.backward(slope)
        back = torch.zeros_like(self.units[-1].out)  # only skips go on
        pairs = zip(self.fuse, self.units, strict=True)
        for fuse, unit in reversed(list(pairs)):
            back = fuse.backward(unit.backward(back, to_skip))
        self.letters.backward(back)

    def parameters(self) -> list[Tensor]:
        return [each for layer in self.layers for each in layer.parameters()]

    def every(self, kind) -> list:
        return [layer for layer in leaves(self) if isinstance(layer, kind)]

    def train(self, mode: bool = True):
        """Nothing: it has no BatchNorm."""

    def eval(self):
        """Nothing, as train."""


def gated_net(E: int, H: int, V: int, fans, generator) -> GatedNet:
    """The paper's net on the tree of ours: weights by the root of fan_in."""

    def make(fan_in: int, fan_out: int) -> Linear:
        weight = torch.randn(fan_in, fan_out, generator=generator)
        return Linear(weight / fan_in**0.5, torch.zeros(fan_out))

    table = Embedding(torch.randn(V, E, generator=generator))
    letters = Sequential([table, make(E, H)])
    units = [Gated(H, make, n) for n in fans]
    head = [Nonlinearity("relu"), make(H, H), Nonlinearity("relu"), make(H, V)]
    head[-1].weight.mul_(0.1)  # unsure at first
    return GatedNet(letters, fans, units, Sequential(head))
