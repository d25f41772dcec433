"""Activations, gradients and BatchNorm: nets that are healthy from the start.

Lecture 4, makemore part 3. First the net of lecture 3 with a better start,
one repair after the other; then a deep net, a list of layers, and what to
measure of it while it learns.

    python -m core batchnorm --preset deep --steps 1000
"""

import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from core import health, knobs, mlp, pace, sampling
from core.data import names
from core.knobs import knob
from core.layers import (
    CURVES,
    BatchNorm1d,
    Embedding,
    FlattenConsecutive,
    Linear,
    Nonlinearity,
    Sequential,
)
from core.optimizers import OPTIMIZERS


@dataclass(frozen=True)
class Config:
    steps: int = knob(
        10_000, 1, 200_000, "how many batches the network learns from"
    )
    rate: float = knob(
        0.1,
        0.001,
        10.0,
        "learning rate: how far along the slope one step goes",
        grain=0.001,
    )
    layers: int = knob(
        5,
        1,
        10,
        "hidden layers; one is the lecture's first net, more its deep one",
    )
    batchnorm: bool = knob(True, help="normalise the sums of every layer")
    gain: float = knob(
        1.0, 0.0, 10.0, "what the first weights are multiplied by", grain=0.01
    )
    nonlinearity: str = knob(
        "tanh", help="what each hidden layer makes of its sums", choices=CURVES
    )
    fan_in: bool = knob(
        True,
        help="divide the first weights by the root of how many numbers each "
        "sum adds up",
        folded=True,
    )
    last: float = knob(
        0.1,
        0.0,
        1.0,
        "what the last layer is multiplied by at the start",
        grain=0.01,
        folded=True,
    )
    bias: float = knob(
        0.0,
        0.0,
        1.0,
        "spread of the first hidden biases; deep nets start theirs at 0",
        grain=0.01,
        folded=True,
    )
    last_bias: float = knob(
        0.0,
        0.0,
        1.0,
        "spread of the first biases of the last layer; in deep nets 0",
        grain=0.01,
        folded=True,
    )
    residual: bool = knob(
        False,
        help="from the second hidden layer on, add its input to its output",
        folded=True,
    )
    optimizer: str = knob(
        "sgd",
        help="how a step follows the slopes",
        choices=OPTIMIZERS,
        folded=True,
    )
    hidden: int = knob(100, 1, 300, "neurons in each hidden layer", folded=True)
    batch: int = knob(
        32, 2, 1024, "examples that one step learns from", folded=True
    )
    momentum: float = knob(
        0.1,
        0.001,
        1.0,
        "how far BatchNorm's running statistics follow each batch",
        grain=0.001,
        folded=True,
    )
    context: int = knob(
        3, 1, 8, "letters it looks back", "letters", folded=True
    )
    embedding: int = knob(
        10, 1, 32, "numbers that place a letter in space", folded=True
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
        2147483647, 0, 2**32 - 1, "where the random numbers start", folded=True
    )

    def __post_init__(self):
        knobs.check(self)


ORIGINAL = Config(
    steps=200_000,
    layers=1,
    batchnorm=False,
    fan_in=False,
    last=1.0,
    bias=1.0,
    last_bias=1.0,
    hidden=200,
    switch=100_000,
)
SOFTMAX = replace(ORIGINAL, last=0.01, last_bias=0.0)
TANH = replace(SOFTMAX, gain=0.2, bias=0.01)
KAIMING = replace(TANH, gain=5 / 3, fan_in=True)
PRESETS = {
    "lecture": Config(steps=200_000),
    "original": ORIGINAL,
    "softmax-fixed": SOFTMAX,
    "tanh-fixed": TANH,
    "kaiming": KAIMING,
    "batchnorm": replace(KAIMING, batchnorm=True, momentum=0.001),
    "deep": Config(steps=200_000),
}


@dataclass(frozen=True)
class Record:
    step: int
    loss: float  # of this very batch, nats per character
    smooth: float  # mean loss since the record before
    rate: float
    # of this very step, one for each hidden layer; see core/health.py
    activations: tuple[tuple[float, ...], ...]  # mean, spread, saturated
    gradients: tuple[tuple[float, ...], ...]  # mean, spread
    # one for each weight, the letters' table C first
    weights: tuple[tuple[float, ...], ...]  # mean, spread, grad:data
    updates: tuple[float, ...]  # log10 of update:data
    # now and then: how these numbers are spread
    outputs: tuple[tuple[float, ...], ...] = ()  # each layer's, on its span
    slopes: tuple[tuple[float, ...], ...] = ()  # -slope_reach to slope_reach
    slope_reach: float | None = None
    weight_slopes: tuple[tuple[float, ...], ...] = ()
    weight_reach: float | None = None
    gammas: tuple[float, ...] = ()  # of the hidden layers' BatchNorm, 0 to 3
    betas: tuple[float, ...] = ()  # the same, -2 to 2
    train: float | None = None  # of every word for training
    dev: float | None = None  # of the words held back; None without any
    samples: tuple[str, ...] = ()


