"""core.wavenet beside lecture 6's figures and loop, and torch.nn."""

import json
import math
from dataclasses import asdict, replace

import pytest
import torch
import torch.nn.functional as F

from core import batchnorm, mlp, pace, wavenet
from core.data import names
from core.layers import BatchNorm1d, Linear

LECTURE = wavenet.PRESETS["lecture"]
TWENTY = names.own(
    "emma olivia ava isabella sophia mia amelia harper evelyn luna "
    "camila aria scarlett ella gianna zoe penelope layla chloe nora"
)


def trained(config, data):
    """All records of a run, and its result."""
    training, records = wavenet.train(config, data), []
    try:
        while True:
            records.append(next(training))
    except StopIteration as end:
        return records, end.value


def drawn(config, V=27):
    generator = torch.Generator().manual_seed(config.seed)
    return wavenet.network(config, V, generator), generator


@pytest.fixture(scope="module")
def eight(lecture_names):
    words = mlp.split(lecture_names).train
    return mlp.windows(words, lecture_names.letters, 8)


def test_the_first_loss_is_published(lecture_names):
    # facts.md: 3.3167, from torch.manual_seed(42) after the split
    [record], result = trained(replace(LECTURE, steps=1), lecture_names)
    assert record.loss == pytest.approx(3.3167, abs=5e-5)
    assert result.parameters == 76_579


@pytest.mark.parametrize(
    "preset, published",
    [  # L6.5, L6.10 and L6.11: flat with 8 letters, the tree of 22 K
        ("lecture", 76_579),
        ("flat, context 8", 22_097),
        ("tree", 22_397),
        ("tree with the bug", 22_397),
    ],
)
def test_parameters_are_published(preset, published):
    config = wavenet.PRESETS[preset]
    assert wavenet.parameters(config, 27) == published
    net, _ = drawn(config)
    assert sum(each.numel() for each in net.parameters()) == published


