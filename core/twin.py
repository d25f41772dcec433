"""The same net twice: ours, and its twin in PyTorch.

Same first weights, same points, same steps. Nothing but the engine differs:
numbers one at a time here, all points in one call there.
"""

import math
import random
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from operator import sub

import torch
from torch import Tensor, nn

from core import micrograd
from core.data import points
from core.engine import Value
from core.micrograd import MLP, Config, Layer, Neuron, Weights

SQUASH = {"relu": nn.ReLU, "tanh": nn.Tanh, "linear": nn.Identity}
TRIES = 5  # steps, of which the quickest counts


@dataclass(frozen=True)
class Step:
    """One step of one net: its loss, every slope, and how long it took."""

    loss: float
    slopes: tuple[float, ...]
    seconds: float

    @property
    def largest(self) -> float:
        return max(map(abs, self.slopes))


@dataclass(frozen=True)
class Pair:
    """The same step of both."""

    ours: Step
    torch: Step

    @property
    def difference(self) -> float:
        """The largest between two slopes or the two losses."""
        ours = (self.ours.loss, *self.ours.slopes)
        theirs = (self.torch.loss, *self.torch.slopes)
        return max(map(abs, map(sub, ours, theirs)))


def network(weights: Weights, nonlinearity: str) -> nn.Sequential:
    """Torch's layers with exactly these weights, as 64-bit numbers."""
    layers = []
    for neurons in weights:
        table = torch.tensor(neurons, dtype=torch.float64)  # (H, 1 + inputs)
        linear = nn.Linear(table.shape[1] - 1, len(neurons))
        linear.bias = nn.Parameter(table[:, 0].clone())
        linear.weight = nn.Parameter(table[:, 1:].clone())
        layers += [linear, SQUASH[nonlinearity]()]
    return nn.Sequential(*layers[:-1])  # the last neuron is linear


def loss_of(net: nn.Sequential, x: Tensor, y: Tensor, decay: float) -> Tensor:
    """Max-margin loss and the pull of the decay: judge, in two lines."""
    scores = net(x).squeeze(1)  # (B, 2) -> (B)
    pull = sum((p * p).sum() for p in net.parameters())
    return (1 - y * scores).relu().mean() + decay * pull


def torch_step(net, x, y, config: Config, rate: float) -> Step:
    began = time.perf_counter()
    loss = loss_of(net, x, y, config.decay)
    if config.zero_grad:
        net.zero_grad()
    loss.backward()
    with torch.no_grad():
        for p in net.parameters():
            p -= rate * p.grad
    took = time.perf_counter() - began
    slopes = torch.cat([p.grad.flatten() for p in net.parameters()])
    return Step(loss.item(), tuple(slopes.tolist()), took)


def our_step(model: MLP, rows, config: Config, rate: float) -> Step:
    began = time.perf_counter()
    loss = micrograd.judge(model, rows, config.decay).loss
    if config.zero_grad:
        model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.data -= rate * p.grad
    took = time.perf_counter() - began
    return Step(loss.data, tuple(slopes_of(model)), took)


def slopes_of(model: MLP) -> list[float]:
    """Every slope in torch's order: a layer's weights, then its biases."""
    found = []
    for layer in model.layers:
        found += [w.grad for n in layer.neurons for w in n.w]
        found += [n.b.grad for n in layer.neurons]
    return found


def as_tensors(rows: Sequence[points.Row]) -> tuple[Tensor, Tensor]:
    table = torch.tensor(rows, dtype=torch.float64)  # (B, 3)
    return table[:, :2], table[:, 2]


def compare(
    config: Config, data: points.Points, steps: int
) -> Generator[Pair, None, None]:
    """Train both nets side by side on the same minibatches."""
    model, chance = micrograd.network(config)
    net = network(micrograd.weights_of(model), config.nonlinearity)
    for step in range(steps):
        rows = data.rows
        if 0 < config.batch < len(rows):
            rows = chance.sample(rows, config.batch)
        rate = config.rate * (1 - config.rate_decay * step / config.steps)
        x, y = as_tensors(rows)
        ours = our_step(model, rows, config, rate)
        theirs = torch_step(net, x, y, config, rate)
        if not math.isfinite(ours.loss):
            raise ValueError(micrograd.too_far(config, step + 1))
        yield Pair(ours, theirs)


def within(seconds: float, pairs) -> list[Pair]:
    """As many of the steps as fit into the time, and at least two."""
    end, found = time.perf_counter() + seconds, []
    for pair in pairs:
        found.append(pair)
        if len(found) > 1 and time.perf_counter() > end:
            break
    return found


def fastest(pairs: Sequence[Pair]) -> tuple[float, float]:
    """Seconds of the quickest step of each: the least disturbed one."""
    ours = min(pair.ours.seconds for pair in pairs)
    return ours, min(pair.torch.seconds for pair in pairs)


@dataclass(frozen=True)
class Timed:
    """How long a step takes, by the size of the net and of the step."""

    parameters: int
    points: int
    ours: float  # seconds a step
    torch: float


def timings(config: Config, data: points.Points, pairs: Sequence[Pair]):
    """From the steps already made to a single neuron that sees one point."""
    every = len(data.rows)
    whole = min(config.batch or every, every)
    yield Timed(len(pairs[0].ours.slopes), whole, *fastest(pairs))
    yield timed(config, data, 1)
    if config.depth:
        neuron = replace(config, depth=0)
        yield timed(neuron, data, whole)
        yield timed(neuron, data, 1)


def timed(config: Config, data: points.Points, size: int) -> Timed:
    pairs = list(compare(replace(config, batch=size), data, TRIES))
    return Timed(len(pairs[0].ours.slopes), size, *fastest(pairs))


