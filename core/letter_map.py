"""The map of letters: where the table C puts them, and who lies near whom."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from core import mlp
from core.data import names

VOWELS = "aeiou"
QUICK = mlp.Config(steps=3000, rate=1.0, hidden=60, embedding=2, batch=64)
START = 0.1  # of the lecture's spread: all letters begin near each other
MOST = 30_000  # words that the quick network learns from


class QuickMap(NamedTuple):
    weights: mlp.Weights
    loss: float  # nats per character, of the words held back, if any
    held_back: bool
    parameters: int

    @property
    def table(self) -> list[list[float]]:
        """Where each letter lies: C (V, 2)."""
        return self.weights.C.tolist()


def quick_map(data: names.Words) -> QuickMap:
    """A map in half a second: two numbers a letter, the rate falls to 0."""
    words, letters, V = mlp.split(data, MOST), data.letters, len(data.letters)
    X, y = mlp.windows(words.train, letters, QUICK.context)
    generator = torch.Generator().manual_seed(QUICK.seed)
    weights = mlp.first_weights(QUICK, V, generator)
    for each in (weights.C, weights.W2, weights.b2):
        each *= START
    for n in range(QUICK.steps):
        at = torch.randint(0, len(X), (QUICK.batch,), generator=generator)
        rate = QUICK.rate * (1 - n / QUICK.steps)
        mlp.step(weights, X[at], y[at], rate)
    if words.dev:
        X, y = mlp.windows(words.dev, letters, QUICK.context)
    loss = mlp.loss(weights, mlp.count(X, y, V))
    count = mlp.parameters(QUICK, V)
    return QuickMap(weights, loss, bool(words.dev), count)


def first_two(C: Tensor) -> Tensor:
    """The first two numbers of each letter; a lone one gets a 0."""
    return torch.cat([C, torch.zeros(len(C), 1)], 1)[:, :2]


def widest_plane(C: Tensor) -> tuple[Tensor, float]:
    """The letters (V, 2) on the plane where they lie furthest apart, and
    its share of their variance."""
    centred = C - C.mean(0)  # (V, E)
    U, S, _ = torch.linalg.svd(centred, full_matrices=False)
    # the largest of each column is positive: which side is chance
    side = U.gather(0, U.abs().argmax(0, keepdim=True)).sign()
    share = S[:2].square().sum() / S.square().sum().clamp_min(1e-12)
    return first_two(U * side * S), share.item()


def turned(plane: Tensor, before: Tensor) -> Tensor:
    """The plane turned or mirrored to lie as near to the one before as it
    can (orthogonal Procrustes): what is far from what does not change."""
    U, _, Vh = torch.linalg.svd(plane.T @ before)
    return plane @ U @ Vh


class Frame(NamedTuple):
    """One map of a run: where each letter lies, what the plane keeps."""

    places: list[list[float]]
    share: float


def through_training(tables: Sequence, widest: bool) -> list[Frame]:
    """The map at each of the recorded tables, none turned without need."""
    planes = []
    for table in tables:
        C = torch.tensor(table)  # (V, E)
        plane, share = widest_plane(C)
        if not widest:
            plane = first_two(C)
        elif planes:
            plane = turned(plane, planes[-1][0])
        planes.append((plane, share))
    return [Frame(plane.tolist(), share) for plane, share in planes]


def neighbours(
    table: Sequence, letters: str, letter: str
) -> list[tuple[str, float]]:
    """All other letters, the nearest first, in all dimensions of C."""
    C, at = torch.tensor(table), letters.index(letter)
    distance = (C - C[at]).norm(dim=1)  # (V,)
    order = distance.argsort(stable=True).tolist()
    return [(letters[i], distance[i].item()) for i in order if i != at]


class Closeness(NamedTuple):
    """Mean distances; how often chance sets a group as far apart."""

    vowels: float  # of two vowels
    across: float  # of a vowel and another letter
    by_chance: int  # random groups, as large, that keep as much to themselves
    tries: int


def vowels_of(letters: str) -> list[int]:
    return [i for i, letter in enumerate(letters) if letter in VOWELS]


def closeness(
    table: Sequence, letters: str, tries: int = 1000
) -> Closeness | None:
    """Vowels against the other letters; None without two of each."""
    vowels, V = vowels_of(letters), len(letters)
    n = len(vowels)
    if n < 2 or V - 1 - n < 2:
        return None
    generator = torch.Generator().manual_seed(0)
    chance = torch.rand(tries, V - 1, generator=generator)
    drawn = chance.argsort(1)[:, :n] + 1  # the edge, 0, is no letter
    groups = torch.cat([torch.tensor([vowels]), drawn])  # (G, n)
    within, across = inside_and_across(distances(table), groups)
    share = within / across
    by_chance = (share[1:] <= share[0]).sum().item()
    return Closeness(within[0].item(), across[0].item(), by_chance, tries)


def inside_and_across(D: Tensor, groups: Tensor) -> tuple[Tensor, Tensor]:
    """Of groups (G, n) of letters: the mean distance of two in the group,
    and of one in it and one outside; distances D (V, V)."""
    (G, n), V = groups.shape, len(D)
    member = torch.zeros(G, V).scatter_(1, groups, 1.0)
    outside = 1 - member
    outside[:, 0] = 0  # the edge is in no group and outside of none
    to_group = member @ D  # (G, V) summed over the group
    within = (to_group * member).sum(1) / (n * (n - 1))
    return within, (to_group * outside).sum(1) / (n * (V - 1 - n))


def distances(table: Sequence) -> Tensor:
    """From each letter to each (V, V), by differences: no rounding at 0."""
    C = torch.tensor(table)
    return (C[:, None] - C).norm(dim=2)


def loneliest(table: Sequence, letters: str) -> list[tuple[str, float]]:
    """Each letter's mean distance from all others, the furthest first."""
    far = distances(table).sum(1) / max(1, len(letters) - 1)
    order = far.argsort(descending=True, stable=True).tolist()
    return [(letters[i], far[i].item()) for i in order]
