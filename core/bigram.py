"""The bigram model: the next letter from this one alone.

Lecture 2, makemore part 1. Two ways to the same table of chances: count the
pairs, or start from random numbers and walk down the slope of the loss.

    python -m core bigram --steps 200
"""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from core import knobs, pace
from core.data import names
from core.knobs import knob
from core.tokens import places


@dataclass(frozen=True)
class Config:
    steps: int = knob(1000, 1, 10_000, "how many times W is moved downhill")
    rate: float = knob(
        50.0,
        0.1,
        100.0,
        "learning rate: how far along the slope one step goes",
        grain=0.1,
    )
    decay: float = knob(
        0.01,
        0.0,
        1.0,
        "weight decay: how strongly W is pulled towards zero",
        grain=0.001,
    )
    switch: int = knob(
        10_000,
        0,
        10_000,
        "the step after which the second rate holds",
        folded=True,
    )
    second_rate: float = knob(
        5.0,
        0.1,
        100.0,
        "learning rate after the switch",
        grain=0.1,
        folded=True,
    )
    forward: str = knob(
        "counts",
        choices=("counts", "cross_entropy", "one-hot"),
        help="how the loss is computed: the same number, in other ways",
        folded=True,
    )
    seed: int = knob(
        2147483647, 0, 2**32 - 1, "where the random numbers start", folded=True
    )

    def __post_init__(self):
        knobs.check(self)


PRESETS = {"lecture": Config(steps=100)}


@dataclass(frozen=True)
class Record:
    step: int
    loss: float  # as the lecture prints it: nll and the pull of the decay
    smooth: float  # mean loss since the record before
    nll: float  # of the data alone, nats per character
    table: tuple[tuple[float, ...], ...] | None = None  # (V, V) chances
    samples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    W: Tensor  # (V, V), row: this letter, column: the next
    letters: str
    loss: float  # nats per character, after the last step
    parameters: int


@dataclass(frozen=True)
class Surprise:
    this: str
    next: str
    chance: float
    nll: float  # minus the logarithm of the chance, nats


@dataclass(frozen=True)
class Score:
    likelihood: float  # the product of the chances
    nll: float  # the sum of the surprises, nats
    mean: float  # nats per character: the loss of the word
    unseen: tuple[str, ...]  # pairs that never occur


@dataclass(frozen=True)
class Step:
    before: Tensor  # (V, V) W before the update
    loss: float  # nats per character, with it
    slope: Tensor  # (V, V) of the loss at every number of W
    after: Tensor  # (V, V) W after the update


@dataclass(frozen=True)
class Spin:
    this: str
    point: float  # the random number, 0 to 1
    next: str  # the letter it lands on


def pairs(words: Sequence[str], letters: str) -> tuple[Tensor, Tensor]:
    """Every letter x and the letter y that follows it, edges included."""
    text = names.EDGE + names.EDGE.join(words) + names.EDGE
    tokens = places(text, letters)
    return tokens[:-1], tokens[1:]


def count(x: Tensor, y: Tensor) -> Tensor:
    """N[i, j] (V, V): how often letter j follows letter i."""
    V = int(x.max()) + 1
    return torch.bincount(x * V + y, minlength=V * V).view(V, V)


def probabilities(N: Tensor, smoothing: float = 0) -> Tensor:
    """Counts (V, V) to chances: each row divided by its own sum."""
    P = N.double() + smoothing
    P /= P.sum(1, keepdim=True)  # (V, 1): one sum a row
    return P


def uniform(letters: str) -> Tensor:
    """Every next letter as likely as any other, (V, V)."""
    V = len(letters)
    return torch.full((V, V), 1 / V, dtype=torch.float64)


def divided_wrongly(N: Tensor, smoothing: float = 0) -> Tensor:
    """The keepdim bug: one sum a row, lined up with the columns."""
    P = N.double() + smoothing
    P /= P.sum(1)  # (V,) is read as (1, V): row sums divide the columns
    return P