BOUND = 1e15  # beyond it a net has left all bounds
SPANS = {  # where the outputs of a nonlinearity lie
    "tanh": (-1.0, 1.0),
    "relu": (0.0, 5.0),
    "leaky_relu": (-1.0, 5.0),
    "elu": (-1.0, 5.0),
    "sigmoid": (0.0, 1.0),
    "linear": (-5.0, 5.0),
}


@dataclass(frozen=True)
class Result:
    weights: tuple[Tensor, ...]  # in the order of network(...).parameters()
    running: tuple[Tensor, ...]  # mean and variance of each BatchNorm
    letters: str
    train: float  # nats per character, after the last step
    dev: float | None
    parameters: int


def network(config: Config, V: int, generator) -> Sequential:
    """The net as the lecture draws it: the weights layer by layer."""
    make = two_layers if config.layers == 1 else deep
    return make(config, V, generator)


def two_layers(config: Config, V: int, generator) -> Sequential:
    """The net of lecture 3 with other scales, and perhaps one BatchNorm,
    which makes the bias before it useless: there is none then."""
    draw = partial(torch.randn, generator=generator)
    T, E, H = config.context, config.embedding, config.hidden
    C = draw(V, E)
    W1 = draw(T * E, H) * config.gain / root(config, T * E)
    b1 = None if config.batchnorm else draw(H) * config.bias
    W2 = draw(H, V) * config.last
    b2 = draw(V) * config.last_bias
    hidden = [Linear(W1, b1), *norm(config, H)]
    hidden.append(Nonlinearity(config.nonlinearity))
    embedded = [Embedding(C), FlattenConsecutive(T)]
    return Sequential([*embedded, *hidden, Linear(W2, b2)])


def deep(config: Config, V: int, generator) -> Sequential:
    """Linear, BatchNorm1d and tanh over and over; the last layer small, so
    that the first guesses are unsure."""
    E, H = config.embedding, config.hidden
    C = torch.randn(V, E, generator=generator)
    layers = [Embedding(C), FlattenConsecutive(config.context)]
    fan_in = config.context * E
    for i in range(config.layers):
        block = [linear(config, fan_in, H, generator), *norm(config, H)]
        block.append(Nonlinearity(config.nonlinearity))
        skip = config.residual and i > 0
        layers += [Sequential(block, skip=True)] if skip else block
        fan_in = H
    out = linear(config, H, V, generator)
    end = norm(config, V)
    (end[0].gamma if end else out.weight).mul_(config.last)
    return Sequential([*layers, out, *end])


def linear(config: Config, fan_in: int, fan_out: int, generator) -> Linear:
    weight = torch.randn(fan_in, fan_out, generator=generator)
    weight *= config.gain / root(config, fan_in)
    return Linear(weight, None if config.batchnorm else torch.zeros(fan_out))


def root(config: Config, fan_in: int) -> float:
    """The spread of a sum of so many numbers of spread 1."""
    return fan_in**0.5 if config.fan_in else 1.0


def norm(config: Config, channels: int) -> list[BatchNorm1d]:
    if not config.batchnorm:
        return []
    momentum = config.momentum
    return [BatchNorm1d(channels, momentum=momentum, correction=1)]


def parameters(config: Config, V: int) -> int:
    """How many numbers the network learns."""
    return count(network(config, V, torch.Generator()))


def count(net: Sequential) -> int:
    return sum(each.numel() for each in net.parameters())


def matrices(net: Sequential) -> list[Tensor]:
    """What the lecture measures: the letters' table and each layer's weight,
    not the biases, gammas and betas."""
    return [each for each in net.parameters() if each.dim() == 2]


def plain_slopes(net: Sequential, X: Tensor, y: Tensor) -> Tensor:
    """The loss of a batch and all slopes, as the lecture finds them."""
    for each in net.parameters():
        each.requires_grad_().grad = None
    loss = F.cross_entropy(net(X), y)
    for layer in net.every(Nonlinearity):
        layer.out.retain_grad()
    loss.backward()
    return loss.detach()


def slopes(net: Sequential, X: Tensor, y: Tensor) -> Tensor:
    """The same, from layer to layer backward; autograd finds only the slope
    of the loss at the logits."""
    logits = net(X).requires_grad_()  # (B, V)
    loss = F.cross_entropy(logits, y)
    loss.backward()
    net.backward(logits.grad)
    return loss.detach()


