"""core.layers and core.optimizers beside torch.nn, autograd and torch.optim."""

import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F

from core import layers, optimizers
from core.layers import (
    BatchNorm1d,
    Embedding,
    FlattenConsecutive,
    FusedBatchNorm1d,
    Linear,
    Nonlinearity,
    Sequential,
)

# double precision: sums of some hundred terms of rounding 1e-16
EXACT = {"rtol": 1e-9, "atol": 1e-11}


def numbers(*shape, seed=1, shift=0.0, scale=1.0):
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(shape, generator=generator, dtype=torch.float64)
    return drawn * scale + shift


def same(ours, theirs):
    torch.testing.assert_close(ours, theirs, **EXACT)


def norm_like(theirs, correction=0, kind=BatchNorm1d):
    """Our BatchNorm1d with the numbers of torch's."""
    channels = theirs.num_features
    ours = kind(channels, theirs.eps, theirs.momentum, correction)
    ours.gamma = theirs.weight.detach().clone()
    ours.beta = theirs.bias.detach().clone()
    ours.running_mean = theirs.running_mean.clone()
    ours.running_var = theirs.running_var.clone()
    return ours


def torch_norm(channels, momentum=0.1):
    theirs = torch.nn.BatchNorm1d(channels, momentum=momentum).double()
    theirs.weight.data = numbers(channels, seed=2)
    theirs.bias.data = numbers(channels, seed=3)
    return theirs


def channels_second(x):
    """As torch.nn.BatchNorm1d wants it; 2-D stays."""
    return x.transpose(1, 2) if x.dim() == 3 else x


@pytest.mark.parametrize("kind", [BatchNorm1d, FusedBatchNorm1d])
@pytest.mark.parametrize("shift, scale", [(0, 1), (50, 0.1), (-1000, 3)])
@pytest.mark.parametrize("shape", [(32, 7), (2, 7), (8, 4, 7), (1, 3, 7)])
@pytest.mark.parametrize("training", [True, False])
def test_batchnorm_is_that_of_torch(shape, shift, scale, training, kind):
    theirs = torch_norm(7)
    ours = norm_like(theirs, kind=kind)
    for seed in (4, 5, 6):  # three batches: the running statistics too
        x = numbers(*shape, seed=seed, shift=shift, scale=scale)
        same(ours(x), channels_second(theirs(channels_second(x))))
    same(ours.running_mean, theirs.running_mean)
    same(ours.running_var, theirs.running_var)
    theirs.train(training)
    ours.training = training
    x = numbers(*shape, seed=7, shift=shift, scale=scale).requires_grad_()
    out = channels_second(theirs(channels_second(x)))
    slope = numbers(*shape, seed=8)
    (to_x,) = torch.autograd.grad(
        out, x, slope, retain_graph=True, materialize_grads=True
    )
    out.backward(slope)
    same(ours(x.detach()), out.detach())
    same(ours.backward(slope), to_x)
    same(ours.gamma.grad, theirs.weight.grad)
    same(ours.beta.grad, theirs.bias.grad)


@pytest.mark.parametrize("momentum", [0.001, 0.1, 1.0])
def test_the_running_statistics_follow_at_torch_s_momentum(momentum):
    theirs = torch_norm(5, momentum)
    ours = norm_like(theirs)
    for seed in range(10):
        x = numbers(16, 5, seed=seed, shift=seed)
        ours(x), theirs(x)
    same(ours.running_mean, theirs.running_mean)
    same(ours.running_var, theirs.running_var)


@pytest.mark.parametrize("kind", [BatchNorm1d, FusedBatchNorm1d])
@pytest.mark.parametrize("shape", [(32, 5), (8, 4, 5), (2, 5)])
def test_the_lecture_s_correction_has_the_slopes_autograd_finds(shape, kind):
    # L4.14 writes x.var(dim), which divides by B - 1
    gamma, beta = numbers(5, seed=2), numbers(5, seed=3)
    ours = kind(5, correction=1)
    ours.gamma, ours.beta = gamma.clone(), beta.clone()
    ours.running_mean = ours.running_mean.double()
    ours.running_var = ours.running_var.double()
    x = numbers(*shape, shift=3).requires_grad_()
    gamma.requires_grad_(), beta.requires_grad_()
    along = tuple(range(len(shape) - 1))
    mean, var = x.mean(along), x.var(along)
    out = gamma * (x - mean) / torch.sqrt(var + 1e-5) + beta
    slope = numbers(*shape, seed=9)
    out.backward(slope)
    same(ours(x.detach()), out.detach())
    same(ours.backward(slope), x.grad)
    same(ours.gamma.grad, gamma.grad)
    same(ours.beta.grad, beta.grad)


@pytest.mark.parametrize("kind", [BatchNorm1d, FusedBatchNorm1d])
def test_one_example_has_no_spread(kind):
    # L4.11 and claim 63: not a number in training, an answer in evaluation
    norm = kind(4, correction=1)
    assert norm(torch.ones(1, 4)).isnan().all()
    norm = kind(4)
    norm.training = False
    assert norm(torch.ones(1, 4)).isfinite().all()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(6, 4), (3, 2, 4)])
def test_linear_is_that_of_torch(shape, bias):
    theirs = torch.nn.Linear(4, 5, bias=bias).double()
    weight = theirs.weight.detach().T.clone()
    ours = Linear(weight, theirs.bias.detach().clone() if bias else None)
    x, slope = numbers(*shape).requires_grad_(), numbers(*shape[:-1], 5, seed=2)
    out = theirs(x)
    out.backward(slope)
    same(ours(x.detach()), out.detach())
    same(ours.backward(slope), x.grad)
    same(ours.weight.grad, theirs.weight.grad.T)
    if bias:
        same(ours.bias.grad, theirs.bias.grad)
    assert len(ours.parameters()) == 1 + bias


