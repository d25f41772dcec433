"""What this app replaces in Streamlit: as it was, but sooner."""

import asyncio
import gc
import hashlib
import json
import subprocess
import sys
import threading
import time
import weakref
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as some
from streamlit import config, runtime
from streamlit.cursor import RunningCursor
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.form_utils import FormData
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.proto.RootContainer_pb2 import RootContainer
from streamlit.runtime.caching import cache_utils
from streamlit.runtime.caching.cache_type import CacheType
from streamlit.runtime.caching.cache_utils import Cache
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.scriptrunner.script_runner import (
    ScriptRunner,
    ScriptRunnerEvent,
)
from streamlit.runtime.scriptrunner_utils.script_requests import (
    RerunData,
    ScriptRequests,
)
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from core.bigram import Config
from core.runs import store
from pages.parts import cached, mended

PRIMARY = "theme.dark.primaryColor"
ENTRY = str(store.ROOT / "streamlit_app.py")
DRAWN = ScriptRunnerEvent.ENQUEUE_FORWARD_MSG
ENDED = ScriptRunnerEvent.SHUTDOWN


def test_the_state_looked_up_is_the_state_that_streamlit_copies(lecture_names):
    app = AppTest.from_file(ENTRY, default_timeout=60)
    app.switch_page("pages/lessons/bigram.py").run()
    state = app.session_state._state._state
    whole, seen = state.filtered_state, mended.Seen(state)
    assert whole and dict(seen) == whole and len(seen) == len(whole)
    assert all(key in seen for key in whole)
    assert "no such key" not in seen


def test_a_run_waits_until_the_last_one_has_told_all(monkeypatch):
    """Streamlit's own requests, of a runner that has ended and not said so."""
    begun, later = [], []
    ended = ScriptRequests()
    ended.request_stop()
    loop = SimpleNamespace(call_later=lambda _, *call: later.append(call))
    session = SimpleNamespace(_scriptrunner=ended, _event_loop=loop, _state="")

    def create(session, asked):
        begun.append(asked)
        session._scriptrunner = next_ = ScriptRequests()
        next_.request_rerun = lambda data: begun.append(data) or True

    monkeypatch.setattr(mended, "create", create)
    one, other = RerunData(page_name="a"), RerunData(page_name="b")
    mended.in_turn(session, one)
    mended.in_turn(session, other)
    [(again, *given)] = later
    again(*given)
    assert not begun and len(later) == 2
    session._scriptrunner = None  # as the last event of a runner sets it
    again(*given)
    assert begun == [one, other]  # in the order in which they were asked for
    session._scriptrunner = None
    mended.in_turn(session, one)
    assert begun == [one, other, one] and len(later) == 2


def test_a_run_begins_when_the_one_before_is_done(monkeypatch):
    monkeypatch.setattr(mended, "LONG", 60)
    turn, order = mended.Turn(), []

    def run():
        with turn.taken():
            order.append("second")

    other = threading.Thread(target=run)
    with turn.taken():
        other.start()
        other.join(0.2)
        order.append("first")
    other.join(20)
    assert order == ["first", "second"]


def test_a_run_waits_for_the_one_before_alone_and_not_for_long(monkeypatch):
    monkeypatch.setattr(mended, "LONG", 1)
    turn = mended.Turn()
    with turn.taken():  # this one takes long
        began = time.monotonic()
        with turn.taken():
            waited = time.monotonic() - began
        with turn.taken():  # its own one before is done
            total = time.monotonic() - began
        with turn.taken():
            turn.over()
            with turn.taken():
                at_once = time.monotonic() - began - total
    assert waited > 0.9 and total < waited + 0.9 and at_once < 0.9


class Files:
    """Of a server that has none."""

    def clear_session_refs(self, *_):
        pass

    def remove_orphaned_files(self):
        pass


