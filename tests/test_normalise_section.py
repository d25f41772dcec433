"""BatchNorm step by step, as Streamlit runs it."""

import re

import pytest
from streamlit.testing.v1 import AppTest
from test_batch_mates import TEXTS

SECTION = """
from core.data import names
from pages.sections.batchnorm import normalise
normalise.show({data})
"""


def section(data="names.local()"):
    code = SECTION.format(data=data)
    app = AppTest.from_string(code, default_timeout=60).run()
    assert not app.exception
    return app


def text(app):
    return " ".join(m.value for m in app.markdown)


def test_a_neuron_s_sums_come_out_with_mean_0_and_spread_1(lecture_names):
    app = section()
    for neuron in (1, 120, 200):
        app.slider("bn stage neuron").set_value(neuron).run()
        assert not app.exception
        assert "normalised, mean 0.00, spread 1.00" in text(app)


def test_the_shape_is_the_same_before_and_after(lecture_names):
    app = section()
    for neuron in (1, 50):
        app.slider("bn stage neuron").set_value(neuron).run()
        before, after = re.search(
            r"mean lie (\d+%) of the sums, and after it (\d+%)", text(app)
        ).groups()
        assert before == after


def test_gamma_0_leaves_beta_alone(lecture_names):
    app = section()
    app.slider("bn stage gamma").set_value(0.0).run()
    app.slider("bn stage beta").set_value(2.0).run()
    assert not app.exception
    # tanh(2) = 0.964: not flat by the lecture's 0.97
    assert "tanh is flat for 0% of them" in text(app)


def test_only_what_comes_before_depends_on_the_scale(lecture_names):
    app, found = section(), {}
    for scale in (0.05, 1.0, 5.0):
        app.segmented_control("bn layer scale").set_value(scale).run()
        assert not app.exception
        found[scale] = re.search(
            r"Before: .*?\*\*([\d.]+)%.*?After: (.*?)\. The", text(app)
        ).groups()
    shares = [float(before) for before, _ in found.values()]
    assert shares[0] == 0 and shares[1] < shares[2] and shares[2] > 50
    spreads = {
        re.search("spread [0-9.]+", said)[0] for _, said in found.values()
    }
    assert spreads == {"spread 0.98"}


def test_x0_moves_the_others():
    app, moved = section("names.own('emma ada')"), []
    for x0 in (-2.0, 30.0):
        app.slider("bn x0").set_value(x0).run()
        assert not app.exception
        moved.append(float(re.search(r"by \*\*([\d.]+)\*\*", text(app))[1]))
    assert moved[0] < 0.1 < 1 < moved[1]


@pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS)
def test_the_section_stands_on_any_words(words):
    app = section(f"names.own({words!r})")
    app.slider("bn stage neuron").set_value(200).run()
    app.segmented_control("bn layer scale").set_value(5.0).run()
    assert not app.exception
    assert "nan" not in text(app)
