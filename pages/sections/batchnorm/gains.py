"""A gain for each nonlinearity: torch's, and what is measured."""

import streamlit as st

from core import kaiming
from pages.charts import arrow
from pages.charts import kaiming as chart
from pages.parts import source
from pages.parts.cached import drawn_once

FINE = 120  # points of a curve


def show():
    st.subheader("A gain for each nonlinearity", anchor="gain")
    st.markdown(
        "What a layer adds up has come through the nonlinearity of the layer "
        "before, and that made it narrower. So the weights are multiplied by "
        "a **gain** as well: they are `gain / √fan_in` wide. Compare torch's "
        "list with what is measured."
    )
    measured()
    source.show(kaiming.keeping_forward, kaiming.keeping_backward)
    onward()
    source.show(kaiming.next_spread, kaiming.settled)


@drawn_once
def measured():
    """Torch's list beside what is measured."""
    rows = [
        (
            f"`{name}`",
            f"{kaiming.torchs_gain(name):.4f}",
            f"{kaiming.keeping_forward(name):.4f}",
            f"{kaiming.keeping_backward(name):.4f}",
        )
        for name in kaiming.KNOWN
    ]
    columns = ["nonlinearity", "torch", "keeps the sums", "keeps the slopes"]
    st.table(
        arrow.table(rows, columns),
        hide_index=True,
        alt="Torch's gain of each nonlinearity, the one that keeps sums of "
        "spread 1, and the one that keeps the slopes: "
        + "; ".join(", ".join(row) for row in rows),
    )
    st.markdown(
        "*torch* is `torch.nn.init.calculate_gain` (which also knows `selu`: "
        f"{kaiming.torchs_gain('selu'):g}). *Keeps the sums*: if a "
        "layer's sums are gaussian with spread 1, this gain makes the next "
        "ones so, too. *Keeps the slopes*: the same for the way back.\n\n"
        "`relu` turns half of the numbers to 0, and a gaussian is alike on "
        "both sides. So one half of the mean square is left, and the gain "
        "that makes up for it is 1/√½ = √2. It keeps the mean *square* of the "
        "outputs, not their spread about a mean, which is no longer 0. Half "
        "of the ways are shut for the slopes, too: the same √2 serves both "
        "directions.\n\n"
        "`tanh` has no gain that serves both, and torch's 5/3 is neither of "
        f"the two: it is more than the {kaiming.keeping_forward('tanh'):.4f} "
        "that keeps a spread of 1. It is a number that worked; where it "
        "leads, you see next. For `sigmoid` torch says 1, and that keeps "
        "neither."
    )
    st.caption(
        "Measured on numbers without chance: even quantiles of the gaussian. "
        "*Keeps the slopes* takes the function's own slope instead."
    )


@st.fragment
def onward():
    """From the spread of one layer's sums to the next."""
    name = st.segmented_control(
        "Nonlinearity",
        kaiming.KNOWN,
        default="tanh",
        required=True,
        key="bn kaiming curve",
    )
    drawn_onward(name)


@drawn_once
def drawn_onward(name: str):
    """The curves for torch's gain and for 1, and where they lead."""
    torchs = kaiming.torchs_gain(name)
    both = {f"torch's gain, {torchs:.4g}": torchs}
    if torchs != 1:
        both["gain 1"] = 1.0
    widths = [chart.WIDEST * i / FINE for i in range(FINE + 1)]
    curves = {
        label: [
            (each, kaiming.next_spread(each, name, gain)) for each in widths
        ]
        for label, gain in both.items()
    }
    st.vega_lite_chart(
        chart.mapped(curves),
        chart.onward(tuple(curves)),
        alt=f"The spread of the next layer's sums over this layer's, for "
        f"{name}. {leads(name, torchs)}",
    )
    st.markdown(
        f"With torch's gain, {torchs:.4g}: {leads(name, torchs)} "
        + (f"With gain 1: {leads(name, 1.0)} " if torchs != 1 else "")
        + peculiar(name)
    )


def leads(name: str, gain: float) -> str:
    """Where many layers bring the spread of the sums."""
    half, two = (kaiming.next_spread(each, name, gain) for each in (0.5, 2.0))
    if abs(half - 0.5) < 0.005 and abs(two - 2) < 0.02:
        return "any spread stays as it is, layer after layer."
    if half < 0.5 and abs(half / 0.5 - two / 2) < 0.001:
        return f"each layer takes {half / 0.5:.2f} of the spread before it."
    end = kaiming.settled(name, gain)
    if end < 0.2:
        return (
            "every layer is narrower than the one before; after 100 layers "
            f"{end:.2g} is left of 1."
        )
    return (
        f"wherever you start, the sums end near **{end:.2f}**, and the "
        f"outputs near {end / gain:.2f}."
    )


def peculiar(name: str) -> str:
    if name == "tanh":
        return (
            "So 5/3 does not keep a spread of 1 in the activations; it keeps "
            "one that is large enough to live on, in any depth."
        )
    if name == "sigmoid":
        return (
            "But that is no spread to learn from: all outputs are positive, "
            "near one half, and the root mean square counts this half, which "
            "is the same for all examples. The tightrope below shows what is "
            "left of the differences."
        )
    return ""
