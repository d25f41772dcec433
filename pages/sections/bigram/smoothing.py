"""Smoothing: the same added to every count, until all letters are alike."""

import streamlit as st

from core import bigram
from pages.charts import smoothing as chart
from pages.parts import cached, live, source
from pages.parts.cached import drawn_once
from pages.parts.words import plain
from pages.sections.bigram import sampling, tables

AMOUNTS = [0, *(m * 10**k for k in range(5) for m in (1, 2, 5)), 100_000]


@cached.resources(16)
def smoothed(_data, digest: str):
    N, _, marks = tables.counted(_data, digest)
    return bigram.smoothed_losses(N, AMOUNTS), chart.spec(marks)


def show(data, word):
    st.subheader("Smoothing")
    st.markdown(
        "Add the same to every count before dividing, and no pair is "
        "impossible any more. It is the *chances* that get smoother, not the "
        "loss: the more you add, the more alike they are, until every letter "
        "is equally likely."
    )
    smoothing_walk(data, word)
    source.show(bigram.smoothed_losses)


@st.fragment
def smoothing_walk(data, word):
    """The loss as more is added, and what becomes of your word."""
    amount = st.select_slider(
        "Added to every count", AMOUNTS, 1, key="smoothing", bind="query-params"
    )
    walked(data, data.digest, word, amount, sampling.seed())


@drawn_once
def walked(_data, digest: str, word: str, amount: int, seed: int):
    """The loss with so much added; the word's own, and ten words."""
    losses, walk = smoothed(_data, digest)
    st.vega_lite_chart(
        chart.frame(AMOUNTS, losses, amount),
        walk,
        alt="The loss over the amount added, rising from the counted loss to "
        "that of guessing.",
    )
    N, _, _ = tables.counted(_data, digest)
    smooth = bigram.probabilities(N, amount)
    mean = bigram.score(bigram.surprises(word, smooth, _data.letters)).mean
    drawn = bigram.sample_names(smooth, _data.letters, seed)
    st.markdown(
        f"With {amount:,} added, **{plain(word)}** has loss {mean:.4f}, and "
        f"ten words are {live.as_names(drawn)}"
    )
