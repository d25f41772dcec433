"""The tightrope of 2015: one gain for a whole stack of layers."""

import streamlit as st

from core import kaiming
from pages.charts import kaiming as chart
from pages.parts import cached, source
from pages.parts.cached import drawn_once

NARROW = (0.5, 1.0)


def show():
    st.subheader("The tightrope of 2015", anchor="tightrope")
    low, high = kaiming.BAND
    st.markdown(
        "Put such layers on top of one another, and a factor a little off is "
        "taken again and again. Before BatchNorm came, in 2015, this was "
        "balanced by hand. Find a gain that keeps the activations on "
        "their way forward and the slopes on their way back in the grey "
        f"band, from {low:g} to {high:g}. Then make the stack deeper, and "
        "try `linear` with a gain of 1.65, next to tanh's 5/3."
    )
    tightrope()
    source.show(kaiming.stack, kaiming.spreads, kaiming.kept)
    st.subheader("Three ways to draw the weights", anchor="families")
    families()
    source.show(kaiming.families)


@cached.values(64)
def every_gain(depth: int, name: str, batchnorm: bool) -> dict:
    """The spreads of the stack with each gain of the slider."""
    return {
        gain: kaiming.spreads(kaiming.stack(depth, gain, name, batchnorm))
        for gain in kaiming.GAINS
    }


@st.fragment
def tightrope():
    name = st.segmented_control(
        "Nonlinearity",
        kaiming.KNOWN,
        default="tanh",
        required=True,
        key="bn rope curve",
    )
    left, right = st.columns(2)
    gain = left.select_slider(
        "Gain",
        kaiming.GAINS,
        1.0,
        key="bn rope gain",
        help="Weights are this over √fan_in wide.",
    )
    depth = right.slider("Layers", 2, chart.LAYERS, 6, key="bn rope depth")
    normal = st.toggle("BatchNorm after each sum", key="bn rope norm")
    drawn_rope(depth, gain, name, normal)


@drawn_once
def drawn_rope(depth: int, gain: float, name: str, normal: bool):
    """Layer by layer with this gain; then where all gains end."""
    rope = every_gain(depth, name, normal)
    held = [each for each, pairs in rope.items() if kaiming.kept(pairs)]
    (first, back), (last, _) = rope[gain][0], rope[gain][-1]
    st.vega_lite_chart(
        chart.layered(rope[gain]),
        chart.layers(kaiming.BAND),
        alt=f"Activations spread {first:.3g} in layer 1 and {last:.3g} in "
        f"layer {depth}; slopes 1 in layer {depth} and {back:.3g} in layer 1.",
    )
    st.markdown(told(rope[gain], gain))
    st.vega_lite_chart(
        chart.roped(rope, gain, set(held)),
        chart.rope(kaiming.BAND, kaiming.GAINS[0], kaiming.GAINS[-1]),
        alt=f"Activations of the last layer and slopes of the first over "
        f"the gain. {holding(held)}",
    )
    st.markdown(f"{holding(held)} {norm_said(rope, normal)}")
    narrow = sum(kaiming.kept(pairs, NARROW) for pairs in rope.values())
    low, high = NARROW
    st.caption(
        f"{depth} layers of {kaiming.WIDTH} neurons, no training: numbers of "
        "spread 1 go in, and slopes of about spread 1 go back from the last "
        "layer's outputs. Solid: activations of the last layer; dashed: "
        "slopes at the first; the upright line is your gain, shaded is what "
        "holds in every layer. What leaves a picture is drawn at its edge. In "
        f"a narrower band, {low:g} to {high:g}, {narrow or 'no'} "
        f"gain{'' if narrow == 1 else 's'} would hold both."
    )


