"""The saturation wall against the lecture's own lines, and its figures."""

import math

import pytest
import torch

from core import batchnorm, health, mlp, saturation
from core.layers import Nonlinearity
from pages.charts import saturation as chart


@pytest.fixture(scope="module")
def examples(lecture_names):
    X, _ = mlp.examples(lecture_names, 3)
    return saturation.examples(X, 27)


def by_hand(data, scale, bias, batch=0):
    """h (32, 200) as the lecture's notebook computes it."""
    g = torch.Generator().manual_seed(2147483647)
    X, _ = mlp.windows(mlp.split(data).train, data.letters, 3)
    C = torch.randn((27, 10), generator=g)
    W1 = torch.randn((30, 200), generator=g) * scale
    b1 = torch.randn(200, generator=g) * bias
    torch.randn((200, 27), generator=g)
    torch.randn(27, generator=g)
    for _ in range(batch + 1):
        ix = torch.randint(0, X.shape[0], (32,), generator=g)
    return torch.tanh(C[X[ix]].view(32, -1) @ W1 + b1)


@pytest.mark.parametrize(
    "scale, bias", [(0.05, 0.01), (0.2, 0.01), (1.0, 1.0), (25.0, 1.0)]
)
@pytest.mark.parametrize("batch", [0, 9])
def test_the_wall_is_the_lectures_image(
    scale, bias, batch, examples, lecture_names
):
    expected = by_hand(lecture_names, scale, bias, batch).abs() > 0.99
    found = saturation.look(examples, 27, scale, batch=batch)
    assert found.flat == expected.tolist()  # L4.4: h.abs() > 0.99
    assert found.share == pytest.approx(expected.float().mean().item())
    full = expected.all(0).nonzero().flatten().tolist()
    assert found.dead == full
    assert found.each[batch] == len(full)


def test_the_published_shares(examples):
    # lectures.md, claim 50: 61 % at 1.0, 1 % at .2, of the first batch
    first, repaired = (saturation.look(examples, 27, s) for s in (1.0, 0.2))
    assert round(first.share, 2) == 0.61
    assert round(repaired.share, 2) == 0.01
    # claim 72: the hack of 0.2 gives the sums a spread of 1.00
    assert round(repaired.spread, 2) == 1.00


def test_none_is_dead_in_the_lectures_picture(examples):
    # facts.md, "What does not happen"
    for scale in (0.2, 1.0):
        found = saturation.look(examples, 27, scale)
        assert found.dead == [] and found.dead_of_many == 0


def test_the_published_dead_are_those_of_one_batch(examples):
    # facts.md: x5 gives 23, x25 gives 131 of 200; the tenth batch drawn does
    five, many = (
        saturation.look(examples, 27, s, batch=9) for s in (5.0, 25.0)
    )
    assert (len(five.dead), len(many.dead)) == (23, 131)
    for found in (five, many):
        assert min(found.each) < len(found.dead) < max(found.each)
        # dead on 32 is not dead on 2,000
        assert found.many == 2000 and found.dead_of_many == 0


def test_sums_of_a_small_scale_lie_where_tanh_is_straight(
    examples, lecture_names
):
    # claim 53: .05 linear, 1 and 5 spikes at the ends
    ends = {}
    for scale in (0.05, 1.0, 5.0):
        found = saturation.look(examples, 27, scale)
        ends[scale] = found.outputs[0] + found.outputs[-1]
    h = by_hand(lecture_names, 0.05, 0.01)
    assert (torch.atanh(h) - h).abs().mean() < 0.01
    assert ends[0.05] == 0 and ends[1.0] > 0.6 and ends[5.0] > 0.9


@pytest.mark.parametrize("name", saturation.CURVES)
def test_a_cell_is_flat_where_autograd_s_slope_is(name, examples):
    layer = saturation.hidden(
        saturation.network(27, 1.0, name), examples.batches[0]
    )
    x = layer.x.detach().double().requires_grad_()
    layer.function(x).sum().backward()
    steepest = {"sigmoid": 0.25}.get(name, 1.0)
    expected = x.grad < (1 - 0.99**2) * steepest
    # float32 may differ on the very bound
    differ = (
        (expected != health.flat(layer, saturation.BEYOND))
        .float()
        .mean()
        .item()
    )
    assert differ < 1e-3


def test_a_bias_far_down_kills_relu_but_not_leaky_relu(examples):
    relu = saturation.look(examples, 27, 1.0, "relu", shift=-20.0)
    net = saturation.network(27, 1.0, "relu", shift=-20.0)
    X = examples.many
    y = torch.zeros(len(X), dtype=torch.long)
    batchnorm.plain_slopes(net, X, y)
    W1 = net.parameters()[1]
    still = (W1.grad == 0).all(0)  # (H,) columns that autograd leaves at 0
    assert relu.dead_of_many == int(still.sum()) > 100
    assert saturation.least("relu") == 0
    leaky = saturation.network(27, 1.0, "leaky_relu", shift=-20.0)
    batchnorm.plain_slopes(leaky, X, y)
    assert not (leaky.parameters()[1].grad == 0).all(0).any()
    assert saturation.least("leaky_relu") == pytest.approx(0.01)


@pytest.mark.parametrize("name", saturation.CURVES)
def test_the_drawn_slope_is_the_curve_s(name):
    x = torch.linspace(-10, 10, 201, requires_grad=True)
    y = Nonlinearity(name).function(x)
    y.sum().backward()
    found = list(zip(*saturation.curve(name), strict=True))
    for mine, theirs in zip(found, (x, y, x.grad), strict=True):
        expected = theirs.detach().tolist()
        if theirs is x.grad:  # at the kink there are two answers
            expected[100] = mine[100]
        assert mine == pytest.approx(expected, abs=2e-5)


def test_the_runs_of_the_wall_are_its_cells():
    g = torch.Generator().manual_seed(1)
    cells = (torch.rand(32, 50, generator=g) > 0.4).tolist()
    for row in cells:
        row[7] = True
    frame = chart.wall(cells, [7]).to_pandas()
    found = [[False] * 50 for _ in range(32)]
    for run in frame[~frame["dead"]].itertuples():
        assert run.examples == sum(row[run.neuron] for row in cells)
        for i in range(int(run.start), int(run.end)):
            assert not found[i][run.neuron], "no cell is drawn twice"
            found[i][run.neuron] = True
    assert found == cells
    assert frame[frame["dead"]]["neuron"].tolist() == [7]


def test_a_histogram_s_bars_keep_their_proportions():
    bars = chart.bins((0.1, 0.4, 0.5), -3, 3).to_pandas()
    assert bars["height"].tolist() == pytest.approx([0.2, 0.8, 1.0])
    assert (bars["from"].iloc[0], bars["to"].iloc[-1]) == (-3, 3)
    assert math.isclose(bars["share"].sum(), 1)
