"""Lesson 6: GPT, attention you can take apart."""

import streamlit as st

from core import gpt
from pages.parts import course, fork, live, source, take_home, texts
from pages.parts.page import Page
from pages.sections.gpt import (
    addition,
    averaging,
    bigger,
    block,
    claims,
    dropout,
    estimate,
    head,
    inside,
    ladder,
    norms,
    opening,
    positions,
    scale,
    surgery,
    text,
    training,
    writing,
)

course.heading("gpt")
data = texts.sidebar()
page = Page(gpt, lambda config: data)

st.markdown(
    "The nets before this one look back on a fixed number of letters, and the "
    "way they join them is the same for every text. In a **Transformer** each "
    "character asks those before it what they know, and listens most to those "
    "that answer. That is **attention**. By the end you can compute one head "
    "by hand, say what every part of a block is for, and tell which parts your "
    "own net can do without."
)
st.caption(
    "On this page: [text](#text), [averages](#averaging), [one head]"
    "(#one-head), [scale](#scale), [positions](#positions), [the block]"
    "(#block), [LayerNorm](#layernorm), [dropout](#dropout), [Train](#train), "
    "where the knobs of the sidebar count, [look inside](#inside), [let it "
    "write](#write), [the lecture's ladder](#ladder), [surgery](#surgery), "
    "[questions](#experiments), [nanoGPT and GPT-3](#nanogpt), [addition]"
    "(#addition), [take it home](#take-home)."
)
opening.show(data)

text.show(data)
averaging.show(data)
head.show(data)
scale.show(data)
positions.show(data)
block.show(data)
norms.show(data)
dropout.show(data)

st.header("Train", anchor="train")
st.markdown(
    "The net of your knobs: a few blocks of four heads, small enough to learn "
    "the shape of words in about half a minute on a laptop with nothing else "
    "to do. Before you press Train: how far below counted pairs will it get? "
    "Then compare `block` 8 with 64, or "
    "choose the names as text."
)
page.draw(live.buttons, of=live.standing)
live.show(page.draw, training.draw, training.still)
page.draw(training.after, *gpt.SIZE, "clip", "warmup", "cosine")
fork.show(page.draw, training.forked)
source.show(gpt.GPT, gpt.train, gpt.State)
estimate.show(page.draw)
page.draw(norms.after_training, of=inside.shown)

page.draw(inside.show, of=inside.shown)
page.draw(writing.show, of=inside.shown)
ladder.show(data)
page.draw(surgery.show, "seed", "dropout")
claims.show(data)
bigger.show()
page.draw(bigger.heads, *bigger.HEADS)
bigger.curves()
page.draw(bigger.ledger, *gpt.SIZE)
page.draw(bigger.cost, *gpt.SIZE, "steps", "batch")
page.draw(bigger.decay, *gpt.SIZE)
page.draw(bigger.training, *bigger.SCHEDULE)
page.draw(bigger.born, "n_layer", "seed")
bigger.code()
addition.show()

st.header("Take it home", anchor="take-home")
take_home.show(page)
