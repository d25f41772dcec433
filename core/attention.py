"""One head of attention taken apart: its stages, its sharpness at birth, and
what it knows of the order in which characters stand.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core import gpt
from core.data import text

SMALL = gpt.Config(
    steps=300, rate=0.01, n_embd=32, n_head=2, n_layer=1, block=16, batch=32,
    warmup=20, init="torch",
)  # fmt: skip


def born(V: int) -> gpt.GPT:
    """A small net before its first step."""
    generator = torch.Generator().manual_seed(SMALL.seed)
    return gpt.GPT(SMALL, V, generator).eval()


def learned(data: text.Text) -> gpt.GPT:
    """The same net after a few hundred steps."""
    state = gpt.State(SMALL, data)
    state.judged = SMALL.steps  # one look at both losses, before the last
    for record in gpt.train(SMALL, data, state):
        if record.step == SMALL.steps:
            break  # the long estimate after it is not needed
    return state.model.eval()


def first_head(model: gpt.GPT, mask: bool = True) -> gpt.Head:
    """The first head of the first block, with or without its mask."""
    head = model.blocks[0].attend.plain()[0]
    head.mask = mask
    return head


@torch.no_grad()
def heard(model: gpt.GPT, tokens: list[int], places: bool = True) -> Tensor:
    """What the first block's heads are given: (T, C)."""
    x = model.characters(torch.tensor(tokens))
    if places:
        x = x + model.places.weight[: len(tokens)]
    return model.blocks[0].norm1(x)


class Stages(NamedTuple):
    """All that a head computes on its way, for T listeners and S sources."""

    query: Tensor  # (T, H)
    key: Tensor  # (S, H)
    value: Tensor  # (S, H)
    raw: Tensor  # (T, S), dot products
    scaled: Tensor
    masked: Tensor
    softmax: Tensor  # rows sum to 1
    out: Tensor  # (T, H)


@torch.no_grad()
def stages(head: gpt.Head, x: Tensor, other: Tensor | None = None) -> Stages:
    """A head on x, stage by stage. In cross-attention, keys and values come
    from another text, which has no past and no future: nothing is masked."""
    source = x if other is None else other
    query, key, value = head.query(x), head.key(source), head.value(source)
    raw = query @ key.T
    scaled = raw * head.scale
    masked = scaled
    if head.mask and other is None:
        masked = scaled.masked_fill(gpt.future(x), -torch.inf)
    weights = masked.softmax(-1)
    out = weights @ value
    return Stages(query, key, value, raw, scaled, masked, weights, out)


def weighted(weights: list[float], values: list[list[float]]) -> list[float]:
    """One row of the output, by hand: each value times its weight."""
    H = len(values[0])
    pairs = list(zip(weights, values, strict=True))
    return [sum(weight * row[h] for weight, row in pairs) for h in range(H)]


def from_torch(found: Stages, causal: bool, scale: float) -> float:
    """The largest difference from torch's own attention."""
    q, k, v = (part[None] for part in (found.query, found.key, found.value))
    theirs = F.scaled_dot_product_attention(
        q, k, v, is_causal=causal, scale=scale
    )
    return (theirs[0] - found.out).abs().max().item()


NEIGHBOURS = 32  # keys that a query is compared with
QUERIES = 500


class Sharpness(NamedTuple):
    """Of softmax over affinities, as a mean over many queries."""

    variance: float  # of the affinities
    entropy: float  # nats; log NEIGHBOURS if all are heard alike
    ranks: list[float]  # chance of the likeliest, of the second, ...


def at_birth(H: int, scale: bool, seed: int = 1) -> Sharpness:
    """Queries and keys of H unit normal numbers, as a net is born with."""
    generator = torch.Generator().manual_seed(seed)
    q = torch.randn(QUERIES, 1, H, generator=generator)
    k = torch.randn(QUERIES, NEIGHBOURS, H, generator=generator)
    affinity = (q @ k.transpose(-2, -1))[:, 0]  # (QUERIES, NEIGHBOURS)
    if scale:
        affinity = affinity * H**-0.5
    P = affinity.softmax(-1)
    ranks = P.sort(descending=True).values.mean(0)
    entropy = -torch.special.xlogy(P, P).sum(-1).mean()
    return Sharpness(affinity.var().item(), entropy.item(), ranks.tolist())


LECTURE = (0.1, -0.2, 0.3, -0.2, 0.5)  # its affinities


def sharpened(factor: float, affinities=LECTURE) -> list[float]:
    """Softmax of the affinities, each times a factor."""
    return (torch.tensor(affinities) * factor).softmax(-1).tolist()


@torch.no_grad()
def moved(
    model: gpt.GPT, tokens: list[int], order: list[int], places: bool, mask
) -> list[float]:
    """How far the head's output for each character moves when the characters
    stand in another order; 0 if it is permuted and no more."""
    head = first_head(model, mask)
    before = head(heard(model, tokens, places))  # (T, H)
    shuffled = [tokens[i] for i in order]
    after = head(heard(model, shuffled, places))
    return (after - before[order]).norm(dim=-1)[back(order)].tolist()


def back(order: list[int]) -> list[int]:
    """The order that undoes this one."""
    return sorted(range(len(order)), key=order.__getitem__)


def shuffle(count: int, seed: int) -> list[int]:
    """All but the last in another order, for three or more."""
    if count < 3:
        return list(range(count))
    generator = torch.Generator().manual_seed(seed)
    order = list(range(count - 1))
    while order == sorted(order):
        order = torch.randperm(count - 1, generator=generator).tolist()
    return [*order, count - 1]


@torch.no_grad()
def through_blocks(
    V: int, tokens: list[int], order: list[int], n_layer: int, mask: bool
) -> float:
    """How far the last character's logits move in a net without positions."""
    config = gpt.Config(
        n_embd=32, n_head=2, n_layer=n_layer, block=16, mask=mask,
        positions=False, init="torch",
    )  # fmt: skip
    generator = torch.Generator().manual_seed(config.seed)
    model = gpt.GPT(config, V, generator).eval()
    both = torch.tensor([tokens, [tokens[i] for i in order]])
    before, after = model(both)[:, -1]
    return (after - before).abs().max().item()


def with_table(V: int) -> gpt.GPT:
    """The lecture's net when it first had positions: 8 places, no blocks."""
    generator = torch.Generator().manual_seed(1337)
    return gpt.GPT(gpt.rung(n_layer=0), V, generator)


@torch.no_grad()
def generate(
    model: gpt.GPT, tokens: list[int], crop: bool, seed: int = 1
) -> Iterator[int]:
    """One token after the other; without crop the whole text goes in."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        seen = torch.tensor(tokens[-model.block :] if crop else tokens)
        place = model.places(torch.arange(len(seen)))  # a row for each
        logits = model.logits(model.characters(seen) + place)
        P = logits[-1].softmax(-1)
        token = torch.multinomial(P, 1, generator=generator).item()
        tokens = [*tokens, token]
        yield token
