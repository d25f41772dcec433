"""The GPT page as Streamlit runs it, without a browser."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from core.runs import store

ENTRY = str(store.ROOT / "streamlit_app.py")


def lesson(**address):
    app = AppTest.from_file(ENTRY, default_timeout=120)
    for name, value in address.items():
        app.query_params[name] = value
    app.switch_page("pages/lessons/gpt.py").run()
    assert not app.exception
    return app


def said(app) -> str:
    return " ".join(each.value for each in [*app.markdown, *app.caption])


def test_the_page_says_something_before_any_click(lecture_names):
    app = lesson()
    assert app.title[0].value == "6. GPT"
    assert not app.warning
    assert "209,729 numbers" in said(app)
    # the untrained network: its first loss, about that of guessing
    assert re.search(r"this batch has a loss of 4\.\d{4} nats", said(app))


def test_the_published_size_is_a_button_that_a_laptop_survives(lecture_names):
    app = lesson()
    app.button("preset published").click().run()
    assert not app.exception
    assert app.session_state["n_embd"] == 384
    assert "10,788,929 numbers" in said(app)


def test_the_address_chooses_the_names(lecture_names):
    app = lesson(text="names")
    assert "the names, a line each" in said(app)


@pytest.mark.parametrize(
    "own, complaint",
    [
        ("abc", "3 characters"),
        ("a" * 4000, "one character only"),
        ("bell \x07" * 1000, "U+0007"),
    ],
)
def test_a_bad_text_gets_one_sentence_and_loses_nothing(
    lecture_names, own, complaint
):
    app = lesson(text="own")
    app.text_area("own text").input(own).run()
    assert not app.exception
    [error] = app.error
    assert complaint in error.value.replace("\\", "")
    assert "tiny Shakespeare" in said(app)


@pytest.mark.parametrize("own", ["ab " * 2000, "🙂🙃 как дела?\n\t" * 400])
def test_no_section_breaks_on_strange_texts(lecture_names, own):
    app = lesson(text="own")
    app.text_area("own text").input(own).run()
    assert not app.exception and not app.error
    assert "your own text" in said(app)


@pytest.mark.parametrize(
    "knobs",
    [
        {"n_layer": "0", "n_embd": "4", "n_head": "1", "block": "1"},
        {"n_layer": "12", "n_head": "16", "block": "256", "steps": "1"},
        {"mask": "false", "positions": "false", "norm": "none"},
        {"attention": "false", "feedforward": "false", "dropout": "0.9"},
        {"norm": "after", "residual": "false", "batch": "1"},
        {"device": "cuda"},  # there may be none: Train then says so
    ],
)
def test_no_section_breaks_at_the_ends_of_the_knobs(lecture_names, knobs):
    assert not lesson(**knobs).warning


def test_heads_that_cannot_share_get_one_sentence(lecture_names):
    app = lesson(n_head="5")
    [warning] = app.warning
    assert "5 heads cannot share 64" in warning.value


def test_heads_turned_so_that_they_cannot_share_get_one_sentence(lecture_names):
    app = lesson()
    app.slider("n_head").set_value(6).run()
    [warning] = app.warning
    assert "6 heads cannot share 64" in warning.value


def test_every_link_of_the_contents_leads_somewhere():
    pages = store.ROOT / "pages"
    text = (pages / "lessons" / "gpt.py").read_text()
    sections = "".join(
        file.read_text() for file in (pages / "sections" / "gpt").glob("*.py")
    )
    links = re.findall(r"\(#([a-z-]+)\)", text)
    assert len(links) > 10
    for link in links:
        assert f'anchor="{link}"' in text + sections


def test_texts_of_more_and_fewer_characters_follow_each_other(lecture_names):
    app = lesson(text="own")
    for own in ("".join(map(chr, range(0x4E00, 0x4E64))) * 40, "ab " * 2000):
        app.text_area("own text").input(own).run()
        assert not app.exception
        other = next(s for s in app.selectbox if "gpt text other" in s.key)
        other.set_value(1).run()
        assert not app.exception
    app.selectbox("text").set_value("shakespeare").run()
    assert not app.exception and not app.warning
