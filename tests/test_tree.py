"""The tree's receptive fields, shapes and means, beside torch and counting."""

import math
from dataclasses import replace
from itertools import accumulate
from operator import mul

import pytest
import torch
from test_sampling import beginning
from torch import nn

from core import batchnorm, convolution, mlp, tree, wavenet
from core.data import names
from core.layers import BatchNorm1d
from pages.charts import tree as chart

SMALL = wavenet.Config(hidden=12, embedding=6)
LETTERS = ".abcdefghijklmnopqrstuvwxyz"


def start(config, V=27, seed=3):
    """An untrained net with the statistics of random contexts."""
    generator = torch.Generator().manual_seed(seed)
    T = wavenet.context(config)
    X = torch.randint(0, V, (200, T), generator=generator)
    return tree.untrained(config, V, X), X


def leaves_below(fans, level, place):
    """By the edges of the picture alone: the letters under a node."""
    rows = chart.frame("x" * math.prod(fans), fans, filled(fans)).to_pandas()
    lines = rows[rows["kind"] == "line"]
    spots, found = {(chart.places(fans)[level][place], level)}, set()
    while spots:
        x, y = spots.pop()
        if y == 0:
            found.add(int(x))
        for line in lines.itertuples():
            if (line.x, line.y) == (x, y):
                spots.add((line.x2, line.y2))
    return sorted(found)


def filled(fans):
    return [[""] * len(row) for row in chart.places(fans)]


@pytest.mark.parametrize("fan", wavenet.FANS)
@pytest.mark.parametrize("V", [2, 27])
def test_what_a_node_hears_is_what_is_drawn_under_it(fan, V):
    config = replace(SMALL, fan=fan)
    net, X = start(config, V)
    tables = tree.heard(net, X[0], V)
    fans = tuple(wavenet.fans(config))
    assert [t.shape[1] for t in tables] == [len(r) for r in chart.places(fans)]
    for level, table in enumerate(tables):
        for place in range(table.shape[1]):
            heard = tree.field(tables, level, place)
            assert heard == leaves_below(fans, level, place)


@pytest.mark.parametrize("fan", wavenet.FANS)
def test_a_field_is_where_autograd_finds_a_slope(fan):
    config = replace(SMALL, fan=fan)
    net, X = start(config)
    tables = tree.heard(net, X[1], 27)
    E = net.layers[0].weight[X[1:2]].clone().requires_grad_()  # (1, T, E)
    x, at = E, 0
    for layer in net.layers[1:]:
        x = layer(x)
        if isinstance(layer, wavenet.Nonlinearity):
            at += 1
            nodes = x if x.dim() == 3 else x[:, None]
            for place in range(nodes.shape[1]):
                total = nodes[0, place].sum()
                [slope] = torch.autograd.grad(total, E, retain_graph=True)
                reached = slope[0].abs().sum(1).nonzero().flatten().tolist()
                assert tree.field(tables, at, place) == reached


def test_fields_double_from_layer_to_layer():
    # claim 87: eight letters merge 2 by 2
    net, X = start(SMALL)
    tables = tree.heard(net, X[0], 27)
    sizes = [len(tree.field(tables, level, 0)) for level in range(5)]
    assert sizes == [1, *accumulate([2, 2, 2], mul), 8]


def test_nodes_below_are_a_tree_of_their_own():
    net, X = start(SMALL)
    tables = tree.heard(net, X[0], 27)
    below = tree.below(tables, 2, 1)
    assert below == {(2, 1), (1, 2), (1, 3), (0, 4), (0, 5), (0, 6), (0, 7)}
    assert tree.below(tables, 0, 3) == {(0, 3)}
    assert len(tree.below(tables, 4, 0)) == 8 + 4 + 2 + 1 + 1


def test_an_untrained_net_has_the_statistics_of_what_it_saw():
    net, X = start(SMALL)
    sums = tree.sums(net, X)
    norm = net.every(BatchNorm1d)[0]
    torch.testing.assert_close(norm.running_mean, sums.mean((0, 1)))
    torch.testing.assert_close(norm.running_var, sums.var((0, 1)))
    assert not any(each.training for each in net.every(BatchNorm1d))


