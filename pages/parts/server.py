"""What the server does once: when it starts, every day, and when it ends."""

import asyncio
import contextlib
import gc
import sys
import threading
import time
from collections.abc import Mapping

import streamlit as st
from streamlit import runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.caching.cache_utils import CachedFunc
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner_utils.script_requests import (
    ScriptRequestType,
)
from streamlit.runtime.state.common import unpack_widget_state_value
from streamlit.runtime.state.session_state import (
    Serialized,
    SessionState,
    Value,
    WStates,
)

from core.data import lecture_files, names, text
from core.runs import limits
from core.runs.launcher import Launcher

FIRST_PAGE = 2  # seconds that the first visitor has the interpreter alone
AWAKE = 60  # seconds after which a server is no longer fresh from its sleep
SOON = 0.005  # seconds in which a run that has ended tells the last of it


@contextlib.asynccontextmanager
async def lifespan(app):
    """Leave Streamlit's old pages/ mode, keep a worker warm, load torch."""
    # A folder named pages/ means the old mode until some session has called
    # st.navigation: /bigram would not be found on a cold server.
    PagesManager.uses_pages_directory = False
    st.secrets.load_if_toml_exists()  # a host's settings become variables
    for file in (names.LECTURES, text.SHAKESPEARE):
        lecture_files.begin(file)  # so that no visitor waits for both
    SessionState.filtered_state = property(Seen)
    WStates.__getitem__ = fitting
    AppSession.request_rerun = once_told
    keep = launcher()
    threading.Thread(target=load_torch, daemon=True).start()
    forgetful = asyncio.create_task(forget_in_time())
    yield
    forgetful.cancel()
    keep.close()


async def forget_in_time():
    """What a visitor brought stays in no cache for longer than its runs."""
    while True:
        await asyncio.sleep(limits.keep())
        forget()


def forget():
    """Empty every cache of ours: functools lets go of nothing by itself, and
    Streamlit of what is too old only when something new comes."""
    loaded = list(sys.modules.items())
    modules = [module for name, module in loaded if ours(name)]
    for kept in [kept for each in modules for kept in vars(each).values()]:
        if isinstance(kept, CachedFunc) and kept is not launcher:
            kept.clear()
        elif hasattr(kept, "cache_clear"):
            kept.cache_clear()


def ours(module: str) -> bool:
    return module.startswith(("core.", "pages."))


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


look_up = WStates.__getitem__


def fitting(states: WStates, id: str):
    """What a widget says. A browser sends what fits it, a script by hand
    whatever it likes, for which Streamlit ends the run with its own error:
    so the widget stands at its default instead."""
    sent, known = states.states.get(id), states.widget_metadata.get(id)
    if not isinstance(sent, Serialized) or not known:
        return look_up(states, id)
    value = None
    with contextlib.suppress(Exception):  # as for NaN where an int is due
        if may_say(known, sent.value):
            value = look_up(states, id)
    if value is None:
        states.states[id] = Value(known.deserializer(None))
    return look_up(states, id)


def may_say(known, sent) -> bool:
    """Whether what was sent is of the widget's kind, and one of its choices
    if it has some."""
    kind, options = sent.WhichOneof("value"), known.formatted_options
    if None in (kind, known.value_type):
        return True
    said = unpack_widget_state_value(sent)
    said = [said] if isinstance(said, str) else said
    return kind == known.value_type and (
        options is None or all(each in options for each in said)
    )


ask = AppSession.request_rerun


def once_told(session: AppSession, asked=None):
    """Ask a session for a fragment once its last run has told all that it
    drew. Streamlit drops what one that has ended has still to tell as soon as
    another takes its place: a page that polls would stay as it was."""
    last, part = session._scriptrunner, asked and asked.fragment_id
    if part and last and last._requests._state is ScriptRequestType.STOP:
        loop = session._event_loop
        loop.call_later(SOON, once_told, session, asked)
    else:
        ask(session, asked)


@st.cache_resource(show_spinner=False)
def launcher() -> Launcher:
    """The server's one launcher, with its warm worker."""
    return Launcher(present=connected)


def greet():
    """Say once, over the page, why it may be slow: the app was asleep, or
    many train here."""
    if "greeted" in st.session_state:
        return
    st.session_state["greeted"] = True
    waiting = len(launcher().line)
    if limits.hosted() and launcher().age() < AWAKE:
        st.toast(
            "This app sleeps while nobody is here and has just been woken: "
            "for a minute it is slow, and runs made before are trained again.",
            icon=":material/bedtime:",
            duration="long",
        )
    elif waiting > launcher().seats:
        st.toast(
            f"Many train here just now: {waiting} runs wait in line. What "
            "somebody has trained already answers at once.",
            icon=":material/groups:",
            duration="long",
        )


def connected(who: str) -> bool:
    """Whether a browser is at the other end of this session; without a
    server, as in a test, there is nobody who could leave."""
    if not runtime.exists():
        return True
    return runtime.get_instance().is_active_session(who)


def load_torch():
    """Import torch after the first page is out: home need not wait."""
    time.sleep(FIRST_PAGE)
    import torch

    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()  # what is imported stays: later collections skip it
    gc.set_threshold(50_000, 20, 100)  # a page makes that many in a rerun
