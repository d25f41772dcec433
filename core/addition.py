"""The lecture's exercise: a GPT that learns to add.

Each example is a sum, written out as text. Only the answer's characters
count in the loss; with the answer `reversed`, the ones come first, as when
you add by hand. A tenth of all pairs is held back.
"""

import math
from collections.abc import Generator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core import gpt, knobs, pace
from core.data import sums
from core.knobs import knob


@dataclass(frozen=True)
class Config:
    steps: int = knob(
        1_000, 1, 20_000, "how many batches the network learns from"
    )
    rate: float = knob(
        0.002,
        0.00001,
        0.1,
        "learning rate of AdamW, at its highest",
        grain=0.00001,
    )
    digits: int = knob(2, 1, 3, "digits of each number")
    reversed: bool = knob(True, help="the answer's ones come first")
    layers: int = knob(1, 1, 4, "blocks on top of each other")
    batch: int = knob(128, 1, 256, "sums that one step learns from")
    seed: int = knob(1337, 0, 2**32 - 1, "where the random numbers start")

    def __post_init__(self):
        knobs.check(self)


@dataclass(frozen=True)
class Record:
    step: int
    loss: float  # of this very batch, nats per character of the answer
    smooth: float  # mean loss since the record before
    rate: float
    known: float | None = None  # share of right answers, pairs learned from
    held: float | None = None  # the same of pairs held back
    places: tuple[float, ...] = ()  # of those, each digit: ones, tens, ...
    grid: tuple[str, ...] = ()  # a string for each a, 1 right, 0 wrong


@dataclass(frozen=True)
class Result:
    weights: tuple[Tensor, ...]  # in the order of GPT(...).parameters()
    letters: str
    known: float
    held: float
    parameters: int


def network(config: Config) -> gpt.Config:
    """The GPT that learns to add: its block is a sum but its last digit."""
    return gpt.Config(
        steps=config.steps,
        rate=config.rate,
        n_embd=64,
        n_head=4,
        n_layer=config.layers,
        block=3 * config.digits + 2,
        seed=config.seed,
    )


def as_digits(numbers: Tensor, width: int) -> Tensor:
    """(B,) -> (B, width), the ones last."""
    tens = 10 ** torch.arange(width - 1, -1, -1)
    return numbers[:, None] // tens % 10


def write(pairs: Tensor, config: Config) -> Tensor:
    """The sums as tokens: (B,) -> (B, 3 digits + 3); a pair is one number,
    as if its two were written one after the other."""
    a, b = pairs // 10**config.digits, pairs % 10**config.digits
    answer = as_digits(a + b, config.digits + 1)
    if config.reversed:
        answer = answer.flip(1)
    plus = torch.full((len(pairs), 1), sums.LETTERS.index("+"))
    equals = torch.full((len(pairs), 1), sums.LETTERS.index("="))
    left, right = (as_digits(each, config.digits) for each in (a, b))
    return torch.cat([left, plus, right, equals, answer], 1)


ASIDE = -1  # a target that does not count


def examples(pairs: Tensor, config: Config) -> tuple[Tensor, Tensor]:
    """Inputs and targets; what the question says next is put aside: it is
    anybody's guess."""
    lines = write(pairs, config)
    X, Y = lines[:, :-1], lines[:, 1:].clone()
    Y[:, : 2 * config.digits + 1] = ASIDE
    return X, Y


def loss_of(model, X: Tensor, Y: Tensor) -> Tensor:
    """Mean surprise over the characters of the answers."""
    logits = model(X).flatten(0, 1)
    return F.cross_entropy(logits, Y.flatten(), ignore_index=ASIDE)


