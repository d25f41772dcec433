"""What comes later: the page does not wait, and nothing is computed twice."""

import threading
import time

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.parts import later, mended, server

OPEN = threading.Event()  # nothing is computed while it is not set
COMPUTED = []


@later.resources(4)
def answer(_data, digest: str) -> str:
    OPEN.wait(20)
    COMPUTED.append(digest)
    if digest == "none":
        raise ValueError("there is none")
    return f"the answer to {digest}"


def page():
    """A visitor's page, about what they type."""
    asked = st.text_input("Asked", "first", key="asked")
    st.text("before")
    question = answer, None, asked
    later.show(lambda: st.text(answer(*question[1:])), question)
    st.text("behind")


SCRIPT = "import test_later\ntest_later.page()"


@pytest.fixture(autouse=True)
def pages_wait_for_nothing(monkeypatch):
    monkeypatch.setattr(later, "PATIENCE", 0)
    OPEN.clear()
    yield
    OPEN.set()
    computed()
    answer.clear()
    COMPUTED.clear()


def computed():
    """Wait until the thread has nothing to do."""
    OPEN.set()
    later.POOL.submit(int).result(20)


def visit(asked="first"):
    app = AppTest.from_string(SCRIPT, default_timeout=20)
    app.session_state["asked"] = asked
    return app.run()


def texts(app):
    return [each.value for each in app.text]


def waits(app) -> bool:
    return any("being computed" in each.value for each in app.markdown)


def test_a_page_is_drawn_without_what_takes_long_and_with_it_later():
    app = visit()
    assert texts(app) == ["before", "behind"] and waits(app)
    assert texts(app.run()) == ["before", "behind"]
    computed()
    assert texts(app.run()) == ["before", "the answer to first", "behind"]
    assert not waits(app) and not app.exception


def test_a_page_that_waits_draws_itself_again_once_all_is_there():
    app = visit()
    coming = answer.begin(None, "first")
    script = "\n".join(
        [
            "import streamlit as st",
            "from pages.parts import later",
            "if 'looked' not in st.session_state:",
            "    st.session_state.looked = True",
            "    later.expect(st.session_state.coming)",
            "    st.text('still waiting')",
            "st.text('drawn')",
        ]
    )
    for coming_now, drawn in (
        ([coming], ["still waiting", "drawn"]),
        ([], ["drawn"]),
    ):
        app = AppTest.from_string(script, default_timeout=20)
        app.session_state["coming"] = coming_now
        assert texts(app.run()) == drawn
    computed()
    app = AppTest.from_string(script, default_timeout=20)
    app.session_state["coming"] = [coming]
    assert texts(app.run()) == ["drawn"]


def test_the_thread_begins_when_the_page_that_asks_is_drawn(monkeypatch):
    monkeypatch.setattr(later, "DRAWN", 20)
    OPEN.set()
    with mended.TURN.taken():
        coming = answer.begin(None, "first")
        with pytest.raises(TimeoutError):
            coming.result(0.2)
        assert not COMPUTED
    assert coming.result(20) == "the answer to first"


def test_a_page_that_waits_for_its_answer_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(later, "DRAWN", 20)
    OPEN.set()
    began = time.monotonic()
    with mended.TURN.taken():
        assert answer(None, "first") == "the answer to first"
    assert time.monotonic() - began < 10


def test_two_who_ask_the_same_are_answered_at_once():
    one, other = visit(), visit()
    computed()
    for app in (one, other):
        assert "the answer to first" in texts(app.run())
    assert COMPUTED == ["first"]


def test_what_a_visitor_asks_no_more_is_not_computed():
    busy, app = visit("busy"), visit("first")
    for asked in ("second", "third"):
        app.text_input("asked").set_value(asked).run()
    computed()
    assert COMPUTED == ["busy", "third"]
    assert "the answer to third" in texts(app.run())
    assert "the answer to busy" in texts(busy.run())


def test_all_that_one_place_needs_is_computed():
    script = "\n".join(
        [
            "import streamlit as st",
            "from pages.parts import later",
            "from test_later import answer",
            "wanted = [(answer, None, each) for each in 'abc']",
            "later.show(lambda: st.text('all'), *wanted)",
        ]
    )
    visit("busy")
    app = AppTest.from_string(script, default_timeout=20).run()
    assert not texts(app)
    computed()
    assert COMPUTED == ["busy", "a", "b", "c"]
    assert texts(app.run()) == ["all"]


def test_two_places_of_a_page_leave_each_other_alone():
    script = "\n".join(
        [
            "import streamlit as st",
            "from functools import partial",
            "from pages.parts import later",
            "from test_later import answer",
            "for each in 'ab':",
            "    question = answer, None, each",
            "    later.show(partial(st.text, each), question, place=each)",
        ]
    )
    visit("busy")
    app = AppTest.from_string(script, default_timeout=20).run()
    computed()
    assert COMPUTED == ["busy", "a", "b"]
    assert texts(app.run()) == ["a", "b"]


def test_one_who_gives_up_takes_nothing_from_another():
    visit("busy")
    app, patient = visit("first"), visit("first")
    app.text_input("asked").set_value("second").run()
    assert waits(patient.run())  # asks for it anew
    computed()
    assert "the answer to first" in texts(patient.run())
    assert COMPUTED == ["busy", "second", "first"]


def test_who_waits_for_an_answer_that_is_given_up_still_gets_it():
    visit("busy")
    app, found = visit("first"), []
    thread = threading.Thread(
        target=lambda: found.append(answer(None, "first"))
    )
    thread.start()
    app.text_input("asked").set_value("second").run()
    computed()
    thread.join(20)
    assert found == ["the answer to first"]


def test_a_failure_is_shown_and_not_kept():
    app = visit("none")
    computed()
    app.run()
    assert [each.message for each in app.exception] == ["there is none"]
    OPEN.clear()
    assert waits(app.run())  # it is tried again
    computed()
    assert COMPUTED == ["none", "none"]


def test_an_answer_that_asks_for_another_does_not_wait_for_ever():
    asked = later.POOL.submit(answer, None, "first")
    with pytest.raises(AssertionError, match="wait for itself"):
        asked.result(20)


def test_a_server_that_ends_leaves_the_line_and_the_next_begins_one():
    visit("busy")
    waiting = answer.begin(None, "first")
    later.give_up_all()
    assert waiting.cancelled()
    app = visit("first")
    computed()
    assert "the answer to first" in texts(app.run())


def test_answers_are_forgotten_with_all_that_is_kept(monkeypatch):
    monkeypatch.setattr(server, "ours", lambda name: name == __name__)
    visit()
    computed()
    server.forget()
    OPEN.clear()
    app = visit()
    assert waits(app)
    computed()
    assert COMPUTED == ["first", "first"]
