"""The section on train, dev and test, as Streamlit runs it."""

import math

import pytest
import torch
import torch.nn.functional as F
from streamlit.testing.v1 import AppTest

from core import mlp
from core.data import names
from core.runs import store
from pages.sections.mlp import splits

APP = """
from core import mlp
from core.data import names
from core.runs import store
from drawing import draw_of
from pages.sections.mlp import splits
data = {data}
run = store.Run("mlp", mlp.Config({knobs}), data)
splits.show(data, draw_of(run=run))
"""
SIXTY = "".join(chr(c) for c in range(0x4E00, 0x4E00 + 60))
CORNERS = {
    "one word": 'names.own("ab")',
    "two of one letter": 'names.own("a b")',
    "twenty times ab": 'names.own("ab " * 20)',
    "Cyrillic": 'names.own("привет мир небо вода окно " * 3)',
    "sixty letters": f'names.own("{SIXTY[:30]} {SIXTY[30:]}")',
}
FEW = 'names.own("ab cd " * 20)'  # 40 words, 4 of them for the test


def words_of(data):
    return eval(data, {"names": names})


def opened(data="names.local()", knobs="steps=1"):
    script = APP.format(data=data, knobs=knobs)
    app = AppTest.from_string(script, default_timeout=60).run()
    assert not app.exception, app.exception
    return app


def text_of(app):
    return " ".join(each.value for each in [*app.markdown, *app.caption])


def finish(run):
    """Leave a run's result as a worker does, and return its weights."""
    training = mlp.train(run.config, run.data)
    while True:
        try:
            next(training)
        except StopIteration as end:
            result = end.value
            break
    store.make(run)
    torch.save(vars(result), run.path / "result.pt")
    return result


def run_of(data, **knobs):
    return store.Run("mlp", mlp.Config(**knobs), data)


@pytest.mark.parametrize("data", CORNERS.values(), ids=CORNERS)
def test_the_section_opens_on_odd_words(data):
    app = opened(data)
    words = words_of(data)
    if len(words.words) < 10:
        assert "nothing can be held back" in text_of(app)
    assert app.button("mlp open test").disabled
    assert "the simulation needs 40" in app.info[0].value


def test_the_lectures_counts_stand_in_the_table(lecture_names):
    [shown] = [t.value for t in opened().table if "examples" in t.value]
    # L3.12
    assert list(shown["examples"]) == ["182,625", "22,655", "22,866"]


def test_a_word_of_yours_fell_somewhere(lecture_names):
    app = opened()
    [*_, last] = mlp.split(lecture_names).test
    app.text_input("mlp split word").set_value(last).run()
    assert "**test**" in text_of(app)
    app.text_input("mlp split word").set_value("qqqq").run()
    assert "**qqqq** is not among these words" in text_of(app)
    app.text_input("mlp split word").set_value("ж").run()
    assert "ж does not occur in the data" in text_of(app)


def test_the_test_loss_is_closed_until_the_run_is_done():
    app = opened(FEW)
    assert app.button("mlp open test").disabled
    assert "Closed until a run with these knobs is done" in text_of(app)


def test_each_look_is_counted_and_tells_torchs_loss():
    data = words_of(FEW)
    for steps in (3, 4):
        result = finish(run_of(data, steps=steps, hidden=5))
        weights = mlp.Weights(
            *(getattr(result, n) for n in mlp.Weights._fields)
        )
        X, y = mlp.windows(mlp.split(data).test, data.letters, 3)
        expected = F.cross_entropy(mlp.forward(weights, X), y).item()
        app = opened(FEW, f"steps={steps}, hidden=5")
        for count in (1, 2):
            app.button("mlp open test").click().run()
            assert not app.exception
            [shown] = [t.value for t in app.table if "look" in t.value]
            assert len(shown) == count
            # four digits are shown
            told = float(shown["test loss"].iloc[-1])
            assert told == pytest.approx(expected, abs=6e-5)
            knobs = shown["knobs that differ"].iloc[-1]
            assert knobs == f"steps {steps}, hidden 5"
    assert "Opened 2 times in this session" in text_of(app)
    assert "The same knobs each time" in text_of(app)


def test_looks_at_two_settings_make_test_another_dev():
    data = words_of(FEW)
    finish(run_of(data, steps=3, hidden=5))
    app = AppTest.from_string(
        APP.format(data=FEW, knobs="steps=3, hidden=5"), default_timeout=60
    )
    before = {"title": "", "knobs": "none", "loss": "2.0000"}
    app.session_state["mlp test looks"] = [before]
    app.run()
    app.button("mlp open test").click().run()
    assert "2 different settings" in text_of(app)


def test_equal_losses_are_called_underfitting():
    run = run_of(words_of(FEW), steps=3, hidden=5)
    result = finish(run)
    said = text_of(opened(FEW, "steps=3, hidden=5"))
    assert f"train {result.train:.4f}, dev {result.dev:.4f}" in said


def test_thirty_networks_and_what_looking_does(lecture_names):
    app = opened()
    assert app.button("mlp peek").label == "Train 30 small networks"
    app.button("mlp peek").click().run()
    assert not app.exception
    said = text_of(app)
    # claim 46: on 20 words the best looks better than it is
    assert "nats better than it is" in said and "with 1,000 words" in said
    assert app.button("mlp peek").disabled
    app.select_slider("mlp peek words 4").set_value(1000).run()
    assert "by 1,000 words" in text_of(app)


@pytest.mark.parametrize(
    "train, dev, said",
    [
        (2.409, 2.401, "underfits"),  # 10 hidden neurons, both high
        (1.61, 7.86, "overfits"),  # 500 words by heart
        (92.9, 93.6, "worse than guessing"),  # a rate of 10
        (25.17, 25.14, "worse than guessing"),  # a single step
        (1.5, None, "no dev"),
    ],
)
def test_the_gap_is_judged_only_where_something_was_learned(train, dev, said):
    found = {"train": train, "dev": dev}
    assert said in splits.gap_in_words(found, math.log(27))
