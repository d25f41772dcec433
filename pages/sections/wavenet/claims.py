"""Predict, then run: what lecture 6 claims of the tree, as questions."""

import pyarrow as pa
import streamlit as st

from core import landmarks, wavenet
from core.data import names
from core.experiments.wavenet import ALIKE, EXPERIMENTS, HELD_BACK
from pages.charts import arms, arrow
from pages.parts import cached, experiment

SPAN = (0.63, 0.75)  # the picture's bottom and top, in guesses
TOP_OF_OWN = 0.9  # other words may be harder to tell


def show(data):
    st.header("Predict, then run", anchor="experiments")
    st.markdown(
        "Commit to an answer before you see one. Each arm is a run like the "
        "one above, on the data in use and from the same seed; what neither "
        "the question nor an arm names is as in the lecture's small nets, "
        "but **far shorter**: 6,000 steps of 200,000, the last quarter at a "
        "tenth of the rate. That tells what a net learns soon, and no more. "
        f"Losses less than {ALIKE:g} nats apart count as alike (of three nets "
        "the best and the worst): on the lectures' names another seed alone "
        "moves the loss by almost that."
    )
    guessing = landmarks.guessing(data.letters)
    draw = drawing(guessing, data)
    for each in EXPERIMENTS:
        if each.name not in HELD_BACK or enough(data):
            experiment.show(each, "wavenet", lambda _: data, draw)
    if not enough(data):
        st.info(
            f"With fewer than {names.MIN_SPLIT} words none can be held back, "
            "so these are judged on the words that they learn from. Bring "
            "more, and there is one more question."
        )


def enough(data) -> bool:
    return len(data.words) >= names.MIN_SPLIT


def drawing(guessing: float, data):
    """How an experiment is drawn, with guessing as the measure of height."""
    low, high = (share * guessing for share in SPAN)
    if data.source == "own":
        high = TOP_OF_OWN * guessing
    split, V = "dev" if enough(data) else "train", len(data.letters)

    def draw(claim, records):
        if claim.name == "convolution":
            return differences(records)
        losses(records, split, low, high)
        table(claim, records, V, split == "dev")

    return draw


def losses(records, split: str, low: float, high: float):
    """The losses of all arms in one picture, where they were measured."""
    shown = {arm: curve(each, split) for arm, each in records.items()}
    steps = max(c.steps for c in configs().values())
    low = bottom(shown, low)
    few = len(shown) <= 2  # more numbers would cover one another
    st.vega_lite_chart(
        arms.frame(shown, "loss", ends=few),
        curves(tuple(shown), steps, low, high, f"{split} loss, nats"),
        alt=f"The {split} losses over the steps. {told(shown)}",
    )
    st.caption(
        f"Both losses are measured every {wavenet.JUDGE:,} steps, this one "
        + ("of the words held back. " if split == "dev" else "of all words. ")
        + f"What is above {high:.2f} is drawn at the upper edge."
    )


def configs() -> dict:
    return {
        arm: config
        for each in EXPERIMENTS
        for arm, config in each.arms.items()
        if not callable(config)
    }


def curve(records, split: str) -> list[dict]:
    return [
        {"step": each["step"], "loss": each[split]}
        for each in records
        if each[split] is not None
    ]


def bottom(shown, low: float) -> float:
    """Below all losses so far, by quarters of a nat, so that it stays."""
    found = [point["loss"] for line in shown.values() for point in line]
    lowest = min(found, default=low)
    return low if lowest >= low else max(0.0, lowest // 0.25 * 0.25)


def told(shown) -> str:
    ends = {name: line[-1]["loss"] for name, line in shown.items() if line}
    said = ", ".join(f"{name}: {loss:.4f}" for name, loss in ends.items())
    return f"The last so far: {said}." if ends else "None yet."


@cached.resources(64)
def curves(names: tuple[str, ...], steps: int, low, high, axis) -> dict:
    spec = arms.spec(list(names), steps, axis, high, low, even=True)
    return spec | {"title": "Which line ends lowest, and by how much?"}


def table(claim, records, V: int, held_back: bool):
    """A row an arm: its size, and both losses where it stands."""
    rows = [
        (arm, f"{size(claim.arms[arm], V):,}", *latest(each))
        for arm, each in records.items()
    ]
    columns = ["net", "parameters", "train", "dev", "step"]
    frame = arrow.table(rows, columns)
    if not held_back:
        frame = frame.drop_columns("dev")
    st.table(
        frame,
        hide_index=True,
        alt="Parameters, losses and step of each net: "
        + "; ".join(", ".join(filter(None, row)) for row in rows),
    )


@cached.values(64)
def size(config, V: int) -> int:
    return wavenet.parameters(config, V)


def latest(records) -> tuple[str, str, str]:
    """Train, dev and the step where both were measured last."""
    for each in reversed(records):
        if each["train"] is not None:
            dev = "" if each["dev"] is None else f"{each['dev']:.4f}"
            return f"{each['train']:.4f}", dev, f"{each['step']:,}"
    return "...", "...", "0"


def differences(records):
    """The largest differences of two logits, a row a name."""
    [found] = records.values()
    columns = {
        "name": [f"`{each['name']}`" for each in found],
        "in evaluation": [f"{each['evaluation']:.1e}" for each in found],
        "in training": [f"{each['training']:.1e}" for each in found],
    }
    st.table(
        pa.table(columns),
        hide_index=True,
        alt="The largest difference of two logits for each name: "
        f"in evaluation up to {max(e['evaluation'] for e in found):.1e}, "
        f"in training up to {max(e['training'] for e in found):.1e}",
    )
    st.caption(
        "The largest difference between two logits of a name, one pass of "
        "convolutions beside its windows. The net has learned nothing yet: "
        "what is the same for any weights needs no training."
    )