# each is shown as it stands and built as it stands: tests/test_twin.py
PARTS: tuple[tuple[str, Callable, str, Callable], ...] = (
    (
        "Neuron(3)",
        lambda: Neuron(3),
        "nn.Linear(3, 1)",
        lambda: nn.Linear(3, 1),
    ),
    (
        "Layer(3, 4)",
        lambda: Layer(3, 4),
        "nn.Linear(3, 4)",
        lambda: nn.Linear(3, 4),
    ),
    (
        "MLP(3, [4, 4, 1])",
        lambda: MLP(3, [4, 4, 1]),
        "stack(3, 4, 4, 1)",
        lambda: stack(3, 4, 4, 1),
    ),
    (
        "MLP(2, [16, 16, 1])",
        lambda: MLP(2, [16, 16, 1]),
        "stack(2, 16, 16, 1)",
        lambda: stack(2, 16, 16, 1),
    ),
)


def stack(*sizes: int) -> nn.Sequential:
    """Linear layers with a ReLU after each but the last."""
    layers = []
    for nin, nout in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(nin, nout), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def counted() -> list[tuple[str, int, str, int]]:
    """How many numbers each part learns, by its own parameters()."""
    return [
        (
            ours,
            len(build().parameters()),
            theirs,
            sum(p.numel() for p in twin().parameters()),
        )
        for ours, build, theirs, twin in PARTS
    ]


def manners() -> list[tuple[str, str, str]]:
    """What is asked of both, and what either answers here and now."""
    ours, theirs = MLP(2, [16, 1]), stack(2, 16, 1)
    first, twin = ours.parameters()[0], next(theirs.parameters())
    before = str(first.grad), str(twin.grad)
    ours((1.0, -2.0)).backward()
    theirs(torch.tensor([1.0, -2.0])).backward()
    ours.zero_grad()
    theirs.zero_grad()
    after = str(first.grad), str(twin.grad)
    kinds = type(first.data).__name__, str(twin.dtype)
    return [
        ("what one number is", *kinds),
        ("what parameters() lists", *listed(ours, theirs)),
        ("a slope before backward", *before),
        ("a slope after zero_grad()", *after),
        ("backward a second time", *second_backward()),
        ("largest first weight of 10,000", *first_weights()),
    ]


def listed(ours: MLP, theirs: nn.Sequential) -> tuple[str, str]:
    tensors = list(theirs.parameters())
    return f"{len(ours.parameters())} Values", f"{len(tensors)} tensors"


def second_backward() -> tuple[str, str]:
    """The same graph walked again: f = x * x at 3, whose slope is 6."""
    x, y = Value(3.0), torch.tensor(3.0, requires_grad=True)
    f, g = x * x, y * y
    f.backward()
    g.backward()
    once = x.grad
    f.backward()
    try:
        g.backward()
    except RuntimeError as refusal:
        return f"{once:g}, then {x.grad:g}", type(refusal).__name__
    return f"{once:g}, then {x.grad:g}", f"{y.grad:g}"


def first_weights() -> tuple[str, str]:
    """A hundred neurons with a hundred inputs, as either draws them."""
    ours = Layer(100, 100, chance=random.Random(0)).parameters()
    theirs = nn.Linear(100, 100).weight
    return (
        f"{max(abs(p.data) for p in ours):.3f}",
        f"{theirs.abs().max().item():.3f}",
    )


def neuron_through(numbers, dtype: str) -> list[float]:
    """tanh(x1 w1 + x2 w2 + b) in float64, after its numbers have passed
    through this dtype: the output, then its slope towards each of them."""
    first = [torch.tensor(n, dtype=getattr(torch, dtype)) for n in numbers]
    x1, x2, w1, w2, b = leaves = [n.double().requires_grad_() for n in first]
    out = (x1 * w1 + x2 * w2 + b).tanh()
    out.backward()
    return [out.item(), *(leaf.grad.item() for leaf in leaves)]


class Tanh(torch.autograd.Function):
    """An operation of torch by hand: its number, and the way back."""

    @staticmethod
    def forward(context, x: Tensor) -> Tensor:
        out = torch.tanh(x)
        context.save_for_backward(out)  # all that the way back needs
        return out

    @staticmethod
    def backward(context, grad: Tensor) -> Tensor:
        (out,) = context.saved_tensors
        return grad * (1 - out**2)


def tanh_slopes(numbers: Sequence[float]) -> dict[str, list[float]]:
    """The slope of tanh at each number: ours, ours in torch, torch's own."""
    x = torch.tensor(numbers, dtype=torch.float64)
    ones = torch.ones_like(x)  # the slope of the end towards each tanh
    kernel = torch.ops.aten.tanh_backward(ones, torch.tanh(x))
    return {
        "Value.tanh": [value_slope(number) for number in numbers],
        "Tanh.apply": tensor_slopes(Tanh.apply, x),
        "torch.tanh": tensor_slopes(torch.tanh, x),
        "torch.ops.aten.tanh_backward": kernel.tolist(),
    }


def value_slope(number: float) -> float:
    value = Value(number)
    value.tanh().backward()
    return value.grad


def tensor_slopes(function: Callable, x: Tensor) -> list[float]:
    x = x.clone().requires_grad_()
    function(x).sum().backward()
    return x.grad.tolist()


@dataclass(frozen=True)
class Agreement:
    """Of one way with another, over the same numbers."""

    unlike: int  # how many differ in any bit
    most: float  # by how much, at most


def agreement(these: Sequence[float], those: Sequence[float]) -> Agreement:
    apart = [abs(a - b) for a, b in zip(these, those, strict=True)]
    return Agreement(sum(far > 0 for far in apart), max(apart))
