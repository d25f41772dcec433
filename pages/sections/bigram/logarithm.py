"""Why the logarithm: it keeps the order, and turns products into sums."""

import streamlit as st

from core import bigram, likelihood
from pages.charts import row
from pages.parts import source
from pages.parts.cached import drawn_once
from pages.sections.bigram import tables

OTHERS = {
    "every letter alike": lambda N: bigram.probabilities(N * 0, 1),
    "counted, 1,000 added": lambda N: bigram.probabilities(N, 1000),
}


def show(data, word, spelled):
    """Logarithms keep order, turn products to sums, and show surprise."""
    st.subheader("Why the logarithm")
    st.markdown(
        "The logarithm is **monotonic**: the larger number has the larger "
        "logarithm. So the model that makes the likelihood largest also makes "
        "its logarithm largest, and the mean of minus the logarithms "
        "smallest. Your word under two models:"
    )
    two_models(data, word, spelled)
    st.markdown(
        "Turned upside down, the logarithm says how **surprised** a model is: "
        "not at all by what it held for certain, without end by what it held "
        "to be impossible. Move the chance:"
    )
    movable_chance()
    source.show(likelihood.surprise)
    st.markdown(
        "And the logarithm of a product is the sum of the logarithms: many "
        "small factors become a sum of moderate numbers."
    )
    three_numbers()
    source.show(likelihood.log_of_product)


@st.fragment
def two_models(data, word, spelled):
    """Chance and logarithm, letter by letter, of two models."""
    other = st.segmented_control(
        "The counted table against",
        list(OTHERS),
        default="every letter alike",
        required=True,
        key="other model",
    )
    rank(data, data.digest, word, tuple(spelled), other)
    source.show(likelihood.wins)


@drawn_once
def rank(_data, digest: str, word: str, spelled: tuple, other: str):
    """Both models on every pair of the word, and who wins where."""
    N, _, _ = tables.counted(_data, digest)
    against = bigram.surprises(word, OTHERS[other](N), _data.letters)
    labels, models = row.places(spelled), {"counted": spelled, other: against}
    for column, field in zip(st.columns(2), ("chance", "log"), strict=True):
        column.vega_lite_chart(
            row.two_models(labels, models),
            row.ranking(labels, tuple(models), field),
            alt=f"The {field} that two models give each pair of {word}.",
        )
    one, two = ([s.chance for s in said] for said in models.values())
    by_chance = likelihood.wins(one, two)
    one, two = ([-s.nll for s in said] for said in models.values())
    by_log = likelihood.wins(one, two)
    st.markdown(
        f"By chance the counted table wins **{len(by_chance)}** of the "
        f"{len(labels)} pairs, by logarithm **{len(by_log)}**: "
        + ("the very same ones." if by_chance == by_log else "not the same!")
    )


@st.fragment
def movable_chance():
    p = st.slider("A chance", 0.0, 1.0, 0.2, 0.01, key="a chance")
    surprise_at(p)


@drawn_once
def surprise_at(p: float):
    st.vega_lite_chart(
        row.fall(likelihood.surprise_curve(400), p, likelihood.surprise(p)),
        row.falling(),
        alt="Minus the logarithm of a chance, falling from infinity to 0; "
        f"at {p:.0%} it is {likelihood.surprise(p):.4f}.",
    )


@st.fragment
def three_numbers():
    """The logarithm of a product beside the sum of logarithms."""
    numbers = [
        column.slider(name, 0.01, 1.0, start, 0.01, key=f"factor {name}")
        for column, name, start in zip(
            st.columns(3), "abc", (0.5, 0.2, 0.05), strict=True
        )
    ]
    product, total = likelihood.log_of_product(numbers)
    logs = " + ".join(f"({-likelihood.surprise(n):.4f})" for n in numbers)
    st.markdown(
        f"log(abc) = **{product:.6f}**  \n"
        f"log a + log b + log c = {logs} = **{total:.6f}**"
    )
