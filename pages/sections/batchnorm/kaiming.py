"""Kaiming: how large the first weights may be."""

from dataclasses import replace

import streamlit as st

from core import batchnorm, health, kaiming
from pages.charts import arrow
from pages.charts import kaiming as chart
from pages.parts import source
from pages.parts.cached import drawn_once
from pages.sections.batchnorm import gains, tightrope
from pages.sections.batchnorm.first_loss import examples

FANS = (30, 100, 200, 300, 500, 1000)
BINS = 48
LABELS = {
    "none": "none",
    "fan_in": "1/√fan_in",
    "fan_out": "1/√fan_out",
    "both": "both (xavier)",
}


def show(data):
    st.header("Kaiming", anchor="kaiming")
    st.markdown(
        "The repair of W1 was a number found by trying, 0.2. Here is how to "
        "know it beforehand. A layer adds up many products, and a sum is "
        "wider than its terms. Its **spread** (the standard deviation, std) "
        "tells how wide. Move `fan_in`, how many numbers each sum adds up: "
        "can you bring the right picture back to the spread of the left?"
    )
    sums()
    source.show(kaiming.products, kaiming.predicted)
    gains.show()
    lecture_net(data, data.digest)
    source.show(kaiming.first_sums)
    st.subheader("fan_in or fan_out", anchor="fan-out")
    st.markdown(
        "Slopes go through the same weights backward, and there each sum adds "
        "up `fan_out` products, one for each number that the layer gives out. "
        "Make the two fans unequal, and look for a scaling that keeps both "
        "ways at 1."
    )
    fans()
    source.show(kaiming.scale, kaiming.both_ways)
    tightrope.show()


@st.fragment
def sums():
    """x and x @ w, with the knobs of w."""
    left, right = st.columns(2)
    fan_in = left.slider(
        "fan_in: numbers in each sum", 1, 500, 10, key="bn kaiming fan_in"
    )
    by_root = st.toggle(
        "Multiply w by 1/√fan_in instead", key="bn kaiming root"
    )
    multiplier = right.slider(
        "Multiply w by",
        0.1,
        5.0,
        1.0,
        0.05,
        key="bn kaiming multiplier",
        disabled=by_root,
    )
    drawn_sums(fan_in, fan_in**-0.5 if by_root else multiplier)


@drawn_once
def drawn_sums(fan_in: int, multiplier: float):
    """Two histograms on one axis, and the prediction beside the figure."""
    x, out = kaiming.products(fan_in, multiplier)
    before, after = health.spread(x), health.spread(out)
    edge = chart.REACH
    parts = ("x", x, before), ("x @ w", out, after)
    for column, (name, numbers, spread) in zip(
        st.columns(2), parts, strict=True
    ):
        shares = health.histogram(numbers, -edge, edge, BINS)
        column.vega_lite_chart(
            chart.bars(shares, spread),
            chart.histogram(name),
            alt=f"Histogram of {name}: spread {spread:.4f}.",
        )
    predicted = kaiming.predicted(fan_in, multiplier)
    st.markdown(
        f"x has a spread of {before:.4f}; x @ w has **{after:.4f}**. "
        f"Predicted: √{fan_in} · {multiplier:.4g} = **{predicted:.4f}**. "
        f"{landed(after)}"
    )
    st.caption(
        f"x is {x.shape[0]:,} x {fan_in}, w {fan_in} x {out.shape[1]}, both "
        "drawn with `randn`. Each product of a number of x and one of w has "
        f"variance 1 · {multiplier:.4g}², and the variances of independent "
        f"numbers add up: {fan_in} · {multiplier:.4g}² = {predicted**2:.4g}. "
        "The spread is its root. The green line reaches one spread to both "
        f"sides. Numbers beyond ±{edge:g} are counted in the outermost bars; "
        f"bars above {chart.TALLEST:.0%} are cut."
    )


def landed(spread: float) -> str:
    if 0.9 <= spread <= 1.1:
        return "As wide as x: such layers can be stacked."
    if spread > 1:
        return (
            "Wider than x: into tanh with it, and many numbers land where "
            "tanh is flat."
        )
    return "Narrower than x: some layers later next to nothing is left."


