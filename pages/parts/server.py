"""What the server does once: when it starts, every day, and when it ends."""

import asyncio
import contextlib
import gc
import os
import sys
import threading
import time

import streamlit as st
from streamlit import runtime
from streamlit.runtime.caching.cache_utils import CachedFunc
from streamlit.runtime.pages_manager import PagesManager

from core.data import lecture_files, names, text
from core.runs import limits
from core.runs.launcher import Launcher
from pages.parts import later, mended

FIRST_PAGE = 2  # seconds that the first visitor has the interpreter alone
KEEPS = CachedFunc, later.Computed
AWAKE = 60  # seconds after which a server is no longer fresh from its sleep


@contextlib.asynccontextmanager
async def lifespan(app):
    """Leave Streamlit's old pages/ mode, keep a worker warm, load torch."""
    # A folder named pages/ means the old mode until some session has called
    # st.navigation: /bigram would not be found on a cold server.
    PagesManager.uses_pages_directory = False
    st.secrets.load_if_toml_exists()  # a host's settings become variables
    for file in (names.LECTURES, text.SHAKESPEARE):
        lecture_files.begin(file)  # so that no visitor waits for both
    mended.install()
    # read by torch when it is imported; set_num_threads would not reach the
    # matrix products of a script's run, a thread that then brings another
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    keep = launcher()
    threading.Thread(target=load_torch, daemon=True).start()
    forgetful = asyncio.create_task(forget_in_time())
    yield
    forgetful.cancel()
    later.give_up_all()
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
        if isinstance(kept, KEEPS) and kept is not launcher:
            kept.clear()
        elif hasattr(kept, "cache_clear"):
            kept.cache_clear()


def ours(module: str) -> bool:
    return module.startswith(("core.", "pages."))


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
    import torch  # noqa: F401

    gc.collect()
    gc.freeze()  # what is imported stays: later collections skip it
    # what a run of the script leaves in circles is little: look for it seldom
    gc.set_threshold(10_000, 5, 50)
