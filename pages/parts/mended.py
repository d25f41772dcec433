"""What this app replaces in Streamlit 1.67 while its server runs, each with the
reason; a newer Streamlit may make it needless.
"""

import asyncio
import json
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from functools import lru_cache, partial
from types import SimpleNamespace
from weakref import WeakValueDictionary

from streamlit import config
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements import vega_charts
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.caching import cache_utils
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner.script_runner import (
    ScriptRunner,
    ScriptRunnerEvent,
)
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.runtime.scriptrunner_utils.script_run_context import (
    SCRIPT_RUN_CONTEXT_ATTR_NAME as CONTEXT,
)
from streamlit.runtime.state import session_state
from streamlit.runtime.state.session_state import SessionState
from streamlit.web.server.starlette.starlette_websocket import (
    StarletteSessionClient,
)

SOME = 0.01  # seconds of a run that are told at once
PIECE = 100  # elements that are sent at once; 500 may wait
SOON = 0.005  # seconds in which a run that ends tells the last of it
TEXTS = 1_000_000  # characters of charts, twice, that are kept as JSON
PART = 500  # more, for each part of them
LONG = 0.1  # seconds that a run may have the server to itself


def install():
    SessionState.filtered_state = property(Seen)
    SessionState._remove_stale_widgets = forgotten
    session_state.replace = replaced
    DeltaGenerator.__deepcopy__ = with_its_own_place
    AppSession._create_scriptrunner = in_turn
    AppSession._on_scriptrunner_event = gathered
    Runtime._enqueued_some_message = woken
    StarletteSessionClient._sender = together
    ScriptRunner._run_script = alone
    ScriptRunner._run_script_thread = let_go
    AppSession.request_rerun = answered
    app_session._populate_theme_msg = put_theme
    config.on_config_parsed(theme.cache_clear, force_connect=True)
    cache_utils._get_positional_arg_name = name_of_argument
    vega_charts._stabilize_vega_json_spec = stable_spec
    vega_charts.json = SimpleNamespace(**vars(json) | {"dumps": spec_text})
    cache_utils.Cache.compute_value_lock = lock_of
    cache_utils.update_hash = hashed


class Seen(Mapping):
    """What SessionState.filtered_state holds, looked up and not copied.

    Streamlit copies the state of every widget for each radio, selectbox and
    number_input, to look at one: a quarter of the time of our longest page."""

    whole = SessionState.filtered_state

    def __init__(self, state: SessionState):
        self.state = state

    def __getitem__(self, key: str):
        return self.state[key]

    def __contains__(self, key) -> bool:
        return key in self.state

    def __iter__(self):
        return iter(Seen.whole.fget(self.state))

    def __len__(self) -> int:
        return len(Seen.whole.fget(self.state))


remove_stale = SessionState._remove_stale_widgets


def forgotten(state: SessionState, active: frozenset[str]):
    """Of a widget that is gone, forget its callback and all else with its
    value. Streamlit keeps that as long as the session lasts, and a widget of a
    run is another for each run: with thirty students a megabyte a minute."""
    remove_stale(state, active)
    if ran := get_script_run_ctx():
        widgets, ids = state._new_widget_state, ran.fragment_ids_this_run
        widgets.widget_metadata = {
            id: known
            for id, known in widgets.widget_metadata.items()
            if not session_state._is_stale_widget(known, active, ids)
        }


def replaced(what, **values):
    """dataclasses.replace where a value is another one.

    Streamlit makes the metadata of each widget anew for its value, at every
    run, though the type of the value that it notes stays the same."""
    same = all(getattr(what, name) == values[name] for name in values)
    return what if same else replace(what, **values)


def with_its_own_place(drawn: DeltaGenerator, _memo) -> DeltaGenerator:
    """A container for a fragment to draw in: the place is its own.

    Streamlit copies all containers around it as well, each with those around
    it, twice for every fragment; they are only asked what kind they are."""
    place = deepcopy(drawn._cursor)
    around, kind = drawn._parent, drawn._block_type
    own = DeltaGenerator(drawn._root_container, place, around, kind)
    own._form_data = drawn._form_data
    own._creating_fragment_id = drawn._creating_fragment_id
    return own


