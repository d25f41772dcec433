"""Layers with torch's API, each the same twin: forward, then its slopes.

Lecture 4 builds them so that a network is a list. A layer keeps its output in
`out`; backward takes the loss's slope at the output, leaves each parameter's
in its `grad` as autograd does, and returns the slope at the input. Without a
graph to keep, a step takes about half as long.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor


class Embedding:
    """Tokens (...) to their rows of a table (V, E)."""

    def __init__(self, weight: Tensor):
        self.weight = weight

    def __call__(self, x):  # (...) -> (..., E)
        self.x, self.out = x, self.weight[x]
        return self.out

    def backward(self, slope):
        rows = slope.flatten(0, -2)
        grad = torch.zeros_like(self.weight)
        self.weight.grad = grad.index_add_(0, self.x.flatten(), rows)

    def parameters(self) -> list[Tensor]:
        return [self.weight]


class FlattenConsecutive:
    """Every n neighbours in time become one, their channels side by side;
    when only one is left, time is no dimension any more."""

    def __init__(self, n: int):
        self.n = n

    def __call__(self, x):  # (B, T, C) -> (B, T / n, C * n) or (B, C * n)
        B, T, C = self.shape = x.shape
        self.out = x.view(B, T // self.n, C * self.n)
        if self.n == T:  # one is left
            self.out = self.out.squeeze(1)
        return self.out

    def backward(self, slope):
        return slope.view(self.shape)

    def parameters(self) -> list[Tensor]:
        return []


class Linear:
    """x (..., fan_in) times a weight (fan_in, fan_out), plus a bias."""

    def __init__(self, weight: Tensor, bias: Tensor | None = None):
        self.weight, self.bias = weight, bias

    def __call__(self, x):  # (..., fan_in) -> (..., fan_out)
        self.x, self.out = x, x @ self.weight
        if self.bias is not None:
            self.out = self.out + self.bias
        return self.out

    def backward(self, slope):
        rows, across = self.x.flatten(0, -2), slope.flatten(0, -2)
        self.weight.grad = rows.T @ across
        if self.bias is not None:
            self.bias.grad = across.sum(0)
        return slope @ self.weight.T

    def parameters(self) -> list[Tensor]:
        return [self.weight] + ([] if self.bias is None else [self.bias])


class BatchNorm1d:
    """Each channel of x (B, C) or (B, T, C) to mean 0 and spread 1 over the
    batch; then times gamma, plus beta, which are learned.

    As torch.nn.BatchNorm1d, but with the channels last. There the variance
    that normalises is divided by B; in the lecture by B - 1: correction 1.
    Evaluation takes the running statistics instead of the batch's."""

    def __init__(self, channels, eps=1e-5, momentum=0.1, correction=0):
        self.eps, self.momentum, self.correction = eps, momentum, correction
        self.training = True
        self.gamma, self.beta = torch.ones(channels), torch.zeros(channels)
        self.running_mean = torch.zeros(channels)
        self.running_var = torch.ones(channels)

    def __call__(self, x):  # (..., C) -> the same shape
        mean, var = self.running_mean, self.running_var
        if self.training:
            mean, var = self.statistics(x.flatten(0, -2))
        self.scale = (var + self.eps).rsqrt()
        self.normal = (x - mean) * self.scale
        self.out = torch.addcmul(self.beta, self.gamma, self.normal)
        return self.out

    def statistics(self, rows):
        """Mean and variance (C,) of a batch; the running ones follow them."""
        mean = rows.mean(0)
        squares = (rows - mean).square().sum(0)
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(squares / (len(rows) - 1), self.momentum)
        return mean, squares / (len(rows) - self.correction)

    def backward(self, slope):
        along = tuple(range(slope.dim() - 1))  # all but the channels
        self.gamma.grad = (slope * self.normal).sum(along)
        self.beta.grad = slope.sum(along)
        if self.training:  # mean and variance move with every x
            rows = slope.numel() // len(self.gamma)
            pull = self.gamma.grad / (rows - self.correction)
            slope = slope - self.beta.grad / rows
            slope.addcmul_(self.normal, pull, value=-1)
        return slope * (self.gamma * self.scale)

    def parameters(self) -> list[Tensor]:
        return [self.gamma, self.beta]


