"""Kaiming's init against torch, exact integrals and the lecture's figures."""

import math

import pytest
import torch

from core import batchnorm, health, kaiming, mlp
from core.layers import CURVES
from pages.charts import kaiming as chart

DEEP = 10


def expected(f, low=-12.0, high=12.0, steps=200_000):
    """E[f(z)] of a unit gaussian z, by the trapezoid rule."""
    z = torch.linspace(low, high, steps, dtype=torch.float64)
    density = torch.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return torch.trapezoid(f(z) * density, z).item()


@pytest.mark.parametrize("fan_in", [1, 10, 200, 500])
@pytest.mark.parametrize("multiplier", [0.2, 1.0, 5.0])
def test_a_sum_of_products_is_as_wide_as_predicted(fan_in, multiplier):
    x, out = kaiming.products(fan_in, multiplier)
    assert x.shape == (1000, fan_in) and out.shape == (1000, 200)
    assert x.std().item() == pytest.approx(1, abs=0.1)
    found = health.spread(out)
    # w has fan_in * 200 numbers, x fan_in * 1000: 10 % is wide for one
    assert found == pytest.approx(multiplier * fan_in**0.5, rel=0.1)


def test_ten_numbers_make_a_spread_of_the_root_of_ten():
    # L4.6: 3.05 by its draws, which are not seeded; divided by the root, 1
    _, out = kaiming.products(10, 1.0)
    assert health.spread(out) == pytest.approx(3.05, rel=0.05)
    _, out = kaiming.products(10, 10**-0.5)
    assert health.spread(out) == pytest.approx(1, rel=0.05)
    assert kaiming.predicted(10, 1.0) == pytest.approx(3.1623, abs=1e-4)


def test_torchs_gains_are_the_lectures_list():
    # claim 73: tanh, relu, leaky relu, linear and sigmoid 1
    found = [kaiming.torchs_gain(name) for name in kaiming.KNOWN]
    assert found == pytest.approx([5 / 3, 2**0.5, 1.4141, 1, 1], abs=1e-4)


@pytest.mark.parametrize("name", kaiming.KNOWN)
def test_the_keeping_gains_are_those_of_the_integrals(name):
    function, _ = CURVES[name]
    square = expected(lambda z: function(z).square())
    assert kaiming.keeping_forward(name) == pytest.approx(
        square**-0.5, rel=1e-4
    )

    def slope(z):  # autograd's
        z = z.clone().requires_grad_()
        return torch.autograd.grad(function(z).sum(), z)[0]

    square = expected(lambda z: slope(z).square())
    assert kaiming.keeping_backward(name) == pytest.approx(
        square**-0.5, rel=1e-3
    )


def test_relus_root_of_two_is_torchs_both_ways():
    for name in ("relu", "leaky_relu"):
        gain = torch.nn.init.calculate_gain(name, 0.01)
        assert kaiming.keeping_forward(name) == pytest.approx(gain, abs=1e-4)
        assert kaiming.keeping_backward(name) == pytest.approx(gain, abs=2e-4)


def deep_tanh(gain, width=2000, layers=30):
    """Sums and outputs of the last layer of a wide stack, drawn by chance."""
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(50, width, generator=generator)
    for _ in range(layers):
        w = torch.empty(width, width)
        w.normal_(0, gain / width**0.5, generator=generator)
        sums = x @ w
        x = sums.tanh()
    return sums.std().item(), x.std().item()


def test_tanh_at_five_thirds_settles_where_a_wide_stack_does():
    sums, outputs = deep_tanh(5 / 3, width=1000)
    settled = kaiming.settled("tanh", 5 / 3)
    # 1,000 numbers wide: about 1 % of chance in each layer
    assert settled == pytest.approx(sums, rel=0.03)
    assert settled / (5 / 3) == pytest.approx(outputs, rel=0.03)
    # L4.15, claim 57: .63 to .65 in the lecture's deep net
    assert settled / (5 / 3) == pytest.approx(0.65, abs=0.01)


