"""BatchNorm folded into the Linear before it: the same net, with less."""

import torch
from torch import Tensor

from core import batchnorm
from core.layers import BatchNorm1d, Linear, Sequential


def fold(linear: Linear, norm: BatchNorm1d) -> Linear:
    """One Linear that does what both do in evaluation."""
    scale = norm.gamma / (norm.running_var + norm.eps).sqrt()  # (H,)
    bias = 0 if linear.bias is None else linear.bias
    shifted = (bias - norm.running_mean) * scale + norm.beta
    return Linear(linear.weight * scale, shifted)


def folded(net: Sequential) -> Sequential:
    """The net without its BatchNorms: each goes into the Linear before it."""
    layers = []
    for layer in net.layers:
        if isinstance(layer, BatchNorm1d):
            layers[-1] = fold(layers[-1], layer)
        else:
            inner = isinstance(layer, Sequential)
            layers.append(folded(layer) if inner else layer)
    return Sequential(layers, net.skip)


@torch.no_grad()
def apart(one: Sequential, other: Sequential, X: Tensor) -> float:
    """The largest difference of two nets' logits."""
    return (one(X) - other(X)).abs().max().item()


def stored(net: Sequential) -> int:
    """The numbers that a net answers with, statistics too."""
    kept = [*net.parameters(), *batchnorm.running(net)]
    return sum(each.numel() for each in kept)
