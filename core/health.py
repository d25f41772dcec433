"""The measures that lecture 4 takes of a network in training.

They read what a step leaves behind: each layer's output, the slopes of the
loss there, and each weight's slope.
"""

import math

import torch
from torch import Tensor

BEYOND = 0.97  # tanh beyond it is all but flat
LEAST = -12.0  # a logarithm of a ratio stays between them
MOST = 12.0


def spread(x: Tensor) -> float:
    """The standard deviation of all its numbers, as torch's std."""
    return x.std(correction=min(1, x.numel() - 1)).item()


def flat(layer, beyond: float = BEYOND) -> Tensor:
    """Which outputs lie where the function is all but flat: for tanh those
    beyond such a number, for others where as little of the steepest slope is
    left."""
    steepest = layer.slope(layer.function(torch.zeros(1) + 1e-6))
    return layer.slope(layer.out) < (1 - beyond**2) * steepest


def saturated(layer) -> float:
    """The share of outputs that are flat, as the lecture's charts count."""
    return flat(layer).float().mean().item()


def activations(layers) -> tuple[tuple[float, float, float], ...]:
    """Mean, spread and saturated share of each nonlinearity's output."""
    return tuple(
        (layer.out.mean().item(), spread(layer.out), saturated(layer))
        for layer in layers
    )


def gradients(layers) -> tuple[tuple[float, float], ...]:
    """Mean and spread of the loss's slope at each nonlinearity's output."""
    slopes = [layer.out.grad for layer in layers]
    return tuple((each.mean().item(), spread(each)) for each in slopes)


def weight_gradients(weights) -> tuple[tuple[float, float, float], ...]:
    """Mean and spread of each weight's slope, and the log10 of how that
    spread compares with the weight's own: grad:data."""
    return tuple(
        (w.grad.mean().item(), spread(w.grad), compared(w.grad, w))
        for w in weights
    )


def updates(before, after) -> tuple[float, ...]:
    """By how much a step changed each weight: log10 of update:data."""
    return tuple(
        compared(new - old, new) for old, new in zip(before, after, strict=True)
    )


def compared(change: Tensor, data: Tensor) -> float:
    """The log10 of how their spreads compare; for no change at all LEAST."""
    part, whole = spread(change), spread(data)
    if part == 0:
        return LEAST
    if whole == 0:
        return MOST
    return min(MOST, max(LEAST, math.log10(part / whole)))


def histogram(x: Tensor, low: float, high: float, bins: int = 32) -> tuple:
    """The share of numbers in each bin; those beyond lie in the last."""
    counts = torch.histc(x.detach().clamp(low, high), bins, low, high)
    return tuple(round(n / x.numel(), 4) for n in counts.tolist())


def histograms(tensors, low: float, high: float) -> tuple:
    return tuple(histogram(each, low, high) for each in tensors)


def reach(tensors) -> float:
    """Four times the widest spread, rounded up to 1, 2 or 5 of a decade: an
    axis from its negative to it holds them all and seldom changes."""
    widest = 4 * max(spread(each) for each in tensors)
    if not widest:
        return 1.0
    decade = 10.0 ** math.floor(math.log10(widest))
    return next(k * decade for k in (1, 2, 5, 10) if widest <= k * decade)
