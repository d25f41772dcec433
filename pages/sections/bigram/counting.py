"""Count: the map of pairs, a row as chances, and how the map fills."""

from functools import partial

import streamlit as st

from core import bigram, ngram, tensors
from core.tokens import places
from pages.charts import colour, row, smoothing, table
from pages.parts import cached, later, source
from pages.parts.cached import drawn_once
from pages.parts.words import plain
from pages.sections.bigram import tables


@cached.resources(16)
def map_spec(letters: str, high: int, title: str) -> dict:
    return table.spec(letters, colour.counts(high), ",d", "count", title)


@cached.values(16)
def common(_data, digest: str):
    N, _, _ = tables.counted(_data, digest)
    return bigram.commonest(N, _data.letters, 20)


@cached.resources(16)
def row_spec(letters: str) -> dict:
    return row.bars(letters, "The chances of what comes next")


@drawn_once
def first_picture(_data, digest: str, pairs: tuple):
    """The map of all pairs with those of the visitor's word framed."""
    N, _, _ = tables.counted(_data, digest)
    lit = table.light(tables.cells(_data, digest), set(pairs))
    title = "How often the next letter follows this one"
    st.vega_lite_chart(
        lit[["this", "next", "count", "lit"]],
        table.lit(map_spec(_data.letters, int(N.max()), title)),
        alt="The map of all pairs of letters: a row for this letter, a column "
        "for the next, darker where the pair is more common; the pairs of "
        "your word are framed.",
    )
    st.caption(
        f"Every pair of neighbouring letters in {_data.title}: "
        f"{int(N.sum()):,} pairs. The dot stands before and after each word: "
        "its row shows how words begin, its column how they end. Hover a cell."
    )
    lengths = [len(each) for each in _data.words]
    st.caption(
        f"The list begins with {plain(', '.join(_data.words[:5]))}. Its words "
        f"have {min(lengths)} to {max(lengths)} letters, of "
        f"{len(_data.letters) - 1} different ones; with the dot, a table of "
        f"{len(_data.letters)} rows and columns."
    )


def show(data):
    st.header("Count", anchor="count")
    st.markdown(
        "Slide a window of two letters over every word and keep a tally: that "
        "is the whole model. Divide each row by its sum and the tally becomes "
        "chances: what follows this letter, and how likely."
    )
    st.markdown(
        "The commonest pairs: "
        + ", ".join(f"`{pair}` {n:,}" for pair, n in common(data, data.digest))
        + "."
    )
    one_row(data)
    source.show(places, bigram.pairs, bigram.count, bigram.probabilities)
    st.subheader("How many words does it take?")
    st.markdown(
        "Count the first words only, and score all of them with that table. "
        "One is added to every count, or a pair not met so far would have no "
        "chance at all. Watch the common pairs come first, and the loss fall "
        "less and less."
    )
    question = data, data.digest
    later.show(partial(filling, data), (learned, *question))
    source.show(ngram.tally, ngram.learning)


@st.fragment
def one_row(data):
    """A letter of the visitor's choice: its row of chances."""
    letter = st.selectbox(
        "Pick a letter: its row becomes chances",
        list(data.letters),
        index=1,
        help="The dot stands for the beginning of a word.",
    )
    chances_after(data, data.digest, letter)


@drawn_once
def chances_after(_data, digest: str, letter: str):
    """The row of a letter, and whether dividing made a copy."""
    N, P, _ = tables.counted(_data, digest)
    st.vega_lite_chart(
        row.frame(_data.letters, P[_data.letters.index(letter)].tolist()),
        row_spec(_data.letters),
        alt=f"The chances of each letter after {letter}, as bars.",
    )
    st.caption(
        "Dividing in place saves a copy. Asked just now: "
        + "; ".join(
            f"after `{code}` the table is "
            + ("where it was" if same else "a new one, somewhere else")
            for code, same in tensors.in_place(N).items()
        )
        + "."
    )


def sizes(words) -> list[int]:
    """0, 1, 2, 5, 10 and so on, up to all of them."""
    steps = [0, *(m * 10**k for k in range(6) for m in (1, 2, 5))]
    return [n for n in steps if n < len(words)] + [len(words)]


@later.resources(8)
def learned(_data, digest: str):
    """The loss on all words for every size, and the specs of both pictures."""
    N, _, marks = tables.counted(_data, digest)
    choices = sizes(_data.words)
    walk = smoothing.spec(
        marks,
        "Every word helps, each a little less",
        "words counted (log scale from 1 on)",
        int(1.5 * len(_data.words)),
    )
    fills = table.filling(_data.letters, int(N.max()))
    losses = ngram.learning(_data.words, _data.letters, choices)
    return choices, losses, walk, fills


@st.fragment
def filling(data):
    """The map and the loss as more words are counted."""
    choices, *_ = learned(data, data.digest)
    size = st.select_slider(
        "Words counted",
        choices,
        choices[len(choices) // 2],
        format_func=lambda n: f"{n:,}",
        key="words counted",
    )
    filled(data, data.digest, size)


@drawn_once
def filled(_data, digest: str, size: int):
    """The loss and the map with so many words counted."""
    choices, losses, walk, fills = learned(_data, digest)
    N = ngram.tally(_data.words[:size], _data.letters)
    frame = table.frame(_data.letters, count=N.tolist())
    pairs, empty = int(N.sum()), int((N == 0).sum())
    loss = losses[choices.index(size)]
    st.markdown(
        f"{pairs:,} pairs counted, {empty:,} of {len(frame):,} cells still "
        f"empty. Loss on all words: **{loss:.4f}** nats; with all of them "
        f"counted, {losses[-1]:.4f}."
    )
    st.vega_lite_chart(
        smoothing.frame(choices, losses, size),
        walk,
        alt="The loss on all words over the words counted, falling from that "
        "of guessing to the counted one.",
    )
    st.vega_lite_chart(
        frame,
        fills,
        alt=f"The map after {size:,} words: {empty:,} cells are empty.",
    )