def test_the_next_spread_is_what_settled_repeats():
    assert kaiming.next_spread(1.0, "linear", 1.7) == pytest.approx(1.7)
    for spread in (0.1, 1.0, 10.0):  # relu knows no scale
        found = kaiming.next_spread(spread, "relu", 2**0.5)
        assert found == pytest.approx(spread, rel=1e-4)
    end = kaiming.settled("tanh", 2.0)
    assert kaiming.next_spread(end, "tanh", 2.0) == pytest.approx(end)


def test_the_lectures_net_has_sums_of_one_and_a_half(lecture_names):
    # claim 72 of lectures.md: 1.52 with 5/3, 1.00 with the 0.2 by hand
    for preset, published in (("kaiming", 1.52), ("tanh-fixed", 1.00)):
        config = batchnorm.PRESETS[preset]
        X, _ = mlp.examples(lecture_names, 3)
        width, spread = kaiming.first_sums(config, X, 27)
        assert spread == pytest.approx(published, abs=0.005)
        root = 30**0.5 if config.fan_in else 1
        explained = width * kaiming.predicted(30, config.gain / root)
        assert explained == pytest.approx(spread, rel=0.01)


def test_one_row_is_the_lectures_bonus():
    # L4.26, its printed figures: b @ a, 1000 x 1000, forward and backward
    found = kaiming.both_ways(1000, 1000, "none", rows=1)
    forward = found.x, found.weight, found.out
    assert forward == pytest.approx((0.9876, 1.0007, 31.012), abs=1e-3)
    slopes = found.out_slope, found.x_slope, found.weight_slope
    assert slopes == pytest.approx((0.978, 30.88, 0.967), abs=2e-3)


@pytest.mark.parametrize("fans", [(300, 100), (100, 1000), (200, 200)])
def test_each_scaling_keeps_what_it_says(fans):
    fan_in, fan_out = fans
    found = {s: kaiming.both_ways(*fans, s) for s in kaiming.SCALINGS}
    # 32 rows of at least 100 numbers: some percent of chance
    near = {"rel": 0.06}
    assert found["fan_in"].out == pytest.approx(1, **near)
    assert found["fan_out"].x_slope == pytest.approx(1, **near)
    ratio = (fan_out / fan_in) ** 0.5
    assert found["fan_in"].x_slope == pytest.approx(ratio, **near)
    assert found["fan_out"].out == pytest.approx(1 / ratio, **near)
    assert found["none"].out == pytest.approx(fan_in**0.5, **near)
    assert found["none"].x_slope == pytest.approx(fan_out**0.5, **near)


@pytest.mark.parametrize("fans", [(300, 100), (30, 200)])
def test_torchs_init_draws_weights_of_the_same_spread(fans):
    fan_in, fan_out = fans
    init = torch.nn.init

    def twin(draw, **options):
        """The weight that torch draws after x, from the same generator."""
        generator = torch.Generator().manual_seed(kaiming.SEED)
        torch.randn(32, fan_in, generator=generator)
        weight = torch.nn.Linear(fan_in, fan_out).weight.detach()
        draw(weight, generator=generator, **options)
        return weight.std().item()

    linear = {"nonlinearity": "linear"}
    expected = {
        "fan_in": twin(init.kaiming_normal_, mode="fan_in", **linear),
        "fan_out": twin(init.kaiming_normal_, mode="fan_out", **linear),
        "both": twin(init.xavier_normal_),
    }
    for scaling, spread in expected.items():
        found = kaiming.both_ways(*fans, scaling).weight
        assert found == pytest.approx(spread, rel=1e-4)


def test_torch_reads_fan_in_off_the_second_side():
    # what the page warns of: the lecture keeps W1 as (30, 200)
    generator = torch.Generator().manual_seed(1)
    W1 = torch.empty(30, 200)
    torch.nn.init.kaiming_normal_(
        W1, nonlinearity="linear", generator=generator
    )
    assert W1.std().item() == pytest.approx(200**-0.5, rel=0.05)


