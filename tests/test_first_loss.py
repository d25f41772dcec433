"""The first loss: published figures, autograd, and the run of the lesson."""

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from streamlit.testing.v1 import AppTest
from test_sampling import beginning

from core import batchnorm, first_loss, mlp
from core.data import names
from pages.sections.batchnorm import training

ALL = "names.local()"
TEXTS = ["ab", "я он она оно мы", "a b"]


@pytest.fixture(scope="module")
def examples(lecture_names):
    X, y = mlp.examples(lecture_names, context=3)
    return first_loss.Examples(X, y, len(lecture_names.letters))


def test_expected_and_got_are_the_published_figures(examples):
    assert first_loss.expected(27) == pytest.approx(3.2958, abs=5e-5)  # L4.2
    found = first_loss.start(examples, 1.0, 1.0)
    assert found.loss == pytest.approx(27.8817, abs=1e-4)  # facts.md


def with_autograd(examples, last, last_bias):
    """Logits and slopes of the first batch as the lecture's notebook."""
    g = torch.Generator().manual_seed(2147483647)
    C, W1 = torch.randn(27, 10, generator=g), torch.randn(30, 200, generator=g)
    b1, W2 = torch.randn(200, generator=g), torch.randn(200, 27, generator=g)
    b2 = torch.randn(27, generator=g) * last_bias
    weights = [C, W1, b1, W2 * last, b2]
    for each in weights:
        each.requires_grad = True
    C, W1, b1, W2, b2 = weights
    ix = torch.randint(0, len(examples.X), (32,), generator=g)
    h = torch.tanh(C[examples.X[ix]].view(32, -1) @ W1 + b1)
    logits = h @ W2 + b2
    F.cross_entropy(logits, examples.y[ix]).backward()
    return logits.detach(), weights, examples.y[ix]


KNOBS = [
    {"rate": 3.0, "optimizer": "adam", "batch": 5},
    {"rate": 0.02, "momentum": 0.7, "context": 2},
    {"layers": 1, "batchnorm": False, "gain": 3.0, "seed": 1},
    {"layers": 2, "residual": True, "nonlinearity": "relu", "hidden": 9},
]


@pytest.mark.parametrize("knobs", KNOBS)
def test_the_record_before_a_run_is_the_one_that_training_yields(knobs):
    data = names.built_in()
    for rate in (0.1, knobs.get("rate", 0.5)):  # one after the other
        config = replace(batchnorm.Config(**knobs), steps=1, rate=rate)
        shown = training.untrained(config, data, data.digest)
        trained = next(batchnorm.train(config, data))
        begun = beginning(trained.samples)
        less = {"train": None, "dev": None, "samples": begun}
        assert shown == vars(replace(trained, **less))


def test_a_first_step_that_leaves_all_bounds_is_refused_as_in_training():
    config = batchnorm.Config(steps=1, layers=10, batchnorm=False, gain=10.0)
    config = replace(config, fan_in=False, nonlinearity="linear")
    data = names.built_in()
    with pytest.raises(ValueError):
        next(batchnorm.train(config, data))
    assert training.untrained(config, data, data.digest) is None


@pytest.mark.parametrize("scales", [(1.0, 1.0), (0.1, 0.0), (0.0, 0.0)])
def test_a_start_is_what_autograd_finds(scales, examples):
    logits, weights, y = with_autograd(examples, *scales)
    found = first_loss.start(examples, *scales)
    assert found.loss == pytest.approx(F.cross_entropy(logits, y).item())
    assert found.spread == pytest.approx(logits.std().item(), abs=1e-5)
    assert found.largest == pytest.approx(logits.abs().max().item(), abs=1e-5)
    chances = logits.softmax(1)
    assert found.surest == pytest.approx(chances.max(1)[0].mean().item())
    if scales != (0.0, 0.0):  # among equals the first may differ
        assert found.hits == (chances.argmax(1) == y).sum().item()
    largest = [each.grad.abs().max().item() for each in weights]
    assert list(found.slopes.values()) == pytest.approx(largest, abs=1e-5)


