"""Saturation: the wall, dead neurons, and where each function is flat."""

import streamlit as st

from core import batchnorm, health, saturation
from pages.charts import saturation as chart
from pages.parts import cached, source
from pages.parts.cached import drawn_once
from pages.sections.batchnorm.first_loss import examples

NAMES = {
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "relu": "relu",
    "leaky_relu": "leaky relu",
    "elu": "elu",
}
FIRST, REPAIRED = 1.0, saturation.REPAIRED


@cached.resources(8)
def batches(_data, digest: str):
    X, _, V = examples(_data, digest)
    return saturation.examples(X, V)


@cached.resources(64)
def seen(_data, digest: str, *knobs):
    return saturation.look(batches(_data, digest), len(_data.letters), *knobs)


def opening(data):
    """The page's first picture: two starts of the same net."""
    two_walls(data, data.digest)


@drawn_once
def two_walls(_data, digest: str):
    before = seen(_data, digest, FIRST)
    after = seen(_data, digest, REPAIRED)
    rows, columns = len(before.flat), len(before.flat[0])
    st.vega_lite_chart(
        chart.wall(before.flat, before.dead),
        chart.walls(
            rows,
            columns,
            f"The first start: {before.share:.1%} flat",
            210,
            named=False,
        ),
        alt=f"{rows} examples by {columns} neurons: {before.share:.1%} of the "
        "cells are inked, tanh is flat there.",
    )
    st.vega_lite_chart(
        chart.wall(after.flat, after.dead),
        chart.walls(
            rows, columns, f"The repaired start: {after.share:.1%} flat", 255
        ),
        alt=f"The same examples and neurons: {after.share:.1%} are inked.",
    )
    st.caption(
        f"The first net before its first step: {rows} examples down, "
        f"{columns} neurons across. Ink where the output of tanh is beyond "
        "±0.99: it is flat there, next to no slope passes, and hardly anything "
        f"is learned. Above as first drawn by chance; below W1 times "
        f"{REPAIRED:g} and b1 times {saturation.biases(REPAIRED):g}. The same "
        f"examples, the same random numbers.{capped(before.dead)}"
    )


def capped(dead) -> str:
    return " A cap marks a column that is full to the bottom." if dead else ""


def show(data):
    st.header("Saturation", anchor="saturation")
    st.markdown(
        "A hidden neuron adds its inputs up and bends the **sum**. Tanh bends "
        "a large sum to almost ±1, where it is flat: it is **saturated**. A "
        "slope of the loss that comes back is multiplied by the slope of "
        "tanh, $1 - h^2$, so next to nothing of it gets through. A neuron "
        "that is flat for every example is **dead**: next to nothing moves "
        "it. Make W1 larger and look for the first full column."
    )
    turned(data)
    source.show(saturation.network, health.flat, saturation.always)


@st.fragment
def turned(data):
    """Scale, function, shift and batch; the pictures that answer them."""
    left, right = st.columns(2)
    scale = left.select_slider(
        "Scale of W1",
        saturation.SCALES,
        FIRST,
        format_func=lambda each: f"{each:g}",
        key="bn wall scale",
        help="Below 1, b1 is multiplied by "
        f"{saturation.biases(REPAIRED):g} as well, as in the lecture's repair.",
    )
    shift = right.slider(
        "Added to every bias",
        -20,
        20,
        0,
        key="bn wall shift",
        help="Pushes all sums to one side, as a step that is far too long can.",
    )
    left, right = st.columns(2)
    name = left.segmented_control(
        "Nonlinearity",
        saturation.CURVES,
        format_func=NAMES.get,
        default="tanh",
        required=True,
        key="bn wall curve",
    )
    batch = right.slider(
        "Batch",
        1,
        saturation.DRAWN,
        1,
        key="bn wall batch",
        help="The batches that the lecture's run draws first.",
    )
    wall(data, data.digest, scale, name, shift, batch)
    histograms(data, data.digest, scale, name, shift, batch)


@drawn_once
def wall(_data, digest: str, scale, name: str, shift, batch: int):
    """Where the function is flat, and who is dead."""
    found = seen(_data, digest, scale, name, float(shift), batch - 1)
    rows, columns = len(found.flat), len(found.flat[0])
    dead = len(found.dead)
    st.vega_lite_chart(
        chart.wall(found.flat, found.dead),
        chart.walls(rows, columns, "Is any column full from top to bottom?"),
        alt=f"{rows} examples by {columns} neurons: {found.share:.1%} of the "
        f"cells are flat, {dead} columns are full.",
    )
    st.markdown(
        f"**{found.share:.1%}** of the {rows * columns:,} cells are flat, and "
        f"**{dead or 'none'}** of the {columns} neurons "
        f"{'is' if dead == 1 else 'are'} flat for all {rows} examples"
        f"{': each wears a cap' if dead else ''}. {means(name, dead)} "
        f"{second_opinion(found, dead)}"
    )
    st.caption(
        f"Ink where the slope is below {1 - saturation.BEYOND**2:.1%} of the "
        f"steepest one: for tanh that is the lecture's |h| > "
        f"{saturation.BEYOND:g}. b1 is multiplied by "
        f"{saturation.biases(scale):g}. {range_of(found.each)}"
        f"{lecture(_data, scale, name, shift)}"
    )


