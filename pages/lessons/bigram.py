"""Lesson 2: the bigram model, counted and then trained."""

import streamlit as st

from core import bigram
from core.data import names
from pages.parts import course, fork, live, take_home
from pages.parts import words as words_part
from pages.parts.page import Page
from pages.sections.bigram import (
    claims,
    counting,
    further,
    keepdim,
    learning,
    sampling,
    scoring,
    smoothing,
    tables,
    training,
)


def typed_word() -> str:
    """The word in the box, or the first of the data if it is refused."""
    text = st.text_input(
        "Your word",
        data.words[0],
        key="word",
        bind="query-params",
        max_chars=40,
        help="Its pairs are framed on the map and scored further down.",
    )
    try:
        return names.one(text, data.letters)
    except ValueError as trouble:
        words_part.refused(trouble, data.words[0])
        return data.words[0]


course.heading("bigram")
data = words_part.sidebar()
page = Page(bigram, lambda config: data)

st.markdown(
    "A **language model** says how likely each next letter is. This one looks "
    "at a single letter. By the end you can build it twice, by counting and "
    "by learning, and say in one number how good it is."
)
word = typed_word()
_, P, _ = tables.counted(data, data.digest)
spelled = bigram.surprises(word, P, data.letters)
framed = tuple((pair.this, pair.next) for pair in spelled)
counting.first_picture(data, data.digest, framed)

counting.show(data)
sampling.show(data)
scoring.show(data, word, spelled)
smoothing.show(data, word)
keepdim.show(data)
page.draw(learning.show, "seed", word=word)

st.header("Train", anchor="train")
st.markdown(
    "The same three steps on all pairs at once, again and again. A one-hot "
    "row only picks a row of W, so *e* to the power of W plays the part of the "
    "counts. Before you press Train: how close to the counted loss will it "
    "come?"
)
page.draw(live.buttons, of=live.standing)
live.show(page.draw, training.draw, training.still)
training.after(data)
fork.show(page.draw, training.forked)
further.show(data)

claims.show(data)

st.header("Take it home", anchor="take-home")
take_home.show(page)
