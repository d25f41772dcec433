"""The performance log: the lecture's five nets, a change at a time."""

from dataclasses import replace

import streamlit as st

from core import wavenet
from core.runs import store
from core.runs.store import Run
from core.wavenet import PRESETS
from pages.charts import mend as chart
from pages.parts import cached, experiment, loss_log
from pages.parts.cached import drawn_once

PUBLISHED = {  # train and dev, as lecture 6 has them; None: not at hand
    "flat, context 3": (None, 2.105),
    "flat, context 8": (None, 2.027),
    "tree with the bug": (1.941, 2.029),
    "tree": (1.912, 2.022),
    "lecture": (1.769, 1.993),
}
DONE = {  # what each arm changes in the one before
    "flat, context 3": "one hidden layer",
    "flat, context 8": "five more letters",
    "tree with the bug": "fused two by two",
    "tree": "BatchNorm over time too",
    "lecture": "wider in all layers",
}
SHORT, FULL = 10_000, 200_000
SPANS = {SHORT: (2.05, 2.25), FULL: (1.75, 2.15)}  # on the lectures' names
CHANCE = 0.01  # nats on dev: another seed alone moves it by almost that


def show(data):
    st.header("The performance log", anchor="log")
    st.markdown(
        "The lecture keeps a log of its nets: one change a line, and the loss "
        "of the words held back. It does so by hand and misses a harness for "
        "experiments; here every run is kept, and found again by its knobs. "
        "These are its five nets, each from the seed of the lecture. Before "
        "you run them: which change will bring the most? "
        "And which line has to be read with care, since it changes nothing "
        f"but what chance could? Here that is less than {CHANCE:g} nats."
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
            f"{each:,}" + (", as in the lecture" if each == FULL else "")
        ),
        key="wavenet log steps",
        help="The last quarter of the steps has a tenth of the rate, in the "
        "short runs as in the lecture's.",
    )
    runs = {arm: Run("wavenet", config(arm, steps), data) for arm in DONE}
    st.caption(takes(steps, data))
    experiment.compare(
        f"wavenet log {steps} {data.digest}",
        runs,
        lambda found: draw(found, runs, steps, data),
    )


def config(arm: str, steps: int):
    """The preset, or the same in fewer steps."""
    return replace(PRESETS[arm], steps=steps, switch=steps * 3 // 4)


def takes(steps: int, data) -> str:
    """How long it takes, by the runs that this machine has made."""
    known = {arm: pace(arm, data) for arm in DONE}
    known = {arm: rate for arm, rate in known.items() if rate}
    if not known:
        return (
            "That takes minutes for each net, as many at once as the server "
            "has cores. Run the short ones first: then it stands here how "
            "many."
            if steps == FULL
            else "That takes seconds for each net, the last one the longest."
        )
    each = "; ".join(
        f"{arm}: {duration(steps / rate)}" for arm, rate in known.items()
    )
    return f"At the pace of the runs made here: {each}."


def pace(arm: str, data) -> float:
    """Steps a second of a run of this net, the longest there is; or 0."""
    for steps in (FULL, SHORT):
        path = Run("wavenet", config(arm, steps), data).path
        made, seconds = store.progress(path)
        if seconds >= 0.5:
            return made / seconds
    return 0.0


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min"


def draw(found, runs, steps: int, data):
    ends, stand = loss_log.ended(found, runs), loss_log.stand(found, runs)
    drawn(ends, stand, steps, data.source, len(data.letters), found)


@drawn_once
def drawn(ends, stand, steps: int, source: str, V: int, _found):
    """The losses of the runs that are done, beside the published ones."""
    published = {}
    if source == "lectures" and steps == FULL:
        published = PUBLISHED
    low, high = SPANS[steps]
    if source != "lectures":
        low, high = loss_log.around(ends)
    st.vega_lite_chart(
        chart.log([*loss_log.yours(ends), *loss_log.theirs(published)]),
        picture(low, high),
        alt=f"Train and dev losses of the five nets. {loss_log.told(ends)}",
    )
    st.caption(
        "Circle: train. Diamond: dev, the words held back."
        + (" Grey: the lecture's log." if published else "")
    )
    sizes = [f"{size(arm, V):,}" for arm in DONE]
    more = {"parameters": sizes}
    loss_log.table(DONE, ends, _found, published, more, "{:.3f}".format)
    if len(ends) == len(DONE):
        said = loss_log.lesson(ends, DONE, CHANCE)
        st.markdown(said + loss_log.furthest(ends, published))


@cached.resources(16)
def picture(low: float, high: float) -> dict:
    spec = chart.repairs(tuple(DONE), low, high)
    return spec | {"title": "Which change moves the loss?"}


@cached.values(64)
def size(arm: str, V: int) -> int:
    return wavenet.parameters(PRESETS[arm], V)
