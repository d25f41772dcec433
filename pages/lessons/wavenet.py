"""Lesson 5: WaveNet, eight letters fused two by two."""

import streamlit as st

from core import batchnorm, mlp, wavenet
from pages.parts import course, fork, live, source, take_home
from pages.parts import words as words_part
from pages.parts.page import Page
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
page = Page(wavenet, lambda config: data)

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

page.draw(tree.of_another, "unit", "over_time")
tree.show(page.draw)
shapes.show(data, page.run.config, page.draw)

st.header("Train", anchor="train")
st.markdown(
    "The net of your knobs; at first they are the lecture's, for a tenth of "
    "its steps. Before you press Train: will it get below what lecture 4 ended "
    "with? Then compare a `fan` of 2-2-2 with 8, one flat layer, and with 3."
)
page.draw(training.first_lines, "fan")
page.draw(live.buttons, of=live.standing)
live.show(page.draw, training.draw, training.still)
page.draw(
    training.after,
    "fan",
    "hidden",
    "embedding",
    "unit",
    "over_time",
    "batch",
    "steps",
)
fork.show(page.draw, training.forked)
source.show(
    wavenet.network,
    wavenet.train,
    batchnorm.slopes,
    wavenet.means,
    mlp.baselines,
    mlp.floor,
)
log.show(data)

bug.show(data)
convolution.show(page.draw)
paper.show(page.draw)
tour.show(data, page.draw)
sample.show(page.draw)
claims.show(data)

st.header("Take it home", anchor="take-home")
take_home.show(page)