def test_embedding_is_that_of_torch():
    theirs = torch.nn.Embedding(6, 3).double()
    ours = Embedding(theirs.weight.detach().clone())
    X = torch.tensor([[0, 5, 5], [2, 0, 5]])  # some rows more than once
    out, slope = theirs(X), numbers(2, 3, 3)
    out.backward(slope)
    same(ours(X), out.detach())
    ours.backward(slope)
    same(ours.weight.grad, theirs.weight.grad)


@pytest.mark.parametrize("name", layers.CURVES)
def test_a_nonlinearity_and_its_slope_are_those_of_torch(name):
    theirs = {
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky_relu": torch.nn.LeakyReLU(),
        "elu": torch.nn.ELU(),
        "sigmoid": torch.sigmoid,
        "linear": torch.nn.Identity(),
    }[name]
    x, slope = numbers(40, 5, scale=3).requires_grad_(), numbers(40, 5, seed=2)
    out = theirs(x)
    (to_x,) = torch.autograd.grad(out, x, slope)
    ours = Nonlinearity(name)
    same(ours(x.detach()), out.detach())
    same(ours.backward(slope), to_x)


def test_the_slope_of_tanh_is_autograd_s_to_the_last_bit():
    x = torch.randn(64, 50, generator=torch.Generator().manual_seed(1)) * 2
    x.requires_grad_()
    slope = torch.randn(64, 50, generator=torch.Generator().manual_seed(2))
    (to_x,) = torch.autograd.grad(torch.tanh(x), x, slope)
    ours = Nonlinearity("tanh")
    ours(x.detach())
    assert torch.equal(ours.backward(slope), to_x)


def stacked():
    """A net with every kind of layer, residual connections within."""
    norm = BatchNorm1d(4, correction=1)
    for name in ("gamma", "beta", "running_mean", "running_var"):
        setattr(norm, name, getattr(norm, name).double())
    inner = [Linear(numbers(4, 4, seed=3)), norm, Nonlinearity("tanh")]
    return Sequential(
        [
            Embedding(numbers(6, 2)),
            FlattenConsecutive(3),
            Linear(numbers(6, 4, seed=2), numbers(4, seed=5)),
            Sequential(inner, skip=True),
            Linear(numbers(4, 3, seed=4)),
        ]
    )


def test_backward_through_a_whole_net_is_what_autograd_finds():
    ours, theirs = stacked(), stacked()
    X = torch.tensor([[0, 5, 5], [2, 0, 5], [1, 1, 3]])
    y = torch.tensor([0, 2, 1])
    for each in theirs.parameters():
        each.requires_grad_()
    F.cross_entropy(theirs(X), y).backward()
    logits = ours(X).requires_grad_()
    F.cross_entropy(logits, y).backward()
    ours.backward(logits.grad)
    assert len(ours.parameters()) == 7
    for mine, autograd in zip(
        ours.parameters(), theirs.parameters(), strict=True
    ):
        same(mine.grad, autograd.grad)


def test_layers_within_layers_are_found_and_switched():
    net = stacked()
    assert len(net.every(Linear)) == 3
    [norm] = net.every(BatchNorm1d)
    net.eval()
    assert not norm.training
    net.train()
    assert norm.training


THEIRS = {
    "sgd": lambda p: torch.optim.SGD([p], lr=0.1),
    "momentum": lambda p: torch.optim.SGD([p], lr=0.1, momentum=0.9),
    "rmsprop": lambda p: torch.optim.RMSprop([p], lr=0.1),
    "adam": lambda p: torch.optim.Adam([p], lr=0.1),
}


@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
def test_an_optimizer_goes_where_torch_s_goes(name):
    start, target = numbers(5, 4), numbers(5, 4, seed=2)
    ours, memory = start.clone(), {}
    theirs = start.clone().requires_grad_()
    optimizer = THEIRS[name](theirs)
    for _ in range(50):
        ours.grad = (ours - target).tanh()
        optimizers.OPTIMIZERS[name](ours, memory, 0.1)
        theirs.grad = (theirs.detach() - target).tanh()
        optimizer.step()
    same(ours, theirs.detach())
    assert not torch.allclose(ours, start)


def test_adamw_is_torchs_to_the_bit_and_goes_on_from_its_memory():
    generator = torch.Generator().manual_seed(1)
    ours = [torch.ones(7), torch.ones(3)]
    theirs = [each.clone().requires_grad_() for each in ours]
    groups = [
        {"params": [each], "weight_decay": decay}
        for each, decay in zip(theirs, (0.3, 0.0), strict=True)
    ]
    torchs = torch.optim.AdamW(groups, 0.1, fused=True)
    adamw = optimizers.AdamW(ours, [0.3, 0.0])
    for n in range(6):
        if n == 3:  # another takes over
            taken = optimizers.AdamW(ours, [0.3, 0.0])
            for into, kept in zip(taken.memory(), adamw.memory(), strict=True):
                into.copy_(kept)
            adamw = taken
        for one, other in zip(ours, theirs, strict=True):
            one.grad = torch.randn(one.shape, generator=generator)
            other.grad = one.grad.clone()
        adamw.step(0.1)
        torchs.step()
        for one, other in zip(ours, theirs, strict=True):
            assert torch.equal(one, other)


def test_a_gpt_learns_without_torchs_compiler():
    code = (
        "import sys; from core import gpt; from core.data import text;"
        "data = text.own('to be or not to be ' * 200);"
        "config = gpt.Config(steps=2, n_embd=8, n_head=2, n_layer=1, block=4);"
        "list(gpt.train(config, data)); print('torch._dynamo' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "False"