create = AppSession._create_scriptrunner


def in_turn(session: AppSession, asked):
    """Start a run once the last one has told all that it drew.

    Streamlit drops what a runner that has ended has still to tell as soon as
    another takes its place: a page that polls would stay as it was."""
    line = session.__dict__.setdefault("line", [])
    line.append(asked)
    if len(line) == 1:
        serve(session, line)


def serve(session: AppSession, line: list):
    """Hand on what waits, in the order in which it was asked for."""
    while line and session._state is not AppSessionState.SHUTDOWN_REQUESTED:
        runner = session._scriptrunner
        if runner is None:
            create(session, line.pop(0))
        elif runner.request_rerun(line[0]):
            line.pop(0)
        else:  # it ends, and is not gone yet
            session._event_loop.call_later(SOON, serve, session, line)
            break


handle = AppSession._handle_scriptrunner_event_on_event_loop


def gathered(session: AppSession, sender, event: ScriptRunnerEvent, **told):
    """Take to the server's loop what a run tells, some at a time and at its
    end the rest. Streamlit wakes the loop for each of a hundred elements, and
    that asks a run at work for the interpreter."""
    waiting = session.__dict__.setdefault("waiting", deque())
    waiting.append(partial(handle, session, sender, event, **told))
    if event is ScriptRunnerEvent.SHUTDOWN:
        session._call_soon_on_event_loop(partial(hand_on, session))
    elif len(waiting) == 1:
        later = session._event_loop.call_later
        session._call_soon_on_event_loop(partial(later, SOME, hand_on, session))


def hand_on(session: AppSession):
    """In the order in which it was told, each call by itself."""
    waiting = session.__dict__["waiting"]
    while waiting:
        session._event_loop.call_soon(waiting.popleft())


wake = Runtime._enqueued_some_message


def woken(runtime: Runtime):
    """Wake what sends, unless it has been woken already."""
    if not runtime._get_async_objs().need_send_data.is_set():
        wake(runtime)


send = StarletteSessionClient._sender


async def together(client: StarletteSessionClient):
    """Send what waits as one piece: Streamlit asks the system to send each of
    a hundred elements, and the browser to wake up for it."""
    queue = client._send_queue
    get = queue.get

    async def more():
        more_comes, message = queue.empty(), await get()
        while more_comes:
            waiting = queue.qsize()
            await asyncio.sleep(0)
            more_comes = waiting < queue.qsize() < PIECE
        return message

    queue.get = more
    await send(client)


run_script = ScriptRunner._run_script


def alone(runner: ScriptRunner, asked):
    """Run once the run begun before, anybody's, is done or takes long.

    Python runs one thread at a time: side by side, all end when the last one
    does, and the server itself has little say in between."""
    with TURN.taken():
        shown = get_script_run_ctx().page_script_hash
        known = runner._fragment_storage.contains
        if asked.page_script_hash == shown and gone(asked, known):
            asked = replace(
                asked, fragment_id_queue=[], is_fragment_scoped_rerun=False
            )
        run_script(runner, asked)


def gone(asked: RerunData, known) -> bool:
    """Whether somebody moved something in a fragment that is no more, as when
    a run ends in that moment: Streamlit draws nothing then."""
    moved = not asked.is_auto_rerun
    return moved and not all(map(known, asked.fragment_id_queue))


request_rerun = AppSession.request_rerun


def answered(session: AppSession, asked):
    """The same, where it is no more as the browser asks for it."""
    if asked and asked.fragment_id and not asked.is_auto_rerun:
        here = asked.page_script_hash == session.page_script_hash
        if here and not session.has_fragment(asked.fragment_id):
            asked.fragment_id = ""  # the whole page
    request_rerun(session, asked)


run_thread = ScriptRunner._run_script_thread


