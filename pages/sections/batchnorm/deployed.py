"""A net in use: eval() forgotten, one example alone, BatchNorm folded away."""

from functools import partial

import streamlit as st

from core import folding, running
from pages.charts import running as chart
from pages.parts import later, live, source
from pages.parts.cached import drawn_once
from pages.sections.batchnorm.instant import STEPS, extent, instant


def show(data):
    st.subheader("A bug on purpose: eval() forgotten", anchor="forgotten-eval")
    st.markdown(
        "Leave the net in training mode and judge it: every example is then "
        "normalised along with its batch, and its answer depends on which "
        "others are there. How much does the loss change, and does a larger "
        "batch help?"
    )
    question = data, data.digest
    later.show(partial(in_training, data), (instant, *question))
    source.show(running.forgotten, running.lost)
    st.subheader("Fold it away", anchor="fold")
    later.show(partial(fold, *question), (instant, *question))
    source.show(folding.fold, folding.folded)


def in_training(data):
    """Batches of many examples, then of one."""
    forget(data)
    alone(data, data.digest)


@st.fragment
def forget(data):
    """The examples in batches by chance, or word for word."""
    how = st.segmented_control(
        "Batches",
        ("drawn by chance", "word for word"),
        default="drawn by chance",
        required=True,
        key="bn running order",
        help="Word for word, the neighbours in a batch are the next contexts "
        "of the same word.",
    )
    left_on(data, data.digest, how == "drawn by chance")


@drawn_once
def left_on(_data, digest: str, shuffled: bool):
    """The loss in training mode by size of batch, beside evaluation."""
    all_ = instant(_data, digest)
    losses, evaluated = all_.left[shuffled]
    every = [
        x for each, one in all_.left.values() for x in (*each.values(), one)
    ]
    low, high = extent(every)
    st.vega_lite_chart(
        chart.left(losses, evaluated),
        chart.in_training(tuple(f"{B:,}" for B in losses), low, high),
        alt="The loss in training mode, by size of batch: "
        + ", ".join(f"{B:,} {loss:.4f}" for B, loss in losses.items())
        + f". In evaluation {evaluated:.4f}.",
    )
    first, last = min(losses), max(losses)
    st.markdown(
        f"In evaluation the loss is **{evaluated:.4f}**. In training mode, "
        f"with {first} examples in a batch, it is **{losses[first]:.4f}**"
        + (f"; with {last:,}, **{losses[last]:.4f}**" if last > first else "")
        + ". "
        + why_left(losses, evaluated, shuffled)
    )
    st.caption(
        f"The first {running.JUDGED:,} examples of the "
        f"{all_.judge} split, or all if there are fewer. Training mode does "
        "one more harm: each look moves the running statistics."
    )


def why_left(losses, evaluated: float, shuffled: bool) -> str:
    """What the batch does to an answer."""
    below = [B for B, loss in losses.items() if loss < evaluated]
    if shuffled:
        return (
            "The mean and spread of a few examples are rough, and the fewer "
            "there are, the more they disturb; a large batch has nearly the "
            "statistics of all."
        )
    if below:
        return (
            "Some losses are *lower* than in evaluation. The net is no better "
            "for it: that is a leak. The neighbours of a context hold the "
            "letter that comes after it, and through the batch's mean and "
            "spread they reach its sums."
        )
    return "The neighbours are no chance here: they are of the same word."


@drawn_once
def alone(_data, digest: str):
    """One context at a time: names in evaluation, nothing in training."""
    all_, V = instant(_data, digest), len(_data.letters)
    st.markdown(
        "And a batch of one? A name is sampled letter by letter, each from "
        f"one context alone. In training mode **{all_.lost} of {V}** logits "
        "are then no number (nan): the spread of one example is 0 / 0. In "
        "evaluation the same net writes, after its "
        f"{STEPS:,} steps: {live.as_names(all_.samples)}"
    )


@drawn_once
def fold(_data, digest: str):
    """What folding saves, and that it changes nothing."""
    all_ = instant(_data, digest)
    H = running.CONFIG.hidden
    before, after = all_.counts
    st.markdown(
        "In evaluation BatchNorm multiplies and shifts each sum by fixed "
        "numbers, and so does a Linear. So one Linear can do both, with "
        "weight *W × gamma / √(var + eps)* and bias *(b - mean) × gamma / "
        "√(var + eps) + beta*. Is it the same net?"
    )
    left, middle, right = st.columns(3)
    left.metric("largest difference of a logit", f"{all_.apart:.0e}")
    middle.metric("numbers stored", f"{after:,}", f"{after - before:,}", "off")
    right.metric("operations on each sum", "1", "-3", "off")
    st.markdown(
        f"On all {all_.contexts:,} contexts of the {all_.judge} split, the "
        "logits differ by rounding only. The four numbers of each of the "
        f"{H} neurons (gamma, beta, running mean and variance) have become "
        "one bias; to take off, scale, multiply and add has become one "
        "addition. That is how such nets are shipped."
    )
