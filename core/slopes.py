"""The slope of the end at every leaf: three ways that must agree, and the
way of backward one push at a time."""

import math
from dataclasses import dataclass

import torch

from core.engine import Push, Value, in_order, pushes
from core.expression import Program, evaluate, walk

STEP = 1e-6  # of the finite difference, for a leaf between -1 and 1


@dataclass(frozen=True)
class Slopes:
    """Of one leaf, by each of the three ways."""

    backprop: float
    difference: float
    torch: float

    @property
    def largest_difference(self) -> float:
        ways = (self.backprop, self.difference, self.torch)
        if any(map(math.isnan, ways)):
            return math.nan  # max and min may pass over it
        return max(ways) - min(ways)


@dataclass(frozen=True)
class Step:
    """The end before and after, and how much the slopes promised."""

    before: float
    after: float
    promised: float


def compare(program: Program, numbers: dict[str, float]) -> dict[str, Slopes]:
    """Every leaf's slope, three ways."""
    ways = [
        backprop(program, numbers),
        difference(program, numbers),
        by_torch(program, numbers),
    ]
    return {name: Slopes(*(way[name] for way in ways)) for name in numbers}


def backprop(program: Program, numbers: dict[str, float]) -> dict[str, float]:
    named = evaluate(program, numbers)
    named[program.end].backward()
    return {name: named[name].grad for name in numbers}


def difference(program: Program, numbers: dict[str, float]) -> dict[str, float]:
    """Nudge one leaf at a time, up and down, and look at the end."""

    def end(name: str, number: float) -> float:
        named = evaluate(program, numbers | {name: number})
        return named[program.end].data

    slopes = {}
    for name, number in numbers.items():
        up = number + STEP * max(1.0, abs(number))
        down = number - STEP * max(1.0, abs(number))
        slopes[name] = (end(name, up) - end(name, down)) / (up - down)
    return slopes


def by_torch(program: Program, numbers: dict[str, float]) -> dict[str, float]:
    """The same lines, on tensors of 64 bits in place of Values."""

    def tensor(number: float) -> torch.Tensor:
        return torch.tensor(float(number), dtype=torch.float64)

    leaves = {name: tensor(x).requires_grad_() for name, x in numbers.items()}
    end = walk(program, leaves, tensor)[program.end]
    if end.requires_grad:  # else it is made of typed numbers alone
        end.backward()
    return {
        name: 0.0 if leaf.grad is None else leaf.grad.item()
        for name, leaf in leaves.items()
    }


def step(program: Program, numbers: dict[str, float], rate: float) -> Step:
    """All leaves move along their slopes at once, rate times as far."""
    slopes = backprop(program, numbers)
    moved = {name: x + rate * slopes[name] for name, x in numbers.items()}
    before, after = (
        evaluate(program, at)[program.end].data for at in (numbers, moved)
    )
    promised = rate * sum(slope * slope for slope in slopes.values())
    return Step(before, after, promised)


@dataclass(frozen=True)
class Stage:
    """Backward stopped on its way: what is known by then, and what is next."""

    grads: dict[Value, float]
    states: dict[Value, str]  # done, now or waiting
    made: list[Push]
    next: Push | None


def stage(end: Value, count: int) -> Stage:
    """Backward after so many pushes. Done is a Value that neither receives
    nor passes on anything more."""
    steps = pushes(end)
    made, left = steps[:count], steps[count:]
    busy = {value for push in left for value in (push.value, push.parent)}
    order = in_order(end)
    grads = dict.fromkeys(order, 0.0) | {end: 1.0}
    grads |= {push.parent: push.grad for push in made}
    states = {v: "waiting" if v in busy else "done" for v in order}
    if left:
        states[left[0].value] = "now"
    return Stage(grads, states, made, left[0] if left else None)
