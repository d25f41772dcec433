"""The first loss: expected and got, squashed logits, the hockey stick."""

import math
from functools import partial

import pyarrow as pa
import streamlit as st

from core import batchnorm, first_loss, mlp
from pages.charts import first_loss as chart
from pages.charts import saturation as histogram
from pages.parts import cached, later, source
from pages.parts import words as words_part
from pages.parts.cached import drawn_once

CLASSES = 4
ORIGINAL, FIXED = (1.0, 1.0), (0.01, 0.0)  # scales of W2 and b2
STARTS = ("first start", "W2 × 0.01, b2 × 0")
STEPS = 300


def examples(data, digest: str, context: int = batchnorm.ORIGINAL.context):
    """All that a run learns from, as bytes."""
    X, y = words_part.examples(mlp.packed, data, digest, context)
    return first_loss.Examples(X, y, len(data.letters))


@cached.values(64)
def start(_data, digest: str, last: float, last_bias: float):
    return first_loss.start(examples(_data, digest), last, last_bias)


@cached.values(32)
def squashed(_data, digest: str, last_bias: float):
    return first_loss.squashed(examples(_data, digest), last_bias)


@later.resources(8)
def runs(_data, digest: str):
    found = examples(_data, digest)
    return {
        name: first_loss.first_losses(found, *scales, STEPS)
        for name, scales in zip(STARTS, (ORIGINAL, FIXED), strict=True)
    }


def show(data):
    st.header("The first loss", anchor="first-loss")
    expectation(data, data.digest)
    st.subheader("Four classes", anchor="four-classes")
    st.markdown(
        "Four **logits**, one a class, become chances; the loss is minus the "
        "logarithm of the right one's chance. Equal logits are a fair guess. "
        "Push one far up: what does it cost when it is the wrong one?"
    )
    four_classes()
    source.show(first_loss.four)
    st.subheader("The net's logits", anchor="logits")
    st.markdown(
        "The logits are the hidden layer times **W2**, plus **b2**. Drawn at "
        "random they are far apart, and far apart means sure. Make W2 and b2 "
        "smaller and watch the first loss come down."
    )
    squash(data)
    source.show(first_loss.start)
    st.subheader("The hockey stick", anchor="hockey-stick")
    later.show(partial(hockey, data, data.digest), (runs, data, data.digest))
    source.show(first_loss.first_losses)


@drawn_once
def expectation(_data, digest: str):
    """What the first loss should be, and what it is."""
    V = len(_data.letters)
    should = first_loss.expected(V)
    found = start(_data, digest, *ORIGINAL)
    left, right = st.columns(2)
    left.metric(f"Expected: minus log of 1/{V}", f"{should:.4f}")
    right.metric("Got, before any step", f"{found.loss:.4f}")
    st.markdown(
        f"Before it has seen anything, the net should hold all {V} signs "
        f"equally likely, the letters and the dot: a loss of {should:.4f}. "
        f"Instead it is **{found.loss / should:.1f} times** as high. Here is "
        f"why: on average it gives its favourite letter "
        f"{found.surest:.0%}, and its favourite was right in {found.hits} of "
        f"{found.batch} examples. It is **confidently wrong**."
        if found.loss > 1.2 * should
        else f"Before it has seen anything, the net should hold all {V} signs "
        f"equally likely: a loss of {should:.4f}. Here it has "
        f"**{found.loss:.4f}**; on average it gives its favourite letter "
        f"{found.surest:.0%}, and its favourite was right in {found.hits} of "
        f"{found.batch} examples."
    )


@st.fragment
def four_classes():
    """Four sliders and a label."""
    logits = []
    for i, column in enumerate(st.columns(CLASSES)):
        logits.append(
            column.slider(
                f"Logit {i}", -20.0, 20.0, 0.0, 0.5, key=f"bn logit {i}"
            )
        )
    right = st.segmented_control(
        "The right class",
        range(CLASSES),
        default=2,
        required=True,
        key="bn right class",
    )
    answered(tuple(logits), right)


@drawn_once
def answered(logits: tuple[float, ...], right: int):
    """The four chances, and the loss of the right one."""
    shares, cost = first_loss.four(list(logits), right)
    st.vega_lite_chart(
        chart.chances(shares, right),
        chart.four(),
        alt="Chances of the four classes: "
        + ", ".join(f"{share:.1%}" for share in shares)
        + f"; class {right} is right.",
    )
    st.markdown(
        f"minus log of {shares[right]:.2%} is a loss of **{cost:.4f}**. "
        f"{compared(shares, cost)}"
    )


def compared(shares: list[float], cost: float) -> str:
    guessing = math.log(CLASSES)
    if max(shares) - min(shares) < 1e-9:
        return "Equal logits: exactly log 4, a fair guess."
    if cost < guessing:
        return f"Below log 4 = {guessing:.4f}: sure, and right."
    return f"Above log 4 = {guessing:.4f}: worse than guessing."


