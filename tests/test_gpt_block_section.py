"""The sections on the block, the norms and dropout, as Streamlit runs them."""

import re

import pytest
from streamlit.testing.v1 import AppTest

SECTION = """
from core.data import text
from pages.sections.gpt import {name}
{name}.show({data})
"""
TEXTS = {
    "two letters": "text.own('ab' * 2000)",
    "blanks": "text.own('ab \\t\\n' * 2000)",
    "cyrillic": "text.own('мама мыла раму\\n' * 300)",
    "markup": "text.own('$*`_[<\\'\"\\\\' * 500)",
}
ABC = "text.own('abc ' * 1000)"


def section(name, data=ABC):
    code = SECTION.format(name=name, data=data)
    app = AppTest.from_string(code, default_timeout=30).run()
    assert not app.exception
    return app


def said(app):
    return " ".join(m.value for m in app.markdown)


@pytest.mark.parametrize("name", ["block", "norms", "dropout"])
@pytest.mark.parametrize("data", TEXTS.values(), ids=TEXTS)
def test_the_sections_stand_on_any_text(name, data):
    section(name, data)


def test_parts_can_be_taken_away():
    app = section("block")
    assert "x = x + attend(norm1(x))\nx = x + think(norm2(x))" in code(app)
    whole = learned(app)
    app.segmented_control("gpt block norm").set_value("after").run()
    assert "x = norm1(x + attend(x))\nx = norm2(x + think(x))" in code(app)
    assert learned(app) == whole
    app.toggle("gpt block residual").set_value(False).run()
    assert "x = norm1(attend(x))\n" in code(app)
    app.toggle("gpt block think").set_value(False).run()
    assert "think(" not in code(app)
    assert learned(app) < whole
    app.toggle("gpt block heads").set_value(False).run()
    assert "Nothing is left" in said(app)
    app.toggle("gpt block dropout").set_value(True).run()
    assert not app.exception


def code(app):
    return app.code[0].value


def learned(app):
    found = re.search(r"learns \*\*([\d,]+)\*\*", said(app))
    return int(found.group(1).replace(",", ""))


def test_one_changed_character_moves_no_other_thought():
    app = section("block")
    app.slider("gpt block place").set_value(3).run()
    assert "they move by **0**" in said(app)
    # of eight characters, five come after the third
    assert "at **5** other places" in said(app)


def test_the_last_character_moves_nobody():
    app = section("block")
    app.slider("gpt block place").set_value(8).run()
    assert "nobody" in said(app)


def test_the_gradient_s_end_is_told_as_it_is():
    app = section("block")
    assert "passes it on whole" in said(app)
    app.segmented_control("gpt block depth norm").set_value("before").run()
    assert "No collapse here" in said(app)
    app.segmented_control("gpt block depth norm").set_value("none").run()
    app.segmented_control("gpt block depth init").set_value("0.02 wide").run()
    assert "has no place in float32" in said(app)
    app.slider("gpt block depth").set_value(1).run()
    assert not app.exception


def test_the_quieter_start_adds_less():
    app = section("block")

    def least():
        return int(re.search(r"branch adds \*\*(\d+)%", said(app)).group(1))

    before = least()
    app.toggle("gpt block quiet").set_value(True).run()
    assert least() < before
    assert "nanoGPT's start" in said(app)


def test_rows_and_columns_change_places():
    app = section("norms")
    # L7.14, as the lecture prints them
    assert "mean **0.1469**, spread **0.8803**" in said(app)
    assert "mean **0.0000**, spread **1.0000**" in said(app)
    app.segmented_control("gpt norms way").set_value(
        "BatchNorm: by columns"
    ).run()
    assert "The columns are" in said(app)
    assert "mean **0.1469**" not in said(app)
    app.segmented_control("gpt norms way").set_value("as drawn").run()
    assert "Nothing is normalised" in said(app)


def test_who_feels_a_raised_number():
    app = section("norms")
    assert "**31** move under BatchNorm and **0** under LayerNorm" in said(app)
    app.slider("gpt norms by").set_value(0.0).run()
    assert "**0** move under BatchNorm and **0** under LayerNorm" in said(app)


def test_gamma_and_beta_move_what_layernorm_gives():
    app = section("norms")
    app.segmented_control("gpt norms init").set_value("as torch draws").run()
    assert "After: **mean 0.00, spread 1.00**" in said(app)
    app.slider("gpt norms gamma").set_value(2.0).run()
    app.slider("gpt norms beta").set_value(-1.0).run()
    assert "After: **mean -1.00, spread 2.00**" in said(app)


def test_dropout_has_another_mask_in_another_pass():
    app = section("dropout")
    before = re.findall(r"\*\*([\d.]+)\*\* to", said(app))[0]
    app.slider("gpt dropout pass").set_value(2).run()
    assert re.findall(r"\*\*([\d.]+)\*\* to", said(app))[0] != before
    for place in ("2: end of attention", "3: end of feed-forward"):
        app.segmented_control("gpt dropout place").set_value(place).run()
        assert "of 256 numbers" in said(app)


def test_training_spreads_and_evaluation_does_not():
    app = section("dropout", "text.local()")

    def chances():
        found = re.search(
            r"from \*\*([\d.]+)%\*\* to \*\*([\d.]+)%\*\*, in evaluation",
            said(app),
        )
        return [float(each) for each in found.groups()]

    low, high = chances()
    assert low < high
    app.slider("gpt dropout mode p").set_value(0.9).run()
    lower, higher = chances()
    assert higher - lower > high - low
    assert "does **not** arrive" in said(app)


LEARNED = """
from core import gpt
from core.data import text
from core.runs.store import Run
from pages.sections.gpt import norms
data = text.own("abc " * 1000)
config = gpt.Config(steps=5, n_embd=8, n_head=2, n_layer={layers}, block={T})
model = gpt.GPT(config, len(data.letters))
weights = tuple(p.detach() + 0.5 for p in model.parameters())
run = Run("gpt", config, data)
norms.learned(run, dict(letters=data.letters, weights=weights))
"""


@pytest.mark.parametrize("T", [1, 4, 32])
def test_what_a_run_s_norm_has_learned_is_told(T):
    code = LEARNED.format(layers=1, T=T)
    app = AppTest.from_string(code, default_timeout=30).run()
    assert not app.exception
    # gamma began at 1 and beta at 0; half a unit was added to both
    assert "gamma, from **1.50** to **1.50**" in said(app)
    assert "beta, from **0.50** to **0.50**" in said(app)


def test_a_run_without_norm_says_so():
    code = LEARNED.format(layers=0, T=4)
    app = AppTest.from_string(code, default_timeout=30).run()
    assert not app.exception
    assert "no LayerNorm" in app.info[0].value


def test_the_mean_is_said_to_arrive_only_where_luck_explains_it():
    app = section("dropout", "text.own('ab' * 2000)")
    assert "luck alone" in said(app) and "does **not** arrive" not in said(app)
    app.slider("gpt dropout mode p").set_value(0.9).run()
    assert "does **not** arrive" in said(app)
