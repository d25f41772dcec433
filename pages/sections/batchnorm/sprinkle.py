"""What BatchNorm makes useless, and where to put it: a bias before it, and a
stack of layers of which some are normalised."""

import pyarrow as pa
import streamlit as st

from core import batch_mates
from pages.charts import arrow
from pages.charts import mates as chart
from pages.parts import cached, source
from pages.parts.cached import drawn_once
from pages.sections.batchnorm import normalise

REACH = 9.0  # of sums and a bias of 5
GAINS = (0.5, 1.0, 5 / 3, 3.0)
LAYERS = tuple(range(1, batch_mates.DEEP.layers + 1))


def show(data):
    st.header("No bias before it", anchor="no-bias")
    st.markdown(
        "A bias adds the same number to a neuron's sum in every example. Then "
        "the mean grows by that number too, and BatchNorm subtracts it again. "
        "Move the bias: what moves below?"
    )
    moved_bias(data)
    slopes_of(data, data.digest)
    source.show(batch_mates.steepest)
    st.header("Sprinkle it", anchor="sprinkle")
    st.markdown(
        "In a deep network BatchNorm is sprinkled throughout: after each "
        "linear layer, before tanh. Switch it off where you like. Where does "
        "the spread go, and where does it come back?"
    )
    stack(data)
    st.markdown(
        "Images are treated alike: in ResNet, **convolution → BatchNorm → "
        "relu** is repeated over and over. A convolution is a linear layer "
        "on patches of the image, and it has no bias there: `bias=False`, for "
        "the reason that you saw above."
    )
    source.show(batch_mates.sprinkled)
    st.subheader("There and back", anchor="there-and-back")
    st.markdown(
        "The lecture's last check: 1,000 numbers, a linear layer of 1,000 by "
        "1,000, which is *not* divided by the root of fan_in, and BatchNorm "
        "behind it. Look at the outputs on the way there, and at the slope at "
        "the inputs on the way back: do they depend on the weights' scale?"
    )
    both_ways()
    source.show(batch_mates.there_and_back)


@st.fragment
def moved_bias(data):
    left, right = st.columns(2)
    neuron = left.slider(
        "Neuron", 1, batch_mates.NET.hidden, key="bn bias neuron"
    )
    bias = right.slider(
        "Bias of this neuron", -5.0, 5.0, 2.0, 0.5, key="bn bias"
    )
    with_bias(data, data.digest, neuron, bias)


@drawn_once
def with_bias(_data, digest: str, neuron: int, bias: float):
    """The sums with a bias, and what BatchNorm leaves of it."""
    examples, layer = normalise.sums(_data, digest)
    found = batch_mates.biased(layer[:, neuron - 1], bias)
    stages = {
        "sums + bias": found.given.tolist(),
        "after it": found.normal.tolist(),
    }
    told = [
        normalise.measured(found.given),
        normalise.measured(found.normal),
    ]
    st.vega_lite_chart(
        chart.strip(stages, told, examples),
        chart.staged(tuple(stages), REACH, "Which row follows the bias?"),
        alt=f"The sums of neuron {neuron} with a bias of {bias:g}: {told[0]}; "
        f"after BatchNorm: {told[1]}.",
    )
    st.markdown(
        f"A bias of {bias:g} moves the sums by {bias:g}, and what comes out of "
        "BatchNorm "
        + (
            f"by at most **{found.moved:.1e}**, which is rounding."
            if found.moved
            else "**not at all**."
        )
    )


@drawn_once
def slopes_of(_data, digest: str):
    """The largest slope of the bias beside those of its neighbours."""
    X, y = normalise.pool(_data, digest)
    V = len(_data.letters)
    found = batch_mates.steepest(batch_mates.NET, V, X, y)
    st.table(
        pa.table(
            {
                "at the first step": list(found),
                "its largest slope": [f"{each:.1e}" for each in found.values()],
            }
        ),
        hide_index=True,
        alt="The largest slope of each part: "
        + ", ".join(f"{name} {each:.1e}" for name, each in found.items()),
    )
    st.markdown(
        "What moves nothing has no slope: the bias never learns, but for "
        "rounding. So the layer before BatchNorm has none, and **beta** is "
        "the bias instead, behind it."
    )


@st.fragment
def stack(data):
    left, right = st.columns([3, 2])
    chosen = left.pills(
        "BatchNorm after layer",
        LAYERS,
        default=(1, 4),
        selection_mode="multi",
        key="bn sprinkle",
    )
    gain = right.segmented_control(
        "Gain",
        GAINS,
        format_func=lambda each: "5/3" if each == 5 / 3 else f"{each:g}",
        default=1.0,
        required=True,
        key="bn sprinkle gain",
        help="What the first weights, already divided by the root of fan_in, "
        "are multiplied by.",
    )
    on = tuple(layer in chosen for layer in LAYERS)
    spreads(data, data.digest, on, gain)


@cached.values(64)
def sprinkled(_data, digest: str, on: tuple[bool, ...], gain: float):
    X, y = normalise.pool(_data, digest)
    return batch_mates.sprinkled(gain, len(_data.letters), X, y, on)


@drawn_once
def spreads(_data, digest: str, on: tuple[bool, ...], gain: float):
    """The spread of each layer's outputs: yours, none, all."""
    every = (False,) * len(on), (True,) * len(on)
    mine, none, whole = (
        sprinkled(_data, digest, each, gain) for each in (on, *every)
    )
    st.vega_lite_chart(
        chart.stacks(dict(zip(chart.STACKS, (mine, none, whole), strict=True))),
        chart.sprinkled(len(on)),
        alt="The spread of each hidden layer's outputs. Your layers: "
        f"{listed(mine)}. None: {listed(none)}. All: {listed(whole)}.",
    )
    st.markdown(
        f"Without BatchNorm the outputs spread {listed(none)} from layer to "
        f"layer; with all of it {listed(whole)}, whatever the gain. One "
        "BatchNorm mends the tanh right behind it; from there on the spread "
        "goes its own way again, until the next."
    )


def listed(values) -> str:
    return " ".join(f"{each:.2f}" for each in values)


@st.fragment
def both_ways():
    scale = st.select_slider(
        "Weights times",
        [0.01, 0.1, 1.0, 10.0, 100.0],
        1.0,
        format_func=lambda each: f"{each:g}",
        key="bn there and back",
    )
    there(scale)


@drawn_once
def there(scale: float):
    """The spreads on both ways."""
    found = batch_mates.there_and_back(scale)
    st.table(
        arrow.table(
            [
                (name, f"{forth:.4g}", f"{back:.4g}")
                for name, (forth, back) in found.items()
            ],
            ["part", "its spread", "spread of the slope there"],
        ),
        hide_index=True,
        alt="Spreads of each part and of the slope there: "
        + "; ".join(
            f"{name}, {forth:.3g} and {back:.3g}"
            for name, (forth, back) in found.items()
        ),
    )
    outputs, inputs = found["outputs"][0], found["inputs"][1]
    st.markdown(
        f"The sums spread {found['sums'][0]:.3g}, the outputs **{outputs:.2f}"
        f"**, and the slope comes back to the inputs with **{inputs:.2f}**. "
        "BatchNorm divides by the spread on the way there, so it divides the "
        "slopes by it on the way back, just what the weights multiply them by. "
        "Only the slopes at the sums and at the weights still depend on the "
        "scale."
    )
