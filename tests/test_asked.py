"""Costly pictures are of a net that was asked for, and say which."""

import importlib

import pytest
from streamlit.testing.v1 import AppTest

SCRIPT = """
import streamlit as st
from dataclasses import replace
from types import SimpleNamespace
from core import mlp
from pages.parts import asked
hidden = st.number_input("hidden", 1, 500, 200, key="hidden")
rate = st.number_input("rate", 0.0, 1.0, 0.1, key="rate")
digest = st.text_input("digest", "names", key="digest")
trained = st.toggle("trained", key="trained")
at_once = st.toggle("at once", key="at once")
data = SimpleNamespace(digest=digest)
run = SimpleNamespace(config=mlp.Config(hidden=hidden, rate=rate), data=data)
def mine(run):
    config = run.config if trained else replace(run.config, rate=0.1)
    return asked.Net(config, run.data.digest, trained)
for place in ("one", "other"):
    choice = asked.Choice(
        "Measure",
        place,
        mlp.Config(),
        mine,
        at_once=at_once,
        like=lambda config: replace(config, rate=0.1),
    )
    choice.offer(run)
    config, _, done = choice.shown(run)
    st.text(f"{config.hidden} {config.rate:g} {done}")
"""


def yours(app):
    """Ask every section for the net of its knobs."""
    for button in app.button:
        if str(button.key).endswith(" mine") and not button.disabled:
            app = app.button(button.key).click().run()
            assert not app.exception, app.exception
    return app


def shown(app, place=0):
    return app.text[place].value, app.caption[place].value


@pytest.fixture
def app():
    return AppTest.from_string(SCRIPT, default_timeout=30).run()


def test_the_lesson_s_own_net_is_shown_until_yours_is_asked_for(app):
    assert shown(app) == ("200 0.1 False", "Shown with your knobs.")
    assert app.button("one mine").disabled
    app.number_input("hidden").set_value(300).run()
    told = "not yours: yours has hidden 300 instead of 200."
    net, said = shown(app)
    assert net == "200 0.1 False" and told in said
    app.button("one mine").click().run()
    assert shown(app) == ("300 0.1 False", "Shown with your knobs.")
    assert app.button("one mine").disabled
    assert told in shown(app, 1)[1]  # nobody asked in the other place


def test_a_net_that_was_asked_for_is_shown_again_at_once(app):
    app.number_input("hidden").set_value(300).run()
    app.button("one mine").click().run()
    app.number_input("hidden").set_value(400).run()
    net, said = shown(app)
    assert net == "300 0.1 False"
    assert "an earlier one, not yours: yours has hidden 400 instead" in said
    for hidden in (200, 300):
        app.number_input("hidden").set_value(hidden).run()
        net, said = shown(app)
        assert net == f"{hidden} 0.1 False"
        assert said == "Shown with your knobs."


def test_on_other_data_the_lesson_s_own_net_comes_first_again(app):
    app.number_input("hidden").set_value(300).run()
    app.button("one mine").click().run()
    app.text_input("digest").set_value("mine").run()
    assert shown(app)[0] == "200 0.1 False"
    assert "the lesson's own network, not yours" in shown(app)[1]
    app.text_input("digest").set_value("names").run()
    assert shown(app)[0] == "300 0.1 False"


def test_a_trained_net_is_another_one_than_the_same_untrained(app):
    app.number_input("rate").set_value(0.5)
    app.toggle("trained").set_value(True).run()
    net, said = shown(app)
    assert net == "200 0.1 False"
    # the rate is no part of an untrained net
    assert said.endswith("not yours: yours is trained.")
    app.button("one mine").click().run()
    net, said = shown(app)
    assert net == "200 0.5 True"
    assert said == "Shown as your finished run left it."
    app.number_input("rate").set_value(0.6).run()
    assert "yours has rate 0.6 instead of 0.5." in shown(app)[1]
    app.toggle("trained").set_value(False).run()
    assert shown(app) == ("200 0.1 False", "Shown with your knobs.")


def test_what_is_cheap_is_shown_without_a_press(app):
    app.toggle("at once").set_value(True)
    app.toggle("trained").set_value(True).run()
    assert shown(app)[0] == "200 0.1 True"


SECTION = """
import streamlit as st
from core import {lesson}
from core.data import names, text
from core.runs.store import Run
from drawing import draw_of
from pages.sections.{lesson} import {section}
data = {data}
config = {lesson}.Config()
if st.toggle("moved", key="moved"):
    config = {lesson}.Config(seed={seed})
run = Run("{lesson}", config, data)
draw = draw_of(data=data, config=config, run=run)
{section}.show({given})
"""
WORDS = "names.own('anna otto emma ada hannah')"
TEXT = "text.own('anna otto\\\\n' * 300)"


@pytest.mark.parametrize(
    "lesson, section, given, module, costly",
    [
        ("mlp", "rate", "data, draw", "core.rates", "range_test"),
        ("mlp", "one_batch", "draw", "core.one_batch", "overfit"),
        ("mlp", "bigger", "draw", "core.noise", "briefly"),
        ("wavenet", "convolution", "draw", "core.convolution", "untrained"),
        ("wavenet", "tour", "data, draw", "core.convolution", "untrained"),
        (
            "gpt",
            "estimate",
            "draw",
            "pages.sections.gpt.estimate",
            "batch_losses",
        ),
    ],
)
def test_a_moved_knob_computes_nothing_until_it_is_asked(
    monkeypatch, lesson, section, given, module, costly
):
    module, seeds = importlib.import_module(module), []
    compute = getattr(module, costly)

    def counted(config, *more):
        seeds.append(config.seed)
        return compute(config, *more)

    monkeypatch.setattr(module, costly, counted)
    seed = len(section)  # each its own, as two of them share their nets
    code = SECTION.format(
        seed=seed,
        lesson=lesson,
        section=section,
        given=given,
        data=TEXT if lesson == "gpt" else WORDS,
    )
    app = AppTest.from_string(code, default_timeout=60).run()
    seeds.clear()  # the lesson's own
    app.toggle("moved").set_value(True).run()
    assert not app.exception and not seeds
    told = " ".join(each.value for each in app.caption)
    assert f"yours has seed {seed} instead of" in told
    yours(app)
    assert set(seeds) == {seed}
