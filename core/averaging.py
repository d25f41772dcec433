"""Before attention: windows of a text, the bigram on it, and averages.

Lecture 7 up to its mathematical trick: each place in a window takes the mean
of itself and all places before it, by a loop, by one product of matrices, by
a softmax; and at last with weights that the numbers themselves choose.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from core import bigram, gpt

SEED = 1337  # the lecture's, for its batch, its table and its numbers


# windows of a text


def batch(tokens: Tensor, B: int, T: int, seed: int = SEED) -> tuple:
    """Inputs and targets (B, T) of windows that start where chance says."""
    generator = torch.Generator().manual_seed(seed)
    starts = torch.randint(len(tokens) - T, (B,), generator=generator)
    return gpt.windows(tokens, starts, T)


# counts of a text


def unigram(parts: Sequence[Tensor], V: int) -> float:
    """Each of V characters as likely as it is common in all parts together:
    the entropy of one, in nats. landmarks.entropy of millions, by tokens."""
    counts = sum(torch.bincount(part, minlength=V) for part in parts)
    return torch.special.entr(counts.double() / counts.sum()).sum().item()


def count(tokens: Tensor, V: int) -> Tensor:
    """N[i, j] (V, V): how often character j follows character i."""
    x, y = tokens[:-1], tokens[1:]
    pairs = (x * V).add_(y)  # in place: a text has millions
    return torch.bincount(pairs, minlength=V * V).view(V, V)


def untrained(V: int, seed: int = SEED) -> gpt.Bigram:
    """A table as torch draws it: normal, of spread 1."""
    model, generator = gpt.Bigram(V), torch.Generator().manual_seed(seed)
    nn.init.normal_(model.table.weight, generator=generator)
    return model


def counted(N: Tensor, smoothing: float = 1.0) -> gpt.Bigram:
    """The table that no training need look for: logarithms of the chances."""
    model = gpt.Bigram(len(N))
    model.table.weight.data = bigram.probabilities(N, smoothing).log().float()
    return model


@torch.no_grad()
def loss(model: gpt.Bigram, N: Tensor) -> float:
    """Nats per character of a whole text of which only pairs are known."""
    surprise = -model.table.weight.double().log_softmax(-1)  # (V, V)
    return ((N * surprise).sum() / N.sum()).item()


@torch.no_grad()
def write(model: gpt.Bigram, count: int, seed: int) -> list[int]:
    """So many tokens, each drawn from the row of the one before; the first
    from row 0."""
    generator = torch.Generator().manual_seed(seed)
    P, found = model.table.weight.softmax(-1), [0]
    for _ in range(count):
        drawn = torch.multinomial(P[found[-1]], 1, generator=generator)
        found.append(drawn.item())
    return found[1:]


# the rows of a batch


class OverBatch(nn.Module):
    """BatchNorm: mean and variance over all places of all rows."""

    def __init__(self, C: int):
        super().__init__()
        self.norm = nn.BatchNorm1d(C)

    def forward(self, x):  # (B, T, C) -> (B, T, C)
        return self.norm(x.flatten(0, 1)).view_as(x)


def small(V: int, T: int, over_batch: bool = False) -> gpt.GPT:
    """A little GPT that has learned nothing; with BatchNorm, if you like, in
    every place of LayerNorm."""
    config = gpt.Config(n_embd=32, n_layer=2, block=T, init="torch")
    generator = torch.Generator().manual_seed(config.seed)
    model = gpt.GPT(config, V, generator)
    if over_batch:
        for block in model.blocks:
            block.norm1 = OverBatch(config.n_embd)
            block.norm2 = OverBatch(config.n_embd)
        model.norm = OverBatch(config.n_embd)
    return model


@torch.no_grad()
def moved(model: nn.Module, X: Tensor, row: int, place: int, token: int):
    """How far the logits (V,) of each place move, at most, (B, T), when one
    character of the batch becomes another."""
    other = X.clone()
    other[row, place] = token
    return (model(other) - model(X)).abs().amax(-1)


# averages of the past


def by_loop(x):  # (B, T, C) -> (B, T, C)
    """The mean of each place and of all before it, one by one."""
    B, T, C = x.shape
    out = torch.zeros(B, T, C)
    for b in range(B):
        for t in range(T):
            past = x[b, : t + 1]  # (t + 1, C)
            out[b, t] = past.mean(0)
    return out


def by_matmul(x):  # (B, T, C) -> (B, T, C)
    """The same at once: a row of weights for each place."""
    return even(x.shape[1]) @ x  # (T, T) @ (B, T, C)


def even(T: int) -> Tensor:
    """Ones on and under the diagonal, each row divided by its sum."""
    past = torch.ones(T, T).tril()
    return past / past.sum(1, keepdim=True)


def by_softmax(x):  # (B, T, C) -> (B, T, C)
    return masked(x.shape[1]) @ x


def masked(T: int) -> Tensor:
    """Affinity 0 to the past, -inf to the future; softmax makes weights."""
    past = torch.ones(T, T).tril()
    affinity = torch.zeros(T, T).masked_fill(past == 0, -torch.inf)
    return affinity.softmax(-1)


def head(C: int, seed: int) -> gpt.Head:
    """A head of attention whose affinities come from the numbers."""
    found, generator = gpt.Head(C, C), torch.Generator().manual_seed(seed)
    gpt.draw(found, "torch", generator)
    return found


class Way(NamedTuple):
    weights: Tensor  # (T, T)
    averaged: Tensor  # (T, C), what the weights are of
    out: Tensor  # (T, C)


@torch.no_grad()
def four_ways(x: Tensor, seed: int) -> dict[str, Way]:
    """What each way makes of the same numbers (T, C). The loop writes no
    weights down: let loose on the unit matrix it shows them."""
    T, C = x.shape
    asks = head(C, seed)
    return {
        "loop": Way(by_loop(torch.eye(T)[None])[0], x, by_loop(x[None])[0]),
        "matmul": Way(even(T), x, by_matmul(x[None])[0]),
        "softmax": Way(masked(T), x, by_softmax(x[None])[0]),
        "attention": Way(asks.attention(x), asks.value(x), asks(x)),
    }


class Apart(NamedTuple):
    """Two results, where they come closest to being told apart."""

    largest: float  # difference
    close: bool  # says torch.allclose
    close_enough: bool  # and with atol 1e-6
    value: float  # where the difference is the most of what is allowed
    difference: float
    allowed: float


def apart(a: Tensor, b: Tensor) -> Apart:
    """allclose allows a difference of 1e-8 + 1e-5 |b|, number by number."""
    difference, allowed = (a - b).abs().flatten(), 1e-8 + 1e-5 * b.abs()
    allowed = allowed.flatten()
    worst = (difference / allowed).argmax()
    return Apart(
        difference.max().item(),
        torch.allclose(a, b),
        torch.allclose(a, b, atol=1e-6),
        b.flatten()[worst].item(),
        difference[worst].item(),
        allowed[worst].item(),
    )


def table(rows) -> Tensor:
    """Typed numbers as a tensor (T, C)."""
    return torch.tensor(rows, dtype=torch.float32)


def toy() -> Tensor:
    """The lecture's three rows (3, 2) of whole numbers."""
    generator = torch.Generator().manual_seed(42)
    return torch.randint(0, 10, (3, 2), generator=generator).float()


def lecture_batch() -> Tensor:
    """The lecture's numbers (4, 8, 2), of spread 1."""
    generator = torch.Generator().manual_seed(SEED)
    return torch.randn(4, 8, 2, generator=generator)
