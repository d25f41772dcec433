"""The sections on text and on averaging, as Streamlit runs them."""

import math

import pytest
from streamlit.testing.v1 import AppTest

from core.data import text
from pages.charts.signs import visible
from pages.sections.gpt import averaging

TEXT = """
from core.data import text
from pages.sections.gpt import {section} as section
section.show({data})
"""
DATA = {
    "two letters": "text.own('ab ' * 2000)",
    "cyrillic": "text.own('Мой дядя самых честных правил,\\n' * 300)",
    "signs": "text.own('a\\tb ␣⏎\\n\\u00a0\\u0301' * 900)",
    "many": "text.own(''.join(map(chr, range(0x4e00, 0x4e00 + 499))) * 12)",
    "only ends of lines": "text.own('\\n\\t' * 2000)",
}
lecture = pytest.mark.skipif(
    text.local().source != "lectures", reason="the lecture's text is not here"
)


def section(name, data="text.local()"):
    code = TEXT.format(section=name, data=data)
    app = AppTest.from_string(code, default_timeout=30).run()
    assert not app.exception
    return app


def begun(widgets, key):
    """The widget whose key begins so; the text's digest ends it."""
    return next(each for each in widgets if each.key.startswith(key))


def said(app):
    return " ".join(m.value for m in app.markdown)


def codes(app):
    return [each.value for each in app.code]


@lecture
def test_the_lecture_s_figures_are_on_the_page():
    app = section("text")
    words = said(app)
    for figure in ("1,115,394", "65 of them", "1,003,854", "111,540"):
        assert figure in words  # L7.1, L7.2
    assert "**4.8786**" in words and "log 65 = 4.1744" in words  # L7.5
    assert "**2.48" in words  # the baseline of issue 8
    [shown] = [code for code in codes(app) if "encode  " in code]
    line = shown.splitlines()[1].split()[1:]
    assert line == ["46", "47", "47", "1", "58", "46", "43", "56", "43"]
    assert any("[18, 47] → 56" in code for code in codes(app))  # L7.3


def test_a_strange_character_is_refused_in_words():
    app = section("text", DATA["two letters"])
    begun(app.text_input, "gpt text phrase").set_value("a*b").run()
    assert not app.exception
    assert r"\* does not occur" in app.warning[0].value
    begun(app.text_input, "gpt text phrase").set_value("ab ab").run()
    assert not app.warning
    assert any("decode      ab ab" in code for code in codes(app))


def test_of_a_long_phrase_the_first_characters_are_used():
    app = section("text", DATA["two letters"])
    begun(app.text_input, "gpt text phrase").set_value("ab" * 30).run()
    assert not app.exception and not app.warning
    assert any("40 of these 60" in each.value for each in app.caption)


def test_the_published_figure_is_for_the_lecture_s_text_only():
    assert "the lecture prints" not in said(section("text", DATA["cyrillic"]))


@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_the_sections_stand_on_any_text(data):
    app = section("text", data)
    app.slider("gpt text example").set_value(32).run()
    app.slider("gpt text rows").set_value(1).run()  # there is no row 32 now
    app.slider("gpt text long").set_value(2).run()
    assert not app.exception
    assert "**2 examples**" in said(app)
    app.slider("gpt text window").set_value(1).run()
    app.slider("gpt text row").set_value(4).run()
    begun(app.selectbox, "gpt text other").set_value(0).run()
    assert not app.exception
    assert "**exactly 0**" in said(app) or "already" in said(app)


def test_rows_move_or_stand_still_in_words():
    app = section("text", DATA["two letters"])
    stands = []
    for token in range(3):
        begun(app.selectbox, "gpt text other").set_value(token).run()
        stands.append("already" in said(app))
        assert stands[-1] or "other 3 rows move by **exactly 0**" in said(app)
    assert sum(stands) == 1


def test_no_two_characters_share_a_label():
    letters = "".join(sorted("a\t\n ␣⏎\u00a0\u0301\u200b\ufe0f⇥é"))
    labels = [visible(each) for each in letters]
    assert len(set(labels)) == len(letters)
    assert all(label.isprintable() and label.strip() for label in labels)
    assert [visible(each) for each in "\n a␣"] == ["⏎", "␣", "a", "U+2423"]


def test_a_row_is_told_as_a_sum():
    app = section("averaging")
    app.slider("gpt averaging row").set_value(2).run()
    assert not app.exception
    # L7.9: the second row of the lecture's toy becomes 4.0, 5.5
    assert "0.500 · row 1 + 0.500 · row 2 of x = (4.0000, 5.5000)" in said(app)
    app.segmented_control("gpt averaging way").set_value("attention").run()
    assert not app.exception
    assert "value(x)" in said(app)


def test_the_tables_tell_what_is_even_and_what_is_not():
    app = section("averaging")
    app.segmented_control("gpt averaging start").set_value(
        "8 rows of spread 1"
    ).run()
    assert not app.exception
    app.slider("gpt averaging row").set_value(4).run()
    weights = app.table[0].value.set_index("weights of row 4")
    for way in ("1 Loop", "2 Product", "3 Softmax"):
        assert list(weights.loc[way]) == ["0.250"] * 4 + ["0.000"] * 4
    attention = [float(n) for n in weights.loc["4 Attention"]]
    assert sum(attention) == pytest.approx(1, abs=0.003)
    assert attention[:4] != [0.25] * 4 and attention[4:] == [0] * 4
    compared = app.table[1].value
    # facts.md: allclose is False on the lecture's batch, True at 1e-6
    assert list(compared["allclose"])[2:] == ["`False`", "`False`"]
    assert set(compared["atol=1e-6"]) == {"`True`"}


@pytest.mark.parametrize(
    "cell", [None, math.nan, math.inf, "7", True, 101.0, -1e9]
)
def test_a_cell_that_is_no_number_gets_a_sentence(cell):
    begun = [[2.0, 7.0], [6.0, 4.0]]
    rows, trouble = averaging.numbers([[2, 7], [6, cell]], begun)
    assert rows == ((2, 7), (6, 4))
    [sentence] = trouble
    assert "row 2, channel 2 (using 4)" in sentence


def test_rows_may_be_added_and_taken_away():
    begun = [[2.0, 7.0]]
    rows, trouble = averaging.numbers([[2, 7], [1, None]], begun)
    assert rows == ((2, 7), (1, 0)) and len(trouble) == 1
    assert averaging.numbers([], begun)[0] == ((2, 7),)
    rows, trouble = averaging.numbers([[1, 1]] * 12, begun)
    assert len(rows) == averaging.LONGEST and "first 8" in trouble[0]


def test_all_ways_stand_on_any_numbers():
    for x in (((0.0, 0.0),), ((100.0, -100.0), (-100.0, 100.0)), ((1.0, 0.0),)):
        found = averaging.computed(x, 1)
        for weights, _, out in found.values():
            assert all(math.isfinite(n) for row in out for n in row)
            assert all(sum(row) == pytest.approx(1) for row in weights)
