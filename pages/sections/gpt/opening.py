"""The page's first picture: who listens to whom, in a net that learned while
the page opened."""

import math
from functools import partial

import streamlit as st

from core import gpt, inside
from core.data import text
from pages.charts import heads as chart
from pages.charts.signs import visible
from pages.parts import cached, later
from pages.parts.cached import drawn_once
from pages.parts.words import plain

LENGTH = 14  # characters in the picture
TALL = 725  # pixels of it and its words, or more


def show(data):
    needed = quick, data, data.digest
    later.show(partial(triangle, data), needed, tall=TALL)


@later.resources(8)
def quick(_data, digest: str):
    return inside.quick(_data)


@cached.resources(8)
def first_words(_data, digest: str):
    """The maps (heads, T, T) on the first characters of the text."""
    found = quick(_data, digest)
    tokens = text.encode(_data.text[:LENGTH], found.letters)
    [layer] = inside.maps(found.model, tokens)
    return layer


@st.fragment
def triangle(data):
    layer = first_words(data, data.digest)
    head = st.segmented_control(
        "Head",
        range(1, len(layer) + 1),
        default=inside.clearest(layer) + 1,
        required=True,
        key="gpt opening head",
        help="Heads attend side by side, each with weights of its own.",
    )
    drawn(data, layer, data.digest, head)


@drawn_once
def drawn(_data, _layer, digest: str, head: int):
    """One head's map, and in words what it looks at."""
    said, weights = _data.text[:LENGTH], _layer[head - 1]
    told = looks(weights, f"Head {head}")
    st.vega_lite_chart(
        chart.cells(said, weights.tolist()),
        chart.large(LENGTH, True, "Who listens to whom?"),
        alt=f"The attention triangle of head {head} on the first {LENGTH} "
        f"characters of the text. {told}",
    )
    row, column, weight = inside.strongest(weights)
    ask, hear = (f"**{plain(visible(said[i]))}**" for i in (row, column))
    st.markdown(
        "Read a row: its character asks all before it, and itself; the "
        "stronger the colour of a cell, the more it hears from there. "
        f"{told} Its strongest look: {ask} "
        f"in row {row + 1} hears {weight:.0%} from {whence(row, column)}"
        f"{hear}."
    )
    found, config = quick(_data, digest), inside.QUICK
    V = len(found.letters)
    seen = {" ": " ␣ is a space.", "\n": " ⏎ is a new line."}
    signs = "".join(told for sign, told in seen.items() if sign in said)
    st.caption(
        "Numbers are percent, small ones not printed; each row sums to 100. "
        f"Above the diagonal is nothing: nobody hears what comes later.{signs} "
        "The net learned while this page opened, from the first "
        f"{inside.ENOUGH:,} characters of {_data.title}: "
        f"{config.steps} steps, {gpt.parameters(config, V):,} parameters, "
        f"{found.dev:.2f} nats on text held back, where guessing among the {V} "
        f"characters that occur there costs {math.log(V):.2f}."
    )


def whence(row: int, column: int) -> str:
    """Which character a look goes to, before its sign."""
    return "itself, " if row == column else f"column {column + 1}, "


def looks(weights, who: str, mask: bool = True) -> str:
    """What a head looks at more than an even look would, as a sentence."""
    back, share, flat = inside.favourite(weights, mask)
    if share - flat < 0.02:
        return f"{who} looks almost evenly: no distance stands out."
    return (
        f"{who} looks at **{distance(back)}** most: {share:.0%} of its "
        f"attention goes there; spread evenly, it would be {flat:.0%}."
    )


def distance(back: int) -> str:
    """How far off, in words."""
    if not back:
        return "the character itself"
    if abs(back) == 1:
        return f"the one just {'before' if back > 0 else 'after'}"
    return f"the one {abs(back)} {'before' if back > 0 else 'after'}"
