"""Predict, then run: a question, the arms side by side, a verdict."""

from types import SimpleNamespace

import streamlit as st

from core.runs import store
from pages.parts import live
from pages.parts.server import launcher

POLL = 0.5  # seconds between looks while arms train


def show(experiment, lesson: str, data, draw):
    """One experiment; data(config) is what an arm trains on, and
    draw(experiment, arms) makes the picture of the arms' records."""
    runs = {
        arm: store.Run(lesson, config, data(config))
        for arm, config in experiment.arms.items()
    }
    with st.container(border=True):
        question(experiment, runs, draw)


@st.fragment
def question(experiment, runs, draw):
    key = f"experiment {experiment.name}"
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
            args=(key, runs),
        )
        st.button(
            "Skip the guess",
            key=f"{key} skip",
            disabled=committed,
            on_click=commit,
            args=(key, runs),
        )
    if not committed:
        return
    if moving({store.status(run.path) for run in runs.values()}):
        return poll(experiment, runs, draw, guess)
    with st.container():  # as a fragment has one: so nothing shifts
        answer(experiment, runs, draw, guess)


def moving(states) -> bool:
    return bool(states & {"running", "waiting"})


@st.fragment(run_every=POLL)
def poll(experiment, runs, draw, guess):
    if not moving(answer(experiment, runs, draw, guess)):
        st.rerun()  # ends the polling


def commit(key, runs):
    """No way back: the guess stands, and the arms are trained."""
    st.session_state[f"{key} committed"] = True
    start(runs)


def start(runs):
    try:
        for run in runs.values():
            if live.look(run)[0] == "damaged":
                store.remove(run)
            launcher().start(run)
    except OSError as trouble:
        st.session_state["trouble"] = store.in_words(trouble)


def answer(experiment, runs, draw, guess) -> set[str]:
    """The curves so far and, when all arms are done, the verdict; returns
    the arms' states."""
    looks = {arm: live.look(run) for arm, run in runs.items()}
    draw(experiment, {arm: records for arm, (_, records) in looks.items()})
    states = {state for state, _ in looks.values()}
    if states != {"done"}:
        wait(experiment, runs, looks, states)
        return states
    verdict = experiment.judge(
        {
            arm: [SimpleNamespace(**record) for record in records]
            for arm, (_, records) in looks.items()
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


def failed(run) -> bool:
    return store.status(run.path) == "failed"


def wait(experiment, runs, looks, states):
    """What each arm does now; and a way on if one of them ended badly."""
    st.caption(
        ", ".join(f"{arm}: {state}" for arm, (state, _) in looks.items())
    )
    if not moving(states):
        errors = [store.error(r.path) for r in runs.values() if failed(r)]
        said = st.session_state.pop("trouble", "") or " ".join(errors)
        st.warning(said or "An arm did not finish: run it again.")
        st.button(
            "Run again",
            key=f"experiment {experiment.name} again",
            on_click=start,
            args=(runs,),
        )
