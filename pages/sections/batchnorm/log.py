"""What the lecture's loss log says: five nets, a repair at a time."""

from dataclasses import replace

import streamlit as st

from core.batchnorm import PRESETS
from core.runs.store import Run
from pages.charts import mend as chart
from pages.parts import experiment, loss_log
from pages.parts.cached import drawn_once

PUBLISHED = {  # train and dev, as lecture 4 writes them down
    "original": (2.1245, 2.1682),
    "softmax-fixed": (2.07, 2.13),
    "tanh-fixed": (2.0356, 2.1027),
    "kaiming": (2.0377, 2.1070),
    "batchnorm": (2.0668, 2.1048),
}
DONE = {  # what each arm changes in the one before
    "original": "as lesson 3 left it",
    "softmax-fixed": "last layer small",
    "tanh-fixed": "first layer small",
    "kaiming": "its scale by formula",
    "batchnorm": "sums normalised",
}
SHORT = 20_000
SPANS = {SHORT: (2.1, 2.4), 200_000: (2.0, 2.2)}  # on the lectures' names


def show(data):
    st.header("What the lecture's loss log says", anchor="log")
    st.markdown(
        "The lecture keeps a log: one line for each repair, with the losses "
        "at the end. Here are its five nets, each the one before with one "
        "change, from the same seed. Before you run them: which "
        "repair will bring the most, and which one next to nothing? All five "
        "have one hidden layer, where BatchNorm finds little to mend."
    )
    compared(data)


@st.fragment
def compared(data):
    steps = st.segmented_control(
        "Steps",
        SPANS,
        default=SHORT,
        required=True,
        format_func=lambda each: (
            f"{each:,}" + (", as in the lecture" if each != SHORT else "")
        ),
        key="bn log steps",
        help="The lecture's runs take about half a minute each, two at a "
        "time. The short ones lower the rate half-way, as those do.",
    )
    runs = {arm: Run("batchnorm", config(arm, steps), data) for arm in DONE}
    experiment.compare(
        f"log {steps} {data.digest}",
        runs,
        lambda found: draw(found, runs, steps, data),
    )


def config(arm: str, steps: int):
    """The preset, or the same in fewer steps."""
    return replace(PRESETS[arm], steps=steps, switch=steps // 2)


def draw(found, runs, steps: int, data):
    ends, stand = loss_log.ended(found, runs), loss_log.stand(found, runs)
    drawn(ends, stand, steps, data.source, found)


@drawn_once
def drawn(ends, stand, steps: int, source: str, _found):
    """The losses of the runs that are done, beside the published ones."""
    published = {}
    if source == "lectures" and steps == PRESETS["original"].steps:
        published = PUBLISHED
    low, high = SPANS[steps]
    if source != "lectures":
        low, high = loss_log.around(ends)
    st.vega_lite_chart(
        chart.log([*loss_log.yours(ends), *loss_log.theirs(published)]),
        chart.repairs(tuple(DONE), low, high),
        alt=f"Train and dev losses of the five nets. {loss_log.told(ends)}",
    )
    st.caption(
        "Circle: train. Diamond: dev, the words held back."
        + (" Grey: the lecture's log." if published else "")
    )
    loss_log.table(DONE, ends, _found, published, written=as_written)
    if len(ends) == len(DONE):
        st.markdown(lesson(ends) + agreement(ends, published))


def as_written(loss: float) -> str:
    """With the digits that the lecture gives: two or four."""
    return f"{loss:.{digits(loss)}f}"


def digits(loss: float) -> int:
    return 2 if round(loss, 2) == loss else 4


def lesson(ends) -> str:
    """Which repair brought the most, on dev where there is any."""
    gains = loss_log.gains(ends, DONE)
    most, least = max(gains, key=gains.get), min(gains, key=gains.get)
    return (
        f"On {loss_log.judged(ends)}, **{most}** brings the most: the loss "
        f"{loss_log.moved(gains[most])}. **{least}** brings the least: it "
        f"{loss_log.moved(gains[least])}."
    )


def agreement(ends, published) -> str:
    """How many of the published figures are repeated to the last digit."""
    if not published:
        return ""
    same = [
        as_written(loss) == f"{ends[arm][split]:.{digits(loss)}f}"
        for arm, split, loss, _ in loss_log.theirs(published)
    ]
    return (
        f" Of the lecture's {len(same)} figures, {sum(same)} are yours to the "
        "last digit that it gives. Its last net still drew a bias before "
        "BatchNorm, so there the random numbers are others. In the rest they "
        "are the same; what differs is how each machine rounds, and 200,000 "
        "steps can carry that into the third digit."
    )
