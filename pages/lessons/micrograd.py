"""Lesson 1: micrograd, numbers that know how they were made."""

import streamlit as st

from core import micrograd
from core.runs.store import Run
from pages.parts import course, knobs, live, source, take_home
from pages.sections.micrograd import (
    claims,
    derivative,
    expression,
    neuron,
    opening,
    own_points,
    torch_twin,
    training,
)

course.heading("micrograd")
config = knobs.sidebar(micrograd)
data = own_points.in_use(config)
run = Run("micrograd", config, data)

opening.show()
derivative.show()
expression.show()
neuron.show()

st.header("Train on points", anchor="train")
st.markdown(
    "Each point of the plane belongs to one of two classes. The net gives a "
    "point a **score**; its sign says the class. The **hinge loss** asks for "
    "more: a score beyond 1 on the point's own side, the **margin**. Before "
    "you press Train: will the border be smooth or cornered?"
)
live.watch(run, training.drawing(config, data))
source.show(micrograd.judge, micrograd.train)
training.forked(run)
st.subheader("One weight by hand")
st.markdown(
    "A trained net is nothing but its numbers. Take one of them and move it: "
    "which part of the plane did it hold in place?"
)
training.by_hand(run)
st.subheader("Your own points")
own_points.show(config, data)

torch_twin.show(config, data)
claims.experiments()
claims.bugs()

st.header("Take it home", anchor="take-home")
take_home.show(run)
