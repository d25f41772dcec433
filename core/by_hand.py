"""A neuron taken apart, and a step of training by hand, a press a line.

The lecture's first neuron, net and data. A Bench holds plain numbers only;
whatever a press needs is built again from them, so that any order of presses
does what the code would do in that order.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from core.engine import Value, weighted_sum
from core.micrograd import MLP, Weights, set_weights, weights_of

LEAVES = ("x1", "x2", "w1", "w2", "b")
NEURON = (2.0, 0.0, -3.0, 1.0, 6.8813735870195432)  # the lecture's

EXAMPLES = (
    (2.0, 3.0, -1.0),
    (3.0, -1.0, 0.5),
    (0.5, 1.0, 1.0),
    (1.0, 1.0, -1.0),
)
TARGETS = (1.0, -1.0, -1.0, 1.0)
LINES = ("forward", "zero_grad", "backward", "update")


def as_one(x1: Value, x2: Value, w1: Value, w2: Value, b: Value) -> Value:
    n = weighted_sum((w1, w2), (x1, x2), b)
    return n.tanh()


def apart(x1: Value, x2: Value, w1: Value, w2: Value, b: Value) -> Value:
    n = x1 * w1 + x2 * w2 + b
    return n.tanh()


def written_out(x1: Value, x2: Value, w1: Value, w2: Value, b: Value) -> Value:
    n = x1 * w1 + x2 * w2 + b
    e = (2 * n).exp()
    return (e - 1) / (e + 1)


def neuron(form, numbers: Sequence[float]) -> tuple[dict[str, Value], Value]:
    """The five leaves and the output in one of these forms, slopes known."""
    leaves = {k: Value(v) for k, v in zip(LEAVES, numbers, strict=True)}
    out = form(*leaves.values())
    out.backward()
    return leaves, out


def disagreement(numbers: Sequence[float]) -> dict[str, float]:
    """How far the forms are apart in every slope, and in the output."""
    forms = [neuron(form, numbers) for form in (as_one, apart, written_out)]
    found = {name: [each[name].grad for each, _ in forms] for name in LEAVES}
    found["output"] = [out.data for _, out in forms]
    return {name: max(them) - min(them) for name, them in found.items()}


def network(seed: int) -> MLP:
    """The lecture's net: tanh in every neuron, the last one too."""
    chance = random.Random(seed)
    return MLP(3, [4, 4, 1], squash_last=True, activation="tanh", chance=chance)


def loss_of(predictions: Sequence[Value]) -> Value:
    """The squared distances to the targets, added up."""
    pairs = zip(predictions, TARGETS, strict=True)
    return sum((said - wanted) ** 2 for said, wanted in pairs)


def update(model: MLP, rate: float):
    for p in model.parameters():
        p.data += -rate * p.grad


def descend(
    seed: int, rate: float, steps: int, zero_grad: bool = True
) -> list[float]:
    """The lecture's loop; a loss a step."""
    model = network(seed)
    losses = []
    for _ in range(steps):
        # forward
        loss = loss_of([model(x) for x in EXAMPLES])
        losses.append(loss.data)
        # backward
        if zero_grad:
            model.zero_grad()
        loss.backward()
        # update
        update(model, rate)
    return losses


def jump(losses: Sequence[float]) -> tuple[int, float]:
    """The step before which the loss rose most, and by how much."""
    rises = [after - before for before, after in pairwise(losses)]
    most = max(rises)
    return rises.index(most) + 2, most


@dataclass(frozen=True)
class Bench:
    """A net in the middle of a step."""

    weights: Weights  # at the last forward
    grads: Weights  # at the last forward
    since: tuple[tuple[str, float], ...] = ()  # lines run after it, and rates
    losses: tuple[float, ...] = ()  # one a forward
    passes: int = 0  # backward passes that are added up in the grads
    used: int = 0  # updates made since the last of them

    @property
    def moved(self) -> int:
        """Updates since the last forward: it is stale if there are any."""
        return sum(line == "update" for line, _ in self.since)

    @property
    def walks(self) -> int:
        """How often the last forward's graph has been walked backwards."""
        return sum(line == "backward" for line, _ in self.since)


@dataclass(frozen=True)
class Sight:
    """What there is to see on a bench."""

    weights: Weights
    grads: Weights
    outputs: tuple[tuple[tuple[float, ...], ...], ...]  # example, layer, neuron

    @property
    def predictions(self) -> list[float]:
        return [layers[-1][0] for layers in self.outputs]

    @property
    def steepest(self) -> float:
        every = [g for layer in self.grads for neuron in layer for g in neuron]
        return max(map(abs, every))


def start(seed: int) -> Bench:
    model = network(seed)
    return Bench(weights_of(model), grads_of(model))


def press(bench: Bench, line: str, rate: float) -> Bench:
    """The bench after one of the four lines has run."""
    if line == "forward":
        model, _ = replay(bench)
        loss = loss_of([model(x) for x in EXAMPLES])
        numbers = weights_of(model), grads_of(model)
        losses = *bench.losses, loss.data
        return Bench(*numbers, (), losses, bench.passes, bench.used)
    if line == "backward" and not bench.losses:
        return bench  # there is nothing to walk: Python would say NameError
    passes, used = {
        "zero_grad": (0, 0),
        "backward": (bench.passes + 1, 0),
        "update": (bench.passes, bench.used + 1),
    }[line]
    since = *bench.since, (line, rate)
    return replace(bench, since=since, passes=passes, used=used)


def whole_step(bench: Bench, rate: float, zero_grad: bool = True) -> Bench:
    for line in LINES:
        if zero_grad or line != "zero_grad":
            bench = press(bench, line, rate)
    return bench


def look(bench: Bench) -> Sight:
    model, outputs = replay(bench)
    said = tuple(
        tuple(tuple(v.data for v in layer) for layer in layers)
        for layers in outputs
    )
    return Sight(weights_of(model), grads_of(model), said)


def replay(bench: Bench) -> tuple[MLP, list]:
    """The net as it is now, and what its neurons said at the last forward:
    that forward again, and every line since."""
    model = network(0)
    set_weights(model, bench.weights)
    set_grads(model, bench.grads)
    outputs = [forward(model, x) for x in EXAMPLES] if bench.losses else []
    loss = loss_of([layers[-1][0] for layers in outputs]) if outputs else None
    for line, rate in bench.since:
        if line == "zero_grad":
            model.zero_grad()
        elif line == "backward":
            loss.backward()
        else:
            update(model, rate)
    return model, outputs


def forward(model: MLP, x) -> list[list[Value]]:
    """What every neuron says, layer by layer."""
    layers = []
    for layer in model.layers:
        x = [each(x) for each in layer.neurons]
        layers.append(x)
    return layers


def grads_of(model: MLP) -> Weights:
    """Every neuron's slopes: of its bias, then of its weights."""
    return tuple(
        tuple((n.b.grad, *(w.grad for w in n.w)) for n in layer.neurons)
        for layer in model.layers
    )


def set_grads(model: MLP, grads: Weights):
    for layer, neurons in zip(model.layers, grads, strict=True):
        for neuron, (b, *w) in zip(layer.neurons, neurons, strict=True):
            neuron.b.grad = b
            for each, number in zip(neuron.w, w, strict=True):
                each.grad = number
