"""The sections Forward and Bigger, as Streamlit runs them."""

import re

import pytest
from streamlit.testing.v1 import AppTest
from test_asked import yours

SECTION = """
from core import mlp
from core.data import names
from drawing import draw_of
from pages.sections.mlp import {section}
{section}.show(draw_of(data={data}, config=mlp.Config({knobs})))
"""
ENDS = [
    "context=1, embedding=1, hidden=1, batch=1",
    "context=8, embedding=32, hidden=500, batch=1024",
]


def shown(section, data="names.local()", knobs=""):
    code = SECTION.format(section=section, data=data, knobs=knobs)
    app = AppTest.from_string(code, default_timeout=60).run()
    assert not app.exception
    return yours(app)


def text(app):
    return " ".join(m.value for m in [*app.markdown, *app.caption])


@pytest.mark.parametrize("section", ["forward", "bigger"])
@pytest.mark.parametrize("knobs", ENDS)
@pytest.mark.parametrize("own", ["ab", "a b", "ab " * 20, "я он она оно мы"])
def test_nothing_breaks_on_few_words_and_at_the_ends(section, knobs, own):
    shown(section, f"names.own({own!r})", knobs)


def test_by_hand_and_cross_entropy_are_one_number(lecture_names):
    metrics = {m.label: m.value for m in shown("forward").metric}
    hand = float(metrics["by hand, nats"])
    torch = float(metrics["F.cross_entropy, nats"])
    assert hand == pytest.approx(torch, rel=1e-6)
    assert hand > 10  # L4.2: confidently wrong, far above log 27


def test_a_mistaken_bias_is_refused_unless_the_sizes_are_equal(lecture_names):
    assert "refused" in text(shown("forward"))
    app = shown("forward", knobs="hidden=32")
    assert "refused here" not in text(app)


def test_exp_of_a_hundred_is_too_large_and_minus_a_hundred_is_not(
    lecture_names,
):
    app = shown("forward")
    assert "Loss by hand **nan**" in text(app)
    app.slider("mlp largest").set_value(-100).run()
    assert not app.exception
    assert "nan" not in re.findall(r"Loss by hand \*\*(.*?)\*\*", text(app))[0]
    app.slider("mlp largest").set_value(100).run()
    app.slider("mlp subtract").set_value(100).run()
    [loss] = re.findall(r"Loss by hand \*\*(.*?)\*\*", text(app))
    assert float(loss) == pytest.approx(0, abs=1e-3)


def test_bigger_counts_the_lecture_s_two_networks(lecture_names):
    app = shown("bigger")
    assert "**11,897 parameters**" in text(app)  # L3.17
    app.button[0].click().run()
    assert not app.exception
    assert "**3,481 parameters**" in text(app)  # L3.1 to L3.6
    app.button[1].click().run()
    assert "**11,897 parameters**" in text(app)


def test_a_slider_changes_the_count(lecture_names):
    app = shown("bigger")
    [hidden] = [s for s in app.slider if s.label == "Hidden neurons"]
    hidden.set_value(400).run()
    assert "**23,497 parameters**" in text(app)  # 27*10 + 31*400 + 401*27
