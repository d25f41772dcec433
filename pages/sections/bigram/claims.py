"""Predict, then run: the lecture's claims and exercises as questions."""

import streamlit as st

from core import bigram
from core.data import names
from core.experiments.bigram import EXPERIMENTS, HELD_BACK
from pages.charts import arms, smoothing
from pages.parts import cached, experiment


def show(data):
    st.header("Predict, then run", anchor="experiments")
    st.markdown(
        "Commit to an answer before you see one: what surprises you, you will "
        "remember. The arms are runs like those above, or tables counted on "
        "the spot, on the data in use."
    )
    few = len(data.words) < names.MIN_SPLIT
    for each in EXPERIMENTS:
        if not (few and each.name in HELD_BACK):
            experiment.show(each, "bigram", lambda _: data, draw)
    if few:
        st.info(
            f"With fewer than {names.MIN_SPLIT} words none can be held back: "
            "bring more, and there are further questions."
        )


def draw(claim, records):
    """The losses of the arms: over the steps, or over what was added."""
    if all(isinstance(arm, bigram.Config) for arm in claim.arms.values()):
        return over_steps(claim, records)
    amounts = [tried["added"] for tried in next(iter(records.values()))]
    curves = {
        arm: [each["loss"] for each in tried] for arm, tried in records.items()
    }
    st.vega_lite_chart(
        smoothing.tuning(amounts, curves),
        smoothing.tuned(tuple(curves), "loss, nats per character"),
        alt="The loss over the amount added: " + ", ".join(curves),
    )


def over_steps(claim, records):
    steps = max(config.steps for config in claim.arms.values())
    st.vega_lite_chart(
        arms.frame(records, "nll"),
        arms_spec(tuple(claim.arms), steps),
        alt="The losses of the arms over the steps: " + ", ".join(claim.arms),
    )


@cached.resources(16)
def arms_spec(names: tuple[str, ...], steps: int):
    return arms.spec(list(names), steps)
