"""Train, Stop, the playhead and the pictures of one run.

Training belongs to the class: a run goes on at full speed whoever looks.
Watching belongs to the visitor: the playhead is theirs alone.
"""

import time
from dataclasses import dataclass
from functools import lru_cache, partial

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import pace
from core.runs import limits, store
from pages.parts import cached, controls, words
from pages.parts.mended import TURN
from pages.parts.playhead import Playhead
from pages.parts.redraw import redraw
from pages.parts.server import launcher

POLL = 0.5  # seconds between looks while something moves
CLASS = {12: 1.5, 24: 7.0, 60: 10.0}  # the same, with so many watching
LOOK_IN = 3  # seconds between looks for a run that others may start, or more
FIRST = 0.5  # seconds that Train waits for the first record
HEADS = 32  # playheads that a visitor's session keeps
PANEL = ("pages.parts.live.buttons", controls.RUN)  # fragments of a run


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
            if record[field] not in (None, [], ()):
                return record[field]
        return None


def pause() -> float:
    """Seconds between looks: a class of thirty must not wait for itself."""
    many = launcher().audience.size
    return next((CLASS[n] for n in sorted(CLASS)[::-1] if many >= n), POLL)


def show(draw, pictures, still):
    """The run that the knobs ask for. pictures(view, run) makes the lesson's
    pictures of it; still(config) is what those of its first step depend on,
    beside its data and the number of steps."""
    draw(watch, of=partial(shown, still), pictures=pictures)


def shown(still, run):
    """What there is to see of the run: before Train, the same for all that
    start alike, so that a rate can be turned and nothing is drawn again."""
    if look(run)[0] != "new":
        return run.id
    said = limits.refusal(run), st.session_state.get("trouble")
    return still(run.config), run.config.steps, run.data.digest, said


def watch(run, now, pictures):
    """Poll while something moves; else only look in for a run that others
    start, until there is a result. The run is now(), at each later look."""
    seen = state, _, head = moment(run)
    if head.moves(head.last, growing(run, state)):
        every = pause()
        return st.fragment(poll, run_every=every)(now, pictures, state, every)
    with st.container():  # as a fragment has one: so nothing shifts
        at_playhead(run, pictures, *seen)
    if state != "done":
        every = max(LOOK_IN, 2 * pause())
        st.fragment(look_in, run_every=every)(now, state)


def poll(now, pictures, before, every):
    run = now()
    state, more = at_playhead(run, pictures, *moment(run))
    if not more or state != before:
        st.rerun()  # the whole page: it ends the polling, offers the result
    if max(every, pause()) >= 2 * min(every, pause()):
        st.rerun()  # a class came or left: look less often, or more


def look_in(now, state):
    run = now()
    attend(run)
    if look(run)[0] != state:
        st.rerun()


def moment(run) -> tuple[str, list[dict], Playhead]:
    """The run's state, its records and the playhead, moved to this moment."""
    state, records = look(run)
    head = playhead(run)
    head.speed = controls.speed()
    head.advance(time.monotonic(), len(records) - 1, len(steps(run)))
    return state, records, head


def at_playhead(run, pictures, state, records, head) -> tuple[str, bool]:
    """One look: where the run is, where the playhead is, what that shows.
    Returns the state, and whether a later look could show more."""
    attend(run)
    moving = head.moves(head.last, growing(run, state))
    tell(run, state, records)
    controls.slider(run, head, steps(run), head.last, moving)
    pictures(View(records, int(head.at) if records else -1), run)
    return state, moving


def look(run) -> tuple[str, list[dict]]:
    """The run's state and its records; state first, so that the records of
    a run that is done are all there."""
    state = store.status(run.path)
    try:
        # a class sees the same records, so that they are drawn once for all
        every = pause() if state == "running" else 0
        records = tail(run.path).read(every if every > POLL else 0)
    except (store.Damaged, OSError):
        return "damaged", []
    if not whole(run, records, state):
        return "damaged", []
    seen = st.session_state.setdefault("seen", set())
    if state == "new" and run.id in seen:
        return "deleted", []
    if state != "new":
        seen.add(run.id)
    return state, records


def whole(run, records, state) -> bool:
    """Whether these are the records that the run has to have by now."""
    wanted, marks = store.columns(run.lesson), steps(run)
    if state == "done" and len(records) != len(marks):
        return False
    return all(
        record.keys() == wanted and record["step"] == mark
        for record, mark in zip(records, marks, strict=False)
    )


def attend(run):
    """This visitor looks at the run, unless they pressed Stop."""
    if not left(run):
        launcher().watch(run, visitor())


def result(run) -> dict | None:
    """What a finished run has learned, by name; None before it is done."""
    try:
        ended = (run.path / "result.pt").stat().st_mtime
        return learned(run.path, ended)
    except OSError:
        return None


def done(run) -> str:
    """The run's id once it has a result, else none: what a section that
    shows nothing else of a run depends on."""
    return run.id if result(run) else ""


def unless_done(run, net) -> list[tuple]:
    """The small net that stands in for a run until it has a result, as
    later.show wants it."""
    question = net, run.data, run.data.digest
    return [question] if result(run) is None else []


@cached.resources(16)
def learned(path, ended: float) -> dict:
    """Read once; what cannot be read now is not kept as an answer."""
    found = store.result(path)
    if found is None:
        raise FileNotFoundError(path)
    return found


def visitor() -> str:
    return get_script_run_ctx().session_id


def playhead(run) -> Playhead:
    heads = st.session_state.setdefault("playheads", {})
    heads[run.id] = head = heads.pop(run.id, None) or Playhead()
    while len(heads) > HEADS:  # a turned knob shows another run
        del heads[next(iter(heads))]
    return head


