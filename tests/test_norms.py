"""core.norms beside torch.nn.functional, and the tour beside torch.nn."""

import pytest
import torch
import torch.nn.functional as F

from core import norms
from core.data import names

SHAPE = B, T, C = 5, 4, 6
CELLS = [(0, 0, 0), (2, 1, 3), (4, 3, 5)]
WAYS = [(norm, 2) for norm in norms.AXES]
WAYS += [("GroupNorm", groups) for groups in (1, 3, 6)]


def numbers(seed=1):
    generator = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(SHAPE, generator=generator) + 1


def theirs(x, norm, groups):
    """By torch, which wants the channels in the middle."""
    if norm == "LayerNorm":
        return F.layer_norm(x, (C,))
    middle = x.transpose(1, 2)  # (B, C, T)
    out = {
        "BatchNorm": lambda: F.batch_norm(middle, None, None, training=True),
        "InstanceNorm": lambda: F.instance_norm(middle),
        "GroupNorm": lambda: F.group_norm(middle, groups),
    }[norm]()
    return out.transpose(1, 2)


@pytest.mark.parametrize("norm, groups", WAYS)
def test_a_norm_is_torch_s(norm, groups):
    x = numbers()
    ours = norms.normalised(x, norm, groups)
    assert torch.allclose(ours, theirs(x, norm, groups), atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("norm, groups", WAYS)
def test_mates_are_the_inputs_that_autograd_finds(norm, groups, cell):
    x = numbers().requires_grad_()
    theirs(x, norm, groups)[cell].backward()
    found = norms.mates(SHAPE, norm, cell, groups)
    assert torch.equal(found, x.grad.abs() > 1e-7)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("norm, groups", WAYS)
def test_only_mates_move_and_by_as_much_as_torch_says(norm, groups, cell):
    x = numbers()
    change = norms.moved(x, norm, cell, groups, 0.5)
    raised = x.clone()
    raised[cell] += 0.5
    expected = theirs(raised, norm, groups) - theirs(x, norm, groups)
    assert torch.allclose(change, expected, atol=1e-5)
    moving = change.abs() > 1e-6
    assert torch.equal(moving, norms.mates(SHAPE, norm, cell, groups))
    others = moving.sum().item() - moving[cell[0]].sum().item()
    assert (others > 0) == (norm == "BatchNorm")


def test_columns_or_rows_have_mean_0_and_spread_1_but_not_both():
    """Claim 113: torch's own layers say which."""
    x, cell = numbers(), (2, 1, 3)
    ideal = pytest.approx((0, 1), abs=1e-4)
    column, row = norms.around(x, "BatchNorm", cell)
    assert column == ideal and row != ideal
    column, row = norms.around(x, "LayerNorm", cell)
    assert row == ideal and column != ideal


def test_one_group_a_channel_is_instance_norm():
    x = numbers()
    one = norms.normalised(x, "GroupNorm", C)
    assert torch.equal(one, norms.normalised(x, "InstanceNorm"))


@pytest.mark.parametrize("text", ["ab", "emma олег", "a b c d e f"])
def test_words_become_letters_and_their_numbers(text):
    data = names.own(text)
    words, x = norms.embedded(data)
    assert x.shape == (min(4, len(data.words)), 4, norms.CHANNELS)
    assert all(len(word) == 4 for word in words)
    assert "".join(words).replace(".", "") in "".join(
        word[:4] for word in data.words
    )
    # equal letters, equal numbers
    first = {}
    for word, rows in zip(words, x, strict=True):
        for letter, numbers_of in zip(word, rows, strict=True):
            assert torch.equal(first.setdefault(letter, numbers_of), numbers_of)


def test_the_tour_says_what_torch_documents():
    """docs.pytorch.org: torch.nn.Linear, torch.nn.BatchNorm1d."""
    found = norms.tour(fan_in=200, fan_out=27, B=32)
    assert found.weights == ((200, 27), (27, 200))
    # uniform within 1 / sqrt(fan_in): the largest of 5,427 is close to it
    assert 0.999 * 200**-0.5 < found.reach <= 200**-0.5 == found.root
    assert found.arguments == {
        "eps": 1e-5,
        "momentum": 0.1,
        "affine": True,
        "track_running_stats": True,
    }
    assert found.ours == {"eps": 1e-5, "momentum": 0.1}
    assert found.parameters == ("weight", "bias")
    assert found.buffers[:2] == ("running_mean", "running_var")
    lecture, torchs = found.variances
    # divided by B - 1 it is (B - 1) / B
    assert lecture == pytest.approx(31 / 32, abs=1e-4)
    assert torchs == pytest.approx(1, abs=1e-4)
    assert found.layouts < 1e-5


def test_the_tour_leaves_the_global_generator_alone():
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    norms.tour()
    assert torch.equal(torch.rand(3), expected)