def told(pairs, gain: float) -> str:
    """Whether the rope holds with this gain, and what leaves first."""
    low, high = kaiming.BAND
    (_, back), (last, _) = pairs[0], pairs[-1]
    if kaiming.kept(pairs):
        return (
            f"**Gain {gain:g} holds**: the activations arrive at {last:.2f}, "
            f"the slopes at {back:.2f}."
        )
    left = []
    forward = [each for each, _ in pairs]
    out = [i for i, each in enumerate(forward, 1) if not low <= each <= high]
    if out:
        left.append(
            f"the activations {way(forward[out[0] - 1])} in layer {out[0]} "
            f"and arrive at {last:.2g}"
        )
    slopes = [each for _, each in pairs]
    out = [i for i, each in enumerate(slopes, 1) if not low <= each <= high]
    if out:
        left.append(
            f"the slopes, coming back, {way(slopes[out[-1] - 1])} in layer "
            f"{out[-1]} and arrive at {back:.2g}"
        )
    return f"**Gain {gain:g} falls off**: {'; '.join(left)}."


def way(spread: float) -> str:
    return "fall out of the band" if spread < 1 else "grow out of the band"


def holding(held: list[float]) -> str:
    """Which gains keep both."""
    count = len(kaiming.GAINS)
    if not held:
        return f"Of the {count} gains of the slider, **none** holds."
    if len(held) == count:
        return f"**All {count} gains** of the slider hold."
    if len(held) == 1:
        return (
            f"Of the {count} gains of the slider, only **{held[0]:g}** holds."
        )
    return (
        f"Of the {count} gains of the slider, **{len(held)}** hold, from "
        f"{min(held):g} to {max(held):g}."
    )


def norm_said(rope, normal: bool) -> str:
    """What BatchNorm makes of the gain, measured."""
    if not normal:
        return ""
    lasts = [pairs[-1][0] for pairs in rope.values()]
    backs = [pairs[0][1] for pairs in rope.values()]
    low, high = kaiming.BAND
    said = (
        "With BatchNorm the rope is gone: whatever the gain, the activations "
        f"arrive at {about(lasts)}, the slopes at {about(backs)}."
    )
    if low <= min(lasts) and max(backs) <= high:
        return said
    return (
        f"{said} What lies beyond the band lies there for all of them: no "
        "gain can mend it, and none can spoil it."
    )


def about(numbers: list[float]) -> str:
    """One figure if they are all alike, else from least to most."""
    least, most = f"{min(numbers):.2f}", f"{max(numbers):.2f}"
    return least if least == most else f"{least} to {most}"


@st.fragment
def families():
    st.markdown(
        "`randn` as it comes, Xavier's scaling, and Kaiming's with torch's "
        "gain. Which of them keep both pictures near the band?"
    )
    name = st.segmented_control(
        "Nonlinearity",
        kaiming.KNOWN,
        default="relu",
        required=True,
        key="bn family curve",
    )
    drawn_families(name)


@drawn_once
def drawn_families(name: str):
    """Forward and backward over the deepest stack, for the three."""
    chosen = kaiming.families(name)
    every = {
        family: kaiming.spreads(kaiming.stack(chart.LAYERS, gain, name))
        for family, gain in chosen.items()
    }
    for i, column in enumerate(st.columns(2)):
        lines = {
            family: [pair[i] for pair in pairs]
            for family, pairs in every.items()
        }
        column.vega_lite_chart(
            chart.compared(lines),
            chart.families(tuple(lines), chart.BOTH[i], kaiming.BAND),
            alt=f"{chart.BOTH[i]}: "
            + "; ".join(
                f"{family} {each[0]:.2g} in layer 1, {each[-1]:.2g} in layer "
                f"{len(each)}"
                for family, each in lines.items()
            ),
        )
    st.markdown(
        f"After {chart.LAYERS} layers of `{name}`: "
        + "; ".join(
            f"**{family}** (gain {chosen[family]:.3g}) has activations of "
            f"{pairs[-1][0]:.2g} and slopes of {pairs[0][1]:.2g}"
            for family, pairs in every.items()
        )
        + f". {alike(chosen)}"
    )


def alike(chosen) -> str:
    said = (
        f"With {kaiming.WIDTH} neurons in every layer Xavier's scaling is the "
        "gain 1"
    )
    if chosen["kaiming"] == 1:
        return said + ", and so is Kaiming's: one line lies on the other."
    return said + "; Kaiming's knows the nonlinearity."
