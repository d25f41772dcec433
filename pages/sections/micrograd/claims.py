"""Experiments and bugs: arms side by side, their losses and their maps."""

import pyarrow as pa
import streamlit as st

from core import engine, expression, micrograd
from core.data import points
from core.experiments.micrograd import EXPERIMENTS
from core.runs.store import Run
from pages.charts import arms as chart
from pages.charts import arrow
from pages.parts import cached, experiment, source
from pages.parts.cached import drawn_once
from pages.sections.micrograd import training

TWICE = ("a = 3\nb = a + a", "a = -2\nb = 3\nf = (a*b) * (a + b)")
HIGH = 2.0  # the loss axis ends here: a lost arm runs along its edge
BUGS = {
    "= for +=": (
        {},
        {"accumulate": False},
        "Backward writes each slope over the last one. A weight that serves "
        "a hundred points follows one of them.",
    ),
    "zero_grad forgotten": (
        {},
        {"zero_grad": False},
        "The slopes of every step so far push along with the new ones.",
    ),
    "ten times the rate": (
        {},
        {"rate": 10.0},
        "Each step goes ten times as far as in the demo.",
    ),
    "no nonlinearity": (
        {"rate": 0.1},
        {"nonlinearity": "linear"},
        "Hidden neurons pass their sums on as they are. (Both learn at rate "
        "0.1: at 1 the linear net leaves all bounds.)",
    ),
}


@cached.resources(32)
def curves(names: tuple[str, ...], steps: int) -> dict:
    return chart.spec(list(names), steps, "loss: hinge and decay", HIGH)


def draw(claim, records):
    """The losses of the arms, and the map each of them ends with."""
    side_by_side(claim.arms, records)


def side_by_side(configs, records):
    steps = max(config.steps for config in configs.values())
    st.vega_lite_chart(
        chart.frame(records, "loss"),
        curves(tuple(configs), steps),
        alt="The losses of the arms over the steps: " + ", ".join(configs),
    )
    st.caption(f"A loss above {HIGH:g} is drawn at the upper edge.")
    for column, (arm, config) in zip(
        st.columns(len(configs)), configs.items(), strict=True
    ):
        with column:
            last_map(arm, config, records[arm])


def last_map(arm, config, records):
    """The decision map of an arm's last snapshot, or of its start."""
    data = points.load(config)
    first = training.untrained(config, data)
    seen = [each for each in [first, *records] if each["weights"]][-1]
    weights = training.as_weights(seen["weights"])
    told = seen["step"], seen["loss"], seen["accuracy"]
    mapped(weights, data, repr(weights), data.digest, arm, config, *told)


@drawn_once
def mapped(_weights, _data, key: str, digest, arm, config, step, loss, right):
    """The map of these weights and how good they are."""
    st.markdown(f"**{arm}**, step {step}: loss {loss:.4g}, {right:.0%} right")
    st.vega_lite_chart(
        training.scores(_weights, config.nonlinearity, _data),
        training.small_map(_data),
        alt=f"The decision map of {arm}: {right:.0%} of the points "
        "are on their own side.",
        key=f"map {arm} {config}",
    )


def experiments():
    st.header("Predict, then run", anchor="experiments")
    st.markdown(
        "Commit to an answer before you see one: what surprises you, you will "
        "remember. Each arm is a run like the one above, from the same first "
        "weights and on the demo's two moons unless it says otherwise."
    )
    for each in EXPERIMENTS:
        experiment.show(each, "micrograd", points.load, draw)


def bugs():
    st.header("Bugs on purpose", anchor="bugs")
    st.markdown(
        "None of these bugs raises an error: the code runs and prints losses. "
        "Choose one, and let it run beside the correct code, from the same "
        "weights. Could you tell from the losses alone?"
    )
    one_bug()
    st.markdown(
        "The first bug in its smallest form: a value that is used twice, or "
        "used by two others. Typed in above, the same texts show the right "
        "slopes in the graph."
    )
    st.table(
        overwritten(),
        hide_index=True,
        alt="Slopes with = beside slopes with +=, for values used twice.",
    )
    source.show(engine.Value.backward, engine.backward_overwriting)


@cached.values(1)
def overwritten() -> pa.Table:
    """One row a leaf: its slope added up, and its slope overwritten."""
    rows = []
    for text in TWICE:
        slopes = []
        for backward in (engine.Value.backward, engine.backward_overwriting):
            program = expression.parse(text)
            values = expression.evaluate(program, program.defaults)
            backward(values[program.end])
            slopes.append([values[name].grad for name in program.defaults])
        told = zip(program.defaults, *slopes, strict=True)
        made = text.splitlines()[-1]
        rows += [(f"`{made}`", n, f"{a:g}", f"{b:g}") for n, a, b in told]
    columns = ["expression", "leaf", "with +=", "with ="]
    return arrow.table(rows, columns)


@st.fragment
def one_bug():
    chosen = st.segmented_control(
        "The bug", list(BUGS), default="= for +=", required=True, key="bug"
    )
    same, turned, said = BUGS[chosen]
    st.markdown(said)
    configs = {
        "correct": micrograd.Config(**same),
        "with the bug": micrograd.Config(**same | turned),
    }
    runs = {
        name: Run("micrograd", config, points.load(config))
        for name, config in configs.items()
    }
    experiment.compare(
        chosen, runs, lambda records: side_by_side(configs, records)
    )
