"""A knob that draws again only what it has a say in, and all of that."""

import importlib

import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest

from core import COURSE, gpt, inside, knobs
from core.data import text
from core.runs import store
from pages.parts.page import Page

VOLATILE = (
    "id",
    "deferred_file_id",
    "set_value",
    "value",
    "raw_value",
    "raw_values",
)
# one step from where they stand they do not fit: 66 channels for 4 heads
REFUSED = {"gpt": {"n_embd", "n_head"}}
ENTRY = str(store.ROOT / "streamlit_app.py")


def lesson_of(name):
    return importlib.import_module(f"core.{name}")


def drawn(node, path=()):
    """Every element of the main part of a page, by its place."""
    found = {}
    for at, child in getattr(node, "children", {}).items():
        if hasattr(child, "children"):
            found |= drawn(child, (*path, at))
        else:
            found[*path, at] = seen(child.proto)
    return found


def seen(proto):
    """Without what nobody sees, which every run of a script makes anew."""
    copy = type(proto)()
    copy.CopyFrom(proto)
    for name in VOLATILE:
        if name in copy.DESCRIPTOR.fields_by_name:
            copy.ClearField(name)
    return str(copy)


def opened(name):
    app = AppTest.from_file(ENTRY, default_timeout=60).run()
    return app.switch_page(f"pages/lessons/{name}.py").run()


def moved(knob, widget):
    """Another value of a knob, near the one it has."""
    if knob.kind is bool:
        return not widget.value
    if knob.choices:
        return next(each for each in knob.choices if each != widget.value)
    step = widget.step or 1
    up = widget.value + step <= widget.max
    return float(f"{widget.value + (step if up else -step):.12g}")


@pytest.fixture
def whole_pages(monkeypatch):
    """Here a knob does what it does in the app, where its run is one of a
    fragment; an AppTest's is always one of the whole page."""
    again = "pages.parts.page.redraw"
    monkeypatch.setattr(again, lambda *names: st.rerun(list(names)))


@pytest.mark.parametrize("name", COURSE)
def test_a_knob_draws_again_all_that_it_changes(
    name, lecture_names, monkeypatch
):
    app = opened(name)
    Config, refused = lesson_of(name).Config, set()
    for knob in knobs.knobs_of(Config):
        kinds = app.slider, app.number_input, app.selectbox, app.toggle
        [widget] = [w for kind in kinds for w in kind if w.key == knob.name]
        old, value = widget.value, moved(knob, widget)
        after = draws_again_all(app, widget, value)
        if "Using the defaults" in " ".join(after.values()):
            refused.add(knob.name)
            after = draws_again_all(app, again_of(app, widget), old)
    assert refused == REFUSED.get(name, set())

    # what a section was not told does not matter to it
    draw = Page.draw
    monkeypatch.setattr(
        Page,
        "draw",
        lambda self, section, *_, **given: draw(self, section, **given),
    )
    assert differing(drawn(app.run().main), after) == []


def draws_again_all(app, widget, value) -> dict:
    """Turns the knob; returns what a rerun of the whole page draws then."""
    before = drawn(app.main)
    again = drawn(widget.set_value(value).run().main)
    assert not app.exception, widget.key
    after = drawn(app.run().main)
    shown = {at: again.get(at, before.get(at)) for at in after}
    assert differing(shown, after) == [], widget.key
    assert len(again) < len(after)
    return after


def again_of(app, widget):
    """The widget as the last run drew it."""
    [found] = [w for w in getattr(app, widget.type) if w.key == widget.key]
    return found


def test_look_inside_is_drawn_again_for_another_net_only(lecture_names):
    data, config = text.load(), gpt.Config(rate=0.004)
    run = store.Run("gpt", config, data)
    net = inside.untrained(config, len(data.letters))
    result = {"letters": data.letters, "weights": tuple(net.parameters())}
    store.make(run)
    torch.save(result, run.path / "result.pt")

    def looked(knob, kind, value) -> str:
        """What is drawn again, in captions."""
        app.run()
        getattr(app, kind)(knob).set_value(value).run()
        assert not app.exception
        return " ".join(each.value for each in app.caption)

    app, untrained = opened("gpt"), "this net has learned nothing yet"
    assert untrained not in looked("rate", "number_input", 0.002)
    assert untrained not in looked("batch", "slider", 8)
    assert untrained in looked("n_layer", "slider", 2)
    looked("n_layer", "slider", 4)
    looked("batch", "slider", 16)
    assert "your finished run" in looked("rate", "number_input", 0.004)
    assert untrained in looked("steps", "slider", 1000)


def again(app, kind, knob, value) -> str:
    """Turns a knob; all that the answer draws again, as text."""
    app.run()
    getattr(app, kind)(knob).set_value(value).run()
    assert not app.exception
    return " ".join(drawn(app.main).values())


def test_a_costly_picture_stays_where_a_knob_turns(lecture_names):
    app, picture = opened("mlp"), "The valley is at"
    told = again(app, "slider", "hidden", 210)
    assert told.count("yours has hidden 210 instead of 200") == 2
    assert picture not in told
    app.run()
    app.button("mlp tested mine").click().run()
    assert picture in " ".join(drawn(app.main).values())
    assert picture in again(app, "slider", "hidden", 200)  # it was shown before
    assert picture not in again(app, "slider", "hidden", 220)


def test_the_rate_that_is_tried_follows_the_exponent(
    lecture_names, monkeypatch
):
    parts = "pages.sections.mlp.rate.redraw"
    monkeypatch.setattr(parts, lambda *names: st.rerun(list(names)))
    told = again(opened("mlp"), "slider", "mlp exponent", -1.5)
    assert "a rate of **0.0316**" in told
    assert "rate 0.00316: not run yet, rate 0.0316: not run yet" in told
    assert "Neighbours of" not in told


def test_two_nets_that_were_trained_go_where_a_knob_turns(lecture_names):
    app, asked = opened("micrograd"), "Train both, 10 steps"
    assert asked not in again(app, "slider", "width", 4)
    app.run()
    [button] = [each for each in app.button if each.label == asked]
    trained = " ".join(drawn(button.click().run().main).values())
    assert "times** as fast" in trained
    told = again(app, "slider", "width", 5)
    assert asked in told and "times** as fast" not in told


def differing(one, other) -> list[str]:
    return [text[:300] for at, text in other.items() if one.get(at) != text]
