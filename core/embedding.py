"""Letters looked up in a table, the pieces joined, and why that costs nothing.

Lecture 3, makemore part 2: every letter of a context is a row of C, and the
rows of one context are to lie side by side.
"""

import time
from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

MOST = 2**23  # numbers joined at once to measure it, 32 MB

# code that is shown as it stands and run as it stands, by a test
Questions = tuple[tuple[str, Callable[[], Tensor]], ...]


def first_table(V: int, E: int, seed: int) -> Tensor:
    """C (V, E) as the network begins with it: the first that is drawn."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn((V, E), generator=generator)


def one_letter(C: Tensor, number: int) -> Questions:
    """Ways to ask for a row of C (V, E)."""
    token, V = torch.tensor(number), len(C)
    return (
        ("F.one_hot(token, V)", lambda: F.one_hot(token, V)),
        ("F.one_hot(token, V) @ C", lambda: F.one_hot(token, V) @ C),
        (
            "F.one_hot(token, V).float() @ C",
            lambda: F.one_hot(token, V).float() @ C,
        ),
        ("C[token]", lambda: C[token]),
    )


def many_letters(C: Tensor, X: Tensor) -> Questions:
    """Ways to ask for many rows at once: X (N, T) names them all."""
    V = len(C)
    return (
        ("C[[1, 2, 2, 2]]", lambda: C[[1, 2, 2, 2]]),
        (
            "C[torch.tensor([1, 2, 2, 2])]",
            lambda: C[torch.tensor([1, 2, 2, 2])],
        ),
        (
            "C[torch.tensor([[0, 1], [1, 2], [2, 2]])]",
            lambda: C[torch.tensor([[0, 1], [1, 2], [2, 2]])],
        ),
        ("C[X]", lambda: C[X]),
        ("F.embedding(X, C)", lambda: F.embedding(X, C)),
        (
            "F.one_hot(X, V).float() @ C",
            lambda: F.one_hot(X, V).float() @ C,
        ),
    )


def cat_slices(embedded: Tensor) -> Tensor:
    """Cut the pieces out of (N, T, E), lay them side by side: (N, T * E)."""
    places = range(embedded.shape[1])
    return torch.cat([embedded[:, t, :] for t in places], 1)


def cat_unbound(embedded: Tensor) -> Tensor:
    """The same for any T: unbind takes the middle dimension apart."""
    return torch.cat(torch.unbind(embedded, 1), 1)


def view(embedded: Tensor) -> Tensor:
    """Nothing is moved: the same numbers, read in rows of T * E."""
    return embedded.view(len(embedded), -1)


WAYS = {
    "torch.cat of slices": cat_slices,
    "torch.cat of torch.unbind": cat_unbound,
    ".view": view,
}


class Joined(NamedTuple):
    way: str
    seconds: float
    new_bytes: int  # of memory, for the result
    equal: bool  # to what .view gives


def measurable(C: Tensor, X: Tensor) -> Tensor:
    """As many contexts of X (N, T) as can be joined in reasonable memory."""
    return X[: MOST // (X.shape[1] * C.shape[1])]


def join(C: Tensor, X: Tensor, tries: int = 5) -> list[Joined]:
    """Every way to join the pieces of C[X], its time the best of a few."""
    embedded = C[X]  # (N, T, E)
    took = {way: [] for way in WAYS}
    for _ in range(tries):  # by turns: none finds the memory warmer
        for way, joining in WAYS.items():
            took[way].append(seconds(joining, embedded))
    return [result(way, embedded, min(took[way])) for way in WAYS]


def seconds(joining: Callable, embedded: Tensor) -> float:
    """What joining takes, before its result is thrown away."""
    joining(embedded)  # the first call pays for cold memory
    began = time.perf_counter()
    joined = joining(embedded)
    ended = time.perf_counter()
    del joined
    return ended - began


def result(way: str, embedded: Tensor, least: float) -> Joined:
    """What a way gives, and how much memory that needs anew."""
    joined = WAYS[way](embedded)
    new = 0 if shared(joined, embedded) else memory(joined)
    return Joined(way, least, new, torch.equal(joined, view(embedded)))


def shared(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors read their numbers from the same memory."""
    storages = one.untyped_storage(), other.untyped_storage()
    return storages[0].data_ptr() == storages[1].data_ptr()


def memory(tensor: Tensor) -> int:
    return tensor.untyped_storage().nbytes()


def ahead(tensor: Tensor, other: Tensor) -> int:
    """How many bytes after another's first number a tensor's first lies."""
    return tensor.data_ptr() - other.data_ptr()


def strip_views() -> dict[str, Tensor]:
    """Twelve numbers in a row, and other ways to read them."""
    strip = torch.arange(12)
    return {
        "strip": strip,
        "strip.view(2, 6)": strip.view(2, 6),
        "strip.view(3, 4)": strip.view(3, 4),
        "strip.view(3, 2, 2)": strip.view(3, 2, 2),
        "strip.view(6, 2)": strip.view(6, 2),
        "strip.view(3, 4)[1:]": strip.view(3, 4)[1:],
        "strip.view(3, 4).T": strip.view(3, 4).T,
    }


def places(tensor: Tensor) -> dict[tuple[int, ...], list[int]]:
    """Where in the storage each row of a tensor finds its numbers."""
    *outer, length = tensor.shape
    *strides, step = tensor.stride()
    found = {}
    for index in product(*map(range, outer)):
        first = tensor.storage_offset()
        for i, stride in zip(index, strides, strict=True):
            first += i * stride
        found[index] = [first + i * step for i in range(length)]
    return found


def flat_again(turned: Tensor) -> Questions:
    """A transposed tensor cannot be read as one row where it lies."""
    return (
        ("turned.view(12)", lambda: turned.view(12)),
        ("turned.reshape(12)", lambda: turned.reshape(12)),
        ("turned.contiguous().view(12)", lambda: turned.contiguous().view(12)),
    )
