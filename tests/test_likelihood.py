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
