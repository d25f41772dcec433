"""One batch by heart: the lecture's figures, the entropy, and the race."""

import math
from collections import Counter, defaultdict

import pytest
import torch
import torch.nn.functional as F
from streamlit.testing.v1 import AppTest
from test_asked import yours

from core import mlp, one_batch
from core.data import names

LECTURE = mlp.Config(embedding=2, hidden=100)  # lecture 3, at this point
TEXTS = {
    "one word": "ab",
    "two letters": "a b",
    "twenty equal": "ab " * 20,
    "Cyrillic": "анна иван ольга",
    "60 letters": "".join(chr(0x4E00 + i) for i in range(30))
    + " "
    + "".join(chr(0x4E00 + i) for i in range(30, 60)),
}


@pytest.fixture(scope="module")
def lecture(lecture_names):
    words, letters = lecture_names.words[:5], lecture_names.letters
    return one_batch.overfit(LECTURE, words, letters)


def entropy(words, context):
    """By counting in dictionaries what follows each context."""
    follow = defaultdict(Counter)
    for word in words:
        text = "." * context + word + "."
        for at in range(context, len(text)):
            follow[text[at - context : at]][text[at]] += 1
    total = sum(each.total() for each in follow.values())
    return -sum(
        n / total * math.log(n / each.total())
        for each in follow.values()
        for n in each.values()
    )


def test_the_lectures_32_examples_are_learned_as_far_as_can_be(lecture):
    assert len(lecture.examples) == 32
    # lectures.md, L3.8; rounding differs with the order of sums
    assert lecture.losses[0] == pytest.approx(17.7697, abs=2e-3)
    assert lecture.losses[-1] == pytest.approx(0.2561, abs=2e-3)
    misses = [e.context for e in lecture.examples if e.said != e.next]
    assert misses == ["..."] * 4


def test_the_lowest_loss_of_the_lectures_batch_is_five_first_letters(lecture):
    # five words, each with another first letter: 5 of 32 examples are open
    assert lecture.lowest == pytest.approx(5 / 32 * math.log(5))


@pytest.mark.parametrize("context", [1, 3, 8])
@pytest.mark.parametrize("text", ["emma emil ada", *TEXTS.values()])
def test_the_lowest_loss_is_the_entropy_of_what_follows(text, context):
    words = names.Words("own", tuple(text.split()))
    X, y = mlp.windows(words.words, words.letters, context)
    found = mlp.floor(X, y, len(words.letters))
    expected = entropy(words.words, context)
    # double precision: the difference of two sums
    assert found >= 0 and found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("context", [1, 2, 3, 8])
def test_the_lowest_loss_is_zero_exactly_if_no_context_has_two(
    context, lecture_names
):
    found = set()
    for word in ("hello", *lecture_names.words[:200]):
        words = names.Words("own", (word,) * 5)
        X, y = mlp.windows(words.words, words.letters, context)
        pairs = {*zip(map(tuple, X.tolist()), y.tolist(), strict=True)}
        one_each = len(pairs) == len({x for x, _ in pairs})
        found.add((one_each, mlp.floor(X, y, len(words.letters)) == 0))
    assert found <= {(True, True), (False, False)} and (True, True) in found


def test_no_training_gets_below_the_lowest_loss():
    words = names.own("emma emil ada")
    found = one_batch.overfit(LECTURE, words.words, words.letters, 5000)
    assert found.lowest < min(found.losses) < found.lowest + 0.05


def test_a_step_on_everything_in_parts_is_torchs_step_at_once(lecture_names):
    X, y = mlp.windows(lecture_names.words[:2000], lecture_names.letters, 3)
    assert len(X) > 3 * 4096  # several parts
    g = torch.Generator().manual_seed(1)
    weights = mlp.first_weights(LECTURE, 27, g)
    twin = mlp.Weights(*(w.clone().requires_grad_() for w in weights))
    F.cross_entropy(mlp.forward(twin, X), y).backward()
    torch.optim.SGD(twin, lr=0.5).step()
    one_batch.whole_step(weights, X, y, 0.5)
    for ours, theirs in zip(weights, twin, strict=True):
        # float32: sums of 14,000 terms in another order
        assert torch.allclose(ours, theirs, atol=1e-5)


def test_both_race_from_the_same_weights_for_equal_time(lecture_names):
    config = mlp.Config(hidden=20)
    rough, exact = one_batch.race(config, lecture_names, 0.3)
    assert rough[0] == exact[0] and rough[0].seconds == rough[0].steps == 0
    X, y = mlp.windows(
        mlp.split(lecture_names).train, lecture_names.letters, config.context
    )
    g = torch.Generator().manual_seed(config.seed)
    weights = mlp.first_weights(config, 27, g)
    first = F.cross_entropy(mlp.forward(weights, X), y).item()
    assert rough[0].loss == pytest.approx(first, abs=1e-4)  # float32
    for laps in (rough, exact):
        assert laps[-1].seconds >= 0.3
        steps = [lap.steps for lap in laps]
        assert steps == sorted(set(steps))
    # an exact step takes all of 182,625 examples, a rough one 32
    assert rough[-1].steps > 10 * exact[-1].steps
    for _ in range(exact[-1].steps):  # the same steps, with torch's slopes
        mlp.plain_step(weights, X, y, config.rate)
    last = F.cross_entropy(mlp.forward(weights, X), y).item()
    assert exact[-1].loss == pytest.approx(last, abs=1e-3)


SECTION = """
from core import mlp
from core.data import names
from pages.sections.mlp import one_batch
from drawing import draw_of
one_batch.show(draw_of(data={data}, config=mlp.Config({knobs})))
"""


def section(data="names.local()", knobs=""):
    app = AppTest.from_string(SECTION.format(data=data, knobs=knobs))
    app.default_timeout = 60
    app.run()
    assert not app.exception
    return yours(app)


def text(app):
    return " ".join(m.value for m in app.markdown)


def test_the_section_says_the_lectures_figures(lecture_names):
    app = section()
    assert "from 17.76" in text(app) and "**0.25" in text(app)
    assert "4 misses, at the context `...`" in text(app)
    app.slider("mlp overfit words").set_value(1).run()
    assert not app.exception
    # emma: m follows em, a follows mm: every context once
    assert "one successor only" in text(app)
    app.slider("mlp overfit words").set_value(20).run()
    app.toggle("mlp overfit log").set_value(False).run()
    assert not app.exception


@pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize(
    "knobs",
    [
        "",
        "context=1, embedding=1, hidden=1",
        "context=8, batch=1024, rate=10.0",
    ],
    ids=["default", "small", "large"],
)
def test_the_section_stands_on_any_words(words, knobs, monkeypatch):
    from pages.sections.mlp import one_batch as shown

    monkeypatch.setattr(shown, "SECONDS", 0.05)
    app = section(f"names.Words('own', tuple({words!r}.split()))", knobs)
    assert "Before you press" in text(app)
    app.button("mlp race them").click().run()
    assert not app.exception
    assert "Before you press" not in text(app)
    assert "**" in text(app)
