"""Samples and a word under three models, as Streamlit runs them."""

import pytest
import torch
from streamlit.testing.v1 import AppTest

from core import bigram, mlp, sampling, tour, wavenet
from core.data import names
from core.runs import store
from pages.charts import three
from pages.sections.wavenet import sample

SECTION = """
import streamlit as st
from core import wavenet
from core.data import names
from core.runs.store import Run
from drawing import draw_of
from pages.sections.wavenet import sample
run = Run("wavenet", wavenet.Config({knobs}), {data})
sample.show(draw_of(run=run))
"""
DATA = {
    "one word": "names.own('ab')",
    "Cyrillic": "names.own('я она оно мы')",
    "60 letters": "names.own(''.join(chr(0x4E00 + i) for i in range(30))"
    " + ' ' + ''.join(chr(0x4E00 + i) for i in range(30, 60)))",
}


def opened(data="names.built_in()", knobs=""):
    code = SECTION.format(data=data, knobs=knobs)
    app = AppTest.from_string(code, default_timeout=60).run()
    assert not app.exception, app.exception
    return app


def text(app):
    return " ".join(each.value for each in [*app.markdown, *app.caption])


def finish(run, module):
    """Leave a run's result as a worker does, and return it."""
    training = module.train(run.config, run.data)
    while True:
        try:
            next(training)
        except StopIteration as end:
            result = end.value
            break
    store.make(run)
    torch.save(vars(result), run.path / "result.pt")
    return vars(result)


@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_the_section_opens_on_odd_words(data):
    app = opened(data)
    assert "a small tree, trained just now (train" in text(app)
    for far in (0.1, 3.0):
        app.slider("wavenet temperature").set_value(far).run()
        assert not app.exception


def test_twenty_names_and_others_at_a_press():
    app = opened()
    first = app.markdown[1].value
    assert first.count("`") == 2 * 20
    app.button("wavenet draw").click().run()
    assert not app.exception
    assert app.markdown[1].value != first


def test_before_a_run_the_numbers_are_of_small_nets():
    app, data = opened(), names.built_in()
    word = "otto"
    app.text_input("wavenet surprise").set_value(word).run()
    P = bigram.probabilities(
        bigram.count(*bigram.pairs(data.words, data.letters))
    )
    pairs = bigram.surprises(word, P, data.letters)
    tree = tour.small_tree(data).net
    said = sampling.surprises(word, tree, data.letters, 8)
    costs = [sum(each.nll for each in s) / 5 for s in (pairs, said)]
    assert f"costs the bigram **{costs[0]:.4f}**" in text(app)
    assert f"the WaveNet **{costs[1]:.4f}** nats a letter" in text(app)
    assert "Small nets differ" in text(app)


@pytest.mark.parametrize("unit", ["tanh", "gated"])
def test_a_finished_run_is_what_is_asked(unit):
    knobs = {"steps": 30, "hidden": 8, "embedding": 4, "unit": unit}
    data = names.built_in()
    run = store.Run("wavenet", wavenet.Config(**knobs), data)
    learned = finish(run, wavenet)
    app = opened(knobs=", ".join(f"{k}={v!r}" for k, v in knobs.items()))
    assert f"Drawn from your run (dev {learned['dev']:.4f} nats)" in text(app)
    net = wavenet.learned_network(run.config, learned)
    seed, letters = run.config.seed, data.letters
    words = sampling.sample_words(net, letters, 8, seed, 20)
    assert app.markdown[1].value.startswith(f"`{words[0]}`")
    word = data.words[0]
    said = sampling.surprises(word, net, letters, 8)
    mean = sum(each.nll for each in said) / len(said)
    assert f"the WaveNet **{mean:.4f}**" in text(app)


def test_the_class_s_mlp_is_asked_once_it_is_there():
    data = names.built_in()
    run = store.Run("mlp", mlp.Config(), data)
    V = len(data.letters)
    first = mlp.first_weights(run.config, V, torch.Generator().manual_seed(1))
    store.make(run)
    saved = first._asdict() | {"dev": 2.5, "train": 2.4}
    torch.save(saved, run.path / "result.pt")
    app = opened()
    assert "The MLP is lesson 3's run (dev 2.5000 nats)" in text(app)
    X, y = mlp.windows(data.words[:1], data.letters, 3)
    by_torch = torch.nn.functional.cross_entropy(mlp.forward(first, X), y)
    assert f"the MLP **{by_torch.item():.4f}**" in text(app)


def test_who_gained_and_who_lost_is_said():
    said = sample.moved("ab", [2.0, 3.0, 1.0], [2.5, 1.0, 1.0], 1, 8)
    assert said.startswith("`b` after `a` gained most (-2.00 nats)")
    assert "`a` at the beginning lost most (+0.50)" in said
    assert "1.50 nats less, with 8 letters to look back on" in said
    said = sample.moved("ab", [1.0, 1.0, 1.0], [1.0, 1.0, 1.2], 3, 3)
    assert "`.` after `ab` lost most (+0.20); no letter gained" in said
    assert "0.20 nats more, though it looks back no further" in said
    assert "no letter gained or lost" in sample.moved("a", [1, 1], [1, 1], 1, 8)
    never = sample.moved("a", [float("inf"), 1], [1, 1], 1, 8)
    assert "no chance at all" in never


def test_a_bar_beyond_the_edge_is_cut_and_says_its_number():
    drawn = three.frame("ab", [7.5, 1.0], [7.52, 3.0]).to_pandas()
    assert list(drawn["nll"]) == [three.HIGHEST, 1.0]
    assert list(drawn["said"]) == ["7.500", "1.000"]
    assert list(drawn["more"]) == ["0", "-2.0"]
    assert list(drawn["mean"]) == [4.25, 4.25]