def loss(P: Tensor, x: Tensor, y: Tensor) -> float:
    """Mean negative log likelihood of the pairs, nats per character."""
    return -P[x, y].log().mean().item()


def surprises(word: str, P: Tensor, letters: str) -> list[Surprise]:
    """How the model likes a word, letter by letter; inf if never seen."""
    x, y = pairs([word], letters)
    chances = P[x, y]
    said = zip(x, y, chances.tolist(), (-chances.log()).tolist(), strict=True)
    return [Surprise(letters[i], letters[j], p, nll) for i, j, p, nll in said]


def score(said: Sequence[Surprise]) -> Score:
    """A word as a whole: product of chances, sum and mean of surprises."""
    nll = sum(pair.nll for pair in said)
    unseen = tuple(p.this + p.next for p in said if p.chance == 0)
    likelihood = math.prod(pair.chance for pair in said)
    return Score(likelihood, nll, nll / len(said), unseen)


def products_and_sums(
    words: Sequence[str], P: Tensor, letters: str, sizes: Sequence[int]
) -> list[tuple[int, int, float, float, float]]:
    """For the first so many words: how many words, how many pairs, the
    product of their chances in float32, the sum and the mean of surprises."""
    found = []
    for size in sizes:
        x, y = pairs(words[:size], letters)
        chances = P[x, y].float()
        nll = -chances.log()
        product = chances.prod().item()
        row = (size, len(y), product, nll.sum().item(), nll.mean().item())
        found.append(row)
    return found


