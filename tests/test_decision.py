"""What a net says of many points, beside the graph of Values."""

import pytest

from core import decision, micrograd
from core.data import points


@pytest.mark.parametrize("kind", ["relu", "tanh", "linear"])
def test_matrix_products_give_what_the_graph_gives(kind):
    config = micrograd.Config(nonlinearity=kind, depth=3, width=5)
    model, _ = micrograd.network(config)
    for each in model.parameters():
        each.data += 0.1  # biases too
    weights = micrograd.weights_of(model)
    for place in ((0.3, -1.2), (-2.0, 0.7), (0.0, 0.0)):
        [[score]] = decision.decision_map(weights, kind, *zip(place))
        assert score == pytest.approx(model(place).data, rel=1e-12)
    rows = points.make("xor", 30, 0.1, 3).rows
    ours = decision.judge(weights, kind, rows, 0.01)
    theirs = micrograd.judge(model, rows, 0.01)
    assert ours.loss == pytest.approx(theirs.loss.data, rel=1e-12)
    assert ours.margin == pytest.approx(theirs.margin, rel=1e-12)
    assert ours.accuracy == theirs.accuracy


FIRSTS = [
    {},
    {"batch": 7, "zero_grad": False, "rate": 3.0},
    {"depth": 0, "decay": 0.1, "accumulate": False},
    {"start": "zeros", "nonlinearity": "tanh", "data": "spiral"},
]


@pytest.mark.parametrize("knobs", FIRSTS)
def test_the_record_before_a_run_is_the_one_that_training_yields(knobs):
    config = micrograd.Config(steps=1, **knobs)
    data = points.load(config)
    shown = decision.first_record(config, data)
    trained = vars(next(micrograd.train(config, data)))
    assert shown.weights == trained.pop("weights")
    told = {name: getattr(shown, name) for name in trained}
    assert told == pytest.approx(trained, rel=1e-12)  # sums may round anew


def test_the_map_goes_row_by_row():
    weights = (((0.0, 1.0, 10.0),),)  # the score is x + 10 y
    said = decision.decision_map(weights, "relu", [1, 2], [3, 4])
    assert said == [[31, 32, 41, 42]]


@pytest.mark.parametrize("kind", ["relu", "tanh", "linear"])
def test_a_hidden_layer_s_map_is_what_its_neurons_say(kind):
    config = micrograd.Config(nonlinearity=kind, depth=3, width=4)
    model, _ = micrograd.network(config)
    weights = micrograd.weights_of(model)
    xs, ys = [-1.0, 0.5, 2.0], [0.3, -0.7]
    for layer in range(config.depth):
        maps = decision.decision_map(weights, kind, xs, ys, layer)
        for place, (y, x) in enumerate((y, x) for y in ys for x in xs):
            said = [x, y]
            for each in model.layers[: layer + 1]:
                said = each(said)
            found = [outputs[place] for outputs in maps]
            # sums of 64-bit numbers in another order
            assert found == pytest.approx([n.data for n in said], abs=1e-14)
