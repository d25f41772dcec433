"""The paper's unit beside autograd."""

import pytest
import torch
import torch.nn.functional as F

from core import batchnorm, wavenet


def drawn(fan):
    config = wavenet.Config(unit="gated", fan=fan, hidden=12, embedding=5)
    generator = torch.Generator().manual_seed(1)
    return wavenet.network(config, 27, generator), config


@pytest.mark.parametrize("fan", wavenet.FANS)
def test_slopes_are_those_autograd_finds(fan):
    (ours, config), (theirs, _) = drawn(fan), drawn(fan)
    generator = torch.Generator().manual_seed(2)
    T = wavenet.context(config)
    X = torch.randint(0, 27, (16, T), generator=generator)
    y = torch.randint(0, 27, (16,), generator=generator)
    one = batchnorm.slopes(ours, X, y)
    for each in theirs.parameters():
        each.requires_grad_()
    other = F.cross_entropy(theirs(X), y)
    other.backward()
    assert one.item() == pytest.approx(other.item(), rel=1e-6)
    for mine, autograd in zip(
        ours.parameters(), theirs.parameters(), strict=True
    ):
        # the last unit's residual leads nowhere: autograd leaves it alone
        expected = torch.zeros_like(mine)
        if autograd.grad is not None:
            expected = autograd.grad
        torch.testing.assert_close(mine.grad, expected)


def test_a_unit_is_the_paper_s_formula():
    net, _ = drawn("2-2")
    unit = net.units[0]
    x = torch.randn(3, 4, 24, generator=torch.Generator().manual_seed(3))
    out, skip = unit(x)
    what = torch.tanh(F.linear(x, unit.filter.weight.T))
    much = torch.sigmoid(F.linear(x, unit.gate.weight.T))
    found = what * much
    newest = x[..., 12:]
    expected = newest + F.linear(found, unit.residual.weight.T)
    torch.testing.assert_close(out, expected)
    last = F.linear(found[:, -1], unit.skip.weight.T)
    torch.testing.assert_close(skip, last)


def test_a_change_of_the_oldest_letter_reaches_the_end():
    net, config = drawn("2-2-2")
    X = torch.zeros(2, wavenet.context(config), dtype=torch.long)
    X[1, 0] = 5
    one, other = net(X)
    assert not torch.equal(one, other)
