"""LayerNorm beside BatchNorm: the same numbers by rows or by columns."""

import streamlit as st

from core import blocks, health
from pages.charts import depth as chart
from pages.charts import dropped
from pages.charts.signs import visible
from pages.parts import live, source
from pages.parts.cached import drawn_once
from pages.sections.gpt import inside

WAYS = {"as drawn": None, "BatchNorm: by columns": 0, "LayerNorm: by rows": 1}
REACH, HIGH = 5.0, 0.3  # of the histogram
MOST = 5.0  # that an example moves, at full colour
INITS = {"as torch draws": "torch", "0.02 wide": "0.02"}


def show(data):
    st.header("LayerNorm beside BatchNorm", anchor="layernorm")
    st.markdown(
        "The lecture makes LayerNorm from its own BatchNorm by changing one "
        "0 into a 1: BatchNorm normalises each **column**, one feature over "
        "all examples; LayerNorm each **row**, all features of one example. "
        "Below is the lecture's tensor, 32 examples with 100 features: every "
        "column and every row is a mark. Which of them gather at one point?"
    )
    same_tensor()
    source.show(blocks.layer_norm, blocks.lines)
    st.subheader("Who else moves?", anchor="layernorm-moves")
    st.markdown(
        "Raise one number of one example. Under which norm do the others feel "
        "it?"
    )
    others()
    source.show(blocks.raised)
    st.subheader("A character's own features", anchor="layernorm-token")
    st.markdown(
        "In a GPT a row is one character at one place, and nothing else: "
        "LayerNorm is **per token**. At first it makes the features' mean 0 "
        "and their spread 1. Then **gamma** stretches and **beta** shifts "
        "them, and both are learned."
    )
    own_features(data)
    source.show(blocks.token)


@st.fragment
def same_tensor():
    way = st.segmented_control(
        "Normalised",
        list(WAYS),
        default="LayerNorm: by rows",
        required=True,
        key="gpt norms way",
    )
    gathered(way)


@drawn_once
def gathered(way: str):
    x, over = blocks.lectures_numbers(), WAYS[way]
    if over is not None:
        x = blocks.layer_norm(x, over=over, correction=1)
    found = blocks.lines(x)
    (mean, spread), (of_row, by_row) = found["column"][0], found["row"][0]
    st.vega_lite_chart(
        chart.lines(found),
        chart.gathered(),
        alt=f"{way}: the first column has mean {four(mean)} and spread "
        f"{four(spread)}, the first row {four(of_row)} and {four(by_row)}.",
    )
    st.markdown(
        f"The first column: mean **{four(mean)}**, spread **{four(spread)}**. "
        f"The first row: mean **{four(of_row)}**, spread **{four(by_row)}**. "
        + {
            None: "Nothing is normalised yet.",
            0: "The columns are, and lie on one another; the rows are not.",
            1: "The rows are, and lie on one another; the columns are not.",
        }[over]
    )
    st.caption(
        "The lecture prints these two pairs too, from the same random "
        "numbers. Like the lecture this divides by one number less than "
        "there are; torch's LayerNorm by all of them. That is `correction`."
    )


def four(number: float) -> str:
    """Four digits; a zero has no sign."""
    return f"{round(number, 4) + 0.0:.4f}"


@st.fragment
def others():
    left, right = st.columns(2)
    example = left.slider("Example", 1, 32, 8, key="gpt norms example")
    by = right.slider(
        "Its first feature plus", 0.0, 10.0, 5.0, 0.5, key="gpt norms by"
    )
    who_feels(example - 1, by)


@drawn_once
def who_feels(example: int, by: float):
    found = blocks.raised(example, by)
    felt = {
        name: sum(size > 0 for i, size in enumerate(sizes) if i != example)
        for name, sizes in found.items()
    }
    names = tuple(str(i + 1) for i in range(len(found["LayerNorm"])))
    st.vega_lite_chart(
        dropped.moves(found, example),
        dropped.strips(
            tuple(found), names, MOST, "Which examples move?", "example"
        ),
        alt=f"Example {example + 1} is raised by {by:g}. Others that move: "
        + ", ".join(f"{name} {count}" for name, count in felt.items()),
    )
    st.markdown(
        f"Of the {len(names) - 1} others, **{felt['BatchNorm']}** move under "
        f"BatchNorm and **{felt['LayerNorm']}** under LayerNorm. So a "
        "LayerNorm needs no batch, no running statistics, and does the same "
        "in training and in evaluation."
    )


