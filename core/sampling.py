"""Words from a model that sees the last few letters, and what it makes of one.

A model is any function from contexts (B, T) of tokens to logits (B, V).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from core.data import names

Model = Callable[[Tensor], Tensor]
BRIEF = 12  # letters of a word by a net that nobody has trained


@dataclass(frozen=True)
class Surprise:
    context: str  # what the model sees
    next: str
    chance: float
    nll: float  # minus the logarithm of the chance, nats


@torch.no_grad()
def chances(model: Model, X: Tensor, temperature: float = 1.0) -> Tensor:
    """Of every next letter (B, V); a low temperature favours the likely."""
    return (model(X) / temperature).softmax(1)


def sample(
    model: Model,
    letters: str,
    context: int,
    generator: torch.Generator,
    temperature: float = 1.0,
    most: int = names.MAX_LENGTH,
) -> str:
    """One word, letter after letter until the edge or so many."""
    window, word = [0] * context, ""
    while len(word) < most:
        P = chances(model, torch.tensor([window]), temperature)
        token = torch.multinomial(P, 1, generator=generator).item()
        if token == 0:
            break
        word += letters[token]
        window = [*window[1:], token]
    return word


def sample_words(
    model: Model,
    letters: str,
    context: int,
    seed: int,
    how_many: int = 10,
    temperature: float = 1.0,
) -> tuple[str, ...]:
    """Words drawn one after the other, from the lectures' seed and ten."""
    generator = torch.Generator().manual_seed(seed + 10)
    return tuple(
        sample(model, letters, context, generator, temperature)
        for _ in range(how_many)
    )


def brief(
    model: Model, letters: str, context: int, seed: int
) -> tuple[str, ...]:
    """The first of these words, or how it begins: a net that has learned
    nothing seldom finds an end."""
    generator = torch.Generator().manual_seed(seed + 10)
    word = sample(model, letters, context, generator, most=BRIEF)
    return (word + "…" * (len(word) == BRIEF),)


def surprises(
    word: str, model: Model, letters: str, context: int
) -> list[Surprise]:
    """How the model likes a word, letter by letter."""
    index = {letter: i for i, letter in enumerate(letters)}
    text = names.EDGE * context + word + names.EDGE
    found = []
    for at in range(context, len(text)):
        seen = text[at - context : at]
        X = torch.tensor([[index[letter] for letter in seen]])
        chance = chances(model, X)[0, index[text[at]]]
        nll = -chance.log()
        found.append(Surprise(seen, text[at], chance.item(), nll.item()))
    return found
