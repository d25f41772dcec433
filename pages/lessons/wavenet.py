"""Lesson 5: WaveNet, eight letters fused two by two."""

import streamlit as st

from core import batchnorm, wavenet
from core.runs.store import Run
from pages.parts import course, knobs, live, source, take_home
from pages.parts import words as words_part
from pages.sections.wavenet import (
    bug,
    claims,
    convolution,
    log,
    paper,
    sample,
    shapes,
    tour,
    training,
    tree,
)

course.heading("wavenet")
data = words_part.sidebar()
config = knobs.sidebar(wavenet)
run = Run("wavenet", config, data)

st.markdown(
    "The MLP squashes its whole context into one hidden layer at once. Give it "
    "eight letters instead of three, and that layer has to make sense of "
    "everything in a single step. Here neighbours are **fused** first: two "
    "letters, then two pairs, then two fours, as in WaveNet (van den Oord and "
    "others, 2016), which does so with sound. By the end you can read the "
    "shape of every layer, find a bug that hides in one, and say what a "
    "convolution saves."
)
st.caption(
    "On this page: [the tree](#tree), [shapes](#shapes), [Train](#train), "
    "where the knobs of the sidebar count, [the performance log](#log), [the "
    "BatchNorm bug](#bug), [convolutions](#convolutions), [the paper's "
    "unit](#paper), [torch.nn](#pytorchify), [names](#sample), "
    "[questions](#experiments), [take it home](#take-home)."
)
tree.opening(data)

tree.show(data, config)
shapes.show(data, config)

st.header("Train", anchor="train")
st.markdown(
    "The net of the lecture, for a tenth of its steps. Before you press Train: "
    "will it get below what lecture 4 ended with? Then turn `fan` to 8, one "
    "flat layer, and to 3, and train again."
)
live.watch(run, training.drawing(run))
training.after(run)
source.show(wavenet.network, wavenet.train, batchnorm.slopes, wavenet.means)
log.show(data)

bug.show(data)
convolution.show(data, config)
paper.show(data, config)
tour.show(data, config)
sample.show(run)
claims.show(data)

st.header("Take it home", anchor="take-home")
take_home.show(run)
