"""Backward, one node at a time: what is passed on, from whom to whom."""

import math

import streamlit as st

from core import engine, slopes
from pages.charts import graph
from pages.parts import source

PACE = 1.0  # seconds from one push to the next while it plays
NEAR = 0.01  # of the answer: a guess this close is right


def show(program, end, names, manner):
    st.header("Backward, one node at a time", anchor="backward")
    st.markdown(
        "Slopes are found from the end to the leaves. The engine puts the "
        "nodes in **topological order**, each after all that it is made of, "
        "and walks it from right to left. A node passes its grad on to each "
        "node it is made of, times the local slope of that arrow: the **chain "
        "rule**. It is *added* there, since a node may be used twice."
    )
    order = " → ".join(called(v, names) for v in engine.in_order(end))
    st.markdown(f"The order: `{order}`")
    key, last = f"pushes {hash(program)}", len(engine.pushes(end))
    st.session_state.setdefault(key, 0)
    buttons(key, last)
    if playing(key):
        play_on(program, end, names, manner, key, last)
    else:
        with st.container():  # as a fragment has one: so nothing shifts
            board(program, end, names, manner, key)
    source.show(engine.in_order, engine.pushes)


def buttons(key: str, last: int):
    """They move from where backward is when they are pressed: while it
    plays, that is further than when they were drawn."""
    plays, at = playing(key), st.session_state[key]
    begun, more = plays or at > 0, plays or at < last
    with st.container(horizontal=True):
        press("From the start", "restart_alt", begun, move, key, -last, last)
        press("Back", "skip_previous", begun, move, key, -1, last)
        press("Step", "skip_next", more, move, key, 1, last)
        if plays:
            press("Pause", "pause", True, move, key, 0, last)
        else:
            press("Play", "play_arrow", last > 0, play, key, last)
        press("All", "last_page", more, move, key, last, last)


def press(label, icon, enabled, what, *args):
    st.button(
        label,
        key=f"backward {label}",
        icon=f":material/{icon}:",
        disabled=not enabled,
        on_click=what,
        args=args,
    )


def move(key: str, by: int, last: int):
    """On or back by so many pushes, and stay there."""
    st.session_state["backward plays"] = None
    st.session_state[key] = max(0, min(last, st.session_state[key] + by))


def play(key: str, last: int):
    """On from here; at the very end, again from the start."""
    st.session_state["backward plays"] = key
    if st.session_state[key] >= last:
        st.session_state[key] = 0


def playing(key: str) -> bool:
    return st.session_state.get("backward plays") == key


@st.fragment(run_every=PACE)
def play_on(program, end, names, manner, key, last):
    at = min(last, st.session_state[key] + 1)
    st.session_state[key] = at
    board(program, end, names, manner, key)
    if at >= last:
        st.session_state["backward plays"] = None
        st.rerun()  # ends the polling


def board(program, end, names, manner, key):
    """The graph as far as backward has come, and the push that is next."""
    at = st.session_state[key]
    now = slopes.stage(end, at)
    nodes, edges = engine.picture(end, names)
    order = engine.in_order(end)
    for node in nodes:
        value = order[node["id"]]
        node |= {"grad": now.grads[value], "state": now.states[value]}
    dark = st.context.theme.type == "dark"
    st.graphviz_chart(
        graph.dot(nodes, edges, dark, **manner),
        width="content",
        alt=f"The graph of {program.end} after {at} of its pushes.",
    )
    total = len(engine.pushes(end))
    st.markdown(f"**{at} of {total} pushes.** {made(now, names, program)}")
    if now.next is None:
        return
    st.markdown(f"Now: `{sentence(now, names)}`")
    if not playing(key):
        guess(now, names, f"{key} {at}")


def made(now, names, program) -> str:
    """What the last push has left behind."""
    if not now.made:
        return (
            f"The grad of the end itself is 1: {program.end} moves as much "
            "as itself. All others begin at 0."
        )
    push = now.made[-1]
    said = (
        f"The last one made `{called(push.parent, names)}.grad` "
        f"**{push.grad:z.6g}**."
    )
    return said if now.next else f"{said} Every grad is known."


def sentence(now, names) -> str:
    """A push in numbers, not yet multiplied."""
    push = now.next
    grad, slope = shown(now.grads[push.value]), shown(push.slope)
    return (
        f"{called(push.parent, names)}.grad += {called(push.value, names)}"
        f".grad × local slope = {grad} × {slope}"
    )


def shown(number: float) -> str:
    """As Python would, with six digits at most: 1.0, not 1."""
    text = f"{number:z.6g}"
    return f"{text}.0" if text.lstrip("-").isdigit() else text


def called(value, names) -> str:
    if names[value]:
        return names[value]
    return f"[{value.op} → {value.data:.4g}]"


def guess(now, names, key):
    """Optional: the grad after this push, before it is made."""
    parent, answer = called(now.next.parent, names), now.next.grad
    typed = st.number_input(
        f"Your guess: `{parent}.grad` after this push (or just step on)",
        value=None,
        step=None,
        format="%g",
        key=f"guess {key}",
        width=360,
    )
    if typed is None:
        return
    if math.isclose(typed, answer, rel_tol=NEAR, abs_tol=NEAR / 10):
        st.success(f"Right: `{parent}.grad` becomes {answer:z.6g}.")
        return
    had = now.grads[now.next.parent]
    st.warning(
        f"It becomes {answer:z.6g}: {shown(had)} that was there, and "
        f"{shown(now.next.passed)} that is passed on."
    )
