"""BatchNorm step by step on a real batch, and five numbers of which one moves
all the others."""

import streamlit as st

from core import batch_mates, health, layers
from pages.charts import mates as chart
from pages.parts import cached, source
from pages.parts.cached import drawn_once
from pages.sections.batchnorm.first_loss import examples

REACH = 6.0  # of the values drawn of one neuron
WIDE, HIGH = 5.0, 0.3  # of the histogram of a layer
SCALES = (0.05, 1.0, 5.0)  # as the claims of the lecture vary the start
GAUSSIAN = 0.6827  # within one spread of its mean, from the tables


def show(data):
    st.header("BatchNorm", anchor="batchnorm")
    st.markdown(
        "You want the sums of every neuron to spread about 1. So do not hope "
        "for it: **make** them so. **Batch normalisation**, of 2015, takes the "
        "sums of one neuron over the batch, subtracts their mean and divides "
        "by their spread. Every step of it has a slope, so the network can "
        "learn through it."
    )
    st.markdown(
        "A spread of 1 is a start, not a rule. So each neuron gets two numbers "
        "that it learns: **gamma** stretches, from 1 on, and **beta** shifts, "
        "from 0 on. Move them, and follow the lines down: which stages change "
        "with them?"
    )
    one_neuron(data)
    source.show(batch_mates.stages, layers.BatchNorm1d)
    st.subheader("A whole layer", anchor="batchnorm-layer")
    st.markdown(
        "All neurons of the layer together. Make the first weights twenty "
        "times smaller or five times larger: what comes out of BatchNorm?"
    )
    whole_layer(data)
    source.show(batch_mates.whole_layer)
    st.subheader("One moves all", anchor="normshow")
    st.markdown(
        "The mean and the spread belong to the whole batch. So whatever one "
        "example does, all the others feel. The lecture's bonus shows it with "
        "five numbers; the first of them is yours."
    )
    five_numbers()
    source.show(batch_mates.five)


def pool(data, digest: str):
    """All contexts and letters to learn from."""
    X, y, _ = examples(data, digest, batch_mates.NET.context)
    return X, y


@cached.resources(16)
def sums(_data, digest: str):
    """The lecture's first minibatch: its contexts, and the layer's sums."""
    X, y = pool(_data, digest)
    V = len(_data.letters)
    batch = batch_mates.first_batch(batch_mates.NET, V, X, y)
    contexts = [
        "".join(_data.letters[i] for i in row) + " → " + _data.letters[after]
        for row, after in zip(batch.X.tolist(), batch.y.tolist(), strict=True)
    ]
    return contexts, batch_mates.sums(batch)


@st.fragment
def one_neuron(data):
    left, middle, right = st.columns(3)
    neuron = left.slider(
        "Neuron",
        1,
        batch_mates.NET.hidden,
        key="bn stage neuron",
        help="Of the hidden layer. Each has sums of its own.",
    )
    gamma = middle.slider("gamma", 0.0, 2.0, 1.0, 0.1, key="bn stage gamma")
    beta = right.slider("beta", -2.0, 2.0, 0.0, 0.1, key="bn stage beta")
    staged(data, data.digest, neuron, gamma, beta)


@drawn_once
def staged(_data, digest: str, neuron: int, gamma: float, beta: float):
    """The numbers of one neuron, stage by stage."""
    contexts, layer = sums(_data, digest)
    stages = batch_mates.stages(layer[:, neuron - 1], gamma, beta)
    told = [measured(each) for each in stages.values()]
    st.vega_lite_chart(
        chart.strip(
            {name: each.tolist() for name, each in stages.items()},
            told,
            contexts,
        ),
        chart.staged(tuple(stages), REACH, "Follow one example down"),
        alt=f"The {len(contexts)} sums of neuron {neuron}, stage by stage: "
        + "; ".join(map(" ".join, zip(stages, told, strict=True))),
    )
    given, normal, last = (
        stages[name] for name in ("the sums", "by their spread", "plus beta")
    )
    st.markdown(
        f"The sums have {measured(given)}; normalised, {measured(normal)}. "
        "With your gamma and beta tanh is flat for "
        f"{batch_mates.flat(last):.0%} of them."
    )
    kinds = len(set(contexts))
    st.markdown(
        "What BatchNorm does **not** do: make them Gaussian. It moves and "
        "stretches, and the shape stays. Less than one spread from their mean "
        f"lie {batch_mates.within(given):.0%} of the sums, and after it "
        f"{batch_mates.within(normal):.0%}; of a Gaussian {GAUSSIAN:.0%} do. "
        "They are roughly Gaussian if the sums were."
    )
    st.caption(
        f"The network of the lecture before its first step, and its first "
        f"batch: {len(contexts)} examples"
        + f", only {kinds} of them different" * (kinds < len(contexts))
        + f". What is beyond {REACH:g} is drawn at the edge."
    )


