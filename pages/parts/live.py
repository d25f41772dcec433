"""Train, Stop, the playhead and the pictures of one run.

Training belongs to the class: a run goes on at full speed whoever looks.
Watching belongs to the visitor: the playhead is theirs alone.
"""

import time
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import pace
from core.runs import store
from pages.parts.playhead import Playhead
from pages.parts.server import launcher

POLL = 0.5  # seconds between looks while something moves
FIRST = 0.5  # seconds that Train waits for the first record
SPEEDS = {"slow": 0.25, "normal": 1.0, "fast": 4.0}


@dataclass(frozen=True)
class View:
    """What the visitor sees: all records so far and where they stand."""

    records: list[dict]
    at: int  # index of the record in view; -1 before the first

    @property
    def record(self) -> dict | None:
        return self.records[self.at] if self.records else None

    def latest(self, field: str):
        """The field at the playhead, or where it was last recorded."""
        for record in reversed(self.records[: self.at + 1]):
            if record[field]:
                return record[field]
        return None


def watch(run: store.Run, draw):
    """Show the run; draw(view) makes the lesson's pictures of it."""
    panel(run, draw)


@st.fragment(key="live")
def panel(run, draw):
    busy = growing(run, store.status(run.path))
    moving = playhead(run).moves(len(read(run)) - 1, busy)
    st.fragment(pictures, run_every=POLL if moving else None)(run, draw, moving)


def pictures(run, draw, polled):
    """One look: where the run is, where the playhead is, what that shows."""
    head, records = playhead(run), read(run)
    state = store.status(run.path)
    if not left(run):
        launcher().watch(run, visitor())
    last = len(records) - 1
    busy = growing(run, state)
    head.advance(time.monotonic(), last, len(steps(run)))
    buttons(run, busy)
    tell(run, state, records)
    controls(run, last, busy)
    draw(View(records, int(head.at) if records else -1))
    if polled and not head.moves(last, busy):
        st.rerun()  # the whole page once: it ends the polling


def visitor() -> str:
    return get_script_run_ctx().session_id


def playhead(run) -> Playhead:
    heads = st.session_state.setdefault("playheads", {})
    return heads.setdefault(run.id, Playhead())


def left(run) -> bool:
    return run.id in st.session_state.get("left", set())


def growing(run, state: str) -> bool:
    """Whether new records may come that this visitor wants to see."""
    return state in ("running", "waiting") and not left(run)


@st.cache_resource(max_entries=64, show_spinner=False)
def tail(path) -> store.Tail:
    return store.Tail(path)


def read(run) -> list[dict]:
    try:
        return tail(run.path).read()
    except store.Damaged:
        return []


@st.cache_data(max_entries=64, show_spinner=False)
def recorded(count: int) -> list[int]:
    return sorted(pace.recorded(count))


def steps(run) -> list[int]:
    return recorded(run.config.steps)


def buttons(run, busy):
    with st.container(horizontal=True):
        st.button(
            "Train",
            icon=":material/play_circle:",
            type="primary",
            disabled=busy,
            on_click=train,
            args=(run,),
            help="Train with these knobs. If someone has already, you see "
            "their run: same knobs, same records.",
        )
        st.button(
            "Stop",
            icon=":material/stop_circle:",
            disabled=not busy,
            on_click=stop,
            args=(run,),
            help="Ends the run if nobody else is watching it.",
        )


def train(run):
    """Start the run or join it, and look at it from its first record."""
    st.session_state.get("left", set()).discard(run.id)
    try:
        if damaged(run):
            store.remove(run)
        launcher().start(run)
    except OSError as trouble:
        st.session_state["trouble"] = store.in_words(trouble)
        st.rerun("live")
    launcher().watch(run, visitor())
    until = time.monotonic() + FIRST
    while not read(run) and time.monotonic() < until:
        time.sleep(0.01)
    playhead(run).from_start()
    st.rerun("live")


def stop(run):
    """Not for me: the run ends unless somebody else looks at it."""
    if not launcher().stop(run, visitor()):
        st.session_state.setdefault("left", set()).add(run.id)
        playhead(run).pause()
    st.rerun("live")


def damaged(run) -> bool:
    try:
        tail(run.path).read()
    except store.Damaged:
        return True
    return False


def tell(run, state, records):
    """Status in words on a bar that is always there: nothing shifts."""
    count = run.config.steps
    step = records[-1]["step"] if records else 0
    speed = store.speed(run.path)
    pace_said = f" at {speed:,.0f} steps a second" if speed else ""
    left_said = f", {(count - step) / speed:.0f} s left" if speed else ""
    place = store.place(run.path)
    said = {
        "new": f"Not trained yet with these knobs: {count:,} steps.",
        "waiting": f"In line, place {place}: every core is training."
        if place
        else "Starting...",
        "running": f"Step {step:,} of {count:,}{pace_said}{left_said}.",
        "done": f"Done: {count:,} steps{pace_said}.",
        "failed": f"Ended at step {step:,}.",
        "stopped": f"Stopped at step {step:,} of {count:,}.",
        "lost": f"Lost at step {step:,} of {count:,}.",
    }[state]
    if left(run) and state == "running":
        said += " It goes on for someone else; press Train to look again."
    st.progress(1.0 if state == "done" else step / count, text=said)
    complain(run, state)


def complain(run, state):
    """Say what went wrong and what to do; nothing if nothing did."""
    if damaged(run):
        st.error("This run's records on disk are damaged. Press Train again.")
    elif trouble := st.session_state.pop("trouble", ""):
        st.error(trouble)
    elif state == "failed":
        st.error(store.error(run.path))
    elif state == "lost":
        st.warning("The training process is gone. Press Train to start again.")


def controls(run, last, busy):
    """The playhead: from the start, back, play, on, newest, speed, scrub."""
    head = playhead(run)
    none = last < 0
    plays = head.mode != "pause" and (head.at < last or busy)
    key = f"head {run.id}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        move("Start", "first_page", none, head.from_start)
        move("Back", "chevron_left", none, head.step, -1)
        if plays:
            move("Pause", "pause", none, head.pause)
        else:
            move("Play", "play_arrow", none, head.play, last)
        move("Next", "chevron_right", none, head.step, 1)
        move("Newest", "last_page", none, head.follow)
        st.segmented_control(
            "Speed",
            list(SPEEDS),
            default="normal",
            key=f"{key} speed",
            label_visibility="collapsed",
            on_change=set_speed,
            args=(head, f"{key} speed"),
        )
    marks = steps(run)
    at = marks[int(head.at)] if not none else marks[0]
    st.session_state[f"{key} scrub"] = at
    st.select_slider(
        "Look at step",
        marks,
        key=f"{key} scrub",
        disabled=none or len(marks) < 2,
        on_change=scrub,
        args=(head, f"{key} scrub", marks),
        help="Training goes on meanwhile: this moves only what you see.",
    )


def move(label, icon, disabled, act, *args):
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"playhead {label}",
        disabled=disabled,
        on_click=moved,
        args=(act, *args),
    )


def moved(act, *args):
    act(*args)
    st.rerun("live")


def set_speed(head, key):
    head.speed = SPEEDS[st.session_state[key] or "normal"]
    st.rerun("live")


def scrub(head, key, marks):
    head.jump(marks.index(st.session_state[key]))
    st.rerun("live")


def as_names(samples) -> str:
    """Sampled names as one line of code words, so that none is markup."""
    return "  ".join(f"`{name or ' '}`" for name in samples or ["..."])
