"""Lesson 4: a net's numbers kept healthy, by its start and by BatchNorm."""

import streamlit as st

from core import batchnorm
from core.runs.store import Run
from pages.parts import course, knobs, live, source, take_home
from pages.parts import words as words_part
from pages.sections.batchnorm import training

course.heading("batchnorm")
data = words_part.sidebar()
config = knobs.sidebar(batchnorm)
run = Run("batchnorm", config, data)

st.header("Train", anchor="train")
live.watch(run, training.drawing(run))
training.after(run)
source.show(batchnorm.train, batchnorm.slopes)

st.header("Take it home", anchor="take-home")
take_home.show(run)
