"""Look inside a GPT: who listens to whom in every head, and how sure it is
of the next character."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from core import generation, gpt, knobs
from core.data import text

QUICK = gpt.Config(
    steps=400, rate=0.01, n_embd=32, n_head=4, n_layer=1, block=16,
    warmup=20, init="torch",
)  # fmt: skip
ENOUGH = 100_000  # characters that a quick net learns from


@dataclass(frozen=True)
class Quick:
    """A small net that has just learned."""

    model: gpt.GPT
    letters: str
    dev: float  # nats per character, before its last step


def quick(data: text.Text) -> Quick:
    """A second of training on the beginning of the text."""
    some = replace(data, text=data.text[:ENOUGH])
    state = gpt.State(QUICK, some)
    state.judged = QUICK.steps  # one look at both losses, before the last
    for record in gpt.train(QUICK, some, state):
        if record.step == QUICK.steps:
            break  # the long estimate after it is not needed
    return Quick(state.model.eval(), some.letters, record.dev)


def untrained(config: gpt.Config, V: int) -> gpt.GPT:
    """The network as a run draws it, before its first step."""
    on_cpu = gpt.Config(**{**knobs.values(config), "device": "cpu"})
    generator = torch.Generator().manual_seed(config.seed)
    return gpt.GPT(on_cpu, V, generator).eval()


@torch.no_grad()
def maps(model: gpt.GPT, tokens: list[int]) -> list[Tensor]:
    """For each layer that attends (heads, T, T): row i is how much
    character i takes from each of the others."""
    x, found = model.embed(torch.tensor([tokens])), []  # (1, T, C)
    for block in model.blocks:
        if block.attend:
            ahead = block.norm1 if block.norm == "before" else None
            normal = ahead(x) if ahead else x
            found.append(block.attend.attention(normal)[0])
        x = block(x)
    return found


def shares(weights: Tensor) -> dict[int, float]:
    """How far back a head looks: of all that the rows after the first give
    away, the share that goes to each distance. Negative is ahead."""
    T = len(weights)
    later = weights[1:]  # the first row has but one place to look at
    return {
        back: later.diagonal(1 - back).sum().item() / (T - 1)
        for back in range(2 - T, T)
    }


def even(T: int, mask: bool = True) -> Tensor:
    """The map (T, T) of a head that makes no difference between places."""
    seen = torch.ones(T, T)
    seen = seen.tril() if mask else seen
    return seen / seen.sum(1, keepdim=True)


def favourite(weights: Tensor, mask: bool = True) -> tuple[int, float, float]:
    """The distance that stands out most, its share, and what it would be if
    the head looked evenly."""
    found, flat = shares(weights), shares(even(len(weights), mask))
    back = max(found, key=lambda each: found[each] - flat[each])
    return back, found[back], flat[back]


def clearest(layer: Tensor, mask: bool = True) -> int:
    """The head of (heads, T, T) that is furthest from looking evenly."""
    gains = [
        found - flat
        for _, found, flat in (favourite(each, mask) for each in layer)
    ]
    return gains.index(max(gains))


def strongest(weights: Tensor) -> tuple[int, int, float]:
    """Row, column and weight of the strongest look after the first row."""
    at = weights[1:].argmax().item()
    row, column = 1 + at // len(weights), at % len(weights)
    return row, column, weights[row, column].item()


@torch.no_grad()
def next_logits(model: gpt.GPT, tokens: list[int]) -> Tensor:
    """Logits (V,) of the character after these."""
    return model(torch.tensor([tokens[-model.block :]]))[0, -1]


def choices(P: Tensor) -> float:
    """The number of equally likely characters that are as hard to guess: e
    to the mean surprise."""
    return torch.special.entr(P).sum().exp().item()


def writer(model, tokens: list[int], seed: int, *how):
    """Tokens without end; the same seed gives the same ones."""
    generator = torch.Generator().manual_seed(seed)
    return generation.stream(model, tokens, generator, *how)
