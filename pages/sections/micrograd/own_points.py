"""Points of your own: pressed on a board, or written down."""

import streamlit as st

from core.data import points
from pages.charts import plane
from pages.parts import pressed, words

TEXT = "own points"
FIRST = "-1 -1 -1\n-0.5 -1 -1\n1 1 1\n0.5 1 1\n-1 1 1\n1 -1 -1"


def in_use(config) -> points.Points:
    """The points the run is about: made ones, or the visitor's own."""
    if st.session_state.get("use own points"):
        try:
            return points.own(st.session_state.get(TEXT, FIRST))
        except ValueError:
            return points.load(config)  # the section says what is wrong
    return points.load(config)


def show(config, data):
    """The board, the class of the next point, and the points as text."""
    st.session_state.setdefault(TEXT, FIRST)
    st.toggle(
        "Train on these points instead",
        key="use own points",
        persist_state="session",
        help="The knobs data, examples and noise then have no say.",
    )
    if in_use(config).digest != data.digest:
        st.rerun()  # the whole page: it is about other points now
    rows, trouble = read(st.session_state[TEXT])
    board, text = st.columns([3, 2])
    with text:
        st.segmented_control(
            "The next point is of class",
            (1, -1),
            format_func=lambda c: "1, a triangle" if c == 1 else "-1, a circle",
            default=1,
            required=True,
            key="class of next",
        )
        st.text_area(
            "The points: x, y and class, one a line",
            key=TEXT,
            height=260,
            persist_state="session",  # no max_chars: a longer paste is lost
        )
    if trouble:
        said = words.plain(trouble)
        st.error(f"{said} The points in use stay as they are.")
    presses = st.session_state.setdefault("presses", 0)
    board.vega_lite_chart(
        plane.places(),
        plane.board(rows),
        key=f"board {presses}",  # a new board a press: no press is left on it
        on_select=lambda: press(f"board {presses}"),
        selection_mode="place",
        alt=f"A plane with {len(rows)} points; press to add one, press a "
        "point to take it away. The list beside it does the same in text.",
    )


def read(text: str):
    """The points that can be read, and what is wrong with the rest."""
    try:
        return points.own(text).rows, ""
    except ValueError as trouble:
        return points.readable(text), str(trouble)


def press(key: str):
    """Put a point where the board was pressed, or take away the one there."""
    place = pressed.point(key, "place", "x", "y")
    if not place:
        return
    label = st.session_state["class of next"]
    st.session_state[TEXT] = points.toggled(
        st.session_state[TEXT], *place, label, plane.CELL
    )
    st.session_state.presses += 1
