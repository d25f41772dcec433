"""Lesson 1: micrograd, numbers that know how they were made."""

import streamlit as st

from core import micrograd
from pages.parts import course, fork, live, source, take_home
from pages.parts.page import Page
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
page = Page(micrograd, own_points.in_use)

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
page.draw(live.buttons, of=live.standing)
live.show(page.draw, training.draw, training.still)
source.show(micrograd.judge, micrograd.train)
fork.show(page.draw, training.forked)
st.subheader("One weight by hand")
st.markdown(
    "A trained net is nothing but its numbers. Take one of them and move it: "
    "which part of the plane did it hold in place?"
)
page.draw(training.by_hand, of=training.net_of)
st.subheader("Your own points")
page.draw(own_points.show, of=lambda run: run.data.digest)

torch_twin.show(page.draw)
claims.experiments()
claims.bugs()

st.header("Take it home", anchor="take-home")
take_home.show(page)
