"""What torch does with tensors: dtypes, storage and time, asked for real."""

import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

# each is shown as it stands and run as it stands: see tests/test_tensors.py
QUESTIONS: tuple[tuple[str, Callable[[], Tensor]], ...] = (
    ("torch.tensor([5, 13])", lambda: torch.tensor([5, 13])),
    ("torch.Tensor([5, 13])", lambda: torch.Tensor([5, 13])),
    (
        "F.one_hot(torch.tensor([5, 13]), 27)",
        lambda: F.one_hot(torch.tensor([5, 13]), 27),
    ),
    (
        "F.one_hot(torch.Tensor([5, 13]), 27)",
        lambda: F.one_hot(torch.Tensor([5, 13]), 27),
    ),
    (
        "F.one_hot(torch.tensor([5, 13]), 27) @ torch.randn(27, 27)",
        lambda: F.one_hot(torch.tensor([5, 13]), 27) @ torch.randn(27, 27),
    ),
    (
        "F.one_hot(torch.tensor([5, 13]), 27).float() @ torch.randn(27, 27)",
        lambda: (
            F.one_hot(torch.tensor([5, 13]), 27).float() @ torch.randn(27, 27)
        ),
    ),
    (
        "torch.randn(27, 27)[torch.tensor([5, 13])]",
        lambda: torch.randn(27, 27)[torch.tensor([5, 13])],
    ),
    (
        "torch.randn(27, 27)[torch.Tensor([5, 13])]",
        lambda: torch.randn(27, 27)[torch.Tensor([5, 13])],
    ),
)


def one_hot_shapes(x: Tensor, W: Tensor) -> list[tuple[str, Tensor]]:
    """One-hot rows of x (n,), times one neuron, times all V of them."""
    rows = F.one_hot(x, len(W)).float()
    return [
        ("xs", x),
        ("xenc = F.one_hot(xs, V).float()", rows),
        ("W[:, :1], one neuron", W[:, :1]),
        ("xenc @ W[:, :1]", rows @ W[:, :1]),
        ("W, one neuron for each letter", W),
        ("xenc @ W", rows @ W),
        ("W[xs]", W[x]),
    ]


def divisors(P: Tensor) -> list[tuple[str, tuple, tuple]]:
    """What P (V, V) may be divided by: its shape, and the shape as which it
    is read, lined up from the right."""
    sums = {
        "P.sum(1, keepdim=True)": P.sum(1, keepdim=True),
        "P.sum(1)": P.sum(1),
    }
    return [
        (code, tuple(s.shape), (1,) * (P.ndim - s.ndim) + tuple(s.shape))
        for code, s in sums.items()
    ]


def three_chances(seed: int, count: int) -> tuple[list, list]:
    """Three random chances, and each one's share of so many draws."""
    generator = torch.Generator().manual_seed(seed)
    p = torch.rand(3, generator=generator)
    p /= p.sum()
    drawn = torch.multinomial(p, count, replacement=True, generator=generator)
    shares = torch.bincount(drawn, minlength=3) / count
    return p.tolist(), shares.tolist()


def in_place(N: Tensor) -> dict[str, bool]:
    """For P /= s and for P = P / s: is P still where it was?"""
    s = N.double().sum(1, keepdim=True)
    P = N.double()
    before = P.data_ptr()
    P /= s
    kept = P.data_ptr() == before
    P = N.double()
    before = P.data_ptr()
    P = P / s
    return {"P /= s": kept, "P = P / s": P.data_ptr() == before}


def step_seconds(
    ways: dict[str, Callable], x: Tensor, y: Tensor, V: int
) -> dict[str, float]:
    """Seconds that forward and backward take, the best of three, for each
    way to compute the loss; the same W for all."""
    W = torch.zeros(V, V, requires_grad=True)
    found = {}
    for name, build in ways.items():
        forward, tries = build(x, y, V), []
        for _ in range(3):
            began = time.perf_counter()
            forward(W).backward()
            tries.append(time.perf_counter() - began)
        found[name] = min(tries)
    return found
