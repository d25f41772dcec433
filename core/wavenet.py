"""WaveNet: eight letters fused two by two, like a tree.

Lecture 6, makemore part 5, after van den Oord et al. 2016. The MLP squashes a
context into its hidden layer at once; here every layer fuses neighbours.

    python -m core wavenet --steps 5000
"""

import math
from collections.abc import Generator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from core import batchnorm, knobs, mlp, pace, sampling
from core.data import names
from core.gated import GatedNet, gated_net
from core.knobs import knob
from core.layers import (
    Embedding,
    FlattenConsecutive,
    FusedBatchNorm1d,
    Linear,
    Nonlinearity,
    Sequential,
)

FANS = ("2-2-2", "8", "4-2", "2-4", "3", "2-2", "2-2-2-2", "3-3")


@dataclass(frozen=True)
class Config:
    steps: int = knob(
        20_000, 1, 200_000, "how many batches the network learns from"
    )
    rate: float = knob(
        0.1,
        0.001,
        10.0,
        "learning rate: how far along the slope one step goes",
        grain=0.001,
    )
    fan: str = knob(
        "2-2-2",
        help="how many neighbours each layer fuses; one number is a flat net",
        choices=FANS,
    )
    hidden: int = knob(128, 1, 256, "channels of each hidden layer")
    embedding: int = knob(24, 1, 64, "numbers that place a letter in space")
    unit: str = knob(
        "tanh",
        help="what a node is made of: tanh as in the lecture, or the paper's "
        "gated unit",
        choices=("tanh", "gated"),
    )
    over_time: bool = knob(
        True,
        help="BatchNorm over batch and time; without it, the lecture's bug: "
        "over the batch alone",
    )
    batch: int = knob(
        32, 2, 256, "examples that one step learns from", folded=True
    )
    switch: int = knob(
        150_000,
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
    seed: int = knob(
        42, 0, 2**32 - 1, "where the random numbers start", folded=True
    )

    def __post_init__(self):
        knobs.check(self)


FLAT = Config(steps=200_000, fan="8", hidden=200, embedding=10)
TREE = Config(steps=200_000, hidden=68, embedding=10)
PRESETS = {
    "lecture": Config(steps=200_000),
    "flat, context 3": Config(steps=200_000, fan="3", hidden=200, embedding=10),
    "flat, context 8": FLAT,
    "tree with the bug": replace(TREE, over_time=False),
    "tree": TREE,
}


@dataclass(frozen=True)
class Record:
    step: int
    loss: float  # of this very batch, nats per character
    smooth: float  # mean loss since the record before
    rate: float
    train: float | None = None  # of every twentieth word for training
    dev: float | None = None  # of the words held back; None without any
    samples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    weights: tuple[Tensor, ...]  # in the order of network(...).parameters()
    running: tuple[Tensor, ...]  # mean and variance of each BatchNorm
    letters: str
    train: float  # nats per character, after the last step
    dev: float | None
    parameters: int


class OverBatch:
    """The lecture's bug: BatchNorm over dimension 0 of (B, T, C) only, so
    that each place in time has a mean and variance of its own, of fewer
    numbers; gamma and beta (C,) are shared."""

    def __init__(self, T: int, channels: int):
        each = FusedBatchNorm1d(T * channels, correction=1)
        self.layers = [each]
        self.gamma, self.beta = torch.ones(channels), torch.zeros(channels)

    def __call__(self, x):  # (B, T, C) -> the same shape
        [each] = self.layers
        self.normal = each(x.flatten(1)).view(x.shape)
        self.out = self.gamma * self.normal + self.beta
        return self.out

    def backward(self, slope):
        [each] = self.layers
        self.gamma.grad = (slope * self.normal).sum((0, 1))
        self.beta.grad = slope.sum((0, 1))
        back = each.backward((slope * self.gamma).flatten(1))
        return back.view(slope.shape)

    def parameters(self) -> list[Tensor]:
        return [self.gamma, self.beta]


def fans(config: Config) -> list[int]:
    """How many neighbours each layer fuses, from the letters up."""
    return [int(each) for each in config.fan.split("-")]


def context(config: Config) -> int:
    """The letters that the net looks back on."""
    return math.prod(fans(config))


def network(config: Config, V: int, generator) -> Sequential | GatedNet:
    """Layer by layer: fuse neighbours, Linear, BatchNorm1d, tanh."""
    E, H, T = config.embedding, config.hidden, context(config)
    if config.unit == "gated":
        return gated_net(E, H, V, fans(config), generator)
    layers = [Embedding(torch.randn(V, E, generator=generator))]
    C = E
    for n in fans(config):
        T = T // n
        weight = torch.randn(n * C, H, generator=generator)
        layers += [FlattenConsecutive(n), Linear(weight / (n * C) ** 0.5)]
        layers += [norm(config, T), Nonlinearity("tanh")]
        C = H
    weight = torch.randn(C, V, generator=generator)
    out = Linear(weight / C**0.5 * 0.1, torch.zeros(V))  # unsure at first
    return Sequential([*layers, out])


def norm(config: Config, T: int):
    """BatchNorm over all rows there are, unless the bug is asked for."""
    if config.over_time or T == 1:
        return FusedBatchNorm1d(config.hidden, correction=1)
    return OverBatch(T, config.hidden)


def parameters(config: Config, V: int) -> int:
    """How many numbers the network learns."""
    return batchnorm.count(network(config, V, torch.Generator()))


def train(
    config: Config, data: names.Words | None = None
) -> Generator[Record, None, Result]:
    """Learn from batches of examples drawn by chance from the train split."""
    data = data or names.load()
    letters, V, T = data.letters, len(data.letters), context(config)
    words = mlp.split(data)
    X, y = mlp.windows(words.train, letters, T)
    some = mlp.count(*mlp.windows(words.train[::20], letters, T), V)
    on_dev = mlp.count(*mlp.windows(words.dev, letters, T), V)

    generator = torch.Generator().manual_seed(config.seed)
    net = network(config, V, generator)
    learned = net.parameters()

    recorded = pace.recorded(config.steps)
    pictured = pace.pictured(config.steps)
    judged = 1 - JUDGE  # the step before which both losses were taken last
    total, since = torch.zeros(()), 0  # of the losses since the last record
    for n in range(1, config.steps + 1):
        picture = {}
        if n in pictured and (n >= judged + JUDGE or n == config.steps):
            picture, judged = look(net, letters, some, on_dev, config), n
        rate = config.rate if n <= config.switch else config.second_rate
        at = torch.randint(0, len(X), (config.batch,), generator=generator)
        now = batchnorm.slopes(net, X[at], y[at])
        for each in learned:
            each.sub_(each.grad, alpha=rate)

        total, since = total + now, since + 1
        if n in recorded:
            smooth = total.item() / since
            if not math.isfinite(smooth):
                raise ValueError(mlp.too_far(n, rate))
            yield Record(n, now.item(), smooth, rate, **picture)
            total, since = torch.zeros(()), 0

    on_train = mlp.count(X, y, V)
    losses = batchnorm.split_losses(net, on_train, on_dev)
    count = batchnorm.count(net)
    return Result(*batchnorm.learned_by(net), letters, *losses, count)


JUDGE = 2000  # steps at least between two looks at both losses


def look(net, letters, some, on_dev, config: Config) -> dict:
    """Both losses and ten names, by the running statistics; nothing of a net
    that gives no numbers."""
    train, dev = batchnorm.split_losses(net, some, on_dev)
    if not math.isfinite(train):
        return {}
    net.eval()
    T = context(config)
    words = sampling.sample_words(net, letters, T, config.seed)
    net.train()
    return {"train": train, "dev": dev, "samples": words}


def means(records: list[dict], at: int, width: int) -> list[dict]:
    """The mean loss of every so many steps up to a record, as the lecture
    averages its curve; a record's `smooth` is the mean since the last."""
    found, total, since, begun = [], 0.0, 0, 0
    for record in records[: at + 1]:
        steps = record["step"] - begun
        total, since = total + steps * record["smooth"], since + steps
        begun = record["step"]
        if since >= width or not found or record is records[at]:
            found.append({"step": begun, "loss": total / since})
            total, since = 0.0, 0
    return found


def learned_network(config: Config, result: dict) -> Sequential | GatedNet:
    """The net that a run has learned, in evaluation."""
    net = network(config, len(result["letters"]), torch.Generator())
    return batchnorm.restored(net, result)
