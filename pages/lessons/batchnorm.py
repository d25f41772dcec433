"""Lesson 4: a net's numbers kept healthy, by its start and by BatchNorm."""

import streamlit as st

from core import batchnorm, doctor, health, layers, mlp
from pages.parts import course, fork, live, source, take_home
from pages.parts import words as words_part
from pages.parts.page import Page
from pages.sections.batchnorm import (
    claims,
    first_loss,
    kaiming,
    log,
    mates,
    mend,
    neighbours,
    normalise,
    norms,
    running,
    saturation,
    sprinkle,
    training,
)

course.heading("batchnorm")
data = words_part.sidebar()
page = Page(batchnorm, lambda config: data)

st.markdown(
    "The network of lesson 3 learns, but it starts ill: its first guesses are "
    "sure and wrong, and for most pairs of example and neuron tanh is flat. In "
    "a deep net such ills add up from layer to layer. Here you are its "
    "doctor. By the end you can say from four charts what ails a net, choose "
    "first weights that keep it well, and use **BatchNorm**, which makes the "
    "start the same whatever gain you chose; and you know where that does not "
    "help. Losses are in nats, as before; **dev** are the words held back."
)
st.caption(
    "On this page: [the first loss](#first-loss), [saturation](#saturation), "
    "[Kaiming](#kaiming), [BatchNorm](#batchnorm), [a single name](#running), "
    "[other norms](#norms), [Train](#train), where the knobs of the sidebar "
    "count, [break and mend](#mend), [the loss log](#log), "
    "[questions](#experiments), [take it home](#take-home)."
)
saturation.opening(data)

first_loss.show(data)
saturation.show(data)
kaiming.show(data)

normalise.show(data)
word = mates.show(data)
neighbours.show(data, word)
mates.show_alone(data, word)
sprinkle.show(data)
running.show(data, page.draw)
norms.show(data)

st.header("Train, and watch four charts", anchor="train")
st.markdown(
    "The net of your knobs, at first the lecture's deep one, with its four "
    "charts at every record: what each layer puts out; the slopes there; the "
    "slopes of each weight, and **grad:data**, how wide they are next to the "
    "weight itself; and **update:data**, the same of what a step changes. "
    "Each chart has its doctor: a word, the **figure** it rests on, and the "
    "**rule**. Train it as it is. Then turn `batchnorm` off and set the `gain` "
    "to 0.5 or 3 (knobs are in the sidebar, on a phone behind »): which chart "
    "says so first?"
)
page.draw(live.buttons, of=live.standing)
live.show(page.draw, training.draw, training.still)
page.draw(
    training.after, "hidden", "context", "embedding", "layers", "batchnorm"
)
fork.show(page.draw, training.forked)
source.show(
    batchnorm.train,
    batchnorm.slopes,
    batchnorm.plain_slopes,
    batchnorm.split_losses,
    batchnorm.two_layers,
    batchnorm.deep,
    layers.Linear,
    layers.Nonlinearity,
    layers.Sequential,
    health.activations,
    health.gradients,
    health.weight_gradients,
    health.updates,
    doctor.activations,
    mlp.baselines,
    mlp.floor,
)

mend.show(data)
log.show(data)
claims.show(data)

st.header("Take it home", anchor="take-home")
take_home.show(page)
