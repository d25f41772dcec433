"""micrograd: nets of numbers that remember how they were made.

Lecture 1, second half and demo. Code written for the package micrograd runs
on this file after changing its imports.

    python -m core micrograd --data spiral --steps 200
"""

import math
import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from core import knobs, pace
from core.data import points
from core.engine import Value, as_value, backward_overwriting, weighted_sum
from core.knobs import knob


class Module:
    def zero_grad(self):
        for p in self.parameters():
            p.grad = 0.0

    def parameters(self):
        return []


class Neuron(Module):
    def __init__(self, nin, nonlin=True, activation="relu", chance=random):
        self.w = [Value(chance.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0)
        self.nonlin = nonlin
        self.activation = activation

    def __call__(self, x):
        act = weighted_sum(self.w, x, self.b)
        if not self.nonlin or self.activation == "linear":
            return act
        return act.tanh() if self.activation == "tanh" else act.relu()

    def parameters(self):
        return self.w + [self.b]

    def __repr__(self):
        kinds = {"relu": "ReLU", "tanh": "Tanh", "linear": "Linear"}
        kind = kinds[self.activation] if self.nonlin else "Linear"
        return f"{kind}Neuron({len(self.w)})"


class Layer(Module):
    def __init__(self, nin, nout, **kwargs):
        self.neurons = [Neuron(nin, **kwargs) for _ in range(nout)]

    def __call__(self, x):
        x = [x] if isinstance(x, Value) else list(map(as_value, x))
        out = [n(x) for n in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self):
        return [p for n in self.neurons for p in n.parameters()]

    def __repr__(self):
        return f"Layer of [{', '.join(str(n) for n in self.neurons)}]"


class MLP(Module):
    def __init__(self, nin, nouts, squash_last=False, **kwargs):
        sizes = [nin, *nouts]
        self.layers = [
            Layer(n, m, nonlin=squash_last or i < len(nouts), **kwargs)
            for i, (n, m) in enumerate(zip(sizes, nouts, strict=False), 1)
        ]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self):
        return f"MLP of [{', '.join(str(layer) for layer in self.layers)}]"


Weights = tuple[tuple[tuple[float, ...], ...], ...]  # layer, neuron: b, w...


@dataclass(frozen=True)
class Config:
    data: str = knob(
        "moons", choices=points.KINDS, help="how the points lie on the plane"
    )
    nonlinearity: str = knob(
        "relu",
        choices=("relu", "tanh", "linear"),
        help="what a hidden neuron does to its weighted sum",
    )
    width: int = knob(16, 1, 32, "neurons in each hidden layer")
    depth: int = knob(2, 0, 4, "hidden layers")
    rate: float = knob(
        1.0,
        0.01,
        20.0,
        "learning rate: how far along the slope the first step goes",
        grain=0.01,
    )
    steps: int = knob(100, 1, 1000, "how many times every weight is moved")
    rate_decay: float = knob(
        0.9,
        0.0,
        1.0,
        "share of the rate that is gone by the last step",
        grain=0.05,
        folded=True,
    )
    switch: int = knob(
        1000, 0, 1000, "the step after which the second rate holds", folded=True
    )
    second_rate: float = knob(
        0.1,
        0.01,
        20.0,
        "learning rate after the switch; it decays as the first does",
        grain=0.01,
        folded=True,
    )
    decay: float = knob(
        1e-4,
        0.0,
        0.1,
        "weight decay, L2: how strongly weights are pulled towards zero",
        grain=1e-4,
        folded=True,
    )
    batch: int = knob(
        0, 0, 300, "points in a step; 0 takes all of them", folded=True
    )
    examples: int = knob(100, 10, 300, "how many points", folded=True)
    noise: float = knob(
        0.1, 0.0, 0.5, "how far points stray", grain=0.01, folded=True
    )
    start: str = knob(
        "random",
        choices=("random", "zeros"),
        help="what every weight is before the first step",
        folded=True,
    )
    zero_grad: bool = knob(
        True, help="set slopes to zero before backward", folded=True
    )
    accumulate: bool = knob(
        True, help="add up slopes; off, the last one overwrites", folded=True
    )
    seed: int = knob(
        1337, 0, 2**32 - 1, "where the random numbers start", folded=True
    )

    def __post_init__(self):
        knobs.check(self)


