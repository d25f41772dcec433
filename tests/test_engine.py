"""The engine beside torch, finite differences and the package micrograd."""

import math
import random
import sys

import pytest
import torch
from micrograd import engine as package

from core import engine
from core.engine import Value

BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}
UNARY = {
    "neg": lambda a: -a,
    "cube": lambda a: a**3,
    "root": lambda a: a**1.5,
    "inverse": lambda a: a**-1,
    "plus": lambda a: 2 + a,
    "times": lambda a: 3 * a,
    "minus": lambda a: 1 - a,
    "over": lambda a: 2 / a,
    "relu": lambda a: a.relu(),
}
OURS = UNARY | {
    "tanh": lambda a: a.tanh(),
    "exp": lambda a: a.exp(),
    "log": lambda a: a.log(),
    "to": lambda a: 2**a,
}


def recipe(chance, unary, length=8):
    """A random program: which operation on which of the numbers so far."""
    steps, count = [], 3
    for _ in range(length):
        name = chance.choice([*BINARY, *unary])
        steps.append((name, chance.randrange(count), chance.randrange(count)))
        count += 1
    return steps


def cooked(steps, leaves, unary):
    """The recipe on any kind of number; the last number, and all."""
    made = list(leaves)
    for name, i, j in steps:
        if name in BINARY:
            made.append(BINARY[name](made[i], made[j]))
        else:
            made.append(unary[name](made[i]))
    return made[-1]


def same(ours, theirs, largest=1.0):
    """Both infinite alike, or both no number, or apart by rounding only: a
    billionth of the largest number that was added up on the way."""
    if not math.isfinite(theirs):
        return ours == theirs or math.isnan(ours) and math.isnan(theirs)
    return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9 * largest)


def largest(found):
    return max([1.0, *(abs(each) for each in found if math.isfinite(each))])


def numbers(chance):
    drawn = [chance.uniform(-3, 3) for _ in range(3)]
    return [0.0 if chance.random() < 0.1 else each for each in drawn]


def test_thousands_of_random_expressions_agree_with_torch():
    chance, odd = random.Random(1), 0
    for _ in range(3000):
        steps, given = recipe(chance, OURS), numbers(chance)
        ours = [Value(each) for each in given]
        end = cooked(steps, ours, OURS)
        end.backward()
        theirs = [
            torch.tensor(n, dtype=torch.float64, requires_grad=True)
            for n in given
        ]
        last = cooked(steps, theirs, OURS)
        if not last.requires_grad:
            continue
        last.backward()
        within = engine.in_order(end)
        size = largest(v.data for v in within)
        assert same(end.data, last.item(), size), (steps, given)
        steep = largest(v.grad * s for v in within for s in v.slopes)
        lost = not all(map(math.isfinite, (v.data for v in within)))
        lost |= not all(math.isfinite(s) for v in within for s in v.slopes)
        odd += lost
        for mine, other in zip(ours, theirs, strict=True):
            slope = 0.0 if other.grad is None else other.grad.item()
            # where a slope is lost, torch's relu stops it and our 0 times
            # inf does not: that no number is made is what must not be hidden
            assert same(mine.grad, slope, steep) or (
                lost and not math.isfinite(mine.grad)
            ), (steps, given)
    assert 50 < odd < 2000  # infinities and no-numbers were among them


def test_random_expressions_agree_with_the_package():
    chance = random.Random(2)
    compared = 0
    for _ in range(1000):
        steps, given = recipe(chance, UNARY), numbers(chance)
        theirs = [package.Value(n) for n in given]
        try:
            last = cooked(steps, theirs, UNARY)
            last.backward()
        except (ArithmeticError, TypeError):
            continue  # the package stops at 1 / 0 and at complex roots
        if isinstance(last.data, complex):
            continue
        ours = [Value(n) for n in given]
        end = cooked(steps, ours, UNARY)
        end.backward()
        assert same(end.data, last.data)
        for mine, other in zip(ours, theirs, strict=True):
            assert mine.grad == pytest.approx(other.grad, rel=1e-9, nan_ok=True)
        compared += 1
    assert compared > 500


def test_slopes_agree_with_finite_differences():
    chance, h = random.Random(3), 1e-6
    smooth = {k: f for k, f in OURS.items() if k in ("tanh", "cube", "plus")}
    for _ in range(300):
        steps = recipe(chance, smooth, 5)
        steps = [step for step in steps if step[0] != "/"]
        if len(steps) < 5:
            continue
        given = [chance.uniform(-1, 1) for _ in range(3)]
        leaves = [Value(n) for n in given]
        cooked(steps, leaves, smooth).backward()
        for i, leaf in enumerate(leaves):
            ends = []
            for nudge in (h, -h):
                moved = [n + nudge * (i == j) for j, n in enumerate(given)]
                ends.append(cooked(steps, map(Value, moved), smooth).data)
            slope = (ends[0] - ends[1]) / (2 * h)
            assert leaf.grad == pytest.approx(slope, rel=1e-4, abs=1e-4)


def test_the_readme_expression_of_micrograd():
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    assert g.data == pytest.approx(24.7041, abs=5e-5)  # facts.md
    g.backward()
    assert a.grad == pytest.approx(138.8338, abs=5e-5)
    assert b.grad == pytest.approx(645.5773, abs=5e-5)


def test_the_lectures_first_expression():
    a, b, c, f = map(Value, (2.0, -3.0, 10.0, -2.0))
    e = a * b
    d = e + c
    L = d * f
    L.backward()
    assert L.data == -8.0
    slopes = [x.grad for x in (d, f, c, e, a, b)]
    assert slopes == [-2, 4, -2, -2, 6, -4]  # L1.10
    for leaf in (a, b, c, f):
        leaf.data += 0.01 * leaf.grad
    moved = (a * b + c) * f
    assert moved.data == pytest.approx(-7.286496, abs=1e-9)  # L1.12


