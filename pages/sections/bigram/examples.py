"""Examples for a network: xs and ys, one-hot rows, shapes and dtypes."""

import streamlit as st

from core import bigram, tensors
from pages.charts import arrow, table
from pages.parts.cached import drawn_once


@drawn_once
def show(letters: str, word: str, seed: int):
    """xs and ys, and the one-hot rows that go into the network."""
    x, y = bigram.pairs([word], letters)
    W = bigram.first_weights(letters, seed)
    shapes = tensors.one_hot_shapes(x, W)
    rows = [
        ("in", *(letters[i] for i in x.tolist())),
        ("xs", *map(str, x.tolist())),
        ("out", *(letters[i] for i in y.tolist())),
        ("ys", *map(str, y.tolist())),
    ]
    st.table(
        arrow.table(rows, [f"{i}" for i in range(len(rows[0]))]),
        hide_header=True,
        alt=f"The examples of {word}: letters in and out, and their numbers.",
    )
    st.markdown(
        "A letter's number is only a name: 26 is not more than 1. So it is "
        "written as a row of zeros with a single 1, its **one-hot** code. "
        "Times one neuron's weights, the row gives one number; times a table "
        f"of {len(letters)} neurons, one for each letter that may follow. A "
        "row with a single 1 only picks a row of W, so looking that row up "
        "gives the same."
    )
    begun = "." + word
    st.vega_lite_chart(
        table.one_hot(letters, begun, shapes[1][1].int().tolist()),
        table.one_hot_spec(letters, begun),
        alt=f"The one-hot rows of {begun}: one dark cell a row.",
    )
    st.table(
        arrow.table(
            [
                (f"`{name}`", f"{tuple(t.shape)}", f"{t.dtype}")
                for name, t in shapes
            ],
            ["tensor", "shape", "dtype"],
        ),
        hide_index=True,
        alt="The shapes and dtypes on the way from letters to logits.",
    )


@drawn_once
def dtypes():
    st.subheader("Which dtype you get")
    st.markdown(
        "Torch is strict about the kind of number, the **dtype**. This is "
        "what it answers here and now; guess each before you read it:"
    )
    st.table(
        arrow.table(
            [(f"`{text}`", torch_says(ask)) for text, ask in tensors.QUESTIONS],
            ["you write", "torch says"],
        ),
        hide_index=True,
        alt="Expressions and the dtype or the error that torch answers.",
    )
    st.markdown(
        "`torch.tensor` keeps whole numbers whole; `torch.Tensor` makes them "
        "floats, which can neither be one-hot encoded nor used to look up a "
        "row. And `one_hot` gives whole numbers, so `.float()` comes before "
        "`@`."
    )


def torch_says(ask) -> str:
    """The dtype and shape of what torch answers, or its refusal."""
    try:
        found = ask()
    except (RuntimeError, IndexError) as refusal:
        return f"{type(refusal).__name__}: {refusal}".split("\n")[0]
    return f"{found.dtype}, shape {tuple(found.shape)}"
