"""One batch first: learn a few examples by heart, then choose the batch.

A network that cannot learn 32 examples has a bug. With all the examples the
question is another: many rough steps, or a few that are exact?
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core import mlp
from core.data import names


@dataclass(frozen=True)
class Example:
    context: str  # what the network sees
    next: str
    said: str  # the letter it finds likeliest
    chance: float  # that it gives to the letter that came


@dataclass(frozen=True)
class Overfit:
    losses: list[float]  # before each step
    examples: list[Example]  # as the network answers after the last step
    lowest: float  # the loss that no network can get below


def overfit(
    config: mlp.Config,
    words: Sequence[str],
    letters: str,
    steps: int = 1000,
    rate: float = 0.1,
) -> Overfit:
    """Every step on the same examples: all of these few words."""
    X, y = mlp.windows(words, letters, config.context)
    generator = torch.Generator().manual_seed(config.seed)
    weights = mlp.first_weights(config, len(letters), generator)
    losses = [mlp.step(weights, X, y, rate) for _ in range(steps)]
    found = answers(weights, X, y, letters)
    lowest = mlp.floor(X, y, len(letters))
    return Overfit(torch.stack(losses).tolist(), found, lowest)


def answers(
    weights: mlp.Weights, X: Tensor, y: Tensor, letters: str
) -> list[Example]:
    """What the network says to each context."""
    P = mlp.forward(weights, X).softmax(1)  # (N, V)
    rows = X.tolist(), y.tolist(), P.argmax(1).tolist()
    chances = P[torch.arange(len(y)), y].tolist()
    return [
        Example("".join(letters[i] for i in context), letters[a], letters[b], p)
        for context, a, b, p in zip(*rows, chances, strict=True)
    ]


@dataclass(frozen=True)
class Lap:
    seconds: float  # on the clock
    steps: int
    loss: float  # of all examples, nats per character


def race(
    config: mlp.Config, data: names.Words, seconds: float = 1.5
) -> tuple[list[Lap], list[Lap]]:
    """Batches drawn by chance against all examples at once: from the same
    weights, with the same rate, for equal time."""
    V = len(data.letters)
    X, y = mlp.examples(data, config.context, config.only)
    counted = mlp.count(X, y, V)
    generator = torch.Generator().manual_seed(config.seed)
    weights = mlp.first_weights(config, V, generator)
    copy = mlp.Weights(*(each.clone() for each in weights))

    def batch():
        at = torch.randint(0, len(X), (config.batch,), generator=generator)
        mlp.plain_step(weights, X[at], y[at], config.rate)

    def everything():
        whole_step(copy, X, y, config.rate)

    return (
        laps(batch, weights, counted, seconds),
        laps(everything, copy, counted, seconds),
    )


def laps(
    step: Callable,
    weights: mlp.Weights,
    counted: mlp.Counted,
    seconds: float,
    looks: int = 15,
) -> list[Lap]:
    """Steps for so long; the clock stands while the loss is measured."""
    took, n = 0.0, 0
    found = [Lap(took, n, mlp.loss(weights, counted))]
    while took < seconds:
        began = time.perf_counter()
        step()
        took, n = took + time.perf_counter() - began, n + 1
        if took >= seconds * len(found) / looks:
            found.append(Lap(took, n, mlp.loss(weights, counted)))
    return found


def whole_step(weights: mlp.Weights, X: Tensor, y: Tensor, rate: float):
    """One step on all examples. Slopes add up, so a few thousand examples at
    a time will do: their hidden units would not fit the memory at once."""
    for each in weights:
        each.requires_grad_().grad = None
    for contexts, nexts in zip(mlp.in_parts(X), mlp.in_parts(y), strict=True):
        logits = mlp.forward(weights, contexts)
        loss = F.cross_entropy(logits, nexts, reduction="sum") / len(y)
        loss.backward()
    for each in weights:
        each.data -= rate * each.grad
