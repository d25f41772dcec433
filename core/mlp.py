"""The MLP: the next letter from the last few, each looked up in a table.

Lecture 3, makemore part 2, after Bengio et al. 2003. Every letter has a place
in a small space, and the places are learned along with the network.

    python -m core mlp --steps 20000
"""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core import knobs, landmarks, pace, sampling
from core.data import names
from core.knobs import knob
from core.tokens import entropy, places


@dataclass(frozen=True)
class Config:
    steps: int = knob(
        60_000, 1, 200_000, "how many batches the network learns from"
    )
    rate: float = knob(
        0.1,
        0.001,
        10.0,
        "learning rate: how far along the slope one step goes",
        grain=0.001,
    )
    hidden: int = knob(200, 1, 500, "neurons in the hidden layer")
    context: int = knob(3, 1, 8, "letters it looks back", "letters")
    embedding: int = knob(10, 1, 32, "numbers that place a letter in space")
    batch: int = knob(32, 1, 1024, "examples that one step learns from")
    switch: int = knob(
        100_000,
        0,
        200_000,
        "the step after which the second rate holds",
        folded=True,
    )
    second_rate: float = knob(
        0.01,
        0.0001,
        10.0,
        "learning rate after the switch",
        grain=0.0001,
        folded=True,
    )
    only: int = knob(
        0,
        0,
        100_000,
        "learn from so few of the words for training; 0 means from all",
        folded=True,
    )
    seed: int = knob(
        2147483647, 0, 2**32 - 1, "where the random numbers start", folded=True
    )

    def __post_init__(self):
        knobs.check(self)


PRESETS = {"lecture": Config(steps=200_000)}


class Weights(NamedTuple):
    C: Tensor  # (V, E) where each letter lies
    W1: Tensor  # (T * E, H)
    b1: Tensor  # (H,)
    W2: Tensor  # (H, V)
    b2: Tensor  # (V,)


@dataclass(frozen=True)
class Record:
    step: int
    loss: float  # of this very batch, nats per character
    smooth: float  # mean loss since the record before
    rate: float
    train: float | None = None  # of every word for training
    dev: float | None = None  # of the words held back; None without any
    embedding: tuple[tuple[float, ...], ...] = ()  # C (V, E)
    samples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    C: Tensor
    W1: Tensor
    b1: Tensor
    W2: Tensor
    b2: Tensor
    letters: str
    train: float  # nats per character, after the last step
    dev: float | None
    parameters: int


class Split(NamedTuple):
    """The words to learn from, to choose by, and to be judged by once."""

    train: tuple[str, ...]
    dev: tuple[str, ...]
    test: tuple[str, ...]


def split(data: names.Words, only: int = 0) -> Split:
    """As the lecture splits, by words; too few words are all for training."""
    if len(data.words) < names.MIN_SPLIT:
        return Split(data.words[: only or None], (), ())
    train, dev, test = names.split(data.words)
    return Split(train[: only or None], dev, test)


def windows(
    words: Sequence[str], letters: str, context: int, dtype=torch.long
) -> tuple[Tensor, Tensor]:
    """Each letter y (N,) and the letters X (N, T) before it, edges too."""
    edges = names.EDGE * context
    text = names.EDGE + edges + edges.join(words) + edges
    tokens = places(text, letters, torch.uint8)
    # a window ends in a letter or in the edge after one
    letter = tokens[context - 1 :] != 0
    ends = (letter[1:] | letter[:-1]).nonzero().squeeze(1)
    rows = tokens.unfold(0, context + 1, 1).index_select(0, ends)
    return rows[:, :-1].to(dtype), rows[:, -1].to(dtype)


def examples(
    data: names.Words, context: int, only: int = 0
) -> tuple[Tensor, Tensor]:
    """The contexts X (N, T) and letters y (N,) to learn from."""
    return windows(split(data, only).train, data.letters, context)


def packed(
    data: names.Words, context: int, only: int = 0
) -> tuple[Tensor, Tensor]:
    """The examples as bytes, in an eighth of the room. A batch of them wants
    .long() before its letters are looked up: torch takes bytes for a mask."""
    words = split(data, only).train
    return windows(words, data.letters, context, torch.uint8)


