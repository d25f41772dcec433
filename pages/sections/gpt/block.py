"""The block: its parts to take away, its heads, who moves whom, and the path
that the gradient takes through many of them."""

import streamlit as st

from core import blocks, engine, gpt
from pages.charts import arrow, dropped
from pages.charts import depth as chart
from pages.charts.signs import visible
from pages.parts import source
from pages.parts.cached import drawn_once

DEEPEST = 12  # blocks
SIX = 6  # blocks, as many as published
HIGH = 0.7  # of a branch beside its stream
MOST = 2.0  # that an answer moves, at full colour
INITS = {"as torch draws": "torch", "0.02 wide": "0.02"}


def show(data):
    st.header("The block", anchor="block")
    st.markdown(
        "Attention lets characters talk. Then each needs to **think** on what "
        "it heard, and a small net, the **feed-forward** net, does that. "
        "Both together are a **block**, and a GPT is blocks on top of each "
        "other. The thick line is the **stream**: the numbers of a character "
        "on their way up. Take a part away: what does the stream lose?"
    )
    parts()
    source.show(gpt.Block)
    st.subheader("Heads side by side", anchor="block-heads")
    st.markdown(
        "One head hears one kind of thing. So let a few listen at once, each "
        "with fewer numbers, put what they heard side by side, and let the "
        "**projection**, a Linear, mix it. Follow the shapes: at both ends "
        "they are the same, for what a branch says is added to the stream."
    )
    side_by_side(data)
    source.show(gpt.MultiHead, blocks.shapes)
    st.subheader("Think on what you heard", anchor="think")
    st.markdown(
        "Change one character into another. Which places does the "
        "feed-forward net answer differently, and which does attention?"
    )
    alone(data)
    source.show(gpt.FeedForward, blocks.moved)
    st.subheader("The residual path", anchor="residual")
    st.markdown(
        "Deep nets are hard to train: what the loss wants must reach the "
        "first block through all others, and each weakens it. The way out is "
        "an addition: `x = x + branch(x)` instead of `x = branch(x)`. Add "
        "blocks, and look at the left end of both lines. Then let LayerNorm "
        "in, before the branches or after them."
    )
    reach(data)
    source.show(blocks.gradients)
    equally()
    source.show(engine.Value.__add__, blocks.plus)
    st.subheader("What each branch adds", anchor="branches")
    st.markdown(
        "The lecture says that branches contribute very little at first and "
        "come online as they learn. Do they? Here is what each adds, as a "
        "share of the stream that it adds to, before the first step."
    )
    contributions(data)
    source.show(gpt.branches, blocks.quieten)


def signs(data) -> tuple[str, ...]:
    """The first characters, as one can see them."""
    seen = data.text[: blocks.SHOWN]
    return tuple(visible(letter) for letter in seen)


@st.fragment
def parts():
    left, right = st.columns(2)
    with right:
        residual = st.toggle("Residual path", True, key="gpt block residual")
        heads = st.toggle("Attention", True, key="gpt block heads")
        think = st.toggle("Feed-forward", True, key="gpt block think")
        dropout = st.toggle(
            "Dropout, in its three places",
            key="gpt block dropout",
            help="Numbers put to zero by chance, in training only.",
        )
        norm = place("gpt block norm", "before")
        config = blocks.sized(
            residual=residual, attention=heads, feedforward=think, norm=norm
        )
        weigh(config, dropout)
    with left:
        names = {"residual": residual, "heads": heads, "think": think}
        names |= {"dropout": dropout, norm: True}
        there = tuple(name for name, on in names.items() if on)
        st.graphviz_chart(
            chart.block(there, config.n_embd, config.n_head, is_dark()),
            width="content",
            alt="A block from below: " + said(config, dropout),
        )


def is_dark() -> bool:
    return st.context.theme.type == "dark"


def place(key: str, first: str) -> str:
    """Where LayerNorm stands."""
    return st.segmented_control(
        "LayerNorm",
        ["before", "after", "none"],
        default=first,
        required=True,
        key=key,
        help="Before each branch, as in the lecture; after the addition, as "
        "in the paper of 2017; or nowhere.",
    )


def init(key: str) -> str:
    chosen = st.segmented_control(
        "First weights",
        list(INITS),
        default="as torch draws",
        required=True,
        key=key,
        help="Even within 1 / √fan_in, as torch's layers have them; or normal "
        "with a spread of 0.02, as the lecture's later code has them.",
    )
    return INITS[chosen]


