"""Lesson 3: the MLP, letters as places and a hidden layer of neurons."""

import streamlit as st

from core import mlp
from pages.parts import course, fork, live, source, take_home
from pages.parts import words as words_part
from pages.parts.page import Page
from pages.sections.mlp import (
    bigger,
    claims,
    embedding,
    forward,
    letter_map,
    one_batch,
    rate,
    sample,
    splits,
    training,
    windows,
)

course.heading("mlp")
data = words_part.sidebar()
page = Page(mlp, lambda config: data)

st.markdown(
    "A bigram sees one letter; a table for three would have a row for each of "
    "thousands of contexts, most of them never seen. This network, after "
    "Bengio and others (2003), gives every letter a **place** instead, an "
    "**embedding**, and learns the places along with all else: contexts it has "
    "never seen lie near ones it has. By the end you can build it, choose its "
    "learning rate, and say whether it has learned or only memorised."
)
letter_map.opening(data)

windows.show(data, page.draw)
embedding.show(data, page.draw)
forward.show(page.draw)
one_batch.show(page.draw)
rate.show(data, page.draw)
splits.show(data, page.draw)

st.header("Train", anchor="train")
st.markdown(
    "Each step draws a **minibatch**: a few examples by chance. Its slope is "
    "only roughly right and costs next to nothing, so the loss of the batches "
    "jumps about while the loss of all words falls. Before you press Train: "
    "will it beat the counted bigram, and will **dev**, the words held back, "
    "keep up with **train**?"
)
page.draw(live.buttons, of=live.standing)
live.show(page.draw, training.draw, training.still)
page.draw(training.after, "hidden", "context", "embedding")
fork.show(page.draw, training.forked)
source.show(
    mlp.train,
    mlp.step,
    mlp.plain_step,
    mlp.count,
    mlp.codes,
    mlp.loss,
    mlp.baselines,
)

letter_map.show(page.draw)
sample.show(page.draw)
bigger.show(page.draw)
claims.show(data)

st.header("Take it home", anchor="take-home")
take_home.show(page)
