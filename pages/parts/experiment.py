"""Predict, then run: a question, the arms side by side, a verdict.

An arm is a run to train or, where that takes no time, a function of the data.
"""

from functools import partial
from types import SimpleNamespace

import streamlit as st

from core.runs import store
from pages.parts import later, live, words
from pages.parts.server import launcher


def show(experiment, lesson: str, data, draw):
    """One experiment; data(config) says what an arm learns from, and
    draw(experiment, arms) makes the picture of its records."""
    arms = {
        name: made(experiment, name, lesson, what, data(what))
        for name, what in experiment.arms.items()
    }
    with st.container(border=True):
        question(
            experiment, f"experiment {lesson} {experiment.name}", arms, draw
        )


def made(experiment, name, lesson, what, data):
    """The arm as a run, or as a call that gives its records at once."""
    if callable(what):
        key = f"{lesson} {experiment.name} {name}"
        return partial(measured, key, data.digest, what, data)
    return store.Run(lesson, what, data)


@later.resources(64)
def measured(key: str, digest: str, _measure, _data) -> list[dict]:
    return [vars(record) for record in _measure(_data)]


def compare(name: str, runs: dict, draw):
    """Runs side by side without a question; draw(arms) makes the picture."""
    with st.container(border=True):
        side_by_side(name, runs, draw)


@st.fragment
def side_by_side(name, runs, draw):
    states = {store.status(run.path) for run in runs.values()}
    st.button(
        f"Run {'both' if len(runs) == 2 else 'all'}",
        key=f"compare {name}",
        icon=":material/play_circle:",
        disabled=moving(states) or states == {"done"},
        on_click=start,
        args=(runs,),
    )
    if moving(states):
        again = st.fragment(poll_side_by_side, run_every=live.pause())
        return again(name, runs, draw)
    with st.container():  # as a fragment has one: so nothing shifts
        picture(name, runs, draw)


def poll_side_by_side(name, runs, draw):
    if not moving(picture(name, runs, draw)):
        st.rerun()  # ends the polling


def picture(name, runs, draw) -> set[str]:
    looks = {arm: look(run) for arm, run in runs.items()}
    draw({arm: records for arm, (_, records) in looks.items()})
    states = {state for state, _ in looks.values()}
    if states <= {"done", "new"}:
        st.caption(each_state(looks))  # always a line: nothing shifts
    else:
        wait(name, runs, looks, states)
    return states


def each_state(looks) -> str:
    said = {"new": "not run yet"}
    return ", ".join(f"{a}: {said.get(s, s)}" for a, (s, _) in looks.items())


@st.fragment
def question(experiment, key, arms, draw):
    st.markdown(f"**{experiment.question}**")
    committed = st.session_state.get(f"{key} committed", False)
    guess = st.radio(
        "Your guess",
        experiment.choices,
        index=None,
        key=f"{key} guess",
        disabled=committed,
    )
    with st.container(horizontal=True):
        st.button(
            "Commit and run",
            key=f"{key} commit",
            icon=":material/lock:",
            disabled=committed or guess is None,
            on_click=commit,
            args=(key, arms),
        )
        st.button(
            "Skip the guess",
            key=f"{key} skip",
            disabled=committed,
            on_click=commit,
            args=(key, arms),
        )
    if committed:
        measures = [
            (arm.func, *arm.args)
            for arm in arms.values()
            if not isinstance(arm, store.Run)
        ]
        told = partial(outcome, experiment, key, arms, draw, guess)
        later.show(told, *measures, place=key)


def outcome(experiment, key, arms, draw, guess):
    """The answer, looked for again and again while arms are trained."""
    if moving({look(arm)[0] for arm in arms.values()}):
        again = st.fragment(poll, run_every=live.pause())
        return again(experiment, key, arms, draw, guess)
    with st.container():  # as a fragment has one: so nothing shifts
        answer(experiment, key, arms, draw, guess)


def moving(states) -> bool:
    return bool(states & {"running", "waiting"})


def poll(experiment, key, arms, draw, guess):
    if not moving(answer(experiment, key, arms, draw, guess)):
        st.rerun()  # ends the polling


def commit(key, arms):
    """No way back: the guess stands, and the arms are trained."""
    st.session_state[f"{key} committed"] = True
    start(arms)


def look(arm) -> tuple[str, list[dict]]:
    """An arm's state and its records."""
    return live.look(arm) if isinstance(arm, store.Run) else ("done", arm())


def start(arms):
    """Train the arms that are runs; the others need no start."""
    try:
        for run in arms.values():
            if not isinstance(run, store.Run):
                continue
            if live.look(run)[0] == "damaged":
                store.remove(run)
            launcher().start(run, live.visitor())
    except (OSError, ValueError) as trouble:
        st.session_state["trouble"] = store.in_words(trouble)


def answer(experiment, key, arms, draw, guess) -> set[str]:
    """The curves so far and, when all arms are done, the verdict; returns
    the arms' states."""
    looks = {name: look(arm) for name, arm in arms.items()}
    draw(experiment, {name: records for name, (_, records) in looks.items()})
    states = {state for state, _ in looks.values()}
    if states != {"done"}:
        wait(key, arms, looks, states)
        return states
    verdict = experiment.judge(
        {
            name: [SimpleNamespace(**record) for record in records]
            for name, (_, records) in looks.items()
        }
    )
    truth = experiment.choices[verdict.choice]
    st.markdown(f"{reply(guess, truth)} {verdict.said}")
    st.markdown(experiment.why)
    return states


def reply(guess, truth) -> str:
    if guess is None:
        return f":material/gavel: The runs say: **{truth}**."
    if guess == truth:
        return f":material/check_circle: You said it: **{truth}**."
    return f":material/gavel: You said *{guess}*; the runs say: **{truth}**."


def failed(arm) -> bool:
    return look(arm)[0] == "failed"


def wait(key, arms, looks, states):
    """What each arm does now; and a way on if one of them ended badly."""
    st.caption(each_state(looks))
    if not moving(states):
        errors = [
            words.plain(store.error(arm.path))
            for arm in arms.values()
            if failed(arm)
        ]
        said = st.session_state.pop("trouble", "") or " ".join(errors)
        st.warning(said or "An arm did not finish: run it again.")
        st.button("Run again", key=f"{key} again", on_click=start, args=(arms,))
