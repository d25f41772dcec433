"""The section on Kaiming's init, as Streamlit runs it."""

import re

import pytest
from streamlit.testing.v1 import AppTest
from test_one_batch import TEXTS

from core import kaiming

SECTION = """
from core.data import names
from pages.sections.batchnorm import kaiming
kaiming.show({data})
"""


def section(data="names.local()"):
    app = AppTest.from_string(SECTION.format(data=data), default_timeout=60)
    app.run()
    assert not app.exception
    return app


def text(app):
    return " ".join(m.value for m in app.markdown)


def widget(app, key):
    kinds = app.slider, app.select_slider, app.toggle, app.segmented_control
    [found] = [w for kind in kinds for w in kind if w.key == key]
    return found


def spread_of(said):
    return float(re.search(r"x @ w has \*\*([\d.]+)\*\*", said).group(1))


def test_the_multiplier_of_one_over_the_root_lands_on_one():
    app = section()
    # L4.6: from 1 to about 3.05, the root of 10
    assert spread_of(text(app)) == pytest.approx(3.05, rel=0.05)
    for fan_in in (1, 10, 500):
        widget(app, "bn kaiming fan_in").set_value(fan_in)
        widget(app, "bn kaiming root").set_value(True)
        app.run()
        assert not app.exception
        assert spread_of(text(app)) == pytest.approx(1, abs=0.1)
        assert "As wide as x" in text(app)
        assert widget(app, "bn kaiming multiplier").disabled
    widget(app, "bn kaiming root").set_value(False)
    app.run()
    widget(app, "bn kaiming multiplier").set_value(5.0)
    assert spread_of(text(app.run())) > 100


def test_the_lectures_figures_are_said(lecture_names):
    app = section()
    said = text(app)
    # lectures.md, claim 72 and its "!"
    assert "**1.52, not 1**" in said and "gives **1.00**" in said
    assert "sums end near **1.09**, and the outputs near 0.65" in said
    captions = " ".join(each.value for each in app.caption)
    for figure in ("0.9876", "1.0007", "31.012", "0.978", "30.88", "0.967"):
        assert figure in captions  # L4.26


@pytest.mark.parametrize(
    "name, said",
    [
        ("relu", "any spread stays as it is"),
        ("linear", "any spread stays as it is"),
        ("sigmoid", "no spread to learn from"),
    ],
)
def test_each_nonlinearity_is_told_where_it_leads(name, said):
    app = section()
    widget(app, "bn kaiming curve").set_value(name)
    assert said in text(app.run())
    assert not app.exception


def test_the_fans_are_told_apart():
    app = section()
    assert "**No number keeps both**" in text(app)
    widget(app, "bn kaiming in").set_value(1000)
    widget(app, "bn kaiming out").set_value(1000)
    assert "Equal fans" in text(app.run())
    assert not app.exception


def rope(app, **knobs):
    for key, value in knobs.items():
        widget(app, f"bn rope {key}").set_value(value)
    app.run()
    assert not app.exception
    return text(app)


def test_the_verdict_on_the_rope_follows_the_knobs():
    app = section()
    assert "**Gain 1 falls off**" in text(app)
    holds = next(
        gain
        for gain in kaiming.GAINS
        if kaiming.kept(kaiming.spreads(kaiming.stack(6, gain, "tanh")))
    )
    assert f"**Gain {holds:g} holds**" in rope(app, gain=holds)
    # linear at about 5/3 grows out of the band, both ways
    said = rope(app, gain=1.65, curve="linear")
    assert said.count("grow out of the band") == 2
    assert "**none** holds" in rope(app, curve="sigmoid", depth=10)
    said = rope(app, curve="tanh", depth=6, norm=True)
    assert "rope is gone" in said and "All 57 gains" in said
    # deep stacks with BatchNorm: their slopes grow, whatever the gain
    said = rope(app, curve="relu", depth=10)
    assert "no gain can mend it" in said


@pytest.mark.parametrize("name", kaiming.KNOWN)
def test_three_families_are_compared(name):
    app = section()
    widget(app, "bn family curve").set_value(name)
    app.run()
    assert not app.exception
    alike = "one line lies on the other" in text(app)
    assert alike == (name in ("sigmoid", "linear"))


@pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS)
def test_the_section_stands_on_any_words(words):
    app = section(f"names.Words('own', tuple({words!r}.split()))")
    assert "With the gain 5/3 it is" in text(app)
