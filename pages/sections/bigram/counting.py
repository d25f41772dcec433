"""Count: the map of pairs, a row as chances, and how the map fills."""

import streamlit as st

from core import bigram, ngram, tensors
from pages.charts import colour, row, table
from pages.parts import source
from pages.sections.bigram import tables


@st.cache_resource(max_entries=16, show_spinner=False)
def map_spec(letters: str, high: int, title: str) -> dict:
    return table.spec(letters, colour.counts(high), ",d", "count", title)


@st.cache_data(max_entries=16, show_spinner=False)
def common(_data, digest: str):
    N, _, _ = tables.counted(_data, digest)
    return bigram.commonest(N, _data.letters)


@st.cache_resource(max_entries=16, show_spinner=False)
def row_spec(letters: str) -> dict:
    return row.bars(letters, "The chances of what comes next")


def first_picture(data, spelled):
    """The map of all pairs with those of the visitor's word framed."""
    N, _, _ = tables.counted(data, data.digest)
    pairs = {(pair.this, pair.next) for pair in spelled}
    lit = table.light(tables.cells(data, data.digest), pairs)
    title = "How often the next letter follows this one"
    st.vega_lite_chart(
        lit[["this", "next", "count", "lit"]],
        table.lit(map_spec(data.letters, int(N.max()), title)),
        alt="The map of all pairs of letters: a row for this letter, a column "
        "for the next, darker where the pair is more common; the pairs of "
        "your word are framed.",
    )
    st.caption(
        f"Every pair of neighbouring letters in {data.title}: {int(N.sum()):,} "
        "pairs. The dot stands before and after each word: its row shows how "
        "words begin, its column how they end. Hover a cell."
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
    source.show(bigram.pairs, bigram.count, bigram.probabilities)
    st.subheader("How many words does it take?")
    st.markdown(
        "Count only the first so many words, and score all of them. The map "
        "fills from the top left of the language: common pairs first. One is "
        "added to every count, so that no pair is impossible."
    )
    filling(data)
    source.show(ngram.learning)


@st.fragment
def one_row(data):
    """A letter of the visitor's choice: its row of chances."""
    N, P, _ = tables.counted(data, data.digest)
    letter = st.selectbox(
        "Pick a letter: its row becomes chances",
        list(data.letters),
        index=1,
        help="The dot stands for the beginning of a word.",
    )
    st.vega_lite_chart(
        row.frame(data.letters, P[data.letters.index(letter)].tolist()),
        row_spec(data.letters),
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
    """1, 2, 5, 10 and so on, up to all of them."""
    steps = [m * 10**k for k in range(6) for m in (1, 2, 5)]
    return [n for n in steps if n < len(words)] + [len(words)]


@st.cache_data(max_entries=128, show_spinner=False)
def counted_only(_data, digest: str, size: int):
    """The map of the first words, and the loss of its table on all."""
    x, y = bigram.pairs(_data.words[:size], _data.letters)
    N = bigram.count(x, y, len(_data.letters))
    [loss] = ngram.learning(_data.words, _data.letters, [size])
    return table.frame(_data.letters, count=N.tolist()), int(N.sum()), loss


@st.fragment
def filling(data):
    """The map and the loss as more words are counted."""
    choices = sizes(data.words)
    size = st.select_slider(
        "Words counted",
        choices,
        choices[len(choices) // 2],
        format_func=lambda n: f"{n:,}",
        key="words counted",
    )
    frame, pairs, loss = counted_only(data, data.digest, size)
    _, _, marks = tables.counted(data, data.digest)
    high = int(frame["count"].max())
    empty = int((frame["count"] == 0).sum())
    st.markdown(
        f"{pairs:,} pairs counted, {empty:,} of {len(frame):,} cells still "
        f"empty. Loss on all words: **{loss:.4f}** nats, against "
        f"{marks['counted']:.4f} for the table of all of them."
    )
    st.vega_lite_chart(
        frame,
        map_spec(data.letters, high, "The map of the words counted so far"),
        alt=f"The map after {size:,} words: {empty:,} cells are empty.",
    )
