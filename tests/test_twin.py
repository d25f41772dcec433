"""Our engine and torch's, step for step on the same net."""

from dataclasses import replace

import pytest
import torch

from core import micrograd, twin
from core.data import points

STEPS = 20
SMALL = micrograd.Config(width=5, examples=20, steps=STEPS)
CONFIGS = [
    SMALL,
    replace(SMALL, nonlinearity="tanh"),
    replace(SMALL, nonlinearity="linear", data="xor"),
    replace(SMALL, depth=0),
    replace(SMALL, depth=1, data="circles"),
    replace(SMALL, depth=3, nonlinearity="tanh", data="spiral"),
    replace(SMALL, depth=3, rate=0.1),
    replace(SMALL, batch=7),
    replace(SMALL, batch=1, nonlinearity="tanh"),
    replace(SMALL, zero_grad=False, rate=0.05),
    replace(SMALL, decay=0.05),
    replace(SMALL, rate_decay=0.0),
    replace(SMALL, start="zeros", depth=0),
]


def told(config):
    """What differs from the first of the configs, as a test's name."""
    pairs = vars(config).items()
    new = [f"{k}={v}" for k, v in pairs if v != getattr(SMALL, k)]
    return " ".join(new) or "relu"


@pytest.mark.parametrize("config", CONFIGS, ids=told)
def test_losses_and_slopes_are_those_of_torch(config):
    pairs = list(twin.compare(config, points.load(config), STEPS))
    assert len(pairs) == STEPS
    for pair in pairs:
        assert len(pair.ours.slopes) == len(pair.torch.slopes)
        # both add 64-bit numbers, in another order: some 1e-15 apart
        assert pair.difference < 1e-9
    assert any(pair.torch.largest > 1e-3 for pair in pairs)


@pytest.mark.parametrize("config", CONFIGS, ids=told)
def test_the_losses_are_those_of_the_lesson_s_own_loop(config):
    data = points.load(config)
    ours = [record.loss for record in micrograd.train(config, data)]
    theirs = [p.torch.loss for p in twin.compare(config, data, STEPS)]
    assert theirs == pytest.approx(ours, abs=1e-9)


def test_the_weights_end_alike():
    config = replace(SMALL, nonlinearity="tanh", batch=7)
    data = points.load(config)
    records = micrograd.train(config, data)
    while True:
        try:
            next(records)
        except StopIteration as end:
            result = end.value
            break
    model, _ = micrograd.network(config)
    net = twin.network(micrograd.weights_of(model), config.nonlinearity)
    _, chance = micrograd.network(config)
    for step in range(STEPS):
        x, y = twin.as_tensors(chance.sample(data.rows, config.batch))
        rate = config.rate * (1 - config.rate_decay * step / STEPS)
        twin.torch_step(net, x, y, config, rate)
    for layer, linear in zip(result.weights, net[::2], strict=True):
        both = torch.cat([linear.bias[:, None], linear.weight], 1)
        assert both.flatten().tolist() == pytest.approx(
            [number for neuron in layer for number in neuron], abs=1e-9
        )


def test_the_hinge_is_torch_s_margin_loss():
    data = points.load(SMALL)
    model, _ = micrograd.network(SMALL)
    net = twin.network(micrograd.weights_of(model), "relu")
    x, y = twin.as_tensors(data.rows)
    # scores against 0 with margin 1 is the hinge of torch's own ranking loss
    scores = net(x).squeeze(1)
    theirs = torch.nn.functional.margin_ranking_loss(
        scores, torch.zeros_like(scores), y, margin=1.0
    )
    ours = twin.loss_of(net, x, y, decay=0.0)
    assert ours.item() == pytest.approx(theirs.item(), abs=1e-12)


def test_as_many_numbers_are_learned():
    published = {"MLP(3, [4, 4, 1])": 41, "MLP(2, [16, 16, 1])": 337}
    for ours, count, _, theirs in twin.counted():
        assert count == theirs
        assert count == published.pop(ours, count)
    assert not published


def test_the_parts_are_built_as_they_are_written():
    names = vars(micrograd) | {"nn": torch.nn, "stack": twin.stack}
    for ours, build, theirs, other in twin.PARTS:
        assert repr(eval(ours, names)) == repr(build())
        assert repr(eval(theirs, names)) == repr(other())