def test_nothing_of_a_run_outlives_its_thread(monkeypatch, tmp_path):
    monkeypatch.setattr(ScriptRunner, "_run_script_thread", mended.let_go)
    here = SimpleNamespace(media_file_mgr=Files(), dataframe_source_mgr=Files())
    monkeypatch.setattr(runtime, "get_instance", lambda: here)
    script = str(tmp_path / "page.py")
    Path(script).write_text("import streamlit as st; st.slider('one')", "utf-8")
    loop, drawn, run = asyncio.new_event_loop(), [], []

    def tell(runner, event, forward_msg=None, **told):
        if event is DRAWN and forward_msg.HasField("delta"):
            drawn.append(forward_msg.delta.new_element.slider.label)
            run[:] = runner, get_script_run_ctx(), runner._script_thread

    runner = ScriptRunner(
        "somebody", script, SessionState(), None, ScriptCache(), RerunData(),
        {}, MemoryFragmentStorage(), PagesManager(script), loop,
    )  # fmt: skip
    runner.on_event.connect(tell)
    gc.disable()  # what finds circles would find this one as well, at last
    try:
        runner.start()
        runner._script_thread.join(60)
        held = [weakref.ref(each) for each in run]
        del runner, run[:]
        assert drawn == ["one"] and len(held) == 3
        assert [each() for each in held] == [None] * 3
    finally:
        gc.enable()
        loop.close()


def test_a_move_in_a_fragment_that_is_no_more_is_known_as_one():
    def gone(**asked):
        return mended.gone(RerunData(**asked), {"here"}.__contains__)

    assert gone(fragment_id_queue=["gone"])
    assert gone(fragment_id_queue=["here", "gone"])
    assert not gone(fragment_id_queue=["here"])
    assert not gone(fragment_id_queue=["gone"], is_auto_rerun=True)
    assert not gone(query_string="seed=1")


def test_the_theme_is_told_as_streamlit_tells_it():
    """Section by section, also those that say nothing."""

    def told(put):
        whole = CustomThemeConfig()
        for section, message in [
            ("theme", whole),
            ("theme.light", whole.light),
            ("theme.dark", whole.dark),
            ("theme.sidebar", whole.sidebar),
            ("theme.light.sidebar", whole.light.sidebar),
        ]:
            put(message, section)
        return whole

    ours, colour = told(mended.put_theme), config.get_option(PRIMARY)
    assert ours == told(mended.populate) and not ours.HasField("sidebar")
    assert ours.dark.primary_color == colour
    config.set_option(PRIMARY, "#123456")
    try:
        mended.theme.cache_clear()
        assert told(mended.put_theme).dark.primary_color == "#123456"
    finally:
        config.set_option(PRIMARY, colour)
        mended.theme.cache_clear()


