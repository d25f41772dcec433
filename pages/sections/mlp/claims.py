"""Predict, then run: what the lecture claims of training, as questions."""

from types import SimpleNamespace

import streamlit as st

from core import landmarks
from core.data import names
from core.experiments.mlp import (
    EXPERIMENTS,
    FEW,
    HELD_BACK,
    end,
    promised,
    times,
)
from pages.charts import arms, arrow
from pages.parts import cached, experiment

ENOUGH = 1_250  # words, for a split to leave more than a few to learn from
HIGH = {"batch": 1.5, "few words": 1.5}  # top of the picture, in guesses
NEAR = 0.15  # nats in sight above a loss that another comes close to
LEAST = 0.65  # the picture's bottom in guesses, until a loss is lower
AXIS = "loss, nats"


def show(data):
    st.header("Predict, then run", anchor="experiments")
    st.markdown(
        "Commit to an answer before you see one: what surprises you, you will "
        "remember. Each arm is a run like the one above, on the data in use "
        "and from the same seed; what neither the question nor an arm names "
        "is as in the lecture, but shorter: most arms take 20,000 steps, the "
        "last quarter of them at a tenth of the rate. The losses compared are "
        "those of whole splits, on average over the last quarter."
    )
    guessing = landmarks.guessing(data.letters)
    for each in EXPERIMENTS:
        if possible(each.name, len(data.words)):
            experiment.show(each, "mlp", lambda _: data, drawing(guessing))
    missing(len(data.words))


def possible(name: str, words: int) -> bool:
    if name in HELD_BACK and words < names.MIN_SPLIT:
        return False
    return name != "few words" or words > ENOUGH


def missing(words: int):
    if words < names.MIN_SPLIT:
        st.info(
            f"With fewer than {names.MIN_SPLIT} words none can be held back: "
            "bring more, and there are further questions."
        )
    elif words <= ENOUGH:
        st.info(
            f"One more question is what becomes of learning from {FEW} words "
            f"instead of all: bring more than {ENOUGH:,}."
        )


def drawing(guessing: float):
    """How an experiment is drawn, with guessing as the measure of height."""

    def draw(claim, records):
        high = HIGH.get(claim.name, 1.0) * guessing
        if claim.name == "range":
            rates_compared(claim, records)
        elif claim.name in HELD_BACK:
            train_and_dev(claim, records, high, LEAST * guessing)
        else:
            train_alone(claim, records, high, LEAST * guessing)

    return draw


def curve(records, split: str) -> list[dict]:
    """The losses of a whole split, where they were measured."""
    return [
        {"step": each["step"], "loss": each[split]}
        for each in records
        if each[split] is not None
    ]


def train_alone(claim, records, high, low):
    """The train losses of all arms in one picture."""
    shown = {arm: curve(each, "train") for arm, each in records.items()}
    if claim.name == "context 1":
        loss = shown["bigram"][-1]["loss"]
        high, low = loss + NEAR, loss - NEAR / 5
    steps, across = max(c.steps for c in configs(claim).values()), "step"
    if claim.name == "batch":  # whose arms differ in steps, not in examples
        steps, across = seen(claim, shown), "examples seen"
    low = bottom([shown], low)
    st.vega_lite_chart(
        arms.frame(shown, "loss"),
        curves(tuple(shown), steps, low, high, f"train {AXIS}", across),
        alt=f"The train losses over the steps. {told(shown)}",
    )
    edge(high)


def configs(claim) -> dict:
    return {a: c for a, c in claim.arms.items() if not callable(c)}


def seen(claim, shown) -> int:
    """Counts what is shown in examples; returns how many there are."""
    for arm, config in configs(claim).items():
        for point in shown[arm]:
            point["step"] *= config.batch
    return max(c.steps * c.batch for c in configs(claim).values())


def train_and_dev(claim, records, high, low):
    """Train and dev of each arm, side by side on equal axes."""
    shown = {
        arm: {split: curve(each, split) for split in ("train", "dev")}
        for arm, each in records.items()
    }
    low = bottom(shown.values(), low)
    columns = st.columns(len(shown))
    for column, (arm, both) in zip(columns, shown.items(), strict=True):
        spec = curves(tuple(both), claim.arms[arm].steps, low, high, AXIS)
        column.vega_lite_chart(
            arms.frame(both, "loss"),
            spec | {"title": arm},
            alt=f"Train and dev losses with {arm}. {told(both)}",
        )
    edge(high)


def bottom(shown, low: float) -> float:
    """Below all losses so far, by quarters of a nat, so that it stays."""
    losses = [
        point["loss"]
        for lines in shown
        for line in lines.values()
        for point in line
    ]
    lowest = min(losses, default=low)
    return low if lowest >= low else max(0.0, lowest // 0.25 * 0.25)


def told(shown) -> str:
    ends = {name: line[-1]["loss"] for name, line in shown.items() if line}
    said = ", ".join(f"{name}: {loss:.4f}" for name, loss in ends.items())
    return f"The last so far: {said}." if ends else "None yet."


def edge(high: float):
    st.caption(f"A loss above {high:.2f} is drawn at the upper edge.")


@cached.resources(64)
def curves(names: tuple[str, ...], steps: int, low, high, axis, across="step"):
    return arms.spec(list(names), steps, axis, high, low, True, across)


def rates_compared(claim, records):
    """Each run's rate, its loss at the end, and where the valley is."""
    valley = promised([SimpleNamespace(**r) for r in records["range test"]])
    rows = []
    for arm, config in claim.arms.items():
        if callable(config):
            continue
        far = times(config.rate, valley)
        rows.append((f"{config.rate:g}", far, final(records[arm], config)))
    columns = ["rate", "next to the valley's", "train loss at the end"]
    st.markdown(f"The range test has its valley at **{valley:.2g}**.")
    st.table(
        arrow.table(rows, columns),
        hide_index=True,
        alt=f"The rates next to the valley's, {valley:.2g}, and their losses: "
        + ", ".join(f"{rate}: {loss}" for rate, _, loss in rows),
    )


def final(records, config) -> str:
    """The loss at the end of a run, once it is there."""
    if not records or records[-1]["step"] < config.steps:
        return "..."
    return f"{end([SimpleNamespace(**r) for r in records]):.4f}"
