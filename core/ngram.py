"""Counting with more letters in sight: the exercises of lecture 2.

Order 2 is the bigram, order 3 the trigram: the next letter from two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
import torch.nn.functional as F
from torch import Tensor

from core.data import names
from core.tokens import places


def windows(
    words: Sequence[str], letters: str, order: int
) -> tuple[Tensor, Tensor]:
    """Every context, as one number, and the letter that follows it."""
    text = names.EDGE + "".join(word + names.EDGE for word in words)
    tokens, V = places(text, letters), len(letters)
    x, y = tokens[:-1], tokens[1:]
    context = torch.zeros_like(x)
    for _ in range(order - 1):  # one letter more; before an edge are edges
        before = F.pad(context[:-1], (1, 0))
        context = torch.where(x == 0, 0, before * V + x)
    return context, y


def count(x: Tensor, y: Tensor, V: int, order: int) -> Tensor:
    """N (V ** (order - 1), V): how often each letter follows a context."""
    rows = V ** (order - 1)
    return torch.bincount(x * V + y, minlength=rows * V).view(rows, V)


def tally(words: Sequence[str], letters: str) -> Tensor:
    """N (V, V) of these words, even if there are none."""
    return count(*windows(words, letters, 2), len(letters), 2)


def learning(words: Sequence[str], letters: str, sizes: Sequence[int]):
    """Count only the first so many words, one added to every count, and
    score all of them: the bigram's loss for each size."""
    (x, y), V, found = windows(words, letters, 2), len(letters), []
    every = count(x, y, V, 2)
    ends = [0, *accumulate(len(word) + 1 for word in words)]
    for size in sizes:
        first = slice(ends[size])
        P = count(x[first], y[first], V, 2).double() + 1
        P /= P.sum(1, keepdim=True)
        found.append(-(every * P.log()).sum().item() / int(every.sum()))
    return found


@dataclass(frozen=True)
class Tried:
    """One amount added to every count, and the loss with it."""

    added: float
    loss: float  # nats per character


AMOUNTS = tuple(m * 10.0**k for k in range(-3, 3) for m in (1, 2, 5))


def curve(
    counted: Sequence[str], scored: Sequence[str], letters: str, order: int
) -> list[Tried]:
    """The loss on the scored words for every one of AMOUNTS."""
    found = losses(counted, scored, letters, order, AMOUNTS)
    return list(map(Tried, AMOUNTS, found))


def losses(
    counted: Sequence[str],
    scored: Sequence[str],
    letters: str,
    order: int,
    amounts: Sequence[float],
) -> list[float]:
    """The loss on the scored words of a table of the counted ones, for each
    amount added to every count; inf where a pair was never counted."""
    V = len(letters)
    N = count(*windows(counted, letters, order), V, order).double()
    x, y = windows(scored, letters, order)
    found = []
    for amount in amounts:
        chances = (N[x, y] + amount) / (N.sum(1) + amount * V)[x]
        chances = chances.nan_to_num(0)  # 0 / 0: a context never counted
        found.append(-chances.log().mean().item())
    return found