@pytest.mark.parametrize("fan", ["8", "3"])
@pytest.mark.parametrize("hidden", [7, 200])
def test_a_flat_net_s_parameters_are_counted(fan, hidden):
    config = wavenet.Config(fan=fan, hidden=hidden, embedding=10)
    built = batchnorm.count(wavenet.network(config, 27, torch.Generator()))
    assert tree.flat(config, 27, hidden) == built


def test_the_lecture_s_pair_has_about_equal_parameters():
    # L6.5 and L6.11: 22,097 flat with 200 hidden, 22,397 the tree with 68
    config = wavenet.PRESETS["tree"]
    assert tree.flat(config, 27, 200) == 22_097
    wide = tree.equal_hidden(config, 27)
    step = tree.flat(config, 27, 1) - tree.flat(config, 27, 0)
    assert abs(tree.flat(config, 27, wide) - 22_397) <= step / 2


def test_the_answer_hangs_on_a_node_as_a_loop_finds():
    net, X = start(SMALL)
    window, others, fans = X[0], X[1:9], (2, 2, 2)
    found = tree.hangs_on(net, window, others, fans)
    now = net(window[None]).softmax(1)[0]
    for level, place in ((0, 3), (1, 2), (2, 1), (3, 0)):
        width, total = 2**level, 0.0
        for other in others:
            mixed = window.clone()
            for i in range(place * width, (place + 1) * width):
                mixed[i] = other[i]
            then = net(mixed[None]).softmax(1)[0]
            total += (then - now).clamp(min=0).sum().item()
        assert found[level][place] == pytest.approx(total / 8, abs=1e-6)
    # the whole context of another: its answer, whatever the window
    same = tree.hangs_on(net, window, window[None], fans)
    assert max(map(max, same)) == pytest.approx(0, abs=1e-6)


def test_the_quick_net_has_learned_something(lecture_names):
    found = tree.learned(tree.QUICK, lecture_names)
    assert found.held_back
    assert found.loss < 2.4540  # facts.md: the counted bigram


@pytest.mark.parametrize("text", ["ab", "я он она оно мы"])
def test_a_quick_net_learns_from_few_words(text):
    config = replace(tree.QUICK, steps=20)
    found = tree.learned(config, names.own(text))
    assert math.isfinite(found.loss) and not found.held_back


def test_the_walk_of_a_trial_is_the_net_s_shapes():
    config = wavenet.PRESETS["lecture"]
    walked = list(tree.trial(config, 27, 4, 8))
    net = wavenet.network(config, 27, torch.Generator())
    X = torch.zeros(4, 8, dtype=torch.long)
    assert walked == convolution.shapes(net, X)
    # L6.8 and claim 87: (4, 48), (2, 256), (256) of every example
    fused = [s[1:] for name, s in walked if name == "FlattenConsecutive"]
    assert fused == [(4, 48), (2, 256), (256,)]


def test_a_trial_ends_where_the_fan_does_not_fit():
    walked = tree.trial(SMALL, 27, 4, 6)
    with pytest.raises(RuntimeError, match="invalid for input of size"):
        for _, shape in walked:
            last = shape
    assert last == (4, 3, 12)  # three places cannot be fused by two


@pytest.mark.parametrize(
    "left, right",
    [  # the first is L6.6's and claim 93's
        ((4, 3, 29, 80), (80, 200)),
        ((32, 8, 24), (32, 24, 5)),
        ((4, 1, 8, 24), (3, 24, 10)),
        ((24,), (24, 3)),
        ((5, 24), (24,)),
    ],
)
def test_a_product_s_shape_is_that_of_real_numbers(left, right):
    real = (torch.randn(left) @ torch.randn(right)).shape
    assert tree.product(left, right) == tuple(real)


def test_the_lecture_s_product():
    # L6.6: (4, 3, 29, 80) @ (80, 200) + b is (4, 3, 29, 200)
    assert tree.product((4, 3, 29, 80), (80, 200)) == (4, 3, 29, 200)
    with pytest.raises(RuntimeError):
        tree.product((4, 3, 29, 80), (100, 200))


