"""The buttons of a run: what they act on, and when they are drawn again."""

from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.runs import store
from pages.parts import controls, live, take_home
from pages.parts.page import Page
from pages.parts.playhead import Playhead

ENTRY = str(store.ROOT / "streamlit_app.py")


class Noted:
    """A launcher that starts nothing and notes what it is asked for."""

    def __init__(self):
        self.started, self.line = [], []
        self.audience = SimpleNamespace(size=0, others=lambda *_: 0)

    def start(self, run, who):
        self.started.append(run)

    def watch(self, run, who):
        pass


@pytest.fixture
def noted(monkeypatch):
    launcher = Noted()
    monkeypatch.setattr(live, "launcher", lambda: launcher)
    monkeypatch.setattr(live, "FIRST", 0)
    return launcher


@pytest.fixture
def whole_pages(monkeypatch):
    """Here a knob does what it does in the app, where its run is one of a
    fragment; an AppTest's is always one of the whole page."""
    again = "pages.parts.page.redraw"
    monkeypatch.setattr(again, lambda *names: st.rerun(list(names)))


@pytest.fixture
def page(lecture_names, whole_pages):
    app = AppTest.from_file(ENTRY, default_timeout=60).run()
    return app.switch_page("pages/lessons/bigram.py").run()


def knob(name, page):
    [widget] = [w for w in (*page.slider, *page.number_input) if w.key == name]
    return widget


def labelled(label, page):
    [button] = [each for each in page.button if each.label == label]
    return button


def test_train_takes_the_knobs_as_they_are_when_it_is_pressed(page, noted):
    """Also where a turned knob and the press come to the server together."""
    knob("steps", page).set_value(123)
    labelled("Train", page).click().run()
    assert not page.exception
    assert [run.config.steps for run in noted.started] == [123]


def test_the_buttons_stay_as_they_are_while_a_knob_turns(page, noted):
    assert labelled("Train", page) and labelled("Newest", page)
    knob("seed", page).set_value(5).run()
    labels = {each.label for each in page.button}
    assert page.select_slider  # the run is drawn again, and these are not
    assert not labels & {"Train", "Newest", "Fork here"}
    assert not page.get("download_button")
    assert noted.started == []


def run_is_drawn(page) -> bool:
    """In the last answer: the slider of the playhead belongs to the run."""
    return any(each.label == "Look at step" for each in page.select_slider)


def test_the_pictures_before_train_stay_where_a_knob_has_no_say(page, noted):
    assert run_is_drawn(page)
    rate, seed = knob("rate", page), knob("seed", page)
    rate.set_value(rate.value / 2).run()
    assert not page.exception and not run_is_drawn(page)
    seed.set_value(5).run()
    assert run_is_drawn(page)


def test_a_run_that_train_began_is_left_for_another_by_any_knob(
    page, noted, monkeypatch
):
    """Train draws the run alone: the next knob has to know that it did."""
    rate, look, begun = knob("rate", page), live.look, []
    monkeypatch.setattr(live, "redraw", lambda *names: st.rerun(list(names)))
    monkeypatch.setattr(
        live,
        "look",
        lambda run: ("running", []) if run.id in begun else look(run),
    )
    noted.start = lambda run, who: begun.append(run.id)
    labelled("Train", page).click().run()
    assert not page.number_input  # of the sidebar: the run, and no more
    assert "Step 0" in page.get("progress")[0].text
    rate.set_value(rate.value / 2).run()
    assert "Not trained yet" in page.get("progress")[0].text


def test_what_went_wrong_is_gone_with_the_next_knob(page, noted):
    """Also where the pictures are the same: it was of another run."""

    def start(run, who):
        raise OSError

    noted.start = start
    labelled("Train", page).click().run()
    assert "could not be written" in page.warning[0].value
    rate = knob("rate", page)
    rate.set_value(rate.value / 2).run()
    assert run_is_drawn(page) and not page.warning


def test_a_knob_knows_what_a_press_has_drawn(whole_pages, monkeypatch):
    """A press draws the buttons again, and not the whole page: for the knobs
    of a run that does not grow, Train has to be drawn as before the press."""
    drawn = []
    again = "pages.parts.page.redraw"
    monkeypatch.setattr(again, lambda *names: drawn.append(names))
    asked = run_of(grows=False), []
    monkeypatch.setattr(Page, "asked", lambda page: asked)
    page = Page.__new__(Page)
    page.lesson, page.shown, page.wrong = None, {}, []
    page.needs = {"buttons": lambda run: run.grows}
    for grows in (False, True):  # at first, and once Train was pressed
        page.run = run_of(grows)
        page.fill("buttons", lambda: None, (), {})
    page.turned()
    assert drawn == [("buttons",)]


def run_of(grows):
    return SimpleNamespace(config=None, data=None, grows=grows)


def test_what_is_taken_home_is_of_the_run_that_the_page_shows(monkeypatch):
    """The buttons stay as they are when a knob turns to another such run."""
    offered = {}
    monkeypatch.setattr(
        st,
        "download_button",
        lambda label, data, **_: offered.update({label: data}),
    )
    monkeypatch.setattr(take_home, "there", lambda run: (True, False))
    monkeypatch.setattr(
        take_home.script, "assemble", lambda run: f"script of {run.lesson}"
    )
    page = SimpleNamespace(run=SimpleNamespace(lesson="before"))
    take_home.files(page.run, page)
    page.run = SimpleNamespace(lesson="after")
    assert offered["Script (.py)"]() == "script of after"
    assert offered["Weights (.pt)"] == ""  # none are there


def test_a_session_keeps_the_playheads_of_the_last_runs(monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    first, usual = SimpleNamespace(id="first"), SimpleNamespace(id="usual")
    live.playhead(first).step(3)
    live.playhead(usual).step(4)
    for i in range(live.HEADS - 1):
        live.playhead(SimpleNamespace(id=str(i)))
        assert live.playhead(usual).at == 4  # is looked at all the time
    assert len(st.session_state["playheads"]) == live.HEADS
    assert live.playhead(first).at == 0  # is a new one


def test_the_buttons_know_when_a_run_is_refused(page, noted, monkeypatch):
    monkeypatch.setattr(live.limits, "refusal", lambda run: "Too large.")
    knob("rate", page).set_value(20.0).run()
    assert labelled("Train", page).disabled


def test_a_slider_that_is_gone_moves_nothing(monkeypatch):
    """A browser goes on to tell its value with whatever it asks for: if that
    drew the run again, no section would answer any more."""
    drawn = []
    monkeypatch.setattr(controls, "redraw", lambda *names: drawn.append(names))
    state = {"slider": "scrub b", "scrub a": 4, "scrub b": 2}
    monkeypatch.setattr(controls.st, "session_state", state)
    head = Playhead()
    controls.scrub(head, "scrub a", [1, 2, 4], head.turns)
    assert (drawn, head.mode) == ([], "follow")
    controls.scrub(head, "scrub b", [1, 2, 4], head.turns)
    assert (drawn, head.mode, head.at) == ([(controls.RUN,)], "pause", 1)