def first_weights(config: Config, V: int, generator) -> Weights:
    """All numbers as the lecture draws them: in this order, of spread 1."""
    T, E, H = config.context, config.embedding, config.hidden
    shapes = (V, E), (T * E, H), (H,), (H, V), (V,)
    return Weights(*(torch.randn(s, generator=generator) for s in shapes))


def parts(hidden: int, context: int, embedding: int, V: int) -> dict[str, int]:
    """How many numbers each part of the network has."""
    T, E, H = context, embedding, hidden
    return {"C": V * E, "W1": T * E * H, "b1": H, "W2": H * V, "b2": V}


def parameters(config: Config, V: int) -> int:
    """How many numbers the network learns."""
    sizes = config.hidden, config.context, config.embedding
    return sum(parts(*sizes, V).values())


def forward(weights: Weights, X: Tensor) -> Tensor:
    """Contexts (B, T) to logits (B, V), as the lecture writes it."""
    C, W1, b1, W2, b2 = weights
    embedded = C[X]  # (B, T, E)
    joined = embedded.view(-1, len(W1))  # (B, T * E)
    hidden = torch.tanh(joined @ W1 + b1)  # (B, H)
    return hidden @ W2 + b2


def look_back(weights: Weights) -> int:
    """The length T of a context."""
    return len(weights.W1) // weights.C.shape[1]


def plain_step(weights: Weights, X: Tensor, y: Tensor, rate: float) -> Tensor:
    """One step as the lecture writes it; autograd finds the slopes."""
    for each in weights:
        each.requires_grad_().grad = None
    # forward
    loss = F.cross_entropy(forward(weights, X), y)
    # backward
    loss.backward()
    # update
    for each in weights:
        each.data -= rate * each.grad
    return loss.detach()


def step(weights: Weights, X: Tensor, y: Tensor, rate: float) -> Tensor:
    """The same step with slopes by hand and updates in place: no graph is
    kept, and no slope of a matrix. Returns the loss before it."""
    C, W1, b1, W2, b2 = weights
    B, E = len(X), C.shape[1]
    # forward
    joined = C[X].view(-1, len(W1))  # (B, T * E)
    hidden = torch.addmm(b1, joined, W1).tanh_()  # (B, H)
    logs = torch.addmm(b2, hidden, W2).log_softmax(1)  # (B, V)
    loss = F.nll_loss(logs, y)
    # backward: a slope of the loss has the shape of what it belongs to
    to_logits = logs.exp_()  # the chances, ...
    to_logits[torch.arange(B), y] -= 1  # less 1 for the letter that came
    to_logits /= B
    to_sums = torch.ops.aten.tanh_backward(to_logits @ W2.T, hidden)
    to_joined = to_sums @ W1.T
    # update
    W2.addmm_(hidden.T, to_logits, alpha=-rate)
    b2.sub_(to_logits.sum(0), alpha=rate)
    W1.addmm_(joined.T, to_sums, alpha=-rate)
    b1.sub_(to_sums.sum(0), alpha=rate)
    C.index_add_(0, X.flatten(), to_joined.view(-1, E), alpha=-rate)
    return loss


class Counted(NamedTuple):
    """Examples with equal contexts counted once: the same loss, sooner."""

    contexts: Tensor  # (K, T) each that occurs
    share: Tensor  # (K, V) of the examples: this context, that letter


def count(X: Tensor, y: Tensor, V: int) -> Counted:
    kinds, row = codes(X, V).unique(return_inverse=True)
    contexts = X.new_empty(len(kinds), X.shape[1])  # (K, T)
    contexts[row] = X
    share = torch.zeros(len(kinds), V)
    share.index_put_((row, y), torch.ones(len(y)), accumulate=True)
    return Counted(contexts, share.div_(max(1, len(y))))


def codes(X: Tensor, V: int) -> Tensor:
    """A number (N,) for each context, another for every other one."""
    code, most = torch.zeros(len(X), dtype=torch.long), 1
    for letter in reversed(X.unbind(1)):
        if most * V * V > 2**63:  # no room for it and the next letter
            code, most = code.unique(return_inverse=True)[1], len(X)
        code.mul_(V).add_(letter)
        most *= V
    return code


def loss(weights: Weights, counted: Counted) -> float | None:
    """Mean loss of a whole split, nats per character; None if it is empty."""
    return loss_of(partial(forward, weights), counted)


