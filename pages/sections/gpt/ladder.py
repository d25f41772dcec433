"""The lecture's milestones as runs side by side, a part at a time."""

import streamlit as st

from core import gpt
from core.gpt import PRESETS
from core.runs import store
from core.runs.store import Run
from pages.charts import mend as chart
from pages.parts import cached, experiment, loss_log
from pages.parts.cached import drawn_once

PUBLISHED = {  # dev, as lecture 7's milestones have it
    "bigram": (None, 2.49),
    "one head": (None, 2.41),
    "four heads": (None, 2.29),
    "feed-forward": (None, 2.24),
    "residual": (None, 2.08),
    "LayerNorm": (None, 2.06),
}
DONE = {  # what each rung changes in the one before
    "bigram": "a table of characters",
    "one head": "places, and one head of 32",
    "four heads": "four heads of 8 instead",
    "feed-forward": "a feed-forward net after them",
    "residual": "three blocks, on a residual path",
    "LayerNorm": "LayerNorm before each branch",
}
SPAN = (1.95, 2.55)  # on the lecture's text
CHANCE = 0.03  # nats: two seeds of the residual rung are 0.027 apart


def show(data):
    st.header("The ladder", anchor="ladder")
    st.markdown(
        "The lecture builds its Transformer in milestones, and after each one "
        "reads the loss of the text held back. These are its nets: 32 "
        f"channels, {PRESETS['ladder: one head'].block} characters to look "
        f"back on, {PRESETS['ladder: one head'].steps:,} steps each, from the "
        "same seed. Before you run them: which part will bring the most? One "
        "rung changes two things at once, the number of blocks and the way "
        "through them; read its gain with care. Ours differ from the "
        "lecture's in small things: our heads end in a projection, and the "
        "feed-forward net is four times as wide inside, from the start, where "
        "the lecture adds both with the residual path; and the first rung has "
        "the lecture's later rate, not ten times that."
    )
    compared(data)


@st.fragment
def compared(data):
    runs = {arm: Run("gpt", preset(arm), data) for arm in DONE}
    st.caption(takes(runs))
    experiment.compare(
        f"gpt ladder {data.digest}",
        runs,
        lambda found: draw(found, runs, data),
    )


def preset(arm: str) -> gpt.Config:
    return PRESETS[f"ladder: {arm}"]


def takes(runs) -> str:
    """How long it takes, by the runs that this machine has made."""
    said = []
    for arm, run in runs.items():
        made, seconds = store.progress(run.path)
        if seconds >= 0.5:
            said.append(f"{arm}: {run.config.steps * seconds / made:.0f} s")
    if not said:
        return (
            "That takes a few seconds for the first net and half a minute or "
            "more for the last, as many at once as the server has cores."
        )
    return f"At the pace of the runs made here: {'; '.join(said)}."


def draw(found, runs, data):
    ends, stand = loss_log.ended(found, runs), loss_log.stand(found, runs)
    drawn(ends, stand, data.source, len(data.letters), found)


@drawn_once
def drawn(ends, stand, source: str, V: int, _found):
    """The losses of the runs that are done, beside the published ones."""
    published = PUBLISHED if source == "lectures" else {}
    low, high = SPAN if published else loss_log.around(ends)
    st.vega_lite_chart(
        chart.log([*loss_log.yours(ends), *loss_log.theirs(published)]),
        picture(low, high),
        alt=f"Train and dev losses of the six nets. {loss_log.told(ends)}",
    )
    st.caption(
        "Circle: train. Diamond: dev, the tenth held back. Both are means of "
        f"{gpt.FINALLY} batches."
        + (" Grey: the lecture's milestones, dev." if published else "")
    )
    sizes = [f"{gpt.parameters(preset(arm), V):,}" for arm in DONE]
    more = {"parameters": sizes}
    loss_log.table(DONE, ends, _found, published, more, "{:.2f}".format)
    if len(ends) == len(DONE):
        said = loss_log.lesson(ends, DONE, CHANCE)
        st.markdown(said + loss_log.furthest(ends, published))


@cached.resources(16)
def picture(low: float, high: float) -> dict:
    spec = chart.repairs(tuple(DONE), low, high)
    return spec | {"title": "Which part moves the loss?"}
