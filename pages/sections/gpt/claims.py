"""Predict, then run: what lecture 7 claims of its parts, as questions."""

import pyarrow as pa
import streamlit as st

from core import landmarks
from core.experiments.gpt import ALIKE, EXPERIMENTS, SMALL
from pages.charts import arms
from pages.parts import cached, experiment


def show(data):
    st.header("Predict, then run", anchor="experiments")
    st.markdown(
        "Commit to an answer before you see one. Each arm is a run on the "
        "text in use, from the same seed: the same first weights and the same "
        "batches wherever the sizes allow. What neither the question nor an "
        f"arm names is a small net: {SMALL.n_layer} blocks, {SMALL.n_embd} "
        f"channels, {SMALL.n_head} heads, {SMALL.block} characters to look "
        f"back on, {SMALL.steps:,} steps, weights as torch draws them. That "
        "tells what such a net learns soon, and no more. Losses less than "
        f"{ALIKE:g} nats apart count as alike: on tiny Shakespeare another "
        "seed alone moved such runs by less than two thirds of that. Some "
        "of these parts do nothing here that can be seen, and then it says so."
    )
    draw = drawing(landmarks.guessing(data.letters))
    for each in EXPERIMENTS:
        experiment.show(each, "gpt", lambda _: data, draw)


def drawing(guessing: float):
    """How an experiment is drawn, with guessing as the measure of height."""

    def draw(claim, records):
        if claim.name == "memory":
            return bytes_kept(records)
        losses(records, guessing)
        if claim.name == "mask":
            samples(records)

    return draw


def losses(records, high: float):
    """The losses of all arms in one picture, where they were measured."""
    shown = {arm: curve(each) for arm, each in records.items()}
    st.vega_lite_chart(
        arms.frame(shown, "loss"),
        curves(tuple(shown), floor(shown), high),
        alt=f"The dev losses over the steps. {told(shown)}",
    )
    st.caption(
        f"The tenth held back. {told(shown)} What is above guessing "
        f"({high:.2f}) is drawn at the upper edge."
    )


def curve(records) -> list[dict]:
    return [
        {"step": each["step"], "loss": each["dev"]}
        for each in records
        if each["dev"] is not None
    ]


def floor(shown) -> float:
    """Of the axis: half of guessing is room for honest nets, and only what
    is below needs it from zero on."""
    lowest = min(
        (p["loss"] for line in shown.values() for p in line), default=9
    )
    return 0.0 if lowest < 1 else min(1.5, lowest // 0.5 * 0.5)


def told(shown) -> str:
    ends = {name: line[-1]["loss"] for name, line in shown.items() if line}
    said = ", ".join(f"{name}: {loss:.3f}" for name, loss in ends.items())
    return f"The last so far: {said}." if ends else "None so far."


@cached.resources(64)
def curves(names: tuple[str, ...], low: float, high: float) -> dict:
    axis = "dev loss, nats"
    few = len(names) < 3
    spec = arms.spec(
        list(names), SMALL.steps, axis, high, low, even=True, numbered=few
    )
    return spec | {"title": "Which line ends lowest, and by how much?"}


def samples(records):
    """The latest text of each arm: does it look like its loss?"""
    for (arm, each), column in zip(
        records.items(), st.columns(len(records)), strict=True
    ):
        texts = [found for r in each for found in r["samples"]]
        with column:
            st.markdown(f"**A text: {arm}**")
            st.code(
                texts[-1] if texts else "...",
                language=None,
                wrap_lines=True,
                height=200,
            )


def bytes_kept(records):
    """What a forward pass keeps, a row a size of batch."""
    [found] = records.values()
    kept = [f"{each['graph'] / 1e6:.2f} MB" for each in found]
    columns = {
        "windows in the batch": [str(each["step"]) for each in found],
        "kept for backward": kept,
        "under no_grad": [f"{each['no_grad']:,} bytes" for each in found],
        "the weights": [f"{each['weights'] / 1e6:.2f} MB" for each in found],
    }
    st.table(
        pa.table(columns),
        hide_index=True,
        alt=f"Memory kept by a forward pass: {', '.join(kept)} for more and "
        "more windows; nothing under no_grad.",
    )
    st.caption(
        "Counted by PyTorch's own hook for saved tensors, each piece of "
        "memory once, without the weights. The net has learned nothing: what "
        "is kept does not depend on that."
    )
