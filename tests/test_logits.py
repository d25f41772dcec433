"""The forward pass piece by piece, against torch's own."""

import math
import statistics

import pytest
import torch
import torch.nn.functional as F

from core import logits, mlp, noise
from core.data import names

TWENTY = names.own("emma olivia ava isabella sophia mia amelia harper luna ida")


@pytest.fixture(scope="module")
def first(lecture_names):
    return logits.first_examples(mlp.Config(), lecture_names)


def test_the_first_examples_are_32(first):
    _, X, y = first
    assert X.shape == (32, 3) and y.shape == (32,)


def test_the_stages_end_where_forward_does(first):
    weights, X, _ = first
    found = logits.stages(weights, X)
    assert torch.equal(found["logits"], mlp.forward(weights, X))
    assert torch.equal(found["chances"], found["logits"].softmax(1))
    assert torch.equal(found["embedded"], F.embedding(X, weights.C))


@pytest.mark.parametrize("context, E, H, B", [(3, 10, 200, 32), (8, 2, 5, 7)])
def test_shapes_follow_the_knobs(context, E, H, B):
    config = mlp.Config(context=context, embedding=E, hidden=H)
    weights, X, _ = logits.first_examples(config, TWENTY)
    V = len(TWENTY.letters)
    # L3.3 to L3.6: (32, 3), (32, 3, 10), (32, 30), (32, 200), (32, 27)
    assert list(logits.shapes(weights, X, B).values()) == [
        (B, context),
        (B, context, E),
        (B, context * E),
        (B, H),
        (B, V),
        (B, V),
    ]


@pytest.mark.parametrize(
    "one", [(32, 200), (32, 32), (1, 5), (4, 1, 3), (7,), ()]
)
@pytest.mark.parametrize("other", [(200,), (32,), (32, 1), (5, 1), (1,), ()])
def test_shapes_are_lined_up_as_torch_does(one, other):
    try:
        expected = tuple(torch.broadcast_shapes(one, other))
    except RuntimeError:
        expected = None
    assert logits.broadcast(one, other) == expected


def test_both_ways_are_the_same_number_as_logsumexp_says(first):
    weights, X, y = first
    z = mlp.forward(weights, X)
    right = z[torch.arange(32), y]
    expected = (torch.logsumexp(z, 1) - right).mean().item()
    for way in logits.WAYS.values():
        # seven digits of a float32, each way rounds elsewhere
        assert way(z, y).item() == pytest.approx(expected, rel=1e-6)


def test_surprises_average_to_the_loss(first):
    weights, X, y = first
    z = mlp.forward(weights, X)
    said = logits.surprises(z, y)
    mean = statistics.fmean(each.nll for each in said)
    assert mean == pytest.approx(F.cross_entropy(z, y).item(), rel=1e-6)
    for each in said:
        assert each.chance == pytest.approx(each.count / each.total)


def test_the_slope_on_paper_is_autograd_s():
    z = torch.randn(8, 5, dtype=torch.float64, requires_grad=True)
    y = torch.arange(8) % 5
    F.cross_entropy(z, y).backward()
    found = logits.slope_on_paper(z.detach(), y)
    assert torch.allclose(found, z.grad, atol=1e-15)


def test_cross_entropy_makes_less(first):
    weights, X, y = first
    z = mlp.forward(weights, X)
    hand, ours = (logits.cost(way, z, y) for way in logits.WAYS.values())
    # L3.7: fewer intermediates; two operations are log_softmax and nll_loss
    assert [name.split("Backward")[0] for name in ours.nodes] == [
        "NllLoss",
        "LogSoftmax",
    ]
    assert len(hand.nodes) > len(ours.nodes)
    assert len(hand.kept) > len(ours.kept)
    assert sum(hand.kept) > sum(ours.kept)
    assert torch.allclose(hand.slope, ours.slope, atol=1e-7)


@pytest.mark.parametrize("last, right", [(100, 3), (100, 0), (89, 3)])
def test_by_hand_large_logits_overflow_and_torch_s_do_not(last, right):
    found = logits.four(last, 0.0, right)
    exact = torch.tensor([*logits.OTHERS, last], dtype=torch.float64)
    expected = (torch.logsumexp(exact, 0) - exact[right]).item()
    assert found.counts[-1] == math.inf  # L3.7: exp(100) is too large
    assert not math.isfinite(found.by_hand)
    assert found.by_torch == pytest.approx(expected, rel=1e-6)


def test_a_constant_subtracted_changes_nothing_and_mends_it():
    for constant in (50.0, 100.0):
        found = logits.four(100.0, constant, 3)
        assert found.by_hand == pytest.approx(found.by_torch, abs=1e-6)
    plain, less = (logits.four(2.0, c, 0) for c in (0.0, 7.0))
    assert plain.by_hand == pytest.approx(less.by_hand, rel=1e-6)


def test_very_small_logits_break_nothing():
    found = logits.four(-100.0, 0.0, 0)
    assert found.by_hand == pytest.approx(found.by_torch, rel=1e-6)


def test_a_float32_ends_where_the_sweep_does():
    end = logits.largest_exponent()
    assert torch.tensor(end - 0.01).exp() < math.inf
    assert torch.tensor(end + 0.01).exp() == math.inf
    finite = [last for last, hand, _ in logits.sweep(0.0, 3) if hand < math.inf]
    assert max(finite) == math.floor(end)


@pytest.mark.parametrize(
    "hidden, context, embedding, published",
    [(200, 3, 10, 11_897), (100, 3, 2, 3_481)],
)
def test_the_parts_add_up_to_the_lecture_s_count(
    hidden, context, embedding, published
):
    parts = mlp.parts(hidden, context, embedding, 27)
    assert sum(parts.values()) == published
    config = mlp.Config(hidden=hidden, context=context, embedding=embedding)
    generator = torch.Generator().manual_seed(0)
    weights = mlp.first_weights(config, 27, generator)
    drawn = {name: each.numel() for name, each in weights._asdict().items()}
    assert parts == drawn


def test_the_spread_of_a_batch_falls_like_the_root_of_its_size(lecture_names):
    weights, X, y = noise.briefly(mlp.Config(), lecture_names)
    every = noise.each_loss(weights, X, y)
    one = statistics.pstdev(every.tolist())
    for B, losses in noise.batch_losses(every, 1).items():
        assert len(losses) == 200
        # a standard deviation of 200 draws is known to about 1/sqrt(400)
        # of itself, four times that with a tail as long as this one's
        assert noise.spread(losses) == pytest.approx(one / B**0.5, rel=0.2)


def test_the_spread_is_the_standard_library_s():
    values = [1.0, 2.5, 4.0, 8.0]
    expected = statistics.stdev(values)
    assert noise.spread(values) == pytest.approx(expected, rel=1e-6)