@st.fragment
def squash(data):
    """Both scales, and the first loss for them."""
    left, right = st.columns(2)
    last = left.select_slider(
        "Scale of W2",
        first_loss.SCALES,
        1.0,
        format_func=lambda each: f"{each:g}",
        key="bn first W2",
    )
    last_bias = right.select_slider(
        "Scale of b2",
        first_loss.SCALES,
        1.0,
        format_func=lambda each: f"{each:g}",
        key="bn first b2",
    )
    logits(data, data.digest, last, last_bias)
    zeros(data, data.digest, last, last_bias)


@drawn_once
def logits(_data, digest: str, last: float, last_bias: float):
    """How the logits spread, and the first loss by the scale of W2."""
    found = start(_data, digest, last, last_bias)
    V, reach = len(_data.letters), first_loss.REACH
    should = first_loss.expected(V)
    st.markdown(
        f"First loss **{found.loss:.4f}**, guessing {should:.4f}. The logits "
        f"spread {found.spread:.2f} (their standard deviation) and reach "
        f"{found.largest:.1f}; the "
        f"favourite letter gets {found.surest:.0%} on average."
    )
    st.vega_lite_chart(
        histogram.bins(found.logits, -reach, reach),
        histogram.bars(
            -reach, reach, f"{V} logits for {found.batch} examples", "logit"
        ),
        alt=f"Histogram of {V * found.batch:,} logits, spread "
        f"{found.spread:.2f}.",
    )
    high = round(1.15 * max(highest(_data, digest), should), 1)
    st.vega_lite_chart(
        chart.by_scale(squashed(_data, digest, last_bias), last, found.loss),
        chart.squashed(should, high),
        alt=f"The first loss over the scale of W2; at {last:g} it is "
        f"{found.loss:.4f}.",
    )


def highest(data, digest: str) -> float:
    """The highest first loss of any scales, for an axis that stands still."""
    return max(
        y for bias in (0.0, 1.0) for _, y in squashed(data, digest, bias)
    )


@drawn_once
def zeros(_data, digest: str, last: float, last_bias: float):
    """The largest slope of each weight for the chosen scale and for 0."""
    chosen = start(_data, digest, last, last_bias)
    none = start(_data, digest, 0.0, 0.0)
    st.markdown(
        "**Why not exactly 0?** With W2 and b2 at 0 the first loss is perfect: "
        f"{none.loss:.4f}. But look at the slopes of that first step:"
    )
    st.table(
        pa.table(
            {
                "largest slope of": list(none.slopes),
                f"W2 × {last:g}, b2 × {last_bias:g}": [
                    f"{each:.2g}" for each in chosen.slopes.values()
                ],
                "W2 × 0, b2 × 0": [
                    f"{each:.2g}" for each in none.slopes.values()
                ],
            }
        ),
        hide_index=True,
        alt="The largest slope of each weight at the first step, for your "
        "scales and for both at 0.",
    )
    st.caption(
        "All slopes of W1 and C come back through W2. If that is 0, they are "
        f"{none.slopes['W1']:g}: the first step moves W2 and b2 only. Not for "
        f"ever: at the second step W2 is no longer 0, and the largest slope of "
        f"W1 is {none.then:.2g}. A small W2 costs next to nothing and lets "
        "everything learn from the first step on."
    )


@drawn_once
def hockey(_data, digest: str):
    """Both starts over their first steps."""
    found = runs(_data, digest)
    should = first_loss.expected(len(_data.letters))
    below = [first_loss.below(each, should) for each in found.values()]
    ends = [first_loss.last(each) for each in found.values()]
    st.markdown(
        "Let both learn from the same batches. The **first start** spends its "
        "first steps on shrinking numbers, the steep and easy part that looks "
        f"like the blade of a hockey stick. {raced(below, ends)}"
    )
    top = max(max(each) for each in found.values())
    st.vega_lite_chart(
        chart.sticks(found, first_loss.AROUND),
        chart.hockey(STARTS, should, round(1.1 * max(top, should), 1), STEPS),
        alt=f"The losses of the first {STEPS} steps. At the end, the mean of "
        f"the last ten: {ends[0]:.2f} from the first start, {ends[1]:.2f} "
        "from the other.",
    )
    st.caption(
        f"Thin: the loss of each batch. Strong: the mean of "
        f"{first_loss.AROUND} batches. Same seed, same batches, rate 0.1; "
        "computed as this page opened."
    )


def raced(below, ends) -> str:
    """When each came below guessing, and where they are at the end."""
    first, fixed = below
    said = (
        f"It comes below guessing after {first} steps"
        if first
        else f"After {STEPS} steps it is still no better than guessing"
    )
    said += (
        f"; the other start is below within {fixed}. "
        if fixed
        else f"; the other start is not below within {STEPS}. "
    )
    ahead = ends[0] - ends[1]
    said += f"At step {STEPS} the losses are {ends[0]:.2f} and {ends[1]:.2f}"
    if ahead > 0.05:
        return (
            said
            + ": steps not spent on shrinking numbers are steps of learning."
        )
    return said + ": with these words the start makes no difference by then."
