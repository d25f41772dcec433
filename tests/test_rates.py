"""The range test against autograd, and what the pictures of rates hold."""

import math

import pytest
import torch
import torch.nn.functional as F

from core import mlp, rates
from core.data import names

LECTURE = mlp.Config(embedding=2, hidden=100)  # lecture 3, at this point
OWN = names.own("anna emma ava hannah")


def with_autograd(config, data, each):
    """The lecture's loop with torch's own slopes, a rate a step."""
    X, y = mlp.windows(
        mlp.split(data).train, data.letters, config.context
    )  # fixed figures stand in test_mlp.py
    g = torch.Generator().manual_seed(config.seed)
    V, joined = len(data.letters), config.context * config.embedding
    sizes = [(V, config.embedding), (joined, config.hidden), (config.hidden,)]
    sizes += [(config.hidden, V), (V,)]
    parameters = [torch.randn(size, generator=g) for size in sizes]
    for p in parameters:
        p.requires_grad = True
    C, W1, b1, W2, b2 = parameters
    losses = []
    for rate in each:
        ix = torch.randint(0, len(X), (config.batch,), generator=g)
        h = torch.tanh(C[X[ix]].view(-1, joined) @ W1 + b1)
        loss = F.cross_entropy(h @ W2 + b2, y[ix])
        slopes = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for p, slope in zip(parameters, slopes, strict=True):
                p -= rate * slope
        losses.append(loss.item())
    return losses


def test_the_range_test_is_the_lectures_loop(lecture_names):
    lrs = 10 ** torch.linspace(-3, 0, 1000)
    tried = rates.range_test(LECTURE, lecture_names)
    assert [t.rate for t in tried] == pytest.approx(lrs.tolist())
    expected = with_autograd(LECTURE, lecture_names, lrs[:100].tolist())
    # float32: rounding grows with the steps
    found = [t.loss for t in tried[:100]]
    assert found == pytest.approx(expected, abs=1e-4)


def test_the_valley_is_where_it_was_measured(lecture_names):
    # lectures.md, claim 44: a valley at -0.7 to -0.9, and the lecture's -1
    tried = rates.range_test(LECTURE, lecture_names)
    assert -0.9 <= rates.valley(tried) <= -0.7
    assert tried[0].exponent == -3 and tried[-1].exponent == 0


def test_rates_by_hand_are_those_of_autograd():
    config = mlp.Config(embedding=3, hidden=7, batch=4)
    found = rates.by_hand(config, OWN, 20)
    assert list(found) == [0.0, 1e-4, 1e-3, 0.01, 0.1, 1.0, 10.0]
    for rate in (0.0, 0.01, 0.1):
        expected = with_autograd(config, OWN, [rate] * 20)
        assert found[rate] == pytest.approx(expected, abs=1e-4)  # float32


def test_a_smoothed_loss_is_the_mean_of_those_around():
    losses = [float(n * n) for n in range(200)]
    found = rates.smoothed(losses)
    middle = losses[100 - 25 : 100 + 25]
    assert found[100] == pytest.approx(sum(middle) / 50)
    assert found[0] == pytest.approx(sum(losses[:25]) / 25)
    assert found[-1] == pytest.approx(sum(losses[-26:]) / 26)


def test_a_loss_that_is_no_number_is_no_valley():
    rows = [(-3, 2.0), (-2, 1.0), (-1, math.nan), (0, math.inf)]
    tried = [rates.Tried(e, 10.0**e, s, s) for e, s in rows]
    assert rates.valley(tried) == -2
    assert rates.valley(tried[2:]) in (-1, 0)  # no number at all: no crash


def test_exponents_share_the_rates_out_by_powers_of_ten():
    spaced = rates.spacing(1000)
    shares = [rates.share_below(each, 0.1) for each in spaced.values()]
    # from 0.001 to 0.1 are 0.099 of 0.999, but two powers of ten of three
    assert shares == pytest.approx([0.099 / 0.999, 2 / 3], abs=1e-3)
    for each in spaced.values():
        assert (each[0], each[-1]) == pytest.approx((0.001, 1))


def test_a_large_network_is_tested_with_a_batch_a_page_can_wait_for():
    large = mlp.Config(hidden=500, embedding=32, context=8, batch=1024)
    assert rates.quick(large, 27).batch < 128
    assert rates.quick(mlp.Config(), 27) == mlp.Config()