PRESETS = {"lecture": Config()}  # the defaults are the lecture's demo


@dataclass(frozen=True)
class Record:
    step: int
    loss: float  # mean hinge loss and the pull of the decay
    smooth: float  # mean loss since the record before
    accuracy: float  # share of the points on their own side
    margin: float  # the smallest score of a point towards its own side
    rate: float
    weights: Weights | None = None  # before the update


@dataclass(frozen=True)
class Result:
    weights: Weights
    loss: float  # on all points, after the last step
    accuracy: float
    parameters: int


@dataclass(frozen=True)
class Judged:
    """A model's answer to some points."""

    loss: Value | float  # what backward starts from
    accuracy: float
    margin: float


def network(config: Config) -> tuple[MLP, random.Random]:
    """The model as training begins, and the chance that made it."""
    chance = random.Random(config.seed)
    sizes = [config.width] * config.depth + [1]
    model = MLP(2, sizes, activation=config.nonlinearity, chance=chance)
    if config.start == "zeros":
        for p in model.parameters():
            p.data = 0.0
    return model, chance


def judge(model: MLP, rows: Sequence[points.Row], decay: float) -> Judged:
    """Max-margin loss: every score should be beyond 1 on its own side."""
    scores = [model((x, y)) for x, y, _ in rows]
    sides = [
        score * label for score, (_, _, label) in zip(scores, rows, strict=True)
    ]
    hinge = sum((1 - side).relu() for side in sides) * (1.0 / len(rows))
    pull = decay * sum(p * p for p in model.parameters())
    own = [
        (score.data > 0) == (label > 0)
        for score, (_, _, label) in zip(scores, rows, strict=True)
    ]
    margin = min(side.data for side in sides)
    return Judged(hinge + pull, sum(own) / len(rows), margin)


def train(
    config: Config, data: points.Points | None = None
) -> Generator[Record, None, Result]:
    """Move every weight of an MLP so that it tells two classes apart."""
    data = data or points.load(config)
    model, chance = network(config)

    recorded = pace.recorded(config.steps)
    pictured = pace.pictured(config.steps)
    since = []  # the losses since the last record
    for step in range(1, config.steps + 1):
        rows = data.rows
        if 0 < config.batch < len(rows):
            rows = chance.sample(rows, config.batch)
        # forward
        judged = judge(model, rows, config.decay)
        since.append(judged.loss.data)
        if not math.isfinite(since[-1]):
            raise ValueError(too_far(config, step))
        before = weights_of(model) if step in pictured else None
        # backward
        if config.zero_grad:
            model.zero_grad()
        if config.accumulate:
            judged.loss.backward()
        else:
            backward_overwriting(judged.loss)
        # update
        rate = config.rate if step <= config.switch else config.second_rate
        rate *= 1 - config.rate_decay * (step - 1) / config.steps
        for p in model.parameters():
            p.data -= rate * p.grad

        if step in recorded:
            smooth = sum(since) / len(since)
            told = judged.accuracy, judged.margin, rate, before
            yield Record(step, since[-1], smooth, *told)
            since = []

    last = judge(model, data.rows, config.decay)
    found = last.loss.data, last.accuracy, len(model.parameters())
    return Result(weights_of(model), *found)


def too_far(config: Config, step: int) -> str:
    return (
        f"The loss left all bounds at step {step:,}: a rate of {config.rate:g} "
        "steps too far here. Lower it."
    )


def weights_of(model: MLP) -> Weights:
    """Every neuron's bias and weights as plain numbers."""
    return tuple(
        tuple((n.b.data, *(w.data for w in n.w)) for n in layer.neurons)
        for layer in model.layers
    )


def set_weights(model: MLP, weights: Weights):
    """The reverse of weights_of: the model takes on these numbers."""
    for layer, neurons in zip(model.layers, weights, strict=True):
        for neuron, (b, *w) in zip(layer.neurons, neurons, strict=True):
            neuron.b.data = b
            for each, number in zip(neuron.w, w, strict=True):
                each.data = number


def changed(
    weights: Weights, layer: int, neuron: int, place: int, number: float
) -> Weights:
    """The weights with one of them set by hand; place 0 is the bias."""
    lists = [[list(neuron) for neuron in layer] for layer in weights]
    lists[layer][neuron][place] = number
    return tuple(tuple(map(tuple, layer)) for layer in lists)