def commonest(N: Tensor, letters: str, how_many: int = 10):
    """The most frequent pairs and their counts, the first one first."""
    counts, places = N.flatten().topk(min(how_many, N.numel()))
    V = len(letters)
    found = zip(places.tolist(), counts.tolist(), strict=True)
    return [(letters[at // V] + letters[at % V], n) for at, n in found]


def smoothed_losses(N: Tensor, amounts: Sequence[float]) -> list[float]:
    """The loss of the counted pairs when so much is added to every count."""
    seen = N > 0
    logs = [probabilities(N, more)[seen].log() for more in amounts]
    return [-(N[seen] * log).sum().item() / int(N.sum()) for log in logs]


def softmax(W: Tensor) -> Tensor:
    """Logits to chances, row by row: exp makes them counts, then as above."""
    counts = W.exp()
    return counts / counts.sum(1, keepdim=True)


def stages(row: Tensor) -> dict[str, list[float]]:
    """The softmax of one row (V,), stage by stage."""
    counts = row.exp()
    chances = counts / counts.sum()
    return {
        "logit": row.tolist(),
        "count": counts.tolist(),
        "chance": chances.tolist(),
    }


def first_weights(letters: str, seed: int) -> Tensor:
    """W (V, V) as training with this seed begins."""
    V = len(letters)
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(V, V, generator=generator)


def draw(row: Tensor, generator: torch.Generator) -> int:
    """One letter: a random point falls into one letter's share of 0..1."""
    point = torch.rand(1, dtype=torch.float64, generator=generator)
    return land(row, point)


def land(row: Tensor, point: Tensor) -> int:
    """The letter whose share the point, 0 to 1, falls into."""
    ends = row.double().cumsum(0)  # (V,)
    return int(torch.searchsorted(ends, point * ends[-1], right=True))


def sample(P: Tensor, letters: str, generator: torch.Generator) -> str:
    """One name, letter after letter until the edge; at most 40 letters."""
    name, token = "", 0
    while len(name) < names.MAX_LENGTH:
        token = draw(P[token], generator)
        if token == 0:
            break
        name += letters[token]
    return name


def spins(P: Tensor, letters: str, seed: int) -> list[Spin]:
    """The draws of one name, one by one: what sample does, to be watched."""
    generator = torch.Generator().manual_seed(seed)
    found, token = [], 0
    while len(found) <= names.MAX_LENGTH:
        point = torch.rand(1, dtype=torch.float64, generator=generator)
        after = land(P[token], point)
        found.append(Spin(letters[token], point.item(), letters[after]))
        token = after
        if token == 0:
            break
    return found


def sample_names(P: Tensor, letters: str, seed: int, how_many: int = 10):
    generator = torch.Generator().manual_seed(seed)
    return tuple(sample(P, letters, generator) for _ in range(how_many))


def table(P: Tensor) -> tuple[tuple[float, ...], ...]:
    """Chances (V, V) as plain numbers with four digits, for a picture."""
    return tuple(tuple(round(p, 4) for p in row) for row in P.tolist())


def one_step(W: Tensor, word: str, letters: str, rate: float) -> Step:
    """Forward, backward and update of W (V, V) on the pairs of one word."""
    x, y = pairs([word], letters)
    W = W.detach().requires_grad_()
    # forward
    P = softmax(W[x])  # (n, V): the row of W for every letter of the word
    loss = -P[torch.arange(len(y)), y].log().mean()
    # backward
    loss.backward()
    # update
    after = W.detach() - rate * W.grad
    return Step(W.detach(), loss.item(), W.grad, after)


def steps_by_hand(
    word: str, letters: str, rate: float, seed: int, count: int
) -> list[Step]:
    """So many steps on one word, from the random W of this seed."""
    W, done = first_weights(letters, seed), []
    for _ in range(count):
        done.append(one_step(W, word, letters, rate))
        W = done[-1].after
    return done


def by_counts(x: Tensor, y: Tensor, V: int):
    """Each of the V x V pairs once, weighed by how often it occurs."""
    N = count(x, y)
    share = (N / N.sum()).float()
    return lambda W: -(share * softmax(W).log()).sum()


def by_cross_entropy(x: Tensor, y: Tensor, V: int):
    """Look up a row of W for every pair; torch does the rest."""
    return lambda W: F.cross_entropy(W[x], y)


def by_one_hot(x: Tensor, y: Tensor, V: int):
    """As the lecture: a row of one 1 and zeros, times W, for every pair."""
    rows = F.one_hot(x, V).float()  # (n, V); one_hot gives whole numbers
    at = torch.arange(len(y))
    return lambda W: -softmax(rows @ W)[at, y].log().mean()


FORWARD = {
    "counts": by_counts,
    "cross_entropy": by_cross_entropy,
    "one-hot": by_one_hot,
}


def train(
    config: Config, data: names.Words | None = None
) -> Generator[Record, None, Result]:
    """Learn W by gradient descent on the whole data at each step."""
    data = data or names.load()
    x, y = pairs(data.words, data.letters)
    V = len(data.letters)
    forward = FORWARD[config.forward](x, y, V)

    W = first_weights(data.letters, config.seed).requires_grad_()

    recorded = pace.recorded(config.steps)
    pictured = pace.pictured(config.steps)
    since = []  # the losses since the last record
    for step in range(1, config.steps + 1):
        # forward
        nll = forward(W)
        loss = nll + config.decay * (W**2).mean()
        # backward
        W.grad = None
        loss.backward()
        # update
        before = W.detach().clone()
        rate = config.rate if step <= config.switch else config.second_rate
        W.data -= rate * W.grad

        since.append(loss.item())
        if not math.isfinite(since[-1]):
            raise ValueError(too_far(config, step))
        if step in recorded:
            smooth = sum(since) / len(since)
            measured = Record(step, since[-1], smooth, nll.item())
            if step in pictured:
                measured = picture(measured, before, data, config)
            yield measured
            since = []

    W = W.detach()
    return Result(W, data.letters, forward(W).item(), W.numel())


def too_far(config: Config, step: int) -> str:
    return (
        f"The loss left all bounds at step {step:,}: a rate of {config.rate:g} "
        f"with a decay of {config.decay:g} steps too far. Lower one of them."
    )


def picture(record: Record, W: Tensor, data, config) -> Record:
    """The record with the table it was made from and ten names of it."""
    P = softmax(W)
    samples = sample_names(P, data.letters, config.seed)
    return replace(record, table=table(P), samples=samples)
