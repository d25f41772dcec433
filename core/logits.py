"""The MLP's forward pass tensor by tensor, and the loss of its logits: by
hand and as torch computes it."""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

from core import mlp
from core.data import names

OTHERS = -2.0, -3.0, 0.0  # the lecture's logits that stay where they are
REACH = 100  # how far the fourth one goes, up and down


def first_examples(config: mlp.Config, data: names.Words, count: int = 32):
    """The first weights, and the first examples X (N, T) and y (N,)."""
    words = mlp.split(data, config.only).train[:count]
    X, y = mlp.windows(words, data.letters, config.context)
    generator = torch.Generator().manual_seed(config.seed)
    weights = mlp.first_weights(config, len(data.letters), generator)
    return weights, X[:count], y[:count]


def stages(weights: mlp.Weights, X: Tensor) -> dict[str, Tensor]:
    """Every tensor on the way of mlp.forward, and the chances it ends in."""
    C, W1, b1, W2, b2 = weights
    embedded = C[X]  # (B, T, E)
    joined = embedded.view(len(X), -1)  # (B, T * E)
    hidden = torch.tanh(joined @ W1 + b1)  # (B, H)
    logits = hidden @ W2 + b2  # (B, V)
    return {
        "X": X,
        "embedded": embedded,
        "joined": joined,
        "hidden": hidden,
        "logits": logits,
        "chances": logits.softmax(1),
    }


def shapes(weights: mlp.Weights, X: Tensor, B: int) -> dict[str, tuple]:
    """The shape of every stage for a batch of B of these examples."""
    batch = X[torch.arange(B) % len(X)]
    return {name: tuple(t.shape) for name, t in stages(weights, batch).items()}


def broadcast(shape: tuple, other: tuple) -> tuple | None:
    """The shape of a sum: sizes lined up from the right, where 1 or nothing
    is repeated. None where torch refuses."""
    rank = max(len(shape), len(other))
    shape, other = ((1,) * (rank - len(s)) + s for s in (shape, other))
    pairs = list(zip(shape, other, strict=True))
    if any(a != b and 1 not in (a, b) for a, b in pairs):
        return None
    return tuple(b if a == 1 else a for a, b in pairs)


def by_hand(logits: Tensor, y: Tensor) -> Tensor:
    """The mean surprise of the right letters y (B,), as a formula reads."""
    counts = logits.exp()  # (B, V), positive, as counts are
    chances = counts / counts.sum(1, keepdim=True)  # (B, V), rows sum to 1
    right = chances[torch.arange(len(y)), y]  # (B,)
    return -right.log().mean()


def by_torch(logits: Tensor, y: Tensor) -> Tensor:
    return F.cross_entropy(logits, y)


WAYS = {"by hand": by_hand, "F.cross_entropy": by_torch}


class Surprise(NamedTuple):
    """One example on its way from the right letter's logit to a loss."""

    logit: float
    count: float  # e to the logit
    total: float  # of the counts of all letters
    chance: float
    nll: float


def surprises(logits: Tensor, y: Tensor) -> list[Surprise]:
    """What by_hand computes on the way, an example each."""
    counts = logits.exp()
    total = counts.sum(1)  # (B,)
    at = torch.arange(len(y)), y
    chances = counts[at] / total
    steps = logits[at], counts[at], total, chances, -chances.log()
    rows = zip(*(each.tolist() for each in steps), strict=True)
    return [Surprise(*row) for row in rows]


class Cost(NamedTuple):
    """What one way to the loss makes of given logits."""

    loss: float
    slope: Tensor  # of the loss at the logits (B, V)
    nodes: tuple[str, ...]  # of the graph, from the loss to the logits
    kept: list[int]  # bytes of each tensor that waits for backward


def cost(way, logits: Tensor, y: Tensor) -> Cost:
    """Run one way forward and backward, and note what torch keeps."""
    logits, kept = logits.detach().clone().requires_grad_(), {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = way(logits, y)
    nodes = graph(loss)
    loss.backward()
    return Cost(loss.item(), logits.grad, nodes, list(kept.values()))


def slope_on_paper(logits: Tensor, y: Tensor) -> Tensor:
    """All that backward has to do: the chances, less 1 for the right one."""
    slope = logits.softmax(1)  # (B, V)
    slope[torch.arange(len(y)), y] -= 1
    return slope / len(y)


def furthest(one: Tensor, other: Tensor) -> float:
    return (one - other).abs().max().item()


def graph(loss: Tensor) -> tuple[str, ...]:
    """The operations that backward walks, the logits themselves left out."""
    found, waiting = [], [loss.grad_fn]
    while waiting:
        node = waiting.pop(0)
        if node not in found and node.next_functions:
            found.append(node)
            waiting += [parent for parent, _ in node.next_functions if parent]
    return tuple(node.name() for node in found)


class Four(NamedTuple):
    """Four logits less a constant, and their loss computed both ways."""

    logits: list[float]
    less: list[float]  # the same constant subtracted from all
    counts: list[float]
    chances: list[float]
    by_hand: float  # of `less`
    by_torch: float  # of `logits`


def four(last: float, constant: float, right: int) -> Four:
    """The lecture's logits with the last one moved; `right` is which of the
    four letters came."""
    logits, y = torch.tensor([[*OTHERS, last]]), torch.tensor([right])
    less = logits - constant
    counts = less.exp()
    chances = counts / counts.sum(1, keepdim=True)
    rows = (each[0].tolist() for each in (logits, less, counts, chances))
    losses = by_hand(less, y).item(), by_torch(logits, y).item()
    return Four(*rows, *losses)


def sweep(constant: float, right: int) -> list[tuple[int, float, float]]:
    """The last logit from -100 to 100, and the loss both ways."""
    found = []
    for last in range(-REACH, REACH + 1):
        both = four(float(last), constant, right)
        found.append((last, both.by_hand, both.by_torch))
    return found


def largest_exponent() -> float:
    """Beyond it e to a float32 is infinite."""
    return math.log(torch.finfo(torch.float32).max)
