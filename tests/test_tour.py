"""Our layers beside torch.nn's, the paper's gate, the small tree."""

import pytest
import torch
from torch import nn

from core import batchnorm, gated, mlp, tour, wavenet
from core.data import names
from core.layers import BatchNorm1d, Linear


def drawn(**knobs):
    """Random weights, gammas and betas, and statistics of some batches."""
    config = wavenet.Config(**knobs)
    generator = torch.Generator().manual_seed(1)
    net = wavenet.network(config, 27, generator)
    for layer in net.every(BatchNorm1d):
        layer.gamma.uniform_(0.5, 2, generator=generator)
        layer.beta.uniform_(-1, 1, generator=generator)
    T = wavenet.context(config)
    X = torch.randint(0, 27, (32, T), generator=generator)
    for _ in range(20):
        net(X)
    return net, X


@pytest.mark.parametrize("fan", wavenet.FANS)
@pytest.mark.parametrize("training", [True, False])
def test_the_whole_net_is_torch_s_in_both_modes(fan, training):
    net, X = drawn(fan=fan, hidden=16, embedding=6)
    ours, theirs = tour.whole(net, X, training, correction=0)
    assert ours.shape == theirs.shape == (32, 27)
    # sums of a hundred terms in single precision
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)


def test_the_twin_is_torch_s_own_layers():
    net, _ = drawn()
    kinds = [type(each) for each in tour.as_torch(net).modules()]
    for kind, count in ((nn.Embedding, 1), (nn.Linear, 4), (nn.Tanh, 3)):
        assert kinds.count(kind) == count
    assert kinds.count(nn.BatchNorm1d) == 3
    ours = {each.__module__ for each in kinds if each is not tour.Swap}
    assert all(module.startswith("torch.nn") for module in ours)


def test_the_lecture_s_division_differs_in_training_alone():
    """B * T rows: the spread is sqrt(n / (n - 1)) apart, by torch.var."""
    net, X = drawn()
    ours, theirs = tour.whole(net, X, training=True, correction=1)
    assert tour.apart(ours, theirs) > 1e-3
    ours, theirs = tour.whole(net, X, training=False, correction=1)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)
    x = torch.randn(8, 5, generator=torch.Generator().manual_seed(2))
    out = BatchNorm1d(5, correction=1)(x)
    by_torch = (x - x.mean(0)) / (x.var(0) + 1e-5).sqrt()
    torch.testing.assert_close(out, by_torch)


def test_every_stop_is_equal_but_the_lecture_s_division():
    for stop in tour.stops(27):
        lectures = "correction" in stop.ours
        for apart in (stop.training, stop.evaluation):
            wrong = lectures and apart is stop.training
            # slopes of a weight sum 128 rows of numbers of size 1
            assert (apart.outputs > 1e-3) == wrong, stop
            assert (apart.slopes > 1e-4) == wrong, stop


def test_a_wrong_weight_would_be_seen():
    layer = Linear(torch.eye(3), torch.zeros(3))
    twin = tour.as_torch(layer)
    layer.weight = torch.tensor([[1.0, 2, 3], [0, 1, 0], [0, 0, 1]])
    x = torch.ones(2, 3)
    assert tour.apart(layer(x), twin(x)) == 3.0
    right = tour.apart(layer(x), tour.as_torch(layer)(x))
    assert right == 0


def test_only_batchnorm_has_two_modes():
    net, X = drawn()
    found = tour.changes(net, X)
    assert [name for name, *_ in found].count("BatchNorm1d") == 3
    for name, other, kept in found:
        assert other == kept == name.endswith("BatchNorm1d")
    assert all(each.training for each in net.every(BatchNorm1d))


def test_one_example_in_training_is_nan_where_one_row_is_left():
    # L6.4: the lecture's nan of one example in training mode
    net, X = drawn()
    assert tour.alone(net, X, True) == [(4, True), (2, True), (1, False)]
    assert all(good for _, good in tour.alone(net, X, False))
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        tour.alone_by_torch(net, X)


def test_torch_refuses_channels_last_unless_it_cannot_tell():
    with pytest.raises(RuntimeError, match="should contain 4 elements"):
        tour.channels_last(32, 4, 20)
    assert tour.channels_last(32, 20, 20).shape == (32, 20, 20)


@pytest.mark.parametrize("what", [-2.0, 0.0, 0.7])
@pytest.mark.parametrize("much", [-3.0, 0.0, 3.0])
def test_the_gate_is_the_unit_s(what, much):
    """A unit of one channel whose filter and gate are biases alone."""
    biases = iter([what, much, 0.0, 0.0])

    def make(fan_in, fan_out):
        bias = torch.tensor([next(biases)])
        return Linear(torch.zeros(fan_in, fan_out), bias)

    unit = gated.Gated(1, make, 2)
    unit(torch.zeros(1, 1, 2))
    inside = (unit.what * unit.much).item()
    assert tour.gate(what, much) == pytest.approx(inside, abs=1e-6)


@pytest.mark.parametrize("hidden", [1, 24, 128, 256])
def test_the_gated_net_is_as_large_as_can_be_matched(hidden):
    plain = wavenet.Config(hidden=hidden)
    ours = tour.as_many(plain, 27)
    assert ours.unit == "gated"
    count = wavenet.parameters(plain, 27)

    def off(H):
        other = wavenet.Config(unit="gated", hidden=H)
        return abs(wavenet.parameters(other, 27) - count)

    assert off(ours.hidden) <= off(ours.hidden + 1)
    assert ours.hidden == 1 or off(ours.hidden) <= off(ours.hidden - 1)


def test_the_small_tree_beats_counted_pairs(lecture_names):
    small = tour.small_tree(lecture_names)
    # facts.md: the counted bigram has 2.4540
    assert small.held_back and small.loss < 2.4540
    letters = lecture_names.letters
    X, y = mlp.windows(mlp.split(lecture_names).dev, letters, 8)
    by_torch = nn.functional.cross_entropy(small.net(X), y)
    assert small.loss == pytest.approx(by_torch.item(), abs=1e-4)
    assert batchnorm.count(small.net) < 5000


@pytest.mark.parametrize("words", ["ab", "ab ba", "я он она оно мы"])
def test_a_small_tree_grows_on_few_words(words):
    small = tour.small_tree(names.own(words))
    assert not small.held_back
    assert all(each.isfinite().all() for each in small.net.parameters())