def test_a_view_is_the_copy_without_copying():
    # L6.7: the view equals the cat of even and odd
    found = tree.two_ways(32, 8, 10)
    assert found.equal and found.shape == (32, 4, 20)
    assert found.view_shares and not found.cat_shares
    # 160 numbers a place are no more to a view than one
    big = tree.two_ways(2048, 8, 24)
    assert big.cat_seconds > 3 * big.view_seconds


@pytest.fixture(scope="module")
def contexts(lecture_names):
    words = mlp.split(lecture_names).train[:3000]
    return mlp.windows(words, lecture_names.letters, 8)[0]


LECTURE = wavenet.PRESETS["tree"]


@pytest.mark.parametrize(
    # L6.9: running_mean (1, 4, 68) instead of (1, 1, 68)
    "over_time, shape",
    [(False, (1, 4, 68)), (True, (1, 1, 68))],
)
def test_the_running_mean_has_the_lecture_s_shape(over_time, shape, contexts):
    config = replace(LECTURE, over_time=over_time)
    net = tree.untrained(config, 27, contexts[:32])
    assert tree.running_mean(net) == shape
    # by torch, from the very sums that the BatchNorm saw
    along = (0, 1) if over_time else 0
    mean = tree.sums(net, contexts[:32]).mean(along, keepdim=True)
    assert tuple(mean.shape) == shape or mean.view(shape).shape == shape
    norm = net.every(BatchNorm1d)[0]
    torch.testing.assert_close(norm.running_mean.view(shape), mean.view(shape))


def test_means_of_fewer_numbers_are_rougher_as_statistics_says(contexts):
    net = tree.untrained(LECTURE, 27, contexts)
    found = tree.noise(net, contexts, 32, 50, 1)
    for own, each in zip(found.own, found.each, strict=True):
        # the mean of 32 independent draws; 50 of them tell it to a tenth,
        # and 68 channels to less
        assert each == pytest.approx(own / 32**0.5, rel=0.1)
    # about twice as rough at the last places (lecture: 32 against 32 * 4)
    assert 1.5 < found.each[-1] / found.together < 2.6


def test_noise_is_that_of_the_batches_one_by_one(contexts):
    net = tree.untrained(LECTURE, 27, contexts)
    drawn = tree.drawn(contexts, 8 * 5, 7)
    means = [tree.sums(net, drawn[i : i + 8]) for i in range(0, 40, 8)]
    alone = torch.stack([x.mean(0) for x in means]).std(0).mean(1)
    both = torch.stack([x.flatten(0, 1).mean(0) for x in means]).std(0).mean()
    found = tree.noise(net, contexts, 8, 5, 7)
    assert found.each == pytest.approx(alone.tolist(), rel=1e-4)
    assert found.together == pytest.approx(both.item(), rel=1e-4)


def test_torch_takes_dimension_one_for_the_channels():
    x = torch.randn(32, 4, 68, generator=torch.Generator().manual_seed(1))
    with pytest.raises(RuntimeError, match="4 elements not 68"):
        tree.by_torch(x, 68)
    assert tree.apart_from_torch(x) < 1e-5
    # places for channels: each place to mean 0, over batch and channels
    wrong = tree.by_torch(x, 4)
    theirs = nn.BatchNorm1d(4)
    torch.testing.assert_close(wrong, theirs(x))
    assert wrong.mean((0, 2)).abs().max() < 1e-6


BEFORE = [
    {"rate": 0.7},
    {"unit": "gated", "fan": "4-2", "batch": 5},
    {"over_time": False},
    {"fan": "3", "seed": 1},
]


@pytest.mark.parametrize("knobs", BEFORE)
def test_the_record_before_a_run_is_the_one_that_training_yields(knobs):
    data = names.built_in()
    config = replace(SMALL, steps=1, **knobs)
    T = wavenet.context(config)
    examples = mlp.windows(mlp.split(data).train, data.letters, T)
    shown = tree.first_record(config, data.letters, *examples)
    trained = next(wavenet.train(config, data))
    begun = beginning(trained.samples)
    assert shown == replace(trained, train=None, dev=None, samples=begun)
