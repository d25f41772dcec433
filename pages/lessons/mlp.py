"""Lesson 3: the MLP, letters as places and a hidden layer of neurons."""

import streamlit as st

from core import mlp
from core.runs.store import Run
from pages.parts import course, knobs, live, source, take_home
from pages.parts import words as words_part
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
config = knobs.sidebar(mlp)
run = Run("mlp", config, data)

st.markdown(
    "A bigram sees one letter; a table for three would have a row for each of "
    "thousands of contexts, most of them never seen. This network, after "
    "Bengio and others (2003), gives every letter a **place** instead, an "
    "**embedding**, and learns the places along with all else: contexts it has "
    "never seen lie near ones it has. By the end you can build it, choose its "
    "learning rate, and say whether it has learned or only memorised."
)
letter_map.opening(data, data.digest)

windows.show(data, config)
embedding.show(data, config)
forward.show(data, config)
one_batch.show(data, config)
rate.show(run)
splits.show(run)

st.header("Train", anchor="train")
st.markdown(
    "Each step draws a **minibatch**: a few examples by chance. Its slope is "
    "only roughly right and costs next to nothing, so the loss of the batches "
    "jumps about while the loss of all words falls. Before you press Train: "
    "will it beat the counted bigram, and will **dev**, the words held back, "
    "keep up with **train**?"
)
live.watch(run, training.drawing(run))
training.after(run)
source.show(
    mlp.train, mlp.prepare, mlp.step, mlp.plain_step, mlp.count, mlp.loss
)

letter_map.show(run)
sample.show(run)
bigger.show(data, config)
claims.show(data)

st.header("Take it home", anchor="take-home")
take_home.show(run)
