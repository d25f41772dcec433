"""Knobs in the sidebar, bound to the address: any page is a link."""

import streamlit as st

from core import knobs
from pages.parts import words

WIDE = 100_000  # a slider cannot be set to one of so many whole numbers,
FINE = 2_000  # nor to one of so many grains


COMPLAIN = "complain"  # the fragment that says what is wrong with the knobs


def sidebar(lesson, turned):
    """The lesson's knobs as widgets, turned() being told of a move, and what
    is wrong with them over the page."""
    enter(lesson)
    key = f"complaints {lesson.__name__}"
    _, complaints = knobs.from_text(lesson.Config, dict(st.query_params))
    if complaints:  # Streamlit drops a bad value from the address at once
        st.session_state[key] = complaints
    with st.sidebar:
        board(lesson, key, turned)
    complain(lesson)


def enter(lesson):
    """Streamlit keeps a knob's value when its page is left, and would hand it
    to the next lesson's knob of that name; the address alone says it here."""
    name = lesson.__name__
    if st.session_state.setdefault("lesson", name) != name:
        st.session_state["lesson"] = name
        for each in knobs.knobs_of(lesson.Config):
            st.session_state.pop(each.name, None)


@st.fragment(key=COMPLAIN)
def complain(lesson):
    for said in complaints(lesson, asked(lesson.Config)[1]):
        st.warning(said, icon=":material/tune:")


def complaints(lesson, trouble: str) -> list[str]:
    """What is wrong: with the address, until a knob is moved, and with the
    knobs together."""
    told = st.session_state.get(f"complaints {lesson.__name__}", [])
    said = ["  \n".join(map(words.plain, told))] if told else []
    if trouble and not any(trouble in each for each in told):
        said.append(f"{trouble} Using the defaults until then.")
    return said


@st.fragment
def board(lesson, key, turned):
    """A fragment, as a browser that reruns the page stops all polling."""
    st.subheader("Knobs", anchor=False)
    widgets(lesson.Config, {"on_change": moved, "args": (key, turned)})
    presets(lesson, key)


def asked(Config) -> tuple:
    """The Config that the widgets say; the defaults if they do not fit, and
    why."""
    every = knobs.knobs_of(Config)
    said = {k.name: st.session_state[k.name] for k in every}
    try:
        return Config(**said), ""
    except ValueError as trouble:
        return Config(), str(trouble)


def widgets(Config, told):
    """A widget a knob; those rarely needed are folded away."""
    every = knobs.knobs_of(Config)
    for each in every:
        if not each.folded:
            widget(each, told)
    if folded := [k for k in every if k.folded]:
        with st.expander("More knobs"):
            for each in folded:
                widget(each, told)


def widget(knob, told):
    common = {
        "key": knob.name,
        "help": f"{knob.help[0].upper()}{knob.help[1:]}.",
        "bind": "query-params",
        **told,
    }
    label = knob.name.replace("_", " ")
    label += f", {knob.unit}" if knob.unit else ""
    if knob.kind is bool:
        return st.toggle(label, knob.default, **common)
    if knob.choices:
        at = knob.choices.index(knob.default)
        return st.selectbox(label, knob.choices, at, **common)
    bounds = (knob.low, knob.high, knob.default)
    if knob.kind is int and knob.high - knob.low >= WIDE:
        return st.number_input(label, *bounds, step=1, **common)
    if knob.grain and knob.high - knob.low > FINE * knob.grain:
        step = {"step": knob.grain, "format": "%g"}
        return st.number_input(label, *bounds, **step, **common)
    shown = None if knob.kind is int else "%g"
    return st.slider(label, *bounds, knob.grain, format=shown, **common)


def presets(lesson, key):
    """A button for each named run; two names of one run share the last."""
    named = {config: name for name, config in lesson.PRESETS.items()}
    with st.container(horizontal=True):
        for config, name in named.items():
            st.button(
                f"As in the {name}" if name == "lecture" else name,
                key=f"preset {name}",
                on_click=turn,
                args=(config, key),
                icon=":material/history_edu:",
                help="Sets every knob as the lecture's own run has it.",
            )


def turn(config, key):
    """Set every knob to this Config's value."""
    forget(key)
    for knob in knobs.knobs_of(config):
        st.session_state[knob.name] = getattr(config, knob.name)
    st.rerun()


def moved(key, turned):
    """A hand moved a knob: what was wrong in the address is past."""
    forget(key)
    turned()


def forget(key):
    st.session_state.pop(key, None)
