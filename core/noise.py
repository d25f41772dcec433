"""How far the loss of a batch is off, only because chance drew the batch."""

import torch
import torch.nn.functional as F
from torch import Tensor

from core import mlp
from core.data import names

WORDS = 2000  # enough to draw from: the words for training are shuffled
STEPS, BATCH, RATE = 300, 32, 0.1
SIZES = 8, 32, 128, 512
BATCHES = 200  # of each size


def briefly(config: mlp.Config, data: names.Words):
    """A network after a few hundred steps, and the examples it saw."""
    words = mlp.split(data, config.only).train[:WORDS]
    X, y = mlp.windows(words, data.letters, config.context)
    generator = torch.Generator().manual_seed(config.seed)
    weights = mlp.first_weights(config, len(data.letters), generator)
    for _ in range(STEPS):
        at = torch.randint(0, len(X), (BATCH,), generator=generator)
        mlp.step(weights, X[at], y[at], RATE)
    return weights, X, y


def each_loss(weights: mlp.Weights, X: Tensor, y: Tensor) -> Tensor:
    """The loss of every example (N,): that of a batch is the mean of its."""
    return F.cross_entropy(mlp.forward(weights, X), y, reduction="none")


def batch_losses(losses: Tensor, seed: int) -> dict[int, list[float]]:
    """The losses of 200 batches of each size; nothing is learned between."""
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for B in SIZES:
        shape = BATCHES, B
        at = torch.randint(0, len(losses), shape, generator=generator)
        found[B] = losses[at].mean(1).tolist()
    return found


def spread(values: list[float]) -> float:
    """Their standard deviation."""
    return torch.tensor(values).std().item()
