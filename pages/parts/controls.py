"""The playhead's buttons and its slider: each visitor's own."""

import streamlit as st

from pages.parts.playhead import Playhead
from pages.parts.redraw import redraw

RUN = "pages.parts.live.watch"  # the fragment that shows a run
SPEEDS = {"slow": 0.25, "normal": 1.0, "fast": 4.0}


def speed() -> float:
    return SPEEDS[st.session_state.get("speed", "normal")]


def buttons(none, moving, turn, now):
    """First, back, play or pause, next, newest; speed. A press calls turn
    with now and what the playhead is to do."""

    def move(label, icon, *act, key=None):
        st.button(
            label,
            icon=f":material/{icon}:",
            key=f"playhead {key or label}",
            disabled=none,
            on_click=turn,
            args=(now, *act),
        )

    with st.container(horizontal=True, vertical_alignment="bottom"):
        move("First", "first_page", Playhead.first)
        move("Back", "chevron_left", Playhead.step, -1)
        if moving:
            move("Pause", "pause", Playhead.pause, key="play")
        else:
            move("Play", "play_arrow", Playhead.play, key="play")
        move("Next", "chevron_right", Playhead.step, 1)
        move("Newest", "last_page", Playhead.follow)
        st.segmented_control(
            "Speed",
            list(SPEEDS),
            default="normal",
            key="speed",
            required=True,
            label_visibility="collapsed",
        )


def slider(run, head, marks, last, moving):
    """Shows the step; at rest it can be moved. It is another widget while
    the playhead moves and after each turn, for a browser behind the server
    would send its old value back as if the visitor had moved it. Streamlit
    keeps 50 kB of each, so all that cannot be moved are one, and such a one
    has but a hundred marks: all of them took a fifth of a look's time."""
    none = last < 0
    at = marks[0] if none else marks[int(head.at)]
    fixed = moving or none
    key = "scrub moving" if fixed else f"scrub {run.id} {head.turns} {last}"
    st.session_state["slider"] = key
    if fixed:
        marks = few(marks, at)
        st.session_state[key] = at
    st.select_slider(
        "Look at step",
        marks,
        **({} if fixed else {"value": at}),
        key=key,
        disabled=fixed or len(marks) < 2,
        on_change=None if fixed else scrub,
        args=(head, key, marks, head.turns),
        help="Pause to move it. Training goes on: this is only what you see.",
    )


def few(marks: list[int], at: int) -> list[int]:
    """A hundred or so, evenly, with the ends and where the playhead is."""
    return sorted({*marks[:: 1 + len(marks) // 100], at, marks[-1]})


def scrub(head, key, marks, turns):
    """Only of the slider that stands there: until the whole page is drawn, a
    browser tells the value of one that is gone with whatever it asks for."""
    if st.session_state["slider"] == key and head.turns == turns:
        head.scrub(marks.index(st.session_state[key]))
        redraw(RUN)