@pytest.mark.parametrize("written_out", [False, True])
def test_the_neuron_of_the_lecture(written_out):
    x1, x2, w1, w2 = map(Value, (2.0, 0.0, -3.0, 1.0))
    b = Value(6.8813735870195432)
    n = x1 * w1 + x2 * w2 + b
    e = (2 * n).exp()
    o = (e - 1) / (e + 1) if written_out else n.tanh()
    o.backward()
    assert o.data == pytest.approx(0.7071, abs=5e-5)  # facts.md
    slopes = [x.grad for x in (x1, w1, x2, w2)]
    assert slopes == pytest.approx([-1.5, 1.0, 0.5, 0.0], abs=1e-12)


@pytest.mark.parametrize("kind", ["relu", "tanh", "linear"])
def test_a_weighted_sum_is_its_products_and_sums(kind):
    chance = random.Random(4)
    drawn = [chance.uniform(-2, 2) for _ in range(9)]
    ends = []
    for whole in (True, False):
        values = [Value(n) for n in drawn]
        w, x, b = values[:4], values[4:8], values[8]
        end = (
            engine.weighted_sum(w, x, b)
            if whole
            else sum((wi * xi for wi, xi in zip(w, x, strict=True)), b)
        )
        end = end if kind == "linear" else getattr(end, kind)()
        end.backward()
        ends.append([end.data, *(v.grad for v in values)])
    assert ends[0] == pytest.approx(ends[1], rel=1e-12)


def test_a_value_used_twice_gets_both_slopes():
    a = Value(3.0)
    (a + a).backward()
    assert a.grad == 2.0  # L1.19; the package's set of parents loses one
    a = Value(3.0)
    (a * a).backward()
    assert a.grad == 6.0
    a, b = Value(-2.0), Value(3.0)
    ((a * b) * (a + b)).backward()
    assert (a.grad, b.grad) == (-3.0, -8.0)


def test_overwriting_keeps_one_slope_only():
    a = Value(3.0)
    engine.backward_overwriting(a + a)
    assert a.grad == 1.0  # L1.19: with = it is 1
    a, b = Value(-2.0), Value(3.0)
    engine.backward_overwriting((a * b) * (a + b))
    assert (a.grad, b.grad) == (3.0, -2.0)  # L1.19, "broken values"


def test_a_chain_of_100_000_operations_needs_no_recursion():
    assert sys.getrecursionlimit() < 100_000
    end = start = Value(1.0)
    for _ in range(100_000):
        end = end + 1
    end.backward()
    assert end.data == 100_001 and start.grad == 1.0
    del end  # freeing so long a chain is no recursion either


def test_the_order_is_the_same_each_time_and_parents_come_first():
    def built():
        a, b = Value(2.0), Value(3.0)
        c = a * b + a
        return (c + b) * c.tanh()

    orders = [[(v.op, v.data) for v in engine.in_order(built())] for _ in "ab"]
    assert orders[0] == orders[1]
    seen = set()
    for value in engine.in_order(built()):
        assert seen.issuperset(value.parents)
        seen.add(value)


def test_overflow_and_no_number_are_shown_not_raised():
    inf = math.inf
    assert (Value(1.0) / 0).data == inf
    assert (Value(0.0) ** -1).data == inf and (Value(-0.0) ** -1).data == -inf
    assert Value(0.0).log().data == -inf
    assert Value(1000.0).exp().data == inf
    assert (Value(-10.0) ** 401).data == -inf
    assert (Value(10.0) ** 400).data == inf
    for lost in (Value(-1.0).log(), Value(-8.0) ** (1 / 3), Value(0.0) / 0):
        assert math.isnan(lost.data)
        lost.backward()


def test_either_side_of_a_power_may_be_a_value():
    for b, n in ((2.0, 3.0), (0.5, -1.5), (3.0, 0.0)):
        ours = Value(b), Value(n)
        theirs = [
            torch.tensor(x, dtype=torch.float64, requires_grad=True)
            for x in (b, n)
        ]
        (ours[0] ** ours[1]).backward()
        (theirs[0] ** theirs[1]).backward()
        for mine, other in zip(ours, theirs, strict=True):
            assert mine.grad == pytest.approx(other.grad.item(), rel=1e-12)
    with pytest.raises(TypeError):
        Value(2.0) ** "2"


def test_pushes_end_with_the_slopes_of_backward():
    a, b = Value(-2.0), Value(3.0)
    end = ((a * b) * (a + b)).tanh() + a.exp()
    last = {push.parent: push.grad for push in engine.pushes(end)}
    assert a.grad == 0  # watching moves nothing
    end.backward()
    assert all(value.grad == grad for value, grad in last.items())
    assert {a, b} <= set(last)


def test_a_picture_holds_every_value_and_every_slope():
    a, b = Value(2.0), Value(-3.0)
    end = a * b + a
    end.backward()
    nodes, edges = engine.picture(end, {a: "a", b: "b", end: "L"})
    assert [n["name"] for n in nodes if n["name"]] == ["a", "b", "L"]
    assert [n["op"] for n in nodes] == ["", "", "*", "+"]
    assert nodes[0]["grad"] == -2.0
    assert sorted(slope for _, _, slope in edges) == [-3.0, 1.0, 1.0, 2.0]


def test_names_and_ways_of_the_package_are_there():
    value = Value(2.0)
    assert repr(value) == "Value(data=2.0, grad=0.0)"
    made = value + 1
    assert made._op == "+" and value in made._prev
    assert ((value + 1) * 3 - 4 / value).data == 7.0
