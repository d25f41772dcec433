"""The page's first picture and the tree's section, as Streamlit runs them."""

import pytest
from streamlit.testing.v1 import AppTest
from test_one_batch import TEXTS

from core import wavenet

SECTION = """
from core import wavenet
from core.data import names
from drawing import draw_of
from pages.sections.wavenet import tree
data = {data}
tree.opening(data)
config = wavenet.Config(hidden={hidden}, embedding=6, fan={fan!r})
tree.show(draw_of(data=data, config=config))
"""


def section(data="names.own('emma olivia ava')", fan="2-2-2", hidden=8):
    code = SECTION.format(data=data, fan=fan, hidden=hidden)
    app = AppTest.from_string(code, default_timeout=60).run()
    assert not app.exception
    return app


def text(app):
    return " ".join(m.value for m in app.markdown)


@pytest.mark.parametrize("fan", wavenet.FANS)
def test_every_node_can_be_chosen_by_its_two_sliders(fan):
    app = section()
    app.selectbox("wavenet fan").set_value(fan).run()
    level = app.select_slider("wavenet tree level")
    fans = [int(n) for n in fan.split("-")]
    width, total = 1, 1
    for n in fans:
        total *= n
    names = ["letters", *(f"layer {i + 1}" for i in range(len(fans))), "next"]
    assert level.options == names
    for k, name in enumerate(names):
        width *= fans[k - 1] if 0 < k <= len(fans) else 1
        app.select_slider("wavenet tree level").set_value(name).run()
        for place in range(total // width):
            if total > width:
                app.slider("wavenet tree place").set_value(place + 1).run()
            assert not app.exception
            first, last = place * width + 1, (place + 1) * width
            where = f"letters {first} to {last}" if width > 1 else "letter"
            assert f"**{where}" in text(app)
            if width == 1:
                assert f"letter {first} of {total}" in text(app)


def test_the_shape_of_a_node_has_its_reason():
    # issue 7 and L6.8: (B, T/2, 2C), then Linear on the last dimension
    app = section(hidden=128)
    said = text(app)
    assert "(B, 8, 6) → 2 neighbours side by side → (B, 4, 12)" in said
    assert "Linear 12 to 128 on the last dimension → **(B, 4, 128)**" in said
    app.select_slider("wavenet tree level").set_value("layer 3").run()
    assert "(B, 2, 128)" in text(app) and "**(B, 128)**" in text(app)
    assert "time is gone" in text(app)


def test_the_letter_to_predict_moves_the_window():
    app = section()
    choose = app.selectbox("wavenet tree letter")
    assert choose.options[0] == "1: ........ → e"
    assert choose.value == "5: ....emma → ."
    choose.set_value("3: ......em → m").run()
    app.select_slider("wavenet tree level").set_value("layer 1").run()
    app.slider("wavenet tree place").set_value(4).run()
    assert "**letters 7 to 8 of 8: `em`**" in text(app)


def test_a_word_it_cannot_spell_is_refused_in_words():
    app = section()
    app.text_input("wavenet tree word").set_value("zzz").run()
    assert not app.exception
    assert "does not occur in the data" in app.warning[0].value


def test_flat_and_tree_are_told_apart_by_the_published_counts():
    app = section("names.local()", hidden=128)
    rows = app.table[0].value
    # by hand: 27*6 + 48*128 + 2*128 + 128*27 + 27
    assert rows["parameters in all"][0] == f"{27 * 6 + 48 * 128 + 3739:,}"
    assert list(rows["each used at"]) == ["1 place", "4 places", "1 place"]


def test_the_first_picture_speaks_at_once():
    app = section()
    said = text(app)
    assert "the answer hangs" in said and "`emma`" in said
    [caption] = [c.value for c in app.caption if "while this page" in c.value]
    assert "words it learned from" in caption


@pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("fan", ["8", "3", "2-2-2-2"])
def test_the_section_stands_on_any_words(words, fan):
    app = section(f"names.Words('own', tuple({words!r}.split()))", fan, 1)
    assert "hears **" in text(app)