def test_what_differs_is_what_torch_documents():
    said = {asked: answers for asked, *answers in twin.manners()}
    assert said["a slope before backward"] == ["0.0", "None"]
    assert said["a slope after zero_grad()"] == ["0.0", "None"]
    assert said["what parameters() lists"] == ["65 Values", "4 tensors"]
    assert said["what one number is"] == ["float", "torch.float32"]
    assert said["backward a second time"][1] == "RuntimeError"
    ours, theirs = said["largest first weight of 10,000"]
    # ours between -1 and 1; nn.Linear within 1 / sqrt(inputs)
    assert 0.99 < float(ours) <= 1 and 0.099 < float(theirs) <= 0.1


def test_time_that_is_up_ends_the_comparison():
    data = points.load(SMALL)
    assert len(twin.within(0.0, twin.compare(SMALL, data, STEPS))) == 2
    assert len(twin.within(60.0, twin.compare(SMALL, data, 5))) == 5


def test_the_quickest_step_counts():
    step = lambda seconds: twin.Step(0.0, (0.0,), seconds)
    pairs = [twin.Pair(step(a), step(b)) for a, b in ((3, 9), (5, 2), (4, 7))]
    assert twin.fastest(pairs) == (3, 2)


def test_this_net_and_one_neuron_are_timed_on_all_points_and_on_one():
    data = points.load(SMALL)
    pairs = list(twin.compare(SMALL, data, 3))
    found = list(twin.timings(SMALL, data, pairs))
    sizes = [(each.parameters, each.points) for each in found]
    assert sizes == [(51, 20), (51, 1), (3, 20), (3, 1)]
    assert all(each.ours > 0 and each.torch > 0 for each in found)


def test_a_net_that_is_one_neuron_is_timed_once():
    config = replace(SMALL, depth=0, batch=7)
    data = points.load(config)
    pairs = list(twin.compare(config, data, 3))
    found = list(twin.timings(config, data, pairs))
    assert [(t.parameters, t.points) for t in found] == [(3, 7), (3, 1)]


def test_a_net_that_diverges_says_so():
    wild = replace(SMALL, nonlinearity="linear", rate=20.0, depth=4)
    wild = replace(wild, rate_decay=0.0, zero_grad=False)
    with pytest.raises(ValueError, match="Lower it"):
        list(twin.compare(wild, points.load(wild), 2000))


def test_the_neuron_through_32_bits_is_what_the_lecture_prints():
    numbers = (2.0, 0.0, -3.0, 1.0, 6.8813735870195432)
    out, *slopes = twin.neuron_through(numbers, "float32")
    # L1.22, in the order x1, x2, w1, w2, b
    assert out == pytest.approx(0.7071066904050358, abs=1e-15)
    printed = [-1.5000003851533106, 0.5000001283844369, 1.0000002567688737, 0.0]
    assert slopes[:4] == pytest.approx(printed, abs=1e-15)
    out, *_ = twin.neuron_through(numbers, "float64")
    assert out == pytest.approx(0.5**0.5, abs=1e-15)


def test_tanh_by_hand_has_the_slopes_that_nudges_find():
    chance = torch.Generator().manual_seed(0)
    x = torch.randn(20, dtype=torch.float64, generator=chance)
    # torch's own check: every slope against a nudge of 1e-6
    assert torch.autograd.gradcheck(twin.Tanh.apply, x.requires_grad_())


def test_every_tanh_has_torch_s_slopes():
    x = torch.linspace(-5, 5, 1001, dtype=torch.float64)
    (theirs,) = torch.autograd.grad(torch.tanh(x.requires_grad_()).sum(), x)
    found = twin.tanh_slopes(x.tolist())
    for way, slopes in found.items():
        # facts.md: 1 - h ** 2 agrees to rounding only
        assert slopes == pytest.approx(theirs.tolist(), abs=1e-15), way
    # and torch.ops.aten.tanh_backward to the bit
    assert found["torch.ops.aten.tanh_backward"] == theirs.tolist()
    # L1.15: 1 - o ** 2 at the lecture's neuron, as it prints it
    n = 0.8813735870195432
    assert twin.value_slope(n) == pytest.approx(0.4999999999999999, abs=2e-16)


def test_agreement_counts_what_differs():
    found = twin.agreement([1.0, 2.0, 3.5], [1.0, 2.5, 3.25])
    assert found == twin.Agreement(2, 0.5)
