"""The saturation wall as Streamlit runs it."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from core import saturation

SECTION = """
from core.data import names
from pages.sections.batchnorm import saturation
data = {data}
saturation.opening(data)
saturation.show(data)
"""
TEXTS = ["ab", "я он она оно мы", "ab " * 20]


def section(data="names.local()"):
    app = AppTest.from_string(SECTION.format(data=data), default_timeout=60)
    app.run()
    assert not app.exception
    return app


def text(app):
    return " ".join(m.value for m in [*app.markdown, *app.caption])


def knob(app, **knobs):
    if "scale" in knobs:
        app.select_slider("bn wall scale").set_value(knobs["scale"])
    if "shift" in knobs:
        app.slider("bn wall shift").set_value(knobs["shift"])
    if "batch" in knobs:
        app.slider("bn wall batch").set_value(knobs["batch"])
    if "curve" in knobs:
        app.segmented_control("bn wall curve").set_value(knobs["curve"])
    app.run()
    assert not app.exception
    return text(app)


def test_what_is_said_of_the_lectures_start(lecture_names):
    app = section()
    said = text(app)
    # lectures.md, claim 50: 61 % and none
    assert "**61.0%** of the 6,400 cells" in said
    assert "**none** of the 200 neurons" in said
    assert "dead, no neuron of its first batch" in said
    # facts.md: x5 gives 23, which the tenth batch has
    said = knob(app, scale=5.0, batch=10)
    assert "**23** of the 200 neurons" in said
    assert "dead on one batch is not dead: over 2,000 examples" in said
    said = knob(app, scale=0.05)
    assert "all but a straight line" in said
    said = knob(app, scale=0.2, batch=1)
    assert "The spread of the sums is **1.00**" in said


def test_each_function_s_dead_neurons_are_told_by_its_own_rule(lecture_names):
    app = section()
    said = knob(app, shift=-20, curve="relu")
    assert "exactly 0" in said
    # many, as test_saturation.py counts them by autograd's zero slopes
    [many] = re.findall(r"Over 2,000 examples (\d+) are always flat", said)
    assert int(many) > 100
    said = knob(app, curve="leaky_relu")
    assert "none is dead" in said and "slope 0.01, never 0" in said
    assert "nearly 0" in knob(app, curve="elu")
    assert "sits in a tail" in knob(app, curve="sigmoid")


@pytest.mark.parametrize("words", TEXTS)
def test_the_section_stands_on_any_words(words):
    app = section(f"names.own({words!r})")
    assert "lecture's own start" not in text(app)
    for name in saturation.CURVES:
        knob(app, curve=name, scale=0.05, batch=20, shift=20)
        knob(app, scale=25.0, shift=-20)