def measured(x) -> str:
    """Mean and spread; a mean that is 0 but for rounding has no sign."""
    mean = round(x.mean().item(), 2) + 0.0
    return f"mean {mean:.2f}, spread {health.spread(x):.2f}"


@st.fragment
def whole_layer(data):
    scale = st.segmented_control(
        "First weights times",
        SCALES,
        format_func=lambda each: f"{each:g}",
        default=1.0,
        required=True,
        key="bn layer scale",
    )
    layer_at(data, data.digest, scale)


@drawn_once
def layer_at(_data, digest: str, scale: float):
    """The histogram of all sums of the layer, before and after."""
    layer = sums(_data, digest)[1]
    before, after = batch_mates.whole_layer(layer, scale)
    st.vega_lite_chart(
        chart.layer(
            health.histogram(before, -WIDE, WIDE),
            health.histogram(after, -WIDE, WIDE),
            WIDE,
        ),
        chart.histogram(WIDE, HIGH),
        alt=f"All sums of the layer: before, {measured(before)}; after "
        f"BatchNorm, {measured(after)}; and a Gaussian of spread 1.",
    )
    st.markdown(
        f"Before: {measured(before)}; tanh would be flat for "
        f"**{batch_mates.flat(before):.1%}** of them. After: "
        f"{measured(after)}, flat for "
        f"**{batch_mates.flat(after):.1%}**. The "
        "picture after BatchNorm is the same at every scale, so the start "
        "matters less. It is only a start: then gamma and beta learn, and the "
        "sums leave this picture if that lowers the loss."
    )
    (B, H), eps = after.shape, layers.BatchNorm1d(1).eps
    st.caption(
        f"{HIGH:.0%} and more is drawn at the upper edge. Why not a spread of "
        f"1? A neuron's variance is the sum of squares divided by {B - 1}, one "
        f"less than its {B} examples, which is **Bessel's correction**, but "
        f"that of all {B * H:,} numbers by {B * H - 1:,}. The lecture divides "
        f"so, torch's own BatchNorm1d by {B}. And **eps**, {eps:.5f}, is added "
        "to the variance so that nobody divides by 0 when a neuron says the "
        "same to every example."
    )


@st.fragment
def five_numbers():
    first = st.slider(
        "x0, the first of the five", -30.0, 30.0, 12.0, 0.5, key="bn x0"
    )
    landed(first)


@drawn_once
def landed(first: float):
    """Where the five lie before and after."""
    x, y = batch_mates.five(first)
    st.vega_lite_chart(
        chart.five(x.tolist(), y.tolist()),
        chart.moved(),
        alt=f"Five numbers, {measured(x)}, and where they land: "
        + ", ".join(
            f"{a:.2f} at {b:.2f}"
            for a, b in zip(x.tolist(), y.tolist(), strict=True)
        ),
    )
    st.markdown(
        f"Above are the five, {measured(x)}, under the wide bell of a Gaussian "
        f"that has these; below the same normalised, {measured(y)}, under the "
        "dashed bell of spread 1. Only x0 differs from the lecture's numbers, "
        f"{first:g} instead of {batch_mates.five()[0][0]:.2f}. The four others "
        "are where they were above; but below, one of them has moved by "
        f"**{batch_mates.others_moved(first):.2f}**."
    )
