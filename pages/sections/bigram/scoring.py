"""Score: from the chance of a letter to one number for the whole set."""

import pandas as pd
import streamlit as st

from core import bigram, likelihood
from pages.charts import row, smoothing
from pages.parts import live, source
from pages.sections.bigram import sampling, tables

AMOUNTS = [0, *(m * 10**k for k in range(5) for m in (1, 2, 5)), 100_000]
OTHERS = {
    "every letter alike": lambda N: bigram.probabilities(N * 0, 1),
    "counted, 1,000 added": lambda N: bigram.probabilities(N, 1000),
}
WHY = {
    "guessing": "Every letter equally likely: the logarithm of how many.",
    "unigram": "Each letter by how common it is, whatever came before.",
    "counted": "The table above, scored on the words it was counted on.",
}


@st.cache_resource(max_entries=16, show_spinner=False)
def smoothed(_data, digest: str):
    N, _, marks = tables.counted(_data, digest)
    return bigram.smoothed_losses(N, AMOUNTS), smoothing.spec(marks)


def scored_tops(_data, digest: str):
    """One row a size: 1, 10, 100 words and so on, and all of them."""
    _, P, _ = tables.counted(_data, digest)
    sizes = [n for n in (1, 10, 100, 1000, 10_000) if n < len(_data.words)]
    sizes.append(len(_data.words))
    rows = bigram.products_and_sums(_data.words, P, _data.letters, sizes)
    return pd.DataFrame(
        [
            (f"{n:,}", f"{pairs:,}", f"{p:.3g}", f"{s:,.1f}", f"{m:.4f}")
            for n, pairs, p, s, m in rows
        ],
        columns=["words", "pairs", "product", "sum, nats", "mean, nats"],
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
    why_logarithms(data, word, spelled)
    why_means(data, data.digest)
    st.subheader("Smoothing")
    st.markdown(
        "Add the same to every count before dividing, and no pair is "
        "impossible any more. It is the *chances* that get smoother, not the "
        "loss: the more you add, the more alike they are, until every letter "
        "is equally likely."
    )
    smoothing_walk(data, word)
    source.show(bigram.smoothed_losses)


def of_a_word(word, spelled):
    """Likelihood, its logarithm, and the surprise of each pair."""
    word_scored(word, tuple(spelled))
    source.show(bigram.surprises, likelihood.running)


@tables.drawn_once
def word_scored(word: str, spelled: tuple):
    total = bigram.score(spelled)
    st.markdown(
        f"For **{word}** the chances multiply to {total.likelihood:.3g}: the "
        "**likelihood**. A product of so many small numbers soon vanishes, so "
        "take logarithms: they turn it into a sum, and the largest product is "
        "still the largest sum. With the sign turned, "
        f"{total.nll:.4f} nats for the word; divided by its {len(spelled)} "
        f"pairs, {total.mean:.4f}: its loss."
    )
    labels = labelled(spelled)
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


def so_far(pairs, chances) -> pd.DataFrame:
    """The chances of a word and what becomes of them, a pair a row."""
    return pd.DataFrame(
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
        columns=[
            "pair",
            "chance",
            "its log",
            "product so far",
            "sum of logs so far",
            "mean surprise so far",
        ],
    )


def labelled(spelled) -> tuple[str, ...]:
    """The pairs of a word with their places: a pair may come twice."""
    return tuple(f"{i} {p.this}{p.next}" for i, p in enumerate(spelled))


def why_logarithms(data, word, spelled):
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


@tables.drawn_once
def rank(_data, digest: str, word: str, spelled: tuple, other: str):
    """Both models on every pair of the word, and who wins where."""
    N, _, _ = tables.counted(_data, digest)
    against = bigram.surprises(word, OTHERS[other](N), _data.letters)
    labels, models = labelled(spelled), {"counted": spelled, other: against}
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


@tables.drawn_once
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


@tables.drawn_once
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


@st.fragment
def smoothing_walk(data, word):
    """The loss as more is added, and what becomes of your word."""
    amount = st.select_slider(
        "Added to every count", AMOUNTS, 1, key="smoothing", bind="query-params"
    )
    walked(data, data.digest, word, amount, sampling.seed())


@tables.drawn_once
def walked(_data, digest: str, word: str, amount: int, seed: int):
    """The loss with so much added; the word's own, and ten words."""
    losses, walk = smoothed(_data, digest)
    st.vega_lite_chart(
        smoothing.frame(AMOUNTS, losses, amount),
        walk,
        alt="The loss over the amount added, rising from the counted loss to "
        "that of guessing.",
    )
    N, _, _ = tables.counted(_data, digest)
    smooth = bigram.probabilities(N, amount)
    mean = bigram.score(bigram.surprises(word, smooth, _data.letters)).mean
    drawn = bigram.sample_names(smooth, _data.letters, seed)
    st.markdown(
        f"With {amount:,} added, **{word}** has loss {mean:.4f}, and ten words "
        f"are {live.as_names(drawn)}"
    )
