"""The first loss: what a net should say before it has seen anything.

It knows nothing yet, so every letter should be equally likely. Lecture 4
finds a first loss nearly nine times as high: wrong, and sure of it.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core import batchnorm, health, sampling
from core.layers import Sequential
from core.optimizers import OPTIMIZERS

SCALES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # of W2 or b2
REACH = 40.0  # logits beyond it are drawn at the edge
BINS = 80
AROUND = 10  # losses that a smoothed one is the mean of
NAMES = ("C", "W1", "b1", "W2", "b2")
LATER = {"batch": 32, "rate": 0.1, "optimizer": "sgd"}  # not in first weights


def expected(V: int) -> float:
    """The loss of a net that holds V letters equally likely."""
    return -math.log(1 / V)


def four(logits: list[float], right: int) -> tuple[list[float], float]:
    """The chances of four classes, and the loss if this one is right."""
    logs = torch.tensor(logits).log_softmax(0)
    return logs.exp().tolist(), -logs[right].item()


@dataclass(frozen=True)
class Begun:
    """A net of the lecture before its first step, and what it meets."""

    net: Sequential
    X: Tensor  # (N, T) contexts
    y: Tensor  # (N,)
    generator: torch.Generator

    def batch(self, count: int = batchnorm.ORIGINAL.batch):
        """The next batch, drawn as the lecture draws it."""
        at = torch.randint(0, len(self.X), (count,), generator=self.generator)
        return self.X[at].long(), self.y[at].long()


class Examples(NamedTuple):
    X: Tensor  # (N, T) contexts, perhaps as bytes
    y: Tensor  # (N,)
    V: int


def begin(examples: Examples, last: float, last_bias: float) -> Begun:
    """The lecture's first net, W2 and b2 times these scales."""
    config = replace(batchnorm.ORIGINAL, last=last, last_bias=last_bias)
    return drawn(examples, config)


def drawn(examples: Examples, config: batchnorm.Config) -> Begun:
    """A net with any knobs, as batchnorm.train begins with it."""
    generator = torch.Generator().manual_seed(config.seed)
    net = batchnorm.network(config, examples.V, generator)
    return Begun(net, examples.X, examples.y, generator)


@dataclass(frozen=True)
class Start:
    """The first forward pass, and the slopes that it leaves."""

    loss: float
    logits: tuple[float, ...]  # histogram, -REACH to REACH
    spread: float  # of the logits
    largest: float  # the largest of them, its sign dropped
    surest: float  # mean chance of the letter it holds likeliest
    hits: int  # how often that letter came
    batch: int
    slopes: dict[str, float]  # the largest of each weight, sign dropped
    then: float  # the largest of W1 after one step


def start(examples: Examples, last: float, last_bias: float) -> Start:
    begun = begin(examples, last, last_bias)
    X, y = begun.batch()
    loss = batchnorm.slopes(begun.net, X, y)
    logits = begun.net.out.detach()  # (B, V)
    sure, said = logits.softmax(1).max(1)
    weights = begun.net.parameters()
    largest = [each.grad.abs().max().item() for each in weights]
    step(begun.net)
    batchnorm.slopes(begun.net, *begun.batch())
    return Start(
        loss=loss.item(),
        logits=health.histogram(logits, -REACH, REACH, BINS),
        spread=health.spread(logits),
        largest=logits.abs().max().item(),
        surest=sure.mean().item(),
        hits=int((said == y).sum()),
        batch=len(y),
        slopes=dict(zip(NAMES, largest, strict=True)),
        then=weights[NAMES.index("W1")].grad.abs().max().item(),
    )


def step(net: Sequential, rate=batchnorm.ORIGINAL.rate, optimizer="sgd"):
    """The first step of every weight, as batchnorm.train does it."""
    for each in net.parameters():
        OPTIMIZERS[optimizer](each, {}, rate)


def first_record(
    examples: Examples, letters: str, config: batchnorm.Config
) -> batchnorm.Record:
    """What batchnorm.train records first, with a name's beginning and before
    whole splits are judged. ValueError if numbers leave all bounds."""
    begun = drawn(examples, config)
    net, (X, y) = begun.net, begun.batch(config.batch)
    loss = batchnorm.slopes(net, X, y).item()
    before = [w.clone() for w in batchnorm.matrices(net)]
    step(net, config.rate, config.optimizer)
    if not (math.isfinite(loss) and batchnorm.bounded(net)):
        raise ValueError(batchnorm.too_far(config, 1, config.rate))
    tables = batchnorm.measure(net, before)
    pictures = batchnorm.look(net, config)
    word = first_name(letters, replace(config, **LATER))
    told = {**pictures, "samples": word}
    return batchnorm.Record(1, loss, loss, config.rate, *tables, **told)


@lru_cache(maxsize=64)
def first_name(letters: str, config) -> tuple[str, ...]:
    """What a net writes that nobody has trained."""
    generator = torch.Generator().manual_seed(config.seed)
    net = batchnorm.network(config, len(letters), generator)
    net.eval()
    return sampling.brief(net, letters, config.context, config.seed)


def squashed(examples: Examples, last_bias: float, points: int = 51):
    """The first loss for W2's scales from 0 to 1: pairs of both."""
    begun = begin(examples, 1.0, last_bias)
    X, y = begun.batch()
    begun.net(X)
    *_, h = (layer.out for layer in begun.net.layers[:-1])  # (B, H)
    W2, b2 = begun.net.layers[-1].parameters()
    found = []
    for i in range(points):
        scale = i / (points - 1)
        loss = F.cross_entropy(h @ (W2 * scale) + b2, y)
        found.append((scale, loss.item()))
    return found


def first_losses(
    examples: Examples, last: float, last_bias: float, steps: int = 300
) -> list[float]:
    """The loss of each of the first batches while the net learns."""
    begun, losses = begin(examples, last, last_bias), []
    for _ in range(steps):
        losses.append(batchnorm.slopes(begun.net, *begun.batch()))
        step(begun.net)
    return torch.stack(losses).tolist()


def below(losses: list[float], level: float) -> int | None:
    """The step after which the mean of ten losses is first below a level."""
    for n in range(AROUND, len(losses) + 1):
        if sum(losses[n - AROUND : n]) / AROUND < level:
            return n
    return None


def last(losses: list[float]) -> float:
    """The mean of the last ten."""
    return sum(losses[-AROUND:]) / AROUND