def by_the_lecture(X, y, steps):
    """Lecture 6's loop with torch's global generator: its losses."""
    torch.manual_seed(42)
    C, parameters, layers = torch.randn(27, 24), [], []
    for fan_in, fan_out in ((48, 128), (256, 128), (256, 128)):
        layers.append(
            (
                torch.randn(fan_in, fan_out) / fan_in**0.5,
                torch.ones(fan_out),
                torch.zeros(fan_out),
            )
        )
        parameters += layers[-1]
    W, b = torch.randn(128, 27) / 128**0.5 * 0.1, torch.zeros(27)
    parameters += [C, W, b]
    for p in parameters:
        p.requires_grad = True
    for _ in range(steps):
        at = torch.randint(0, X.shape[0], (32,))
        x = C[X[at]]
        for weight, gamma, beta in layers:
            B, T, _ = x.shape
            x = x.view(B, T // 2, -1) @ weight
            mean = x.mean((0, 1), keepdim=True)
            var = x.var((0, 1), keepdim=True)
            normal = (x - mean) / torch.sqrt(var + 1e-5)
            x = torch.tanh(gamma * normal + beta)
        loss = F.cross_entropy(x.squeeze(1) @ W + b, y[at])
        for p in parameters:
            p.grad = None
        loss.backward()
        for p in parameters:
            p.data += -0.1 * p.grad
        yield loss.item()


def test_it_learns_as_the_lecture_s_loop_does(lecture_names, eight):
    records, _ = trained(replace(LECTURE, steps=20), lecture_names)
    for record, theirs in zip(records, by_the_lecture(*eight, 20), strict=True):
        # single precision, rounding carried on over twenty steps
        assert record.loss == pytest.approx(theirs, abs=1e-5)


def test_the_shapes_are_the_lecture_s(eight):
    # L6.8: 8 letters to (4, 48), (2, 256), (256)
    net, _ = drawn(LECTURE)
    net(eight[0][:4])
    fused = [tuple(layer.out.shape) for layer in net.layers[1::4]]
    assert fused[:3] == [(4, 4, 48), (4, 2, 256), (4, 256)]


def test_consecutive_is_even_beside_odd():
    # L6.7: the view equals the explicit concatenation
    x = torch.randn(4, 8, 10, generator=torch.Generator().manual_seed(1))
    explicit = torch.cat([x[:, ::2, :], x[:, 1::2, :]], dim=2)
    assert torch.equal(wavenet.FlattenConsecutive(2)(x), explicit)


def test_the_bug_has_a_mean_for_each_place_in_time(eight):
    # L6.9: running_mean (1, 4, 68) instead of (1, 1, 68)
    buggy, _ = drawn(wavenet.PRESETS["tree with the bug"])
    mended, _ = drawn(wavenet.PRESETS["tree"])
    buggy(eight[0][:32]), mended(eight[0][:32])
    sizes = [len(n.running_mean) for n in buggy.every(BatchNorm1d)]
    assert sizes == [4 * 68, 2 * 68, 68]
    sizes = [len(n.running_mean) for n in mended.every(BatchNorm1d)]
    assert sizes == [68, 68, 68]


def test_the_bug_is_what_the_lecture_s_line_does():
    x = torch.randn(32, 4, 6, generator=torch.Generator().manual_seed(1))
    gamma = torch.randn(6, generator=torch.Generator().manual_seed(2))
    ours = wavenet.OverBatch(4, 6)
    ours.gamma = gamma.clone()
    x.requires_grad_(), gamma.requires_grad_()
    # x.mean(0, keepdim=True) of (B, T, C), as L6.9 has it
    mean, var = x.mean(0, keepdim=True), x.var(0, keepdim=True)
    theirs = gamma * (x - mean) / torch.sqrt(var + 1e-5)
    slope = torch.randn(32, 4, 6, generator=torch.Generator().manual_seed(3))
    theirs.backward(slope)
    torch.testing.assert_close(ours(x.detach()), theirs.detach())
    torch.testing.assert_close(ours.backward(slope), x.grad)
    torch.testing.assert_close(ours.gamma.grad, gamma.grad)


@pytest.mark.parametrize("fan", wavenet.FANS)
@pytest.mark.parametrize("changes", [{}, {"over_time": False}])
def test_slopes_are_those_autograd_finds(fan, changes):
    config = wavenet.Config(fan=fan, hidden=12, embedding=5, **changes)
    (ours, generator), (theirs, _) = drawn(config), drawn(config)
    T = wavenet.context(config)
    X = torch.randint(0, 27, (16, T), generator=generator)
    y = torch.randint(0, 27, (16,), generator=generator)
    batchnorm.slopes(ours, X, y)
    for each in theirs.parameters():
        each.requires_grad_()
    F.cross_entropy(theirs(X), y).backward()
    for mine, autograd in zip(
        ours.parameters(), theirs.parameters(), strict=True
    ):
        torch.testing.assert_close(mine.grad, autograd.grad)


def test_records_come_by_step(lecture_names):
    config = wavenet.Config(steps=2500, hidden=16, embedding=4, fan="2-2")
    records, result = trained(config, lecture_names)
    assert [r.step for r in records] == sorted(pace.recorded(2500))
    judged = [r.step for r in records if r.train is not None]
    assert judged[0] == 1 and judged[-1] == 2500
    assert all(r.samples for r in records if r.train is not None)
    # of every twentieth word and of all words for training
    assert records[-1].train == pytest.approx(result.train, abs=0.1)
    assert records[-1].dev == pytest.approx(result.dev, abs=0.05)
    json.dumps(asdict(records[-1]), allow_nan=False)


@pytest.mark.parametrize("unit", ["tanh", "gated"])
def test_the_learned_network_is_the_one_that_was_judged(lecture_names, unit):
    config = wavenet.Config(steps=300, hidden=12, embedding=4, unit=unit)
    _, result = trained(config, lecture_names)
    net = wavenet.learned_network(config, vars(result))
    words = mlp.split(lecture_names).dev
    X, y = mlp.windows(words, lecture_names.letters, 8)
    loss = F.cross_entropy(net(X), y).item()
    assert loss == pytest.approx(result.dev, rel=1e-5)
    assert not [n for n in net.every(BatchNorm1d) if n.training]


@pytest.mark.parametrize("unit", ["tanh", "gated"])
@pytest.mark.parametrize("text", ["ab", "zoë ada", "ab " * 20])
def test_few_words_train_too(text, unit):
    data = names.own(text)
    config = wavenet.Config(steps=30, hidden=5, embedding=2, unit=unit)
    records, result = trained(config, data)
    assert math.isfinite(records[-1].loss)
    assert (result.dev is not None) == (len(data.words) >= names.MIN_SPLIT)


def test_the_same_question_has_the_same_answer():
    config = wavenet.Config(steps=60, hidden=10)
    one, other = (trained(config, TWENTY) for _ in range(2))
    assert one[0] == other[0]


def test_the_first_guesses_are_unsure():
    # the last layer is made small: near log 27 before any step
    for preset in wavenet.PRESETS.values():
        net, generator = drawn(preset)
        T = wavenet.context(preset)
        X = torch.randint(0, 27, (200, T), generator=generator)
        y = torch.randint(0, 27, (200,), generator=generator)
        loss = F.cross_entropy(net(X), y).item()
        assert loss == pytest.approx(math.log(27), abs=0.1)
        assert len(net.every(Linear)) == len(wavenet.fans(preset)) + 1


def test_means_are_those_of_all_losses():
    config = wavenet.Config(steps=400, hidden=4, embedding=2, fan="2-2")
    records, _ = trained(config, TWENTY)  # 400 steps: each one is recorded
    losses = [r.loss for r in records]
    means = wavenet.means([vars(r) for r in records], 399, 100)
    # the first record stands alone, so that there is something to draw
    assert [m["step"] for m in means] == [1, 101, 201, 301, 400]
    # L6.3: lossi.view(-1, 100).mean(1)
    expected = torch.tensor(losses[1:301]).view(-1, 100).mean(1)
    assert [m["loss"] for m in means[1:4]] == pytest.approx(expected.tolist())
    assert means[-1]["loss"] == pytest.approx(math.fsum(losses[301:]) / 99)
    half = wavenet.means([vars(r) for r in records], 150, 100)
    assert half[:2] == means[:2] and half[-1]["step"] == 151


@pytest.mark.slow
def test_ten_thousand_steps_are_the_lecture_s(lecture_names, eight):
    # our loop beside the lecture's own, which this file writes out
    *_, ours = wavenet.train(replace(LECTURE, steps=10_000), lecture_names)
    *_, theirs = by_the_lecture(*eight, 10_000)
    # rounding, carried over 10,000 steps
    assert ours.loss == pytest.approx(theirs, abs=0.05)