@drawn_once
def lecture_net(_data, digest: str):
    """Claim 72: the spread of the sums in the lecture's own net."""
    kaimings = batchnorm.PRESETS["kaiming"]
    nets = {
        "`kaiming`": kaimings,
        "the same, gain 1": replace(kaimings, gain=1.0),
        "`tanh-fixed`": batchnorm.PRESETS["tanh-fixed"],
    }
    rows, found = [], {}
    for name, config in nets.items():
        fan_in = config.context * config.embedding
        root, said = batchnorm.root(config, fan_in), f"{config.gain:.4g}"
        said += f" / √{fan_in}" if config.fan_in else ""
        X, _, V = examples(_data, digest, config.context)
        width, spread = kaiming.first_sums(config, X, V)
        multiplier = config.gain / root
        predicted = width * kaiming.predicted(fan_in, multiplier)
        rows.append((name, said, f"{predicted:.2f}", f"{spread:.2f}"))
        found[name] = width, spread
    st.markdown(
        "And the lesson's own net? You may read that Kaiming's init gives its "
        "sums, `hpreact`, a spread of 1. Look at the very first batch, before "
        "any training:"
    )
    st.table(
        arrow.table(rows, ["start", "W1 times", "predicted", "measured"]),
        hide_index=True,
        alt="Spread of the sums in the first batch: "
        + "; ".join(f"{row[0]} {row[3]}" for row in rows),
    )
    width, spread = found["`kaiming`"]
    not_one = ", not 1" if abs(spread - 1) > 0.05 else ""
    st.markdown(
        f"With the gain 5/3 it is **{spread:.2f}{not_one}**; the 0.2 of the "
        f"repair by hand gives **{found['`tanh-fixed`'][1]:.2f}**. The gain is "
        "there to make up for the tanh *before* a layer, and before this one "
        "stands none: embeddings come in, whose root mean square is "
        f"{width:.2f} in this batch. That explains the figure: 5/3 · "
        f"{width:.2f} = {5 / 3 * width:.2f}."
    )


@st.fragment
def fans():
    left, right = st.columns(2)
    look = {"options": FANS, "help": "How many numbers."}
    fan_in = left.select_slider(
        "fan_in: numbers that go in", value=300, key="bn kaiming in", **look
    )
    fan_out = right.select_slider(
        "fan_out: numbers that come out",
        value=100,
        key="bn kaiming out",
        **look,
    )
    drawn_fans(fan_in, fan_out)


@drawn_once
def drawn_fans(fan_in: int, fan_out: int):
    """Both ways under each scaling, and the lecture's own figures."""
    every = {s: kaiming.both_ways(fan_in, fan_out, s) for s in LABELS}
    found = {LABELS[s]: (each.out, each.x_slope) for s, each in every.items()}
    st.vega_lite_chart(
        chart.ways(found),
        chart.both(tuple(found)),
        alt="Spread forward and backward: "
        + "; ".join(
            f"{name}, {out:.2f} and {back:.2f}"
            for name, (out, back) in found.items()
        ),
    )
    st.markdown(both_in_words(fan_in, fan_out, every))
    st.markdown(
        "`torch.nn.init.kaiming_normal_` is what torch calls it: "
        "`mode='fan_in'`, which is the default, or `mode='fan_out'`; "
        "`xavier_normal_` is both. It reads `fan_in` off the second side of "
        "the table, as `torch.nn.Linear` keeps its weight (fan_out, fan_in). "
        "A table the other way round, as the lecture's W1, would be divided "
        "by the wrong root."
    )
    own = kaiming.both_ways(1000, 1000, "none", rows=1)
    st.caption(
        "x, and the slopes at the output, have a spread of 1. The lecture's "
        "own run is one row of 1,000 numbers through 1,000 x 1,000, without "
        f"scaling: x {own.x:.4f}, w {own.weight:.4f}, out {own.out:.3f}; "
        f"slopes at the output {own.out_slope:.3f}, at x {own.x_slope:.2f}, "
        f"at w {own.weight_slope:.3f}."
    )


def both_in_words(fan_in: int, fan_out: int, every) -> str:
    """What each scaling keeps, and what it costs the other way."""
    one, other, mean = every["fan_in"], every["fan_out"], every["both"]
    if fan_in == fan_out:
        return (
            "Equal fans: all three scalings are the same, and keep both "
            f"ways near 1 ({one.out:.2f} and {one.x_slope:.2f}). Without any, "
            f"both grow {every['none'].out:.1f} times."
        )
    return (
        f"Dividing by √fan_in keeps the way forward ({one.out:.2f}) and "
        f"multiplies the slopes by {one.x_slope:.2f}; √fan_out keeps the "
        f"slopes ({other.x_slope:.2f}) and multiplies the sums by "
        f"{other.out:.2f}. Xavier's init takes the mean of both "
        f"and keeps neither ({mean.out:.2f} and {mean.x_slope:.2f}). "
        "**No number keeps both**, unless the two fans are equal."
    )
