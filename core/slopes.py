"""The slopes of an expression, found in three ways that share no code."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from core.expression import Program, evaluate, follow

H = 1e-6  # the nudge of a finite difference


@dataclass(frozen=True)
class Slope:
    """The slope of the end towards one leaf, three times."""

    leaf: str
    number: float
    backprop: float
    nudged: float  # by a finite difference
    torch: float


TORCH = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "exp": torch.exp,
    "log": torch.log,
}


def compare(program: Program, numbers: Mapping[str, float]) -> list[Slope]:
    """One row a leaf, in the order of the text."""
    graph = evaluate(program, numbers)
    graph.end.backward()
    theirs = by_torch(program, {k: v.data for k, v in graph.leaves.items()})
    return [
        Slope(
            name,
            leaf.data,
            leaf.grad,
            nudged(program, numbers, name),
            theirs[name],
        )
        for name, leaf in graph.leaves.items()
    ]


def nudged(program: Program, numbers: Mapping[str, float], leaf: str) -> float:
    """How much the end changes for a little more and a little less of it."""
    number = numbers.get(leaf, program.leaves[leaf])
    up, down = (
        evaluate(program, {**numbers, leaf: number + h}).end.data
        for h in (H, -H)
    )
    return (up - down) / (2 * H)


def by_torch(
    program: Program, numbers: Mapping[str, float]
) -> dict[str, float]:
    """What torch's autograd says, in float64."""
    leaves = {
        name: constant(number).requires_grad_()
        for name, number in numbers.items()
    }
    steps = follow(program, leaves, TORCH, constant)
    end = steps[-1][1]
    if end.requires_grad:
        end.backward()
    grads = {name: leaf.grad for name, leaf in leaves.items()}
    return {k: 0.0 if g is None else g.item() for k, g in grads.items()}


def constant(number: float) -> torch.Tensor:
    return torch.tensor(number, dtype=torch.float64)


def end_by_torch(
    program: Program, numbers: Mapping[str, float], dtype
) -> float:
    """What torch computes if the numbers pass through this dtype first."""
    leaves = {
        name: torch.tensor(number, dtype=dtype).double()
        for name, number in numbers.items()
    }
    return follow(program, leaves, TORCH, constant)[-1][1].item()


def along(program: Program, numbers: Mapping[str, float], step: float) -> float:
    """The end after every leaf has moved along its slope by so much of it."""
    graph = evaluate(program, numbers)
    graph.end.backward()
    moved = {k: v.data + step * v.grad for k, v in graph.leaves.items()}
    return evaluate(program, moved).end.data