def split(config: Config) -> tuple[Tensor, Tensor]:
    """Nine tenths of all pairs to learn from, and the rest: the same for
    both ways to write the answer."""
    generator = torch.Generator().manual_seed(config.seed)
    pairs = torch.randperm(100**config.digits, generator=generator)
    return pairs.tensor_split([len(pairs) * 9 // 10])


@torch.no_grad()
def right(model, pairs: Tensor, config: Config) -> Tensor:
    """Which digits of each answer are right, ones first, (B, digits + 1).

    The right digits before it are given. A network that writes its likeliest
    digit each time has the whole answer right just if all of these are."""
    X, Y = examples(pairs, config)
    found = (model(X).argmax(-1) == Y)[:, -config.digits - 1 :]
    return found if config.reversed else found.flip(1)


JUDGED = 1_000  # pairs at most in a share


def share(model, pairs: Tensor, config: Config) -> float:
    """The share of answers with every digit right."""
    return right(model, pairs, config).all(1).double().mean().item()


def axis(digits: int) -> list[int]:
    """Up to twenty numbers, evenly spread over all of so many digits."""
    most = 10**digits
    count = min(most, 20)
    return [round(i * (most - 1) / (count - 1)) for i in range(count)]


def grid_pairs(config: Config) -> Tensor:
    numbers = torch.tensor(axis(config.digits))
    return (numbers[:, None] * 10**config.digits + numbers).flatten()


def as_strings(marks: Tensor, config: Config) -> tuple[str, ...]:
    """A string of 0 and 1 for each row of the grid."""
    rows = marks.view(-1, len(axis(config.digits))).int().tolist()
    return tuple("".join(map(str, row)) for row in rows)


def held_back(config: Config) -> tuple[str, ...]:
    """The grid's pairs that the run never learns from, as 1."""
    held = split(config)[1]
    return as_strings(torch.isin(grid_pairs(config), held), config)


def look(model, known: Tensor, held: Tensor, config: Config) -> dict:
    """How much it can add by now."""
    digits = right(model, held[:JUDGED], config)
    cells = right(model, grid_pairs(config), config).all(1)
    return {
        "known": share(model, known[:JUDGED], config),
        "held": digits.all(1).double().mean().item(),
        "places": tuple(digits.double().mean(0).tolist()),
        "grid": as_strings(cells, config),
    }


def train(
    config: Config, data: sums.Sums | None = None
) -> Generator[Record, None, Result]:
    """Learn from pairs drawn by chance out of those not held back."""
    data, network_config = data or sums.load(config), network(config)
    known, held = split(config)
    state = gpt.State(network_config, data)
    recorded = pace.recorded(config.steps)
    pictured = pace.pictured(config.steps)
    for n in range(1, config.steps + 1):
        picture = {}
        if n in pictured:
            picture = look(state.model, known, held, config)
        drawn = torch.randint(
            len(known), (config.batch,), generator=state.generator
        )
        loss = loss_of(state.model, *examples(known[drawn], config))

        for vector in state.vectors:
            vector.grad.zero_()
        loss.backward()
        nn.utils.clip_grad_norm_(state.vectors, network_config.clip)
        rate = gpt.rate_at(n, network_config)
        state.optimizer.step(rate)

        state.total, state.since = state.total + loss.detach(), state.since + 1
        if n in recorded:
            smooth = state.total.item() / state.since
            if not math.isfinite(smooth):
                raise ValueError(gpt.too_far(n, rate))
            state.total, state.since = torch.zeros(()), 0
            yield Record(n, loss.item(), smooth, rate, **picture)

    shares = [
        share(state.model, each[:10_000], config) for each in (known, held)
    ]
    weights = tuple(p.detach().clone() for p in state.model.parameters())
    count = sum(each.numel() for each in weights)
    return Result(weights, data.letters, *shares, count)


@torch.no_grad()
def answer(model, a: int, b: int, config: Config) -> str:
    """What the network writes after a+b=, its likeliest digit each time."""
    pair = torch.tensor([a * 10**config.digits + b])
    tokens = write(pair, config)[:, : -config.digits - 1]
    for _ in range(config.digits + 1):
        token = model(tokens)[:, -1:].argmax(-1)
        tokens = torch.cat([tokens, token], 1)
    written = tokens[0, -config.digits - 1 :].tolist()
    return "".join(sums.LETTERS[token] for token in written)


def learned_model(config: Config, result: dict) -> gpt.GPT:
    """The network that a run has learned."""
    return gpt.learned_model(network(config), result)