def weigh(config, dropout: bool):
    """The block in a line a branch, and what it learns."""
    lines = [formula(name, n, config) for name, n in branches(config)]
    st.code("\n".join(lines) or "x = x", language="python")
    count = blocks.weights_in(config)
    st.markdown(
        f"This block learns **{count:,}** numbers."
        if lines
        else "Nothing is left: what goes in comes out, and it learns nothing."
    )
    if lines and not config.residual:
        st.markdown(
            "Without the residual path a branch does not add to the stream, "
            "it replaces it."
        )
    if lines and config.residual and config.norm == "after":
        st.markdown(
            "So placed, LayerNorm stands in the stream itself: nothing passes "
            "a block untouched."
        )
    if not config.attention:
        st.markdown("Without attention no character hears another.")
    if dropout:
        st.markdown(
            "**1** after the softmax: who is heard. **2** and **3** at the "
            "end of each branch: what is added."
        )


def branches(config):
    found = [("attend", 1)] * config.attention
    return found + [("think", 2)] * config.feedforward


def formula(name: str, n: int, config) -> str:
    given = f"norm{n}(x)" if config.norm == "before" else "x"
    heard = f"{name}({given})"
    whole = f"x + {heard}" if config.residual else heard
    return f"x = norm{n}({whole})" if config.norm == "after" else f"x = {whole}"


def said(config, dropout: bool) -> str:
    lines = [formula(name, n, config) for name, n in branches(config)]
    marked = "; dropout is marked in its three places" * dropout
    return ("; ".join(lines) or "nothing") + marked + "."


@st.fragment
def side_by_side(data):
    count = st.segmented_control(
        "Heads",
        [1, 2, 4, 8],
        default=4,
        required=True,
        key="gpt block count",
    )
    drawn_heads(data, data.digest, count, is_dark())


@drawn_once
def drawn_heads(_data, digest: str, count: int, dark: bool):
    model = blocks.first(blocks.sized(n_head=count), _data)
    x = model.embed(blocks.window(_data))
    found = blocks.shapes(model.blocks[0].attend, x)
    B, T, C = x.shape
    left, right = st.columns(2, vertical_alignment="center")
    left.graphviz_chart(
        chart.heads(tuple(found.items()), dark),
        width="content",
        alt=f"The stream goes into {count} heads of {C // count} numbers each, "
        f"which side by side are {C} again, and through the projection.",
    )
    right.table(
        arrow.table(
            [(name, str(shape)) for name, shape in found.items()],
            ["stage", "shape"],
        ),
        hide_index=True,
        alt="; ".join(f"{name} {shape}" for name, shape in found.items()),
    )
    right.caption(
        f"One window of {T} characters, {C} numbers each: {count} "
        f"head{'s' * (count > 1)} of {C // count}. In the middle the shapes "
        "are (B, heads, T, H), and for who listens to whom (B, heads, T, T); "
        "a head is one more dimension."
    )


@st.fragment
def alone(data):
    at = st.slider(
        "Which character changes", 1, blocks.SHOWN, 4, key="gpt block place"
    )
    who_moves(data, data.digest, at - 1)


@drawn_once
def who_moves(_data, digest: str, at: int):
    seen = signs(_data)
    found = blocks.moved(_data, at)
    others = {
        name: [size for i, size in enumerate(sizes) if i != at]
        for name, sizes in found.items()
    }
    st.vega_lite_chart(
        dropped.moves(found, at),
        dropped.strips(
            tuple(found), seen, MOST, "Whose answer moves?", "character"
        ),
        alt=f"Character {at + 1} of {len(seen)} changes. "
        + "; ".join(
            f"{name} moves by {', '.join(map(dropped.said, sizes))}"
            for name, sizes in found.items()
        ),
    )
    heard = sum(size > 0 for size in others["attention"])
    st.markdown(
        "The feed-forward net answers the others exactly as before: they move "
        f"by **{max(others['feed-forward']):g}**. It looks at one character at "
        "a time. "
        + (
            f"Attention moves at **{heard}** other "
            f"place{'s' * (heard > 1)}, later ones all: the mask hides what "
            "comes next from those before."
            if heard
            else "And attention? It moves **nobody** else either, for the "
            "mask hides the last character from all before it."
        )
    )
    st.caption(
        "The largest change of a number at each place, in a net that has "
        "learned nothing; the changed character is framed."
    )


