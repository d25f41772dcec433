"""An autograd engine: numbers that remember how they were made.

Lecture 1, first half. A Value keeps the Values it was made of and the slope
towards each of them; one loop over the graph, backwards, is the chain rule
for all of them.
"""

import math
import sys
from dataclasses import dataclass
from operator import mul


class Value:
    """A number, how it was made, and the slope of the end towards it."""

    __slots__ = ("data", "grad", "parents", "slopes", "op")

    def __init__(self, data, parents=(), slopes=(), op=""):
        self.data = float(data)
        self.grad = 0.0
        self.parents = parents  # the Values it was made of
        self.slopes = slopes  # of this number towards each of them
        self.op = op

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0), "+")

    def __mul__(self, other):
        other = as_value(other)
        slopes = (other.data, self.data)
        return Value(self.data * other.data, (self, other), slopes, "*")

    def __pow__(self, exponent):
        if isinstance(exponent, Value):
            return to_the_power(self, exponent)
        if not isinstance(exponent, (int, float)):
            return NotImplemented
        n = exponent
        slope = n * power(self.data, n - 1) if n else 0.0
        return Value(power(self.data, n), (self,), (slope,), f"**{n}")

    def relu(self):
        out = 0.0 if self.data < 0 else self.data
        slope = 0.0 if self.data <= 0 else 1.0
        return Value(out, (self,), (slope,), "ReLU")

    def tanh(self):
        t = math.tanh(self.data)
        return Value(t, (self,), (1 - t * t,), "tanh")

    def exp(self):
        e = exponential(self.data)
        return Value(e, (self,), (e,), "exp")

    def log(self):
        slope = power(self.data, -1)
        return Value(logarithm(self.data), (self,), (slope,), "log")

    def backward(self):
        """Add to the grad of every Value that this one was made of."""
        self.grad = 1.0
        for value in reversed(in_order(self)):
            grad = value.grad
            for parent, slope in zip(value.parents, value.slopes, strict=True):
                parent.grad += slope * grad

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -as_value(other)

    def __truediv__(self, other):
        return self * as_value(other) ** -1

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return as_value(other) + -self

    def __rtruediv__(self, other):
        return as_value(other) * self**-1

    def __rpow__(self, other):
        return as_value(other) ** self

    def __repr__(self):
        return f"Value(data={self.data}, grad={self.grad})"

    @property
    def _prev(self):  # micrograd's name, for code that draws its graphs
        return set(self.parents)

    @property
    def _op(self):
        return self.op


def as_value(number) -> Value:
    return number if isinstance(number, Value) else Value(number)


def to_the_power(base: Value, exponent: Value) -> Value:
    """Both may move: the slope of b ** n towards n is b ** n log b."""
    b, n = base.data, exponent.data
    out = power(b, n)
    towards_base = n * power(b, n - 1) if n else 0.0
    towards_exponent = out * logarithm(b) if b or n < 0 else 0.0
    slopes = (towards_base, towards_exponent)
    return Value(out, (base, exponent), slopes, "**")


def power(base: float, exponent: float) -> float:
    """As floats have it: inf or nan where Python would raise an error."""
    odd = exponent % 2 == 1
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if odd and base < 0 else math.inf
    except ValueError:  # one over zero, or a root of a negative number
        if base:
            return math.nan
        return math.copysign(math.inf, base) if odd else math.inf


def exponential(x: float) -> float:
    return math.inf if x > math.log(sys.float_info.max) else math.exp(x)


def logarithm(x: float) -> float:
    if x > 0:
        return math.log(x)
    return -math.inf if x == 0 else math.nan


def in_order(end: Value) -> list[Value]:
    """All that the end was made of, parents before what they make.

    A list of what is still to do stands in for recursion, so a chain may be
    as long as it likes."""
    order, seen, to_do = [], set(), [end]
    while to_do:
        value = to_do.pop()
        if value is None:  # all that the next one was made of is in order
            order.append(to_do.pop())
        elif value not in seen:
            seen.add(value)
            if value.parents:
                to_do += (value, None)
                to_do += reversed(value.parents)
            else:
                order.append(value)
    return order


def backward_overwriting(end: Value):
    """The bug with = for +=: a Value used twice keeps one slope only."""
    end.grad = 1.0
    for value in reversed(in_order(end)):
        for parent, slope in zip(value.parents, value.slopes, strict=True):
            parent.grad = slope * value.grad


@dataclass(frozen=True)
class Push:
    """One step of backward: what a Value passes on to one parent."""

    value: Value
    parent: Value
    slope: float
    passed: float  # value.grad times the slope
    grad: float  # the parent's, afterwards


def pushes(end: Value) -> list[Push]:
    """What backward does, one push at a time, to be watched."""
    order = in_order(end)
    grads = dict.fromkeys(order, 0.0) | {end: 1.0}
    found = []
    for value in reversed(order):
        for parent, slope in zip(value.parents, value.slopes, strict=True):
            passed = slope * grads[value]
            grads[parent] += passed
            found.append(Push(value, parent, slope, passed, grads[parent]))
    return found


def picture(end: Value, names: dict[Value, str]):
    """The graph as plain data: nodes, each after those it was made of, and
    edges with the slope from one towards the other."""
    order = in_order(end)
    index = {value: i for i, value in enumerate(order)}
    nodes = [
        {
            "id": i,
            "name": names.get(value, ""),
            "data": value.data,
            "grad": value.grad,
            "op": value.op,
        }
        for value, i in index.items()
    ]
    edges = [
        (index[parent], index[value], slope)
        for value in order
        for parent, slope in zip(value.parents, value.slopes, strict=True)
    ]
    return nodes, edges


def weighted_sum(weights, inputs, bias: Value) -> Value:
    """bias + w0 x0 + w1 x1 + ...: a whole neuron as one operation."""
    inputs = [x if type(x) is Value else Value(x) for x in inputs]
    w = [each.data for each in weights]
    x = [each.data for each in inputs]
    total = sum(map(mul, w, x), bias.data)
    return Value(total, (bias, *weights, *inputs), (1.0, *x, *w), "w·x+b")