class FusedBatchNorm1d(BatchNorm1d):
    """The same numbers in training from torch's own kernel, sooner. It
    divides by B; a factor on gamma makes that B - correction."""

    def __call__(self, x):  # (..., C) -> the same shape
        self.rows = x.flatten(0, -2)
        B = len(self.rows)
        self.fused = self.training and B > 1
        if not self.fused:
            return super().__call__(x)
        self.ratio = (B - self.correction) / B
        self.out, self.mean, self.inverse = torch.native_batch_norm(
            self.rows,
            self.gamma * self.ratio**0.5,
            self.beta,
            self.running_mean,
            self.running_var,
            True,
            self.momentum,
            self.eps * self.ratio,
        )
        self.out = self.out.view(x.shape)
        return self.out

    def backward(self, slope):
        if not self.fused:
            return super().backward(slope)
        back, to_gamma, self.beta.grad = (
            torch.ops.aten.native_batch_norm_backward(
                slope.flatten(0, -2),
                self.rows,
                self.gamma * self.ratio**0.5,
                self.running_mean,
                self.running_var,
                self.mean,
                self.inverse,
                True,
                self.eps * self.ratio,
                [True] * 3,
            )
        )
        self.gamma.grad = to_gamma * self.ratio**0.5
        return back.view(slope.shape)


def tanh_slope(out):  # 1 - out**2, rounded once as autograd rounds it
    return torch.addcmul(out.new_ones(()), out, out, value=-1)


def sigmoid_slope(out):
    return out * (1 - out)


def relu_slope(out):
    return (out > 0).to(out.dtype)


def leaky_relu_slope(out):
    return torch.where(out > 0, torch.ones_like(out), 0.01)


def elu_slope(out):
    return torch.where(out > 0, 1.0, out + 1)


CURVES = {  # a function, and its slope, which its output alone can tell
    "tanh": (torch.tanh, tanh_slope),
    "relu": (torch.relu, relu_slope),
    "leaky_relu": (F.leaky_relu, leaky_relu_slope),
    "elu": (F.elu, elu_slope),
    "sigmoid": (torch.sigmoid, sigmoid_slope),
    "linear": (torch.clone, torch.ones_like),
}


class Nonlinearity:
    """Tanh, or a relative of it by its name in torch.nn.init."""

    def __init__(self, name: str = "tanh"):
        self.function, self.slope = CURVES[name]

    def __call__(self, x):  # any shape -> the same
        self.x, self.out = x, self.function(x)
        return self.out

    def backward(self, slope):
        self.out.grad = slope  # as the lecture's retain_grad leaves it
        return slope * self.slope(self.out)

    def parameters(self) -> list[Tensor]:
        return []


class Sequential:
    """Layers one after the other; with `skip`, x is added to what they make
    of it: a residual connection."""

    def __init__(self, layers: list, skip: bool = False):
        self.layers, self.skip = layers, skip

    def __call__(self, x):
        self.out = x
        for layer in self.layers:
            self.out = layer(self.out)
        if self.skip:
            self.out = x + self.out
        return self.out

    def backward(self, slope):
        back = slope
        for layer in reversed(self.layers):
            back = layer.backward(back)
        return slope + back if self.skip else back

    def parameters(self) -> list[Tensor]:
        return [each for layer in self.layers for each in layer.parameters()]

    def every(self, kind) -> list:
        """The layers of one kind, in order, within inner Sequentials too."""
        return [layer for layer in leaves(self) if isinstance(layer, kind)]

    def train(self, mode: bool = True):
        """Whether BatchNorm looks at the batch, as in training, or not."""
        for layer in self.every(BatchNorm1d):
            layer.training = mode

    def eval(self):
        self.train(False)


def leaves(layer) -> Iterator:
    for each in getattr(layer, "layers", []):
        if hasattr(each, "layers"):
            yield from leaves(each)
        else:
            yield each


def called(layer) -> str:
    """The name that the lecture has for a layer, fused or not."""
    return type(layer).__name__.removeprefix("Fused")
