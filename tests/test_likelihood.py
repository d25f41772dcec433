"""Logarithms and surprise, beside torch and the identities they rest on."""

import math

import pytest
import torch

from core import likelihood


@pytest.mark.parametrize(
    "numbers", [(0.5, 0.2, 0.05), (1.0, 1.0, 1.0), (0.01,) * 8]
)
def test_the_log_of_a_product_is_the_sum_of_logs(numbers):
    product, total = likelihood.log_of_product(numbers)
    logs = torch.tensor(numbers, dtype=torch.float64).log()
    assert product == pytest.approx(total, rel=1e-12)
    assert total == pytest.approx(logs.sum().item(), rel=1e-12)


def test_surprise_is_none_at_1_and_infinite_at_0():
    assert likelihood.surprise(1.0) == 0
    assert likelihood.surprise(0.0) == math.inf
    # guessing among 27 letters: log 27 = 3.2958 (facts.md)
    assert likelihood.surprise(1 / 27) == pytest.approx(3.2958, abs=5e-5)


def test_the_curve_falls_all_the_way():
    curve = likelihood.surprise_curve(50)
    falls = [nll for _, nll in curve]
    assert falls == sorted(falls, reverse=True)
    assert curve[-1] == (1.0, 0.0) and len(curve) == 50


def test_product_sum_and_mean_grow_as_torch_cumulates_them():
    chances = torch.tensor([0.0478, 0.0377, 0.0253, 0.3899], dtype=torch.double)
    rows = likelihood.running(chances.tolist())
    product = chances.cumprod(0).tolist()
    total = chances.log().cumsum(0)
    mean = (-total / torch.arange(1, 5)).tolist()
    assert [row.product for row in rows] == pytest.approx(product)
    assert [row.total for row in rows] == pytest.approx(total.tolist())
    assert [row.mean for row in rows] == pytest.approx(mean)
    assert likelihood.running([0.5, 0.0])[-1].mean == math.inf


def test_the_logarithm_never_changes_who_wins():
    generator = torch.Generator().manual_seed(1)
    one, other = torch.rand(2, 1000, generator=generator)
    by_chance = likelihood.wins(one.tolist(), other.tolist())
    by_log = likelihood.wins(one.log().tolist(), other.log().tolist())
    assert by_chance == by_log == (one > other).nonzero().flatten().tolist()
    assert likelihood.wins([0.2, 0.5], [0.1, 0.5]) == [0]  # a tie is none