@st.fragment
def reach(data):
    layers = st.slider("Blocks", 1, DEEPEST, DEEPEST, key="gpt block depth")
    left, right = st.columns(2)
    with left:
        norm = place("gpt block depth norm", "none")
    with right:
        start = init("gpt block depth init")
    drawn_reach(data, data.digest, layers, norm, start)


@drawn_once
def drawn_reach(_data, digest: str, layers: int, norm: str, start: str):
    found = {
        name: blocks.gradients(
            blocks.sized(layers, residual=residual, norm=norm, init=start),
            _data,
        )
        for name, residual in ((chart.WITH, True), (chart.WITHOUT, False))
    }
    st.vega_lite_chart(
        chart.reached({name: each.streams for name, each in found.items()}),
        chart.reach(),
        alt="The gradient's length behind the embedding and behind the last "
        f"of {layers} blocks: "
        + "; ".join(
            f"{name} {each.streams[0]:.1e} and {each.streams[-1]:.1e}"
            for name, each in found.items()
        ),
    )
    path, bare = found.values()
    st.markdown(
        "Drawn is the gradient of the stream. That of the table of the "
        "characters, which is what the first step would move, is "
        f"**{path.table:.1e}** long with the residual path and "
        f"**{bare.table:.1e}** without. "
        + verdict(path.table, bare.table, norm)
    )
    st.caption(
        "The lecture's small net before the first step, on one batch: 32 "
        f"channels, 4 heads. What is below {chart.FLOOR:.0e} is drawn there. "
        "AdamW divides a gradient by its size, and so makes up for small "
        "ones; but only down to its eps of 1e-08. What is far below moves "
        "next to nothing."
    )


def verdict(path: float, bare: float, norm: str) -> str:
    """What the two numbers say, whatever they are."""
    if bare == 0:
        return (
            "It is no rounding of the page: so small a number has no place "
            "in float32, and the first blocks learn nothing at all."
        )
    if bare < path / 1000:
        return (
            "Without the path each block multiplies the gradient by its own "
            "small slopes; with it, every block passes it on whole."
        )
    if norm != "none":
        return (
            "**No collapse here**: LayerNorm alone keeps the gradient's size, "
            "even without the path. Compare with none. The size is not all, "
            "though: without the path each block must itself pass on all that "
            "those before it found."
        )
    return "With so few blocks there is no great difference yet: add some."


@drawn_once
def equally():
    """The + of lecture 1."""
    a, b = blocks.plus(2.0, -3.0)
    st.markdown(
        "Why does it help? Lecture 1's + passes the gradient that reaches it "
        f"on to both: **{a:g}** times it to the stream, **{b:g}** times it to "
        "the branch. Whatever the branch does, the stream's share comes "
        "through undiminished."
    )


@st.fragment
def contributions(data):
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        start = init("gpt block added init")
    quiet = right.toggle(
        "Quieter start, as nanoGPT has it",
        key="gpt block quiet",
        help="The last matrix of each branch times 1 / √(2 x blocks).",
    )
    drawn_added(data, data.digest, start, quiet)


@drawn_once
def drawn_added(_data, digest: str, start: str, quiet: bool):
    model = blocks.first(blocks.sized(SIX, init=start), _data)
    if quiet:
        blocks.quieten(model)
    tokens = blocks.window(_data)
    sizes = gpt.branches(model, tokens)
    longer = blocks.growth(model, tokens)
    st.vega_lite_chart(
        chart.added(sizes),
        chart.branches(SIX, HIGH),
        alt=f"What each of {len(sizes)} branches adds to its stream, from "
        f"{min(sizes):.0%} to {max(sizes):.0%} of it.",
    )
    st.markdown(
        f"Each branch adds **{min(sizes):.0%}** to **{max(sizes):.0%}** of its "
        f"stream, and after {SIX} blocks the stream is **{longer:.2f}** times "
        "as long. "
        + (
            "That is nanoGPT's start: the more blocks, the less each adds."
            if quiet
            else "Is that very little? Nothing in the lecture's gpt.py makes "
            "it so. nanoGPT does, by scaling the last matrix of each branch: "
            "flip the switch."
        )
    )
    st.caption(
        "How the shares change while a net learns stands in every record of "
        "a run. What is above the upper edge is drawn there."
    )