def train(
    config: Config, data: names.Words | None = None
) -> Generator[Record, None, Result]:
    """Learn from batches drawn by chance, and measure the net's health."""
    data = data or names.load()
    letters, V = data.letters, len(data.letters)
    words = mlp.split(data)
    X, y = mlp.windows(words.train, letters, config.context)
    on_train = mlp.count(X, y, V)
    on_dev = mlp.count(*mlp.windows(words.dev, letters, config.context), V)

    generator = torch.Generator().manual_seed(config.seed)
    net = network(config, V, generator)
    weights = matrices(net)
    update = OPTIMIZERS[config.optimizer]
    learned = [(each, {}) for each in net.parameters()]  # and its memory

    recorded = pace.recorded(config.steps)
    pictured = pace.pictured(config.steps)
    total, since = torch.zeros(()), 0  # of the losses since the last record
    for n in range(1, config.steps + 1):
        picture = {}
        if n in pictured and (n == 1 or n > 20):
            picture = judged(net, letters, on_train, on_dev, config)
        rate = config.rate if n <= config.switch else config.second_rate
        at = torch.randint(0, len(X), (config.batch,), generator=generator)
        now = slopes(net, X[at], y[at])
        before = [w.clone() for w in weights] if n in recorded else []
        for parameter, memory in learned:
            update(parameter, memory, rate)

        total, since = total + now, since + 1
        if n in recorded:
            smooth = total.item() / since
            if not (math.isfinite(smooth) and bounded(net)):
                raise ValueError(too_far(config, n, rate))
            if n in pictured:
                picture |= look(net, config)
            measured = measure(net, before)
            yield Record(n, now.item(), smooth, rate, *measured, **picture)
            total, since = torch.zeros(()), 0

    losses = split_losses(net, on_train, on_dev)
    return Result(*learned_by(net), letters, *losses, count(net))


def too_far(config: Config, n: int, rate: float) -> str:
    said = mlp.too_far(n, rate)
    if config.batchnorm and config.batch < 8:
        said += (
            " Or take larger batches: two equal examples have a spread of 0, "
            "and BatchNorm divides by it."
        )
    return said


def bounded(net: Sequential) -> bool:
    """Whether all is a number that single precision can still square."""
    seen = [layer.out for layer in net.every(Nonlinearity)]
    seen += net.parameters()
    slopes = [each.grad for each in seen]
    return all(each.abs().max() < BOUND for each in [*seen, *slopes])


def measure(net: Sequential, before: list[Tensor]) -> tuple:
    """The four tables of a record, of the step just done."""
    hidden, weights = net.every(Nonlinearity), matrices(net)
    tables = (
        health.activations(hidden),
        health.gradients(hidden),
        health.weight_gradients(weights),
        health.updates(before, weights),
    )
    return tuple(map(rounded, tables))


def rounded(table):
    """Four significant digits; in a tuple, of each number in it."""
    if isinstance(table, tuple):
        return tuple(map(rounded, table))
    return float(f"{table:.4g}")


def look(net: Sequential, config: Config) -> dict:
    """How the numbers behind these tables are spread: histograms."""
    hidden, weights = net.every(Nonlinearity), matrices(net)
    slopes = [layer.out.grad for layer in hidden]
    weight_slopes = [each.grad for each in weights]
    reach, wide = health.reach(slopes), health.reach(weight_slopes)
    shape = health.histograms
    return {
        "outputs": shape(
            [layer.out for layer in hidden], *SPANS[config.nonlinearity]
        ),
        "slopes": shape(slopes, -reach, reach),
        "slope_reach": reach,
        "weight_slopes": shape(weight_slopes, -wide, wide),
        "weight_reach": wide,
        **trained_away(net, config),
    }


def trained_away(net: Sequential, config: Config) -> dict:
    """How far gamma and beta have left 1 and 0."""
    norms = net.every(BatchNorm1d)[: config.layers]
    if not norms:
        return {}
    gammas = torch.cat([layer.gamma for layer in norms])
    betas = torch.cat([layer.beta for layer in norms])
    return {
        "gammas": health.histogram(gammas, 0, 3),
        "betas": health.histogram(betas, -2, 2),
    }


def judged(net, letters, on_train, on_dev, config: Config) -> dict:
    """Both losses and ten names, by the running statistics; nothing of a net
    that gives no numbers."""
    train, dev = split_losses(net, on_train, on_dev)
    if not math.isfinite(train):
        return {}
    net.eval()
    words = sampling.sample_words(net, letters, config.context, config.seed)
    net.train()
    return {"train": train, "dev": dev, "samples": words}


def split_losses(net: Sequential, *splits) -> list[float | None]:
    """The mean loss of each whole split, by the running statistics."""
    net.eval()
    losses = [mlp.loss_of(net, counted) for counted in splits]
    net.train()
    return losses


def learned_by(net: Sequential) -> tuple[tuple, tuple]:
    """All that a net has learned: its parameters; BatchNorm's statistics."""
    return tuple(net.parameters()), tuple(running(net))


def running(net: Sequential) -> list[Tensor]:
    """The running mean and variance of each BatchNorm, in turn."""
    return [
        each
        for layer in net.every(BatchNorm1d)
        for each in (layer.running_mean, layer.running_var)
    ]


def learned_network(config: Config, result: dict) -> Sequential:
    """The net that a run has learned, in evaluation."""
    net = network(config, len(result["letters"]), torch.Generator())
    return restored(net, result)


def restored(net: Sequential, result: dict) -> Sequential:
    """A net with the numbers of a result, in evaluation."""
    mine = [*net.parameters(), *running(net)]
    theirs = [*result["weights"], *result["running"]]
    for each, learned in zip(mine, theirs, strict=True):
        each.copy_(learned)
    net.eval()
    return net
