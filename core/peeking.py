"""Looks at the test split: one honest look, and what many of them do."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core import mlp
from core.data import names

SMALL = mlp.Config(hidden=30, embedding=5, steps=300, rate=0.5)
MOST = 20_000  # words that the small networks learn from


def sizes(parts: mlp.Split) -> list[tuple[str, int, int]]:
    """The name of each part, its words, and the examples they make."""
    return [
        (name, len(words), sum(len(word) + 1 for word in words))
        for name, words in parts._asdict().items()
    ]


def places(parts: mlp.Split, word: str) -> list[tuple[str, int]]:
    """Where a word came to lie after the shuffle: part, place in all."""
    shuffled = [(name, w) for name, ws in parts._asdict().items() for w in ws]
    return [(name, i) for i, (name, w) in enumerate(shuffled) if w == word]


def also_in_train(words, parts: mlp.Split) -> int:
    """How many of the words held back stand in the train split as well."""
    learned = set(parts.train)
    return sum(word in learned for word in words)


def test_loss(found: dict, data: names.Words) -> float | None:
    """What a finished run loses on the test words, nats per character."""
    weights = mlp.Weights(*(found[name] for name in mlp.Weights._fields))
    letters, words = found["letters"], mlp.split(data).test
    X, y = mlp.windows(words, letters, mlp.look_back(weights))
    return mlp.loss(weights, mlp.count(X, y, len(letters)))


def small_networks(data: names.Words, how_many: int) -> list[mlp.Weights]:
    """Small networks, soon trained, that differ by their seed alone."""
    words, letters = mlp.split(data, MOST).train, data.letters
    X, y = mlp.windows(words, letters, SMALL.context)
    return [small_network(X, y, len(letters), s) for s in range(how_many)]


def small_network(X: Tensor, y: Tensor, V: int, seed: int) -> mlp.Weights:
    generator = torch.Generator().manual_seed(seed)
    weights = mlp.first_weights(SMALL, V, generator)
    for _ in range(SMALL.steps):
        at = torch.randint(0, len(X), (SMALL.batch,), generator=generator)
        mlp.step(weights, X[at], y[at], SMALL.rate)
    return weights


@torch.no_grad()
def word_losses(networks, words, letters: str) -> tuple[Tensor, Tensor]:
    """Nats that each word costs each network (K, N), and its letters (N,)."""
    X, y = mlp.windows(words, letters, SMALL.context)
    lengths = torch.tensor([len(word) + 1 for word in words])
    word = torch.arange(len(words)).repeat_interleave(lengths)
    nats = torch.zeros(len(networks), len(words))
    for row, weights in zip(nats, networks, strict=True):
        each = F.cross_entropy(mlp.forward(weights, X), y, reduction="none")
        row.index_add_(0, word, each)
    return nats, lengths.float()


class Peek(NamedTuple):
    """The best of so many networks by a test set, means over all tries."""

    tried: int
    selected: float  # its loss on the test set that chose it
    fresh: float  # its loss on all other words
    gap: float  # how much better it looks than it is
    error: float  # standard error of the gap


def best_of(
    nats: Tensor, lengths: Tensor, size: int, tries: int, seed: int
) -> list[Peek]:
    """Choose the best of 1, 2, ... K networks by so many words. Each try
    draws other words for the test set and puts the networks in another row."""
    generator = torch.Generator().manual_seed(seed)
    K, N = nats.shape
    test = torch.zeros(N, tries)  # 1 where a word is in the test set
    order = torch.empty(K, tries, dtype=torch.int64)
    for i in range(tries):
        test[torch.randperm(N, generator=generator)[:size], i] = 1
        order[:, i] = torch.randperm(K, generator=generator)
    on_test = (nats @ test / (lengths @ test)).gather(0, order)
    fresh = (nats @ (1 - test) / (lengths @ (1 - test))).gather(0, order)
    selected, best = on_test.cummin(0)  # (K, tries), of the first k
    fresh = fresh.gather(0, best)
    gap = fresh - selected
    rows = selected.mean(1), fresh.mean(1), gap.mean(1), gap.std(1)
    return [
        Peek(k, s, f, g, spread / tries**0.5)
        for k, (s, f, g, spread) in enumerate(
            zip(*(row.tolist() for row in rows), strict=True), start=1
        )
    ]
