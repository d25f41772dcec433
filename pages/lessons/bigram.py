"""Lesson 2: the bigram model, counted and then trained."""

import streamlit as st

from core import bigram
from core.data import names
from core.experiments.bigram import EXPERIMENTS, HELD_BACK
from core.runs.store import Run
from pages.charts import arms, smoothing
from pages.parts import course, experiment, knobs, live, take_home
from pages.parts import words as words_part
from pages.sections.bigram import (
    counting,
    further,
    keepdim,
    learning,
    sampling,
    scoring,
    tables,
    training,
)


def typed_word() -> str:
    """The word in the box, or the first of the data if it is refused."""
    text = st.text_input(
        "Your word",
        data.words[0],
        key="word",
        bind="query-params",
        max_chars=40,
        help="Its pairs are framed on the map and scored further down.",
    )
    try:
        return names.one(text, data.letters)
    except ValueError as trouble:
        st.warning(f"{trouble} Using {data.words[0]} instead.")
        return data.words[0]


@st.cache_resource(max_entries=16, show_spinner=False)
def arms_spec(arm_names: tuple[str, ...], steps: int):
    return arms.spec(list(arm_names), steps)


def draw_arms(claim, records):
    """The curves of the arms: over the steps, or over what was added."""
    trained = {
        arm: config
        for arm, config in claim.arms.items()
        if isinstance(config, bigram.Config)
    }
    if not trained:
        return draw_amounts(claim, records)
    steps = max(config.steps for config in trained.values())
    st.vega_lite_chart(
        arms.frame(records, "nll"),
        arms_spec(tuple(claim.arms), steps),
        alt="The losses of the arms over the steps: " + ", ".join(claim.arms),
    )


def draw_amounts(claim, records):
    amounts = [record["added"] for record in next(iter(records.values()))]
    curves = {
        arm: [record["loss"] for record in tried]
        for arm, tried in records.items()
    }
    st.vega_lite_chart(
        smoothing.tuning(amounts, curves),
        smoothing.tuned(tuple(curves), "loss, nats per character"),
        alt="The loss over the amount added: " + ", ".join(curves),
    )


course.heading("bigram")
data = words_part.sidebar()
config = knobs.sidebar(bigram)
run = Run("bigram", config, data)

st.markdown(
    "A **language model** says how likely each next letter is. This one looks "
    "at a single letter. By the end you can build it twice, by counting and "
    "by learning, and say in one number how good it is."
)
word = typed_word()
_, P, _ = tables.counted(data, data.digest)
spelled = bigram.surprises(word, P, data.letters)
counting.first_picture(data, spelled)

counting.show(data)
sampling.show(data)
scoring.show(data, word, spelled)
keepdim.show(data)
learning.show(data, word, config)

st.header("Train", anchor="train")
st.markdown(
    "The same three steps on all pairs at once, again and again. Before you "
    "press Train: how close to the counted loss will it come?"
)
live.watch(run, training.drawing(data, config))
training.after(data)
further.show(data)

st.header("Predict, then run", anchor="experiments")
st.markdown(
    "Commit to an answer before you see one: what surprises you, you will "
    "remember. Each arm is a run like those above, or takes no time at all, "
    "on the data in use."
)
for each in EXPERIMENTS:
    if each.name in HELD_BACK and len(data.words) < names.MIN_SPLIT:
        continue
    experiment.show(each, "bigram", lambda config: data, draw_arms)

st.header("Take it home", anchor="take-home")
take_home.show(run)
