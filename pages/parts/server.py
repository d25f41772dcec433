"""What the server does once: when it starts, and when it ends."""

import contextlib
import gc
import threading
import time

import streamlit as st
from streamlit import runtime
from streamlit.runtime.pages_manager import PagesManager

from core.runs.launcher import Launcher

FIRST_PAGE = 2  # seconds that the first visitor has the interpreter alone


@contextlib.asynccontextmanager
async def lifespan(app):
    """Leave Streamlit's old pages/ mode, keep a worker warm, load torch."""
    # A folder named pages/ means the old mode until some session has called
    # st.navigation: /bigram would not be found on a cold server.
    PagesManager.uses_pages_directory = False
    keep = launcher()
    threading.Thread(target=load_torch, daemon=True).start()
    yield
    keep.close()


@st.cache_resource(show_spinner=False)
def launcher() -> Launcher:
    """The server's one launcher, with its warm worker."""
    return Launcher(present=connected)


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
