"""One head, its scale and its positions, as Streamlit runs them."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from core.data import text
from pages.charts import talk
from pages.charts.signs import visible

SECTION = """
from core.data import text
from pages.sections.gpt import {name}
from pages.charts.signs import visible
{name}.show({data})
"""
AB = "text.own('ab ' * 2000)"
RUSSIAN = "text.own('Широка страна моя родная,\\nмного в ней лесов.\\t' * 90)"
STRANGE = "text.own('a_*`$[b](c)<d>\\\\\"\\n🙂é⏎ ' * 200)"
TEXTS = [AB, RUSSIAN, STRANGE]


def section(name, data=RUSSIAN):
    code = SECTION.format(name=name, data=data)
    app = AppTest.from_string(code, default_timeout=60).run()
    assert not app.exception
    return app


def said(app):
    every = [*app.markdown, *app.caption, *app.code]
    return " ".join(each.value for each in every)


@pytest.mark.parametrize("data", TEXTS)
@pytest.mark.parametrize("hears", ["its past", "everyone", "another text"])
def test_the_head_stands_on_any_text(data, hears):
    app = section("head", data)
    app.segmented_control("gpt head hears").set_value(hears).run()
    for stage in ("raw", "scaled", "masked", "softmax"):
        app.segmented_control("gpt head stage").set_value(stage).run()
        assert not app.exception
        assert not app.warning
    for part in ("key", "value"):
        app.segmented_control("gpt head part").set_value(part).run()
    app.toggle("gpt head all").set_value(True).run()
    app.toggle("gpt head untrained").set_value(True).run()
    assert not app.exception
    rounding = [float(each) for each in re.findall(r"\de-\d+", said(app))]
    assert all(each < 1e-5 for each in rounding)


def test_a_strange_character_falls_back_on_the_default():
    app = section("head")
    for typed in ("Zorro", "a", "", "*[x](http)"):
        app.text_input("gpt head text").set_value(typed).run()
        assert not app.exception
        [warning] = app.warning
        assert "Using Широка с instead" in warning.value
    app.text_input("gpt head text").set_value("на⏎е").run()
    assert not app.warning


def test_the_places_follow_a_shorter_text():
    app = section("head")
    app.select_slider("gpt head row").set_value(7).run()
    app.text_input("gpt head text").set_value("на").run()
    assert not app.exception
    assert app.select_slider("gpt head row").value == 1


def test_a_cell_is_written_out_down_to_its_weight():
    app = section("head")
    app.select_slider("gpt head row").set_value(4)
    app.select_slider("gpt head column").set_value(2).run()
    [code] = [c.value for c in app.code if c.value.startswith("raw")]
    terms = re.findall(r"\((-?[\d.]+)\)\((-?[\d.]+)\)", code)
    raw = float(re.search(r"\n +?= (-?[\d.]+)", code)[1])
    assert len(terms) == 16
    # rounded to two places each
    total = sum(float(a) * float(b) for a, b in terms)
    assert total == pytest.approx(raw, abs=0.1)
    scaled = float(re.search(r"sqrt\(16\) = (-?[\d.]+)", code)[1])
    assert scaled == pytest.approx(raw / 4, abs=1e-3)
    mine, all_, share = re.search(
        r"= ([\d.]+) / ([\d.]+) = ([\d.]+)%", code
    ).groups()
    assert float(share) == pytest.approx(
        100 * float(mine) / float(all_), abs=0.1
    )
    app.select_slider("gpt head column").set_value(6).run()
    [code] = [c.value for c in app.code if c.value.startswith("raw")]
    assert "weight  = 0.0%" in code


def test_scale_says_the_lecture_s_figures():
    app = section("scale")
    # claim 103: variance 16 vs 1, top .62 vs .16; x8: .2872 and .8000
    words = said(app)
    raw, scaled = re.search(
        r"\*\*([\d.]+)\*\* raw and \*\*([\d.]+)\*\* divided", words
    ).groups()
    assert float(raw) == pytest.approx(16, rel=0.05)
    assert float(scaled) == pytest.approx(1, rel=0.05)
    assert "gets **29%**, and times 8 **80%**" in words
    for H in (1, 256):
        app.select_slider("gpt head size").set_value(H).run()
        assert not app.exception


@pytest.mark.parametrize("data", TEXTS)
def test_positions_stand_on_any_text(data):
    app = section("positions", data)
    app.slider("gpt shuffle").set_value(3).run()
    assert not app.exception and not app.warning
    assert "2.365" not in said(app)  # published for tiny Shakespeare only
    assert "stops after **8** characters" in said(app)
    assert any(c.value.startswith("IndexError: index") for c in app.code)
    app.toggle("gpt crop").set_value(True).run()
    assert "40 characters" in said(app)
    app.text_input("gpt shuffle text").set_value("bb").run()
    assert not app.exception


def test_two_characters_never_look_alike():
    signs = "\n\t ⏎␣⇥\u200b\u00a0ab"
    assert len({visible(sign) for sign in signs}) == len(signs)
    assert not any(" " in visible(sign) for sign in signs)


def test_the_graph_has_an_arrow_for_each_weight_that_is_heard():
    weights = [[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.5, 0.49, 0.01]]
    every = talk.drawn('a\\"', None, weights, None, False).source
    assert every.count("->") == 5  # one is below 5 %
    row = talk.drawn('a\\"', None, weights, 2, True).source
    assert row.count("->") == 3
    assert "s0 -> s2" in row and "s2 -> s0" not in row
    other = talk.drawn("ab", "xyz", weights[:2], 1, False).source
    assert "s0 -> q1" in other and "s1 -> q1" in other


def test_default_texts_come_from_the_data():
    from pages.sections.gpt import head

    data = text.own("\n\na\nFirst Citizen:\nspeak\n" * 200)
    assert head.opening(data) == "First Ci"
    assert head.opening(data, 1) == "speak"
    assert head.opening(text.own("a\n" * 2000)) == "aa"


def test_of_a_long_sentence_the_first_characters_are_used():
    app = section("head", AB)
    app.text_input("gpt head text").set_value("ab " * 30).run()
    assert not app.exception and not app.warning
    assert "first 16 of these 90 characters" in said(app)