def test_no_slope_reaches_w1_through_a_w2_of_zeros(examples):
    found = first_loss.start(examples, 0.0, 0.0)
    assert found.loss == pytest.approx(math.log(27), abs=1e-4)
    assert [found.slopes[name] for name in ("C", "W1", "b1")] == [0, 0, 0]
    assert found.slopes["W2"] > 0.1
    assert found.then > 0  # but not for ever


@pytest.mark.parametrize("bias", [0.0, 1.0])
def test_the_curve_passes_through_the_starts(bias, examples):
    curve = dict(first_loss.squashed(examples, bias))
    for scale in (0.0, 0.1, 0.5, 1.0):
        found = first_loss.start(examples, scale, bias).loss
        assert curve[scale] == pytest.approx(found, abs=1e-4)
    losses = list(curve.values())
    assert losses == sorted(losses)  # at this seed


@pytest.mark.parametrize(
    "scales, config",
    [
        ((1.0, 1.0), batchnorm.ORIGINAL),
        ((0.01, 0.0), batchnorm.SOFTMAX),
    ],
)
def test_the_hockey_stick_is_the_beginning_of_the_run(
    scales, config, examples, lecture_names
):
    losses = first_loss.first_losses(examples, *scales, 40)
    run = batchnorm.train(replace(config, steps=40), lecture_names)
    for record in run:
        assert losses[record.step - 1] == record.loss, "the same to the bit"


def test_the_first_start_wastes_what_the_other_does_not(examples):
    first = first_loss.first_losses(examples, 1.0, 1.0)
    fixed = first_loss.first_losses(examples, 0.01, 0.0)
    guessing = math.log(27)
    assert first_loss.below(fixed, guessing) == 10
    assert first_loss.below(first, guessing) is None
    assert first_loss.last(first) == pytest.approx(sum(first[-10:]) / 10)


def test_below_is_the_first_mean_of_ten():
    losses = [9.0] * 10 + [1.0] * 10
    # 9 + 8 k / 10 lower each step: below 5 needs more than five ones
    assert first_loss.below(losses, 5.0) == 16
    assert first_loss.below(losses, 0.5) is None


@pytest.mark.parametrize(
    "logits, right",
    [([0.0] * 4, 2), ([0.0, 0.0, 5.0, 0.0], 2), ([-20.0, 3.0, 20.0, 0.0], 0)],
)
def test_four_classes_as_torch_has_them(logits, right):
    shares, cost = first_loss.four(logits, right)
    row = torch.tensor([logits])
    assert cost == pytest.approx(
        F.cross_entropy(row, torch.tensor([right])).item()
    )
    assert shares == pytest.approx(row.softmax(1)[0].tolist(), abs=1e-6)


SECTION = """
from core.data import names
from pages.sections.batchnorm import first_loss
first_loss.show({data})
"""


def section(data=ALL):
    app = AppTest.from_string(SECTION.format(data=data), default_timeout=60)
    app.run()
    assert not app.exception
    return app


def text(app):
    return " ".join(m.value for m in app.markdown)


def test_the_section_says_the_lectures_figures(lecture_names):
    app = section()
    assert [m.value for m in app.metric] == ["3.2958", "27.8817"]
    assert "confidently wrong" in text(app)
    assert "loss of **1.3863**" in text(app)  # log 4
    app.slider("bn logit 1").set_value(20.0).run()
    assert "loss of **20.0000**" in text(app) and "worse than" in text(app)
    app.segmented_control("bn right class").set_value(1).run()
    assert "sure, and right" in text(app)
    app.select_slider("bn first W2").set_value(0.0).run()
    app.select_slider("bn first b2").set_value(0.0).run()
    assert not app.exception
    assert "First loss **3.2958**" in text(app)


@pytest.mark.parametrize("words", TEXTS)
def test_the_section_stands_on_any_words(words):
    app = section(f"names.own({words!r})")
    V = len(names.own(words).letters)
    assert app.metric[0].value == f"{math.log(V):.4f}"
    app.select_slider("bn first W2").set_value(0.01).run()
    assert not app.exception
