"""Another rate in mid-run: a run of its own that shares the first steps.

For every lesson whose Config has the knobs rate, switch and second_rate.
"""

from dataclasses import replace

import streamlit as st

from core import knobs
from core.runs import store
from pages.parts import experiment, live


def show(draw, drawn):
    """Where to fork, and, once there is a fork, both curves; drawn(run) gives
    the picture, of the records by arm and the switch, and the highest loss."""
    st.subheader("Another rate in mid-run", anchor="fork")
    st.markdown(
        "Choose a step and the rate that holds after it. The same seed draws "
        "the same batches, so the new run is the old one up to that step: the "
        "**fork**. *Fork here* turns two knobs, and the run above is the fork "
        "then; *No fork* brings the first one back."
    )
    draw(choose, of=offered)
    draw(both, of=compared, drawn=drawn)


def forks(config) -> bool:
    return config.switch < config.steps


def compared(run) -> str:
    """What the comparison depends on: without a fork, only on the rate."""
    return run.id if forks(run.config) else f"{run.config.rate:g}"


def both(run, drawn):
    config = run.config
    if not forks(config):
        st.caption(
            f"The run above keeps its rate of {config.rate:g} to the end."
        )
        return
    picture, high = drawn(run)
    arms = {
        f"rate {config.rate:g} all along": first_of(run),
        f"{config.second_rate:g} after step {config.switch:,}": run,
    }
    experiment.compare(
        f"fork {run.id}",
        arms,
        lambda records: draw(*picture(records, config.switch), records),
    )
    st.caption(f"Above {high:.2f} a line runs along the upper edge.")


def first_of(run) -> store.Run:
    return store.Run(run.lesson, unforked(run.config), run.data)


def draw(frame, spec, arms):
    said = "The losses of both runs: " + ", ".join(arms)
    st.vega_lite_chart(frame, spec, alt=said)


def unforked(config):
    """The run that is left: the first rate all along."""
    default = type(config)()
    switch = max(default.switch, config.steps)
    return replace(config, switch=switch, second_rate=default.second_rate)


def offered(run) -> tuple[int, float, bool]:
    """The knobs that the choice is offered by."""
    return run.config.steps, run.config.second_rate, forks(run.config)


def choose(run, now):
    """Step and rate of the next fork, of now(), the run of the knobs as they
    are when a button is pressed."""
    named = {knob.name: knob for knob in knobs.knobs_of(run.config)}
    switch, second = named["switch"], named["second_rate"]
    key = f"fork step {run.lesson}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        step = st.number_input(
            "After step",
            1,
            min(switch.high, last(run)),
            max(1, last(run) // 2),
            key=key,
        )
        rate = st.number_input(
            "Another rate",
            second.low,
            second.high,
            run.config.second_rate,
            step=second.grain,
            format="%g",
            key=f"fork rate {run.lesson}",
        )
        st.button(
            "Fork here",
            icon=":material/fork_right:",
            on_click=turn,
            args=(step, rate),
            disabled=run.config.steps < 2,
            help="Sets the knobs switch and second rate; then run both.",
        )
        st.button(
            "Take the step in view",
            icon=":material/my_location:",
            on_click=take,
            args=(now, key),
            help="The step under your playhead, above.",
        )
        st.button(
            "No fork",
            on_click=leave,
            args=(now,),
            disabled=not forks(run.config),
            help="Back to the run that keeps its rate.",
        )


def last(run) -> int:
    """The last step that another can follow."""
    return max(1, run.config.steps - 1)


def here(run) -> int:
    """The step at the playhead, short of the last; half-way before a run."""
    _, records = live.look(run)
    if not records:
        return max(1, last(run) // 2)
    at = min(int(live.playhead(run).at), len(records) - 1)
    return min(records[at]["step"], last(run))


def take(now, key: str):
    st.session_state[key] = here(now())


def leave(now):
    first = unforked(now().config)
    turn(first.switch, first.second_rate)


def turn(step: int, rate: float):
    """Set the two knobs of the schedule."""
    st.session_state["switch"] = step
    st.session_state["second_rate"] = rate
    st.rerun()
