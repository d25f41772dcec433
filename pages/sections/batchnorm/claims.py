"""Predict, then run: what lecture 4 claims of health, as questions."""

import streamlit as st

from core import landmarks
from core.experiments.batchnorm import EXPERIMENTS
from pages.charts import arms, arrow
from pages.charts import mend as chart
from pages.parts import cached, experiment

HIGH = {"rate": 1.5}  # top of the picture, in guesses
LEAST = 0.65  # the picture's bottom in guesses, until a loss is lower
AT_START = {  # what is asked of the first step, by its place in a table
    "gain": (1, "spread", "Do the arms lie on one another?"),
    "saturate": (2, "share saturated", "How does it go on behind layer 1?"),
}
AXIS = "train loss, nats"


def show(data):
    st.header("Predict, then run", anchor="experiments")
    st.markdown(
        "Commit to an answer before you see one. Each arm is a run like the "
        "one above, on the data in use and from the same seed. The arms are "
        "far shorter than the lecture's runs, and the longer of them lower "
        "the rate for their last quarter; all else that neither the question "
        "nor an arm names is the same in every arm. The losses compared are "
        "those of whole splits, on average over the last quarter."
    )
    guessing = landmarks.guessing(data.letters)
    for each in EXPERIMENTS:
        experiment.show(each, "batchnorm", lambda _: data, drawing(guessing))


def drawing(guessing: float):
    """How an experiment is drawn, with guessing as the measure of height."""

    def draw(claim, records):
        if claim.name in AT_START:
            at_start(claim, records)
        elif claim.name == "eval":
            judged(records)
        else:
            high = HIGH.get(claim.name, 1.0) * guessing
            losses(claim, records, high, LEAST * guessing)

    return draw


def at_start(claim, records):
    """A number of each layer at the first step, a line an arm."""
    place, what, title = AT_START[claim.name]
    shown = {
        arm: [layer[place] for layer in each[0]["activations"]] if each else []
        for arm, each in records.items()
    }
    count = max(config.layers for config in claim.arms.values())
    percent = claim.name == "saturate"
    st.vega_lite_chart(
        chart.by_layer(shown),
        chart.layers(tuple(shown), count, title, what, percent),
        alt=f"The {what} of the outputs of each hidden layer at the first "
        f"step. {by_layer(shown, '.1%' if percent else '.3f')}",
    )
    st.caption(
        "Where lines cover one another, the later points are the smaller "
        f"ones. Train losses: {told(curves_of(records))}"
    )


def by_layer(shown, digits: str) -> str:
    told = [
        f"{arm}: " + ", ".join(format(value, digits) for value in values)
        for arm, values in shown.items()
        if values
    ]
    return "; ".join(told) + "." if told else "None yet."


def judged(records):
    """The losses of one net, a row for each way to judge it."""
    [ways] = records.values()
    losses = [each["loss"] for each in ways]
    rows = [
        (way(each["step"]), f"{loss:.4f}", f"{loss - losses[0]:+.4f}")
        for each, loss in zip(ways, losses, strict=True)
    ]
    columns = ["mean and spread of", "loss, nats", "difference"]
    st.table(
        arrow.table(rows, columns),
        hide_index=True,
        alt="The losses of one net, judged with the mean and spread of "
        + ", ".join(f"{name}: {loss}" for name, loss, _ in rows),
    )
    st.caption(
        "One net, trained for some hundred steps of 32 examples, and the same "
        "examples in each row: words held back, where there are enough."
    )


def way(batch: int) -> str:
    if not batch:
        return "the training, kept running: eval()"
    return f"each batch of {batch}: eval() forgotten"


def curve(records) -> list[dict]:
    """The train losses, where they were measured."""
    return [
        {"step": each["step"], "loss": each["train"]}
        for each in records
        if each["train"] is not None
    ]


def curves_of(records) -> dict[str, list[dict]]:
    return {arm: curve(each) for arm, each in records.items()}


def losses(claim, records, high, low):
    """The train losses of all arms in one picture."""
    shown = curves_of(records)
    configs = {a: c for a, c in claim.arms.items() if not callable(c)}
    steps, across = max(c.steps for c in configs.values()), "step"
    if claim.name == "batch":  # whose arms differ in steps, not in examples
        steps, across = seen(configs, shown), "examples seen"
    low = bottom(shown, low)
    st.vega_lite_chart(
        arms.frame(shown, "loss"),
        curves(tuple(shown), steps, low, high, across),
        alt=f"The train losses over the steps: {told(shown)}",
    )
    st.caption(f"A loss above {high:.2f} is drawn at the upper edge.")


def seen(configs, shown) -> int:
    """Counts what is shown in examples; returns how many there are."""
    for arm, config in configs.items():
        for point in shown[arm]:
            point["step"] *= config.batch
    return max(c.steps * c.batch for c in configs.values())


def bottom(shown, low: float) -> float:
    """Below all losses so far, by quarters of a nat, so that it stays."""
    found = [point["loss"] for line in shown.values() for point in line]
    lowest = min(found, default=low)
    return low if lowest >= low else max(0.0, lowest // 0.25 * 0.25)


def told(shown) -> str:
    ends = {name: line[-1]["loss"] for name, line in shown.items() if line}
    said = ", ".join(f"{name}: {loss:.4f}" for name, loss in ends.items())
    return f"the last so far {said}." if ends else "none yet."


@cached.resources(64)
def curves(names: tuple[str, ...], steps: int, low, high, across):
    return arms.spec(list(names), steps, AXIS, high, low, True, across)
