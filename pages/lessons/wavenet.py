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

if config.unit != "tanh" or not config.over_time:
    st.info(
        "Your run has the gated unit or the BatchNorm bug. The sections about "
        "trees and shapes show the lecture's net of the same sizes; Train, the "
        "forks and the samples below are of yours."
    )
tree.show(data, config)
shapes.show(data, config)

st.header("Train", anchor="train")
st.markdown(
    "The net of your knobs; at first they are the lecture's, for a tenth of "
    "its steps. Before you press Train: will it get below what lecture 4 ended "
    "with? Then compare a `fan` of 2-2-2 with 8, one flat layer, and with 3."
)
training.examples(data, data.digest, wavenet.context(config))
live.watch(run, training.drawing(run))
training.after(run)
source.show(
    wavenet.network,
    wavenet.prepare,
    wavenet.train,
    batchnorm.slopes,
    wavenet.means,
)
log.show(data)

bug.show(data)
convolution.show(data, config)
paper.show(data, config)
tour.show(data, config)
sample.show(run)
claims.show(data)

st.header("Take it home", anchor="take-home")
take_home.show(run)