@pytest.mark.parametrize("name", kaiming.KNOWN)
def test_the_families_are_torchs(name):
    init, width = torch.nn.init, kaiming.WIDTH
    draws = {
        "randn": lambda w: init.normal_(w),
        "xavier": lambda w: init.xavier_normal_(w),
        "kaiming": lambda w: init.kaiming_normal_(w, 0.01, nonlinearity=name),
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        for family, gain in kaiming.families(name).items():
            spread = draws[family](torch.empty(width, width)).std().item()
            # 10,000 draws: their spread is right to 0.7 %
            assert gain / width**0.5 == pytest.approx(spread, rel=0.03)


@pytest.mark.parametrize("normal", [False, True])
@pytest.mark.parametrize("name", kaiming.KNOWN)
def test_a_stack_is_torchs_forward_and_backward(name, normal):
    gain, width = 1.3, kaiming.WIDTH
    function, _ = CURVES[name]
    generator = torch.Generator().manual_seed(kaiming.SEED)
    x, slope = torch.randn(2, width, width, generator=generator)
    outs = []
    for _ in range(4):
        w = torch.randn(width, width, generator=generator)
        x = x @ (w * gain / width**0.5)
        if normal:
            x = torch.nn.BatchNorm1d(width)(x)
        x = function(x).requires_grad_()
        x.retain_grad()
        outs.append(x)
    x.backward(slope)
    found = kaiming.spreads(kaiming.stack(4, gain, name, normal))
    theirs = [(o.std().item(), o.grad.std().item()) for o in outs]
    for ours, their in zip(found, theirs, strict=True):
        assert ours == pytest.approx(their, rel=1e-3)


def ends(gain, name, normal=False, depth=DEEP):
    pairs = kaiming.spreads(kaiming.stack(depth, gain, name, normal))
    return pairs[-1][0], pairs[0][1]


def test_linear_at_five_thirds_leaves_the_band_by_its_powers():
    # claim 76: without a nonlinearity each layer multiplies by 5/3
    for end in ends(5 / 3, "linear"):
        assert 0.5 < end / (5 / 3) ** DEEP < 2
    assert not kaiming.kept(kaiming.spreads(kaiming.stack(3, 5 / 3, "linear")))


def test_the_rope_gets_thinner_with_the_depth_and_is_gone_with_batchnorm():
    def holding(depth, name):
        return [
            gain
            for gain in kaiming.GAINS
            if kaiming.kept(kaiming.spreads(kaiming.stack(depth, gain, name)))
        ]

    for name in ("tanh", "relu", "linear"):
        few, many = set(holding(10, name)), set(holding(2, name))
        assert 0 < len(few) < len(many) and few <= many
    assert holding(10, "sigmoid") == []  # its outputs lie between 0 and 1
    # facts.md: with BatchNorm the gain changes nothing at step 0; but for
    # eps, which a gain of 0.2 leaves the most to say
    low, high = ends(0.2, "tanh", True), ends(3.0, "tanh", True)
    assert low == pytest.approx(high, rel=2e-3)


def test_the_gains_hold_the_slider_and_the_band_its_bounds():
    assert kaiming.GAINS[0] == 0.2 and kaiming.GAINS[-1] == 3.0
    assert kaiming.kept([(0.5, 2.0), (1.0, 1.0)])
    assert not kaiming.kept([(0.49, 1.0)]) and not kaiming.kept([(1.0, 2.1)])
    assert not kaiming.kept([(math.nan, 1.0)])


def test_the_frames_hold_what_they_are_given():
    pairs = [(0.6, 0.2), (0.5, 0.5), (0.4, 1.0)]
    rows = chart.layered(pairs).to_pandas()
    arrived = rows[rows["end"]].set_index("means")["spread"]
    # forward they arrive at the last layer, backward at the first
    assert dict(arrived) == {"data": 0.4, "gradient": 0.2}
    rows = chart.roped({1.0: pairs, 1.5: pairs}, 1.5, {1.0}).to_pandas()
    assert list(rows["spread"]) == [0.4, 0.2] * 2
    assert list(rows["chosen"]) == [False, False, True, True]
    assert list(rows["held"]) == [True, True, False, False]
    shares = [0.25, 0.5, 0.25]
    rows = chart.bars(shares, 3.0).to_pandas()
    assert rows["start"].iloc[0] == -chart.REACH
    assert rows["end"].iloc[-1] == pytest.approx(chart.REACH)
    assert list(rows["share"]) == shares
    assert rows["high"].dropna().tolist() == [3.0]