def let_go(runner: ScriptRunner):
    """Run, and then hold nothing: a run without an error is gone with its
    thread.

    Streamlit leaves it in a circle, the state of each widget with it, and what
    looks for circles finds this one in use. A class left ten megabytes of them
    in ten minutes, with holes between what lasts."""
    try:
        run_thread(runner)
    finally:
        runner._session_state = None  # which calls back to the runner
        vars(threading.current_thread()).pop(CONTEXT, None)


class Turn:
    """Whose turn it is: each waits for the one before, and not for long."""

    def __init__(self):
        self.door, self.before = threading.Lock(), threading.Event()
        self.before.set()
        self.local = threading.local()

    @contextmanager
    def taken(self):
        self.local.mine = mine = threading.Event()
        with self.door:
            self.before.wait(LONG)
            self.before = mine
        try:
            yield
        finally:
            mine.set()

    def mine(self) -> threading.Event | None:
        """What is set when this run is over; none outside of a run."""
        return getattr(self.local, "mine", None)

    def over(self):
        """The next may begin: this run only waits for something."""
        if mine := self.mine():
            mine.set()


TURN = Turn()


populate = app_session._populate_theme_msg


def put_theme(message: CustomThemeConfig, section: str = "theme"):
    """Tell the browser a section of the theme.

    Every run does, six of them, each by going through all settings: a tenth of
    what a poll costs."""
    told = theme(section)
    if told.ListFields():  # else an empty section would count as one
        message.MergeFrom(told)


@lru_cache(maxsize=8)
def theme(section: str) -> CustomThemeConfig:
    """Looked up once; again when the settings are read again."""
    message = CustomThemeConfig()
    populate(message, section)
    return message


def lock_of(cache: cache_utils.Cache, key: str) -> threading.Lock:
    """The lock of who works this answer out, for as long as somebody does.

    Streamlit keeps one for every answer that there ever was."""
    with cache._value_locks_lock:
        if not isinstance(cache._value_locks, WeakValueDictionary):
            cache._value_locks = WeakValueDictionary()
        return cache._value_locks.setdefault(key, threading.Lock())


update_hash = cache_utils.update_hash
PLAIN = (int, float, bool, type(None))


def hashed(value, hasher, cache_type, hash_source=None, hash_funcs=None):
    """Count a name or an argument of a cached function in: a text, or what one
    of hash_funcs says, by its length and itself, a number by its repr; in a
    fifth of the time."""
    kind = type(value)
    if said := (hash_funcs or {}).get(f"{kind.__module__}.{kind.__qualname__}"):
        value = said(value)
    if type(value) is str:
        hasher.update(f"{len(value)}:{value},".encode("utf-8", "surrogatepass"))
    elif type(value) in PLAIN:
        hasher.update(f"{value!r},".encode())
    else:
        update_hash(value, hasher, cache_type, hash_source, hash_funcs)


# Worked out again at every call, though the same comes in and out: the name of
# an argument of a cached function, from its signature, and the text of a chart,
# parsed to find names that altair may have made. A twentieth of a page's time.
name_of_argument = lru_cache(maxsize=4096)(cache_utils._get_positional_arg_name)
stable_spec = lru_cache(maxsize=128)(vega_charts._stabilize_vega_json_spec)


class Texts:
    """The JSON of parts of charts, of those asked for of late: ours are kept
    and never changed in place."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.late, self.before, self.length = {}, {}, 0  # by id

    def of(self, part) -> str:
        if not isinstance(part, dict | list):
            return json.dumps(part)
        known = self.late.get(id(part))
        if not known:  # kept with its part: else another could get its id
            known = self.before.get(id(part)) or (json.dumps(part), part)
            if self.length > TEXTS:
                self.before, self.late, self.length = self.late, {}, 0
            self.late[id(part)] = known
            self.length += len(known[0]) + PART
        return known[0]


PARTS = Texts()


def spec_text(spec, **how) -> str:
    """What json.dumps makes of a chart, of the same parts only once."""
    if how or not isinstance(spec, dict):
        return json.dumps(spec, **how)
    parts = (f"{json.dumps(name)}: {PARTS.of(spec[name])}" for name in spec)
    return f"{{{', '.join(parts)}}}"


spec_text.cache_clear = PARTS.clear  # they can hold a visitor's words