def left(run) -> bool:
    return run.id in st.session_state.get("left", set())


def growing(run, state: str) -> bool:
    """Whether new records may come that this visitor wants to see."""
    return state in ("running", "waiting") and not left(run)


@lru_cache(maxsize=32)  # at every look: Streamlit's cache takes 0.1 ms
def tail(path) -> store.Tail:
    return store.Tail(path)


def steps(run) -> list[int]:
    return recorded(run.config.steps)


@lru_cache(maxsize=64)
def recorded(count: int) -> list[int]:
    return sorted(pace.recorded(count))


def standing(run) -> tuple[bool, bool, bool, bool]:
    """What the buttons depend on: whether the run is refused, whether it is
    growing, whether there is nothing to look at, whether something moves."""
    state, records, head = moment(run)
    busy = growing(run, state)
    moving = head.moves(head.last, busy)
    return bool(limits.refusal(run)), busy, not (records or busy), moving


def buttons(run, now):
    """Train, Stop and those of the playhead. They act on now(), the run that
    the knobs ask for when one is pressed: so they stay while a knob turns."""
    refused, busy, none, moving = standing(run)
    with st.container(horizontal=True):
        st.button(
            "Train",
            icon=":material/play_circle:",
            disabled=busy or refused,
            on_click=train,
            args=(now,),
            help="Train with these knobs. If someone has already, you see "
            "their run: same knobs, same records.",
        )
        st.button(
            "Stop",
            icon=":material/stop_circle:",
            disabled=not busy,
            on_click=stop,
            args=(now,),
            help="Ends the run if nobody else is watching it.",
        )
    controls.buttons(none, moving, turn, now)


def turn(now, act, *args):
    """A button of the playhead was pressed."""
    act(playhead(now()), *args)
    redraw(*PANEL)


def train(now):
    """Start the run or join it, and look at it from its first record."""
    run = now()
    st.session_state.get("left", set()).discard(run.id)
    try:
        if look(run)[0] == "damaged":
            store.remove(run)
        launcher().start(run, visitor())
    except (OSError, ValueError) as trouble:
        st.session_state["trouble"] = store.in_words(trouble)
        redraw(*PANEL)
        return
    launcher().watch(run, visitor())
    until = time.monotonic() + FIRST
    TURN.over()
    while not look(run)[1] and time.monotonic() < until:
        time.sleep(0.01)
    playhead(run).from_start()
    redraw(*PANEL)


def stop(now):
    """Not for me: the run ends unless somebody else looks at it."""
    run = now()
    try:
        ended = launcher().stop(run, visitor())
    except OSError as trouble:
        st.session_state["trouble"] = store.in_words(trouble)
        ended = False
    if not ended:
        st.session_state.setdefault("left", set()).add(run.id)
        playhead(run).pause()
    redraw(*PANEL)


def tell(run, state, records):
    """Status in words on a bar that is always there: nothing shifts."""
    count = run.config.steps
    step = records[-1]["step"] if records else 0
    said = sentence(run, state, step, count)
    if state == "running":
        if others := launcher().audience.others(run.id, visitor()):
            said += f" {others} more watching."
        if left(run):
            said += " You stopped watching; press Train to look again."
    st.progress(1.0 if state == "done" else step / count, text=said)
    complain(run, state)


def sentence(run, state, step, count) -> str:
    """Where the run is, in a few words."""
    if state == "waiting":
        place = store.place(run.path)
        if not place:
            return "Starting."
        return f"In line at place {place}: every core is training."
    made, seconds = store.progress(run.path)
    rate = made / seconds if seconds >= 0.5 else 0
    a_second = f", {rate:,.0f} steps a second" if rate else ""
    if state == "running":
        known = rate and made > count / 50  # the first steps take longer
        rest = f", {(count - step) / rate:,.0f} s left" if known else ""
        return f"Step {step:,} of {count:,}{a_second}{rest}."
    steps_said = f"{count:,} step{'s' if count > 1 else ''}"
    return {
        "new": f"Not trained yet with these knobs: {steps_said}.",
        "done": f"Done: {steps_said} in {seconds:.1f} s{a_second}.",
        "stopped": f"Stopped at step {step:,} of {count:,}."
        + (" Train goes on from there." if store.resumable(run.path) else ""),
    }.get(state, f"Ended at step {step:,} of {count:,}.")


def complain(run, state):
    """Say what went wrong and what to do; nothing if nothing did."""
    said = st.session_state.pop("trouble", "") or trouble(run, state)
    if said:
        st.warning(said, icon=":material/warning:")


def trouble(run, state: str) -> str:
    match state:
        case "new":
            return limits.refusal(run)
        case "failed":
            return words.plain(store.error(run.path))
        case "lost" if store.resumable(run.path):
            return (
                "The training process is gone. Press Train to go on from its "
                "last checkpoint."
            )
        case "lost":
            return (
                "The training process is gone. Press Train to start it again; "
                "if that happens twice, the machine has too little memory for "
                "it."
            )
        case "damaged":
            return (
                "The records on disk are damaged. Press Train to make them "
                "again."
            )
        case "deleted":
            return (
                "The records were deleted from disk. Press Train to make them "
                "again."
            )
    return ""


def not_judged(view: View) -> str:
    """What is said of the losses while no whole split has been judged."""
    return (
        "Train and dev, whole splits, are judged once this is trained; this "
        f"batch has a loss of {view.record['loss']:.4f} nats."
    )


def as_names(samples, known=frozenset()) -> str:
    """Sampled names as one line of code words, so that none is markup; a
    star on those that are among the known ones."""
    return "  ".join(
        f"`{name or ' '}`{'*' if name in known else ''}"
        for name in samples or ["..."]
    )