@st.fragment
def own_features(data):
    left, right = st.columns(2)
    place = left.slider("Character", 1, blocks.SHOWN, 2, key="gpt norms place")
    with right:
        init = st.segmented_control(
            "First weights",
            list(INITS),
            default="0.02 wide",
            required=True,
            key="gpt norms init",
        )
    left, right = st.columns(2)
    gamma = left.slider("gamma", 0.0, 2.0, 1.0, 0.1, key="gpt norms gamma")
    beta = right.slider("beta", -2.0, 2.0, 0.0, 0.1, key="gpt norms beta")
    before_after(data, data.digest, place - 1, INITS[init], gamma, beta)


@drawn_once
def before_after(_data, digest, place: int, init: str, gamma, beta):
    x = blocks.token(_data, place, init)
    y = blocks.layer_norm(x, gamma, beta)
    st.vega_lite_chart(
        chart.features(
            health.histogram(x, -REACH, REACH),
            health.histogram(y, -REACH, REACH),
            REACH,
        ),
        chart.histogram(REACH, HIGH),
        alt=f"The features before, {measured(x)}, and after, {measured(y)}.",
    )
    st.markdown(
        f"Before: {measured(x)}. After: **{measured(y)}**. Change the first "
        "weights or the character: the line after LayerNorm keeps its place, "
        "until gamma and beta move it."
    )
    st.text(f"The character in view: {sign(_data, place)}")
    st.caption(
        f"{len(x)} features, as many as published, of a net that has learned "
        "nothing. Here one gamma and one beta hold for all; a net has a pair "
        "for each feature, so what it learns need not have mean 0 and spread "
        "1. Where the numbers are tiny, the **eps** of 0.00001 in the square "
        "root shows, and the spread falls a little short of 1. "
        f"{HIGH:.0%} and more is drawn at the upper edge."
    )


def after_training(run):
    if result := live.result(run):
        learned(run, result)


def learned(run, result):
    """The same of the net that a run has learned."""
    st.subheader("After training", anchor="layernorm-learned")
    config = run.config
    if not (config.norm == "before" and config.attention and config.n_layer):
        st.info("This run's net has no LayerNorm before its first attention.")
        return
    pick_learned(run, result)


@st.fragment
def pick_learned(run, result):
    n = min(blocks.SHOWN, run.config.block)
    at = 1
    if n > 1:
        at = st.slider("Character", 1, n, 2, key=f"gpt norms learned {n}")
    model = inside.learned(run.config, run.id, result)
    learned_at(run.data, model, run.id, at - 1)


@drawn_once
def learned_at(_data, _model, key: str, place: int):
    x, y = blocks.at_first_norm(_model, _data, place)
    st.vega_lite_chart(
        chart.features(
            health.histogram(x, -REACH, REACH),
            health.histogram(y, -REACH, REACH),
            REACH,
        ),
        chart.histogram(REACH, HIGH),
        alt=f"The features before, {measured(x)}, and after the first "
        f"LayerNorm that was learned, {measured(y)}.",
    )
    gamma, beta = _model.blocks[0].norm1.parameters()
    st.markdown(
        f"Your run's first LayerNorm. Before: {measured(x)}. After: "
        f"**{measured(y)}**, for each feature has learned its own gamma, from "
        f"**{gamma.min():.2f}** to **{gamma.max():.2f}**, and its own beta, "
        f"from **{beta.min():.2f}** to **{beta.max():.2f}**. They began at 1 "
        "and 0."
    )
    st.text(f"The character in view: {sign(_data, place)}")


def sign(data, place: int) -> str:
    return visible(data.text[place])


def measured(x) -> str:
    mean = round(x.mean().item(), 2) + 0.0
    return f"mean {mean:.2f}, spread {health.spread(x):.2f}"