@torch.no_grad()
def loss_of(model: sampling.Model, counted: Counted) -> float | None:
    """The same of any model, from contexts (B, T) to logits (B, V)."""
    total = 0.0
    for contexts, share in zip(*map(in_parts, counted), strict=True):
        total -= (share * model(contexts).log_softmax(1)).sum().item()
    return total if len(counted.contexts) else None


def floor(X: Tensor, y: Tensor, V: int) -> float:
    """The lowest loss that any table of chances has on these examples: equal
    contexts are followed by different letters. Their entropy once the context
    is known: of both together, less that of the context. It is 0 if no context
    has two: then both are sums of the same counts in the same order."""
    context = codes(X, V)
    return abs(entropy(context * V + y) - entropy(context))


@lru_cache(maxsize=4)  # every lesson and every context asks for the same
def baselines(data: names.Words) -> dict[str, float]:
    """Losses on all words that need no network: of guessing, and the lowest
    with no letter in sight and with one."""
    letters, V = data.letters, len(data.letters)
    X, y = windows(data.words, letters, 1, torch.uint8)
    return {
        "guessing": landmarks.guessing(letters),
        "unigram": entropy(y),
        "bigram": floor(X, y, V),
    }


def in_parts(rows: Tensor) -> tuple[Tensor, ...]:
    """A thousand rows at a time: all hidden units of more are too many for
    the processor to have them at hand."""
    return rows.split(1024)


def train(
    config: Config, data: names.Words | None = None
) -> Generator[Record, None, Result]:
    """Learn from batches of examples drawn by chance from the train split."""
    data = data or names.load()
    letters, V = data.letters, len(data.letters)
    words = split(data, config.only)
    X, y = windows(words.train, letters, config.context)
    on_train = count(X, y, V)
    on_dev = count(*windows(words.dev, letters, config.context), V)

    generator = torch.Generator().manual_seed(config.seed)
    weights = first_weights(config, V, generator)

    recorded = pace.recorded(config.steps)
    pictured = pace.pictured(config.steps)
    total, since = torch.zeros(()), 0  # of the losses since the last record
    for n in range(1, config.steps + 1):
        picture = {}
        if n in pictured and finite(weights):  # as this batch meets them
            picture = look(weights, letters, on_train, on_dev, config.seed)
        rate = config.rate if n <= config.switch else config.second_rate
        at = torch.randint(0, len(X), (config.batch,), generator=generator)
        now = step(weights, X[at], y[at], rate)

        total, since = total + now, since + 1
        if n in recorded:
            smooth = total.item() / since
            if not math.isfinite(smooth):
                raise ValueError(too_far(n, rate))
            yield Record(n, now.item(), smooth, rate, **picture)
            total, since = torch.zeros(()), 0

    losses = loss(weights, on_train), loss(weights, on_dev)
    return Result(*weights, letters, *losses, parameters(config, V))


def first_record(config: Config, letters: str, X: Tensor, y: Tensor) -> Record:
    """What train records first, with a name's beginning and before whole
    splits are judged: what a page shows while nobody has trained. X and y
    may be bytes."""
    generator = torch.Generator().manual_seed(config.seed)
    weights = first_weights(config, len(letters), generator)
    model = partial(forward, weights)
    word = sampling.brief(model, letters, config.context, config.seed)
    table = rounded(weights.C)
    at = torch.randint(0, len(X), (config.batch,), generator=generator)
    batch = X[at].long(), y[at].long()
    loss = step(weights, *batch, config.rate).item()
    told = {"embedding": table, "samples": word}
    return Record(1, loss, loss, config.rate, **told)


def finite(weights: Weights) -> bool:
    return all(each.isfinite().all() for each in weights)


def too_far(n: int, rate: float) -> str:
    return (
        f"The loss left all bounds by step {n:,}: a rate of {rate:g} steps "
        "too far. Lower it."
    )


def look(weights, letters, on_train, on_dev, seed: int) -> dict:
    """What a record shows of the network itself."""
    model, context = partial(forward, weights), on_train.contexts.shape[1]
    return {
        "train": loss(weights, on_train),
        "dev": loss(weights, on_dev),
        "embedding": rounded(weights.C),
        "samples": sampling.sample_words(model, letters, context, seed),
    }


def rounded(table: Tensor) -> tuple[tuple[float, ...], ...]:
    """A table as plain numbers with three digits, for a picture."""
    return tuple(tuple(round(x, 3) for x in row) for row in table.tolist())
