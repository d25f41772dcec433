"""Further: two letters instead of one, and words held back."""

from functools import partial

import streamlit as st

from core import bigram, ngram
from core.data import names
from pages.charts import smoothing
from pages.parts import later, source
from pages.parts.cached import drawn_once
from pages.sections.bigram import tables

MODELS = {"bigram": 2, "trigram": 3}


def trigram(data) -> float:
    [scored] = ngram.losses(data.words, data.words, data.letters, 3, [1])
    return scored


def held_back(data):
    """Dev losses for every amount, and the test loss of the best one."""
    train, dev, test = names.split(data.words)
    curves, tested = {}, {}
    for name, order in MODELS.items():
        tried = ngram.losses(train, dev, data.letters, order, ngram.AMOUNTS)
        loss, best = min(zip(tried, ngram.AMOUNTS, strict=True))
        [seen] = ngram.losses(train, test, data.letters, order, [best])
        curves[name], tested[name] = tried, (best, loss, seen)
    return smoothing.tuning(ngram.AMOUNTS, curves), tested


@later.resources(8)
def scored(_data, digest: str):
    """The trigram's loss; the two of held_back, if words are held back."""
    enough = len(_data.words) >= names.MIN_SPLIT
    return trigram(_data), held_back(_data) if enough else None


def show(data):
    st.header("Further: two letters, and words held back", anchor="further")
    question = data, data.digest
    later.show(partial(story, *question), (scored, *question))
    source.show(names.split, ngram.losses)


@drawn_once
def story(_data, digest: str):
    N, _, _ = tables.counted(_data, digest)
    [plain] = bigram.smoothed_losses(N, [1])
    three, held = scored(_data, digest)
    st.markdown(
        "A **trigram** sees two letters before the next: a row of chances for "
        "each pair. Scored on the words it counted, with one added to every "
        f"count, its loss is **{three:.4f}**, against "
        f"{plain:.4f} for the bigram. But a table can know its own words by "
        "heart. So hold some back: count 80 % of the words (**train**), "
        "choose the smoothing on another 10 % (**dev**), and keep the last "
        "10 % (**test**) for one look at the very end."
    )
    if held is None:
        st.info(
            f"With fewer than {names.MIN_SPLIT} words there are none to hold "
            "back: bring more."
        )
    else:
        tuned_on_dev(*held)


def tuned_on_dev(tuned, tested):
    """The smoothing that does best on dev, and the one look at test."""
    st.vega_lite_chart(
        tuned,
        smoothing.tuned(tuple(MODELS)),
        alt="Dev loss over the amount added, for the bigram and the trigram.",
    )
    for name, (amount, dev, test) in tested.items():
        st.markdown(
            f"The {name} does best with **{amount:g}** added: dev {dev:.4f}. "
            f"On the test words that table has loss **{test:.4f}**."
        )
    st.caption(
        "The trigram has many more rows, each with fewer counts to go by: too "
        "little smoothing hurts it more than the bigram."
    )
