"""Nets of Values and their training, beside the demo of lecture 1."""

import math
import random

import pytest

from core import engine, micrograd
from core.data import points


def trained(**turned):
    config = micrograd.Config(**turned)
    training, records = micrograd.train(config), []
    while True:
        try:
            records.append(next(training))
        except StopIteration as end:
            return records, end.value


def test_the_lecture_preset_is_the_demo_of_lecture_1():
    # demo.ipynb prints loss 0.8958441028683222, accuracy 50 % at step 0
    first = next(micrograd.train(micrograd.PRESETS["lecture"]))
    assert first.loss == pytest.approx(0.8958441028683222, abs=1e-15)
    assert first.accuracy == 0.5


def test_the_demo_ends_with_every_point_on_its_own_side():
    records, result = trained()
    assert len(records) == 100
    assert result.parameters == 337  # facts.md
    assert records[-1].accuracy == 1.0  # demo.ipynb: 100 % at the last step
    assert result.loss < 0.02  # and a loss of about 0.01


@pytest.mark.parametrize(
    "inputs, sizes, count", [(2, [16, 16, 1], 337), (3, [4, 4, 1], 41)]
)
def test_parameters_are_as_many_as_the_lecture_says(inputs, sizes, count):
    assert len(micrograd.MLP(inputs, sizes).parameters()) == count


def test_weights_are_drawn_as_micrograd_draws_them():
    random.seed(1337)
    net = micrograd.MLP(2, [3, 1])
    drawn = random.Random(1337)
    for layer in net.layers:
        for neuron in layer.neurons:
            for weight in neuron.w:
                assert weight.data == drawn.uniform(-1, 1)
            assert neuron.b.data == 0


def test_nets_introduce_themselves_as_in_micrograd():
    said = repr(micrograd.MLP(2, [2, 1]))
    layers = "Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron"
    assert said == f"MLP of [{layers}(2)]]"


def test_a_layer_of_one_neuron_may_stand_in_the_middle():
    net = micrograd.MLP(2, [3, 1, 4, 1])
    score = net([1.0, -2.0])
    score.backward()
    assert isinstance(score, engine.Value)


def test_zero_grad_forgets_every_slope():
    net = micrograd.MLP(2, [3, 1])
    net([1.0, 2.0]).backward()
    assert any(p.grad for p in net.parameters())
    net.zero_grad()
    assert not any(p.grad for p in net.parameters())


def test_weights_come_back_as_they_were_set():
    model, _ = micrograd.network(micrograd.Config(seed=1))
    other, _ = micrograd.network(micrograd.Config(seed=2))
    micrograd.set_weights(other, micrograd.weights_of(model))
    assert micrograd.weights_of(other) == micrograd.weights_of(model)


def test_one_weight_is_changed_and_no_other():
    weights = micrograd.weights_of(micrograd.network(micrograd.Config())[0])
    changed = micrograd.changed(weights, 1, 2, 3, 9.0)
    pairs = [
        (a, b)
        for one, other in zip(weights, changed, strict=True)
        for n, m in zip(one, other, strict=True)
        for a, b in zip(n, m, strict=True)
    ]
    assert [b for a, b in pairs if a != b] == [9.0]
    assert changed[1][2][3] == 9.0


def test_loss_accuracy_and_margin_are_those_of_the_definition():
    model, _ = micrograd.network(micrograd.Config(seed=3))
    rows = points.make("xor", 30, 0.1, 3).rows
    judged = micrograd.judge(model, rows, decay=0.01)
    scores = [model((x, y)).data for x, y, _ in rows]
    sides = [s * c for s, (_, _, c) in zip(scores, rows, strict=True)]
    hinge = math.fsum(max(0, 1 - side) for side in sides) / len(rows)
    pull = 0.01 * math.fsum(p.data**2 for p in model.parameters())
    assert judged.loss.data == pytest.approx(hinge + pull, rel=1e-12)
    assert judged.accuracy == sum(side > 0 for side in sides) / len(rows)
    assert judged.margin == min(sides)


def test_slopes_are_those_of_finite_differences():
    config = micrograd.Config(nonlinearity="tanh", width=3, examples=10)
    model, _ = micrograd.network(config)
    rows = points.load(config).rows
    micrograd.judge(model, rows, 0.01).loss.backward()
    h = 1e-6
    for p in model.parameters():
        was, ends = p.data, []
        for p.data in (was - h, was + h):
            ends.append(micrograd.judge(model, rows, 0.01).loss.data)
        p.data = was
        # the hinge has corners, but none within h of these points
        assert p.grad == pytest.approx((ends[1] - ends[0]) / (2 * h), abs=1e-7)


def test_the_same_question_has_the_same_answer():
    one, first = trained(steps=12, batch=20, data="circles")
    other, second = trained(steps=12, batch=20, data="circles")
    assert one == other and first == second


def test_the_run_up_to_a_step_does_not_depend_on_how_it_goes_on():
    batch, whole = trained(steps=5, batch=7)[0], trained(steps=5)[0]
    assert batch[0].weights == whole[0].weights
    assert batch[0].loss != whole[0].loss


def test_nothing_moves_from_all_zero_weights_but_the_last_bias():
    records, result = trained(start="zeros", steps=5, data="xor")
    *hidden, [[bias, *last]] = result.weights
    assert not any(w for layer in hidden for n in layer for w in n)
    assert bias and not any(last)
    assert records[0].loss == 1.0  # a score of 0 everywhere


def test_a_rate_that_leaves_all_bounds_says_so():
    with pytest.raises(ValueError, match="left all bounds at step"):
        trained(nonlinearity="linear", rate=20.0, rate_decay=0.0)


def test_records_are_bounded_and_the_last_step_is_one():
    records, _ = trained(steps=700, examples=10, width=2, depth=1)
    assert len(records) <= 400 and records[-1].step == 700
    assert sum(r.weights is not None for r in records) <= 60


def test_bad_knobs_are_refused_in_words():
    with pytest.raises(ValueError, match="data must be one of moons, circles"):
        micrograd.Config(data="stars")