def test_a_theme_that_is_edited_is_told_anew():
    code = (
        "from streamlit import config; from pages.parts import mended\n"
        "config.get_config_options()\n"
        "mended.install(); mended.theme('theme.dark')\n"
        "kept = mended.theme.cache_info().currsize\n"
        "config.get_config_options(force_reparse=True)  # the file was edited\n"
        "print(kept, mended.theme.cache_info().currsize)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert said.stdout.split() == ["1", "0"], said.stderr


def chosen():
    """A slider that is another for each number; and one in a fragment."""
    import streamlit as st

    @st.fragment
    def apart():
        st.slider("Apart", 1, 9, key="apart")

    number = st.number_input("Number", 1, 999)
    st.slider("Of this number", 1, 9, key=f"of {number}", on_change=print)
    apart()


def test_what_is_known_of_a_widget_goes_with_it(monkeypatch):
    remove = "_remove_stale_widgets"
    monkeypatch.setattr(SessionState, remove, mended.forgotten)
    app = AppTest.from_function(chosen).run()
    app.slider(key="apart").set_value(5).run()
    for number in range(1, 20):
        app.number_input[0].set_value(number).run()
        assert not app.exception
        state = app.session_state._state._state
        known = state._new_widget_state.widget_metadata
        assert set(known) == {
            each.proto.id for each in (*app.number_input, *app.slider)
        }
    assert app.slider(key="apart").value == 5


def test_a_widget_outside_of_the_fragment_that_ran_stays_known(monkeypatch):
    here = SimpleNamespace(fragment_ids_this_run=["f"])
    monkeypatch.setattr(mended, "get_script_run_ctx", lambda: here)
    monkeypatch.setattr(mended, "remove_stale", lambda state, active: None)
    known = {
        id: SimpleNamespace(id=id, fragment_id=fragment)
        for id, fragment in (("here", "f"), ("gone", "f"), ("aside", None))
    }
    widgets = SimpleNamespace(widget_metadata=known)
    state = SimpleNamespace(_new_widget_state=widgets)
    mended.forgotten(state, frozenset({"here"}))
    assert list(widgets.widget_metadata) == ["here", "aside"]


def test_metadata_is_made_anew_where_something_changed():
    old = RerunData(page_name="a", query_string="x=1")
    assert mended.replaced(old, page_name="a", query_string="x=1") is old
    new = mended.replaced(old, page_name="a", query_string="x=2")
    assert new == replace(old, query_string="x=2") != old


def test_a_fragment_draws_at_a_place_of_its_own():
    """As in Streamlit's own copy, which copies all around it as well."""
    cursor = RunningCursor(RootContainer.MAIN)
    page = DeltaGenerator(RootContainer.MAIN, cursor)
    box = DeltaGenerator(
        RootContainer.MAIN, cursor.open_block(), page, "vertical"
    )
    box._form_data, box._creating_fragment_id = FormData("form"), "a fragment"
    box._cursor.lock_element()
    ours, theirs = mended.with_its_own_place(box, {}), deepcopy(box)
    for each in (ours, theirs):
        assert each._get_delta_path_str() == box._get_delta_path_str()
        assert each._creating_fragment_id == "a fragment"
        assert each._form_data.form_id == "form"
        assert [*each._ancestor_block_types] == ["vertical"]
        each._cursor.lock_element()
    assert ours._get_delta_path_str() == theirs._get_delta_path_str()
    assert ours._get_delta_path_str() != box._get_delta_path_str()
    assert ours._main_dg is page


class Loop:
    """The server's loop, and a session whose run tells what it draws."""

    def __init__(self, monkeypatch):
        self.heard, self.woken = [], 0
        monkeypatch.setattr(mended, "handle", self.hear)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.session = SimpleNamespace(
            _event_loop=self.loop, _call_soon_on_event_loop=self.wake
        )

    def hear(self, session, sender, event, forward_msg=None):
        assert threading.current_thread() is self.thread
        self.heard.append(forward_msg or event)

    def wake(self, call):
        self.woken += 1
        self.loop.call_soon_threadsafe(call)

    def tell(self, event, **told):
        mended.gathered(self.session, None, event, **told)

    def hears(self, count) -> bool:
        end = time.monotonic() + 10
        while len(self.heard) < count and time.monotonic() < end:
            time.sleep(0.001)
        return len(self.heard) == count


@pytest.fixture
def loop(monkeypatch):
    found = Loop(monkeypatch)
    yield found
    found.loop.call_soon_threadsafe(found.loop.stop)
    found.thread.join(10)
    found.loop.close()


def test_what_a_run_tells_comes_in_order_and_wakes_the_loop_seldom(
    loop, monkeypatch
):
    monkeypatch.setattr(mended, "SOME", 60)
    for i in range(1, 101):
        loop.tell(DRAWN, forward_msg=i)
    loop.tell(ENDED)  # takes with it all that was told before
    assert loop.hears(101)
    assert loop.heard == [*range(1, 101), ENDED]
    assert loop.woken == 2  # for the first one, and for the end
    loop.tell(DRAWN, forward_msg=102)
    assert loop.woken == 3


def test_what_is_drawn_is_told_while_the_run_goes_on(loop):
    loop.tell(DRAWN, forward_msg="first")
    assert loop.hears(1)
    loop.tell(DRAWN, forward_msg="second")
    assert loop.hears(2) and loop.heard == ["first", "second"]


def sent(elements: int, room: int) -> list[tuple[int, int]]:
    """The loop's turn in which each of so many elements is sent, where so
    many may wait; Streamlit hands on one in each turn."""

    async def told():
        found, turns, loop = [], 0, asyncio.get_running_loop()
        client = SimpleNamespace(
            _closed=asyncio.Event(), _send_queue=asyncio.Queue(maxsize=room)
        )

        def turn():
            nonlocal turns
            turns += 1
            loop.call_soon(turn)

        async def send_bytes(message):
            found.append((turns, message))

        client._websocket = SimpleNamespace(send_bytes=send_bytes)
        turn()
        task = asyncio.create_task(mended.together(client))
        await asyncio.sleep(0)  # it waits for the first one
        for i in range(elements):
            client._send_queue.put_nowait(i)
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        task.cancel()
        return found

    return asyncio.run(told())


def test_elements_are_sent_in_one_turn_of_the_loop_and_in_order():
    told = sent(100, room=500)
    assert [message for _, message in told] == [*range(100)]
    assert len({turn for turn, _ in told}) == 1


def test_a_long_page_is_sent_in_pieces_before_the_room_for_it_is_full():
    """Where it is, Streamlit hangs up."""
    told = sent(1000, room=150)
    assert [message for _, message in told] == [*range(1000)]
    assert len({turn for turn, _ in told}) < 1000 / 50


def test_an_answer_is_worked_out_under_one_lock_that_is_then_forgotten():
    cache = Cache.__new__(Cache)
    Cache.__init__(cache)
    with mended.lock_of(cache, "a") as _:
        held = mended.lock_of(cache, "a")
        assert held.locked() and not mended.lock_of(cache, "b").locked()
    assert not held.locked()
    del held
    gc.collect()
    assert not cache._value_locks


def test_a_class_that_asks_for_one_answer_works_it_out_once(monkeypatch):
    monkeypatch.setattr(Cache, "compute_value_lock", mended.lock_of)
    worked = []

    @st.cache_data(show_spinner=False)
    def answer(question):
        worked.append(question)
        time.sleep(0.2)
        return question

    asked = [threading.Thread(target=answer, args=(7,)) for _ in range(4)]
    for each in asked:
        each.start()
    for each in asked:
        each.join(20)
    assert worked == [7]


PLAIN = some.one_of(
    some.none(), some.booleans(), some.integers(), some.floats(), some.text()
)


def key_of(*arguments) -> str:
    """The key under which a cached function's answer is kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache_utils, "update_hash", mended.hashed)
        asked = lambda one, other: None, arguments, {}
        funcs = cached.KEPT["hash_funcs"]
        return cache_utils._make_value_key(CacheType.DATA, *asked, funcs)


@given(*[PLAIN] * 2)
def test_plain_arguments_have_one_key_if_they_are_the_same(one, other):
    same = type(one) is type(other) and repr(one) == repr(other)
    assert (key_of(one, 2) == key_of(other, 2)) == same
    assert key_of(one, other) == key_of(one, other)
    assert (key_of(one, other) == key_of(other, one)) == same


def test_half_a_pair_of_utf_16_has_a_key_too():
    assert key_of("\ud83d", 2) != key_of("\ud83c", 2)


def test_an_argument_is_told_apart_by_what_a_hash_func_says_of_it():
    rates = [Config(rate=rate) for rate in (0.5, 0.5, 0.25)]
    half, again, quarter = (key_of(each, "") for each in rates)
    assert half == again != quarter


def test_other_arguments_have_the_key_that_streamlit_gives_them():
    for each in ([1, 2], (1, (2.5, "a")), {"a": 1}, b"a"):
        hashers = hashlib.md5(), hashlib.md5()
        mended.hashed(each, hashers[0], CacheType.DATA)
        mended.update_hash(each, hashers[1], CacheType.DATA)
        assert hashers[0].digest() == hashers[1].digest()


def test_the_text_of_a_chart_is_json_of_the_same_parts_only_once():
    layer = [{"mark": "line", "name": 'a "name", ä', "width": 1.5, "no": None}]
    spec = {"layer": layer, "height": 3, "autosize": {}, "params": []}
    text = mended.spec_text(spec)
    assert text == json.dumps(spec)
    other = spec | {"height": 4}
    assert mended.spec_text(other) == json.dumps(other)
    assert mended.PARTS.of(layer) is mended.PARTS.of(layer)
    for i in range(2000):  # parts that are gone, whose ids others take
        one = {"layer": [i, "x" * 3000]}
        assert mended.spec_text(one) == json.dumps(one)
    for one, how in (({"b": 1, "a": 2}, {"sort_keys": True}), ([1], {})):
        assert mended.spec_text(one, **how) == json.dumps(one, **how)


def test_parts_of_charts_asked_for_of_late_are_kept_and_no_others():
    texts, often, once = mended.Texts(), ["often"], []
    text = texts.of(often)
    for i in range(500):
        once.append([i, "x" * (mended.TEXTS // 20)])
        assert texts.of(once[-1]) == json.dumps(once[-1])
        assert texts.of(often) is text
    kept = [*texts.late.values(), *texts.before.values()]
    assert sum(len(text) for text, _ in kept) < 2.2 * mended.TEXTS
    assert texts.of(once[-1]) is texts.of(once[-1])
    assert not any(part is once[400] for _, part in kept)
    for i in range(20_000):  # small ones take more than their text
        texts.of([i])
    count = len(texts.late) + len(texts.before)
    assert 1000 < count <= 2 * (mended.TEXTS // mended.PART + 1)
