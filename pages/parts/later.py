"""What takes about a second to compute comes a little later.

A thread beside the visitors' computes it, one question after the other. The
page is drawn without it, answers, and draws itself again once it is there. The
thread begins when the page is drawn: side by side both would take longer.
"""

import threading
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from functools import wraps
from weakref import WeakSet

import streamlit as st

from pages.parts import cached
from pages.parts.mended import TURN

LOOK = 0.5  # seconds between looks whether it is there
PATIENCE = 0.0  # seconds that a page waits for it
DRAWN = 2.0  # seconds that it waits for the page
NAME = "later"
POOL = ThreadPoolExecutor(1, NAME)  # more would only share the interpreter


class Computed:
    """A function whose answers are computed beside the page; a call waits
    for its answer."""

    def __init__(self, begun):
        self.begun = begun  # gives the Future of an answer
        self.name = f"{begun.__module__}.{begun.__qualname__}"

    def begin(self, *question) -> Future:
        """Its answer to come, anew if all who had asked gave it up."""
        coming = self.begun(*question)
        if coming.cancelled():
            self.begun.clear(*question)
            coming = self.begun(*question)
        return coming

    def __call__(self, *question):
        here = threading.current_thread().name
        assert not here.startswith(NAME), "it would wait for itself"
        TURN.over()
        try:
            return self.begin(*question).result()
        except CancelledError:
            return self(*question)
        except Exception:
            self.begun.clear(*question)  # no answer, so none to keep
            raise

    def clear(self):
        self.begun.clear()


def resources(entries: int):
    """Makes a function Computed; so many answers are kept and shared."""

    def computed(function) -> Computed:
        @wraps(function)
        def begun(*question) -> Future:
            return POOL.submit(after, TURN.mine(), function, *question)

        return Computed(cached.resources(entries)(begun))

    return computed


def after(drawn: threading.Event | None, function, *question):
    """Compute it once the page that asks is drawn, or only waits for it."""
    if drawn:
        drawn.wait(DRAWN)
    return function(*question)


def show(draw, *wanted, place: str = "", tall: int | str = "content"):
    """Draw what needs these answers, each a Computed and its question. Until
    they are all there, say so, in the room of so many pixels. A place has a
    name where others of the page want answers of the same Computed."""
    coming = [computed.begin(*question) for computed, *question in wanted]
    names = [computed.name for computed, *_ in wanted]
    give_up_others((place, *names), coming)
    done = not wait(coming, PATIENCE).not_done
    # one place either way: a browser keeps what is read in sight while the
    # page grows above it, if nothing else moves to another place
    with st.container(height="content" if done else tall, border=False):
        if done:
            draw()
        else:
            st.fragment(expect, run_every=LOOK)(coming)


def give_up_others(place: tuple[str, ...], coming: list[Future]):
    """What this visitor wanted in this place before is given up, if its turn
    has not come."""
    asked = st.session_state.setdefault("later", {})
    for each in set(asked.get(place, ())).difference(coming):
        each.cancel()
    asked[place] = WeakSet(coming)  # answers are kept by who computes them


def give_up_all():
    """A server ends and nobody waits any more: only what has begun goes on."""
    global POOL
    POOL.shutdown(wait=False, cancel_futures=True)
    POOL = ThreadPoolExecutor(1, NAME)


def expect(coming: list[Future]):
    st.markdown(
        ":shimmer[This is being computed: a few seconds, more when many ask.]"
    )
    if all(each.done() for each in coming):
        st.rerun()
