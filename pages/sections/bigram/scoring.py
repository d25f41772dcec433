"""Score: from the chance of a letter to one number for the whole set."""

from functools import partial

import pyarrow as pa
import streamlit as st

from core import bigram, likelihood
from pages.charts import arrow, row
from pages.parts import later, source
from pages.parts.cached import drawn_once
from pages.parts.words import plain
from pages.sections.bigram import logarithm, tables

WHY = {
    "guessing": "Every letter equally likely: the logarithm of how many.",
    "unigram": "Each letter by how common it is, whatever came before.",
    "counted": "The table above, scored on the words it was counted on.",
}


@later.resources(8)
def scored_tops(_data, digest: str):
    """One row a size: 1, 10, 100 words and so on, and all of them."""
    _, P, _ = tables.counted(_data, digest)
    words = _data.words
    sizes = [n for n in (1, 10, 100, 1000, 10_000) if n < len(words)]
    sizes.append(len(words))
    rows = bigram.products_and_sums(words, P, _data.letters, sizes)
    return arrow.table(
        [
            (f"{n:,}", f"{pairs:,}", f"{p:.3g}", f"{s:,.1f}", f"{m:.4f}")
            for n, pairs, p, s, m in rows
        ],
        ["words", "pairs", "product", "sum, nats", "mean, nats"],
    )


def show(data, word, spelled):
    st.header("Score", anchor="score")
    st.markdown(
        "How good is the table? Ask it for the chance of each letter that "
        "really came next. The **loss** is the mean of minus the natural "
        "logarithm of those chances; its unit is the *nat*. A model that is "
        "never surprised has loss 0; look how far counting gets below "
        "guessing."
    )
    _, _, marks = tables.counted(data, data.digest)
    for column, (name, mark) in zip(st.columns(3), marks.items(), strict=True):
        label = f"{name.capitalize()}, nats"
        column.metric(label, f"{mark:.4f}", border=True, help=WHY[name])
    source.show(bigram.loss)
    of_a_word(word, spelled)
    logarithm.show(data, word, spelled)
    question = data, data.digest
    later.show(partial(why_means, *question), (scored_tops, *question))


def of_a_word(word, spelled):
    """Likelihood, its logarithm, and the surprise of each pair."""
    word_scored(word, tuple(spelled))
    source.show(bigram.surprises, likelihood.running)


@drawn_once
def word_scored(word: str, spelled: tuple):
    total = bigram.score(spelled)
    st.markdown(
        f"For **{plain(word)}** the chances multiply to "
        f"{total.likelihood:.3g}: the **likelihood**. A product of so many "
        "small numbers soon vanishes, so take logarithms: they turn it "
        "into a sum, and the largest product is still the largest sum. "
        "With the sign turned, "
        f"{total.nll:.4f} nats for the word; divided by its {len(spelled)} "
        f"pairs, {total.mean:.4f}: its loss."
    )
    labels = row.places(spelled)
    st.vega_lite_chart(
        row.word(labels, spelled),
        row.surprise(labels),
        alt=f"The surprise of each pair of {word}, letter by letter.",
    )
    if total.unseen:
        st.info(
            f"{', '.join(total.unseen)} never occurs: its chance is 0, its "
            "surprise infinite, and so is the loss. Smoothing helps, below.",
            icon=":material/all_inclusive:",
        )
    pairs = [pair.this + pair.next for pair in spelled]
    st.table(
        so_far(pairs, [pair.chance for pair in spelled]),
        hide_index=True,
        alt=f"The pairs of {word}: chance, its logarithm, and their product, "
        "sum and mean so far.",
    )


def so_far(pairs, chances) -> pa.Table:
    """The chances of a word and what becomes of them, a pair a row."""
    return arrow.table(
        [
            (
                pair,
                f"{step.chance:.4f}",
                f"{step.log:.4f}",
                f"{step.product:.3g}",
                f"{step.total:.4f}",
                f"{step.mean:.4f}",
            )
            for pair, step in zip(
                pairs, likelihood.running(chances), strict=True
            )
        ],
        [
            "pair",
            "chance",
            "its log",
            "product so far",
            "sum of logs so far",
            "mean surprise so far",
        ],
    )


@drawn_once
def why_means(_data, digest: str):
    st.subheader("Why the mean")
    st.markdown(
        "Take more and more words from the top of the list. The product of "
        "their chances soon is too small for a float32 and becomes 0; the sum "
        "of the surprises, which is minus the logarithm of that product, goes "
        "on growing. Only the mean can be compared: it settles."
    )
    st.table(
        scored_tops(_data, digest),
        hide_index=True,
        alt="For more and more words: product of chances, sum and mean of "
        "surprises.",
    )
    source.show(bigram.products_and_sums)