def means(name: str, dead: int) -> str:
    """What a full column is, for each function."""
    return {
        "tanh": "A dead tanh neuron sits in a tail whatever it is shown.",
        "sigmoid": "A dead sigmoid neuron sits in a tail whatever it is shown.",
        "relu": "A dead relu is active for no example: its slope is exactly 0, "
        "and if that holds for all examples there are, nothing moves its own "
        "weights: only other embeddings below it could wake it.",
        "leaky_relu": "But none is dead: on its left side a leaky relu still "
        f"has the slope {saturation.least('leaky_relu'):g}, never 0, so a full "
        "column is slow and can come back."
        if dead
        else "And if one were, it would only be slow: a leaky relu's slope is "
        f"never below {saturation.least('leaky_relu'):g}.",
        "elu": "An elu far to the left has a slope of nearly 0; closer by, "
        "it can still come back.",
    }[name]


def second_opinion(found, dead: int) -> str:
    """The same question to more examples than a batch has."""
    over = f"{found.many:,} examples"
    still = found.dead_of_many
    if still == 0:
        return (
            f"But dead on one batch is not dead: over {over} there is none "
            "that is always flat. Another batch wakes it."
            if dead
            else f"Nor is there one over {over}."
        )
    return f"Over {over} {still} {'is' if still == 1 else 'are'} always flat."


def range_of(each) -> str:
    """How the count differs from batch to batch."""
    low, high = min(each), max(each)
    if low == high:
        return f"In each of the {len(each)} batches {low} columns are full."
    return (
        f"Which batch it is matters: over the {len(each)} of them, {low} to "
        f"{high} columns are full."
    )


def lecture(data, scale, name: str, shift) -> str:
    """What there is to say about the lecture's own picture."""
    if data.source != "lectures" or name != "tanh" or shift:
        return ""
    if scale == FIRST:
        return (
            " This is the lecture's own start: saturated, yes; dead, no "
            "neuron of its first batch."
        )
    return ""


@drawn_once
def histograms(_data, digest: str, scale, name: str, shift, batch: int):
    """Where the sums lie, what the function makes of them."""
    found = seen(_data, digest, scale, name, float(shift), batch - 1)
    reach = saturation.REACH
    low, high = batchnorm.SPANS[name]
    st.subheader("Where do the sums lie?", anchor="sums")
    st.markdown(
        f"Above the sums, below them {NAMES[name]} and its slope on the same "
        f"axis: what counts is what stands under the bars. The spread of the "
        f"sums is **{found.spread:.2f}**. {regime(found, name)}"
    )
    st.vega_lite_chart(
        chart.bins(found.sums, -reach, reach),
        chart.bars(-reach, reach, "Sums before the bend", "sum"),
        alt=f"Histogram of the sums, spread {found.spread:.2f}; "
        f"{found.beyond:.1%} lie beyond {reach:g} on either side.",
    )
    st.vega_lite_chart(
        chart.curves(saturation.curve(name), NAMES[name]),
        chart.curve(NAMES[name], reach),
        alt=f"{NAMES[name]} and its slope for sums from -{reach:g} to "
        f"{reach:g}.",
    )
    st.vega_lite_chart(
        chart.bins(found.outputs, low, high),
        chart.bars(low, high, "Outputs after it", "output h"),
        alt=f"Histogram of the outputs: {ends(found)} lie in the first and "
        "the last bar.",
    )
    st.caption(
        f"Beyond ±{reach:g} lie {found.beyond:.1%} of the sums: they are "
        "counted in the first and the last bar. **Maxout**, the larger of two "
        "sums, is flat nowhere and needs twice the weights."
    )


def ends(found) -> str:
    return f"{found.outputs[0] + found.outputs[-1]:.0%}"


def regime(found, name: str) -> str:
    """What tanh does to sums of this spread."""
    if name != "tanh":
        return (
            f"Of the outputs, {ends(found)} lie in the outermost bars of the "
            "last picture."
        )
    if found.spread < 0.3:
        return (
            "So near to 0 tanh is all but a straight line: nothing is lost, "
            "and nothing is bent."
        )
    if found.share > 0.25:
        return (
            f"Of them, {found.share:.0%} lie where the slope is next to 0, and "
            f"the outputs stand in two spikes: {ends(found)} in the first and "
            "the last bar."
        )
    return (
        "They lie where tanh bends and its slope still lives: roughly a bell "
        "in, and an output that uses the whole span."
    )
