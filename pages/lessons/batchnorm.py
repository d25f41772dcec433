"""Lesson 4: a net's numbers kept healthy, by its start and by BatchNorm."""

import streamlit as st

from core import batchnorm, doctor, health, layers
from core.runs.store import Run
from pages.parts import course, knobs, live, source, take_home
from pages.parts import words as words_part
from pages.sections.batchnorm import (
    claims,
    first_loss,
    kaiming,
    log,
    mates,
    mend,
    normalise,
    norms,
    running,
    saturation,
    sprinkle,
    training,
)

course.heading("batchnorm")
data = words_part.sidebar()
config = knobs.sidebar(batchnorm)
run = Run("batchnorm", config, data)

st.markdown(
    "The network of lesson 3 learns, but it starts ill: its first guesses are "
    "sure and wrong, and most of its neurons are stuck where tanh is flat. "
    "Put five such layers on top of one another and it may not learn at all. "
    "Here you are its doctor. By the end you can say from four charts what "
    "ails a net, choose first weights that keep it well, and use "
    "**BatchNorm**, which keeps it well whatever you chose."
)
saturation.opening(data)

first_loss.show(data)
saturation.show(data)
kaiming.show(data)

normalise.show(data)
mates.show(data)
sprinkle.show(data)
running.show(run)
norms.show(data)

st.header("Train, and watch four charts", anchor="train")
st.markdown(
    "The lecture's deep net, with all that its four charts show, at every "
    "record. Each chart has its doctor: a word, the **figure** it rests on, "
    "and the **rule**. Train it as it is. Then turn `batchnorm` off and set "
    "the `gain` to 0.5 or 3: which chart says so first?"
)
live.watch(run, training.drawing(run))
training.after(run)
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
)

mend.show(data)
log.show(data)
claims.show(data)

st.header("Take it home", anchor="take-home")
take_home.show(run)
