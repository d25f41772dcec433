"""The performance log: the lecture's five nets, a change at a time."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from core import wavenet
from core.runs import store
from core.runs.store import Run
from core.wavenet import PRESETS
from pages.charts import mend as chart
from pages.parts import experiment, live

PUBLISHED = {  # train and dev, as lecture 6 has them; None: not given
    "flat, context 3": (None, 2.105),
    "flat, context 8": (None, 2.027),
    "tree with the bug": (1.941, 2.029),
    "tree": (1.911, 2.022),
    "lecture": (1.769, 1.993),
}
DONE = {  # what each arm changes in the one before
    "flat, context 3": "one hidden layer",
    "flat, context 8": "five more letters",
    "tree with the bug": "fused two by two",
    "tree": "BatchNorm over time too",
    "lecture": "wider: 24, 128 channels",
}
