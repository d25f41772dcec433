"""What the lecture's loss log says: five nets, a repair at a time."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from core.batchnorm import PRESETS
from core.runs.store import Run
from pages.charts import mend as chart
from pages.parts import experiment, live

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
        "change, from the same random numbers. Before you run them: which "
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
    """The losses of the runs that are done, beside the published ones."""
    ends = {
        arm: live.result(runs[arm])
        for arm, records in found.items()
        if records and records[-1]["step"] == steps
    }
    ends = {arm: end for arm, end in ends.items() if end}
    published = {}
    if data.source == "lectures" and steps == PRESETS["original"].steps:
        published = PUBLISHED
    low, high = span(ends, steps, data)
    st.vega_lite_chart(
        chart.log([*dots(ends), *theirs(published)]),
        chart.repairs(tuple(DONE), low, high),
        alt=f"Train and dev losses of the five nets. {told(ends)}",
    )
    st.caption(
        "Circle: train. Diamond: dev, the words held back."
        + (" Grey: the lecture's log." if published else "")
    )
    table(ends, found, published)
    if len(ends) == len(DONE):
        st.markdown(lesson(ends) + agreement(ends, published))


def dots(ends) -> list[tuple]:
    return [
        (arm, split, end[split], "your run")
        for arm, end in ends.items()
        for split in ("train", "dev")
        if end[split] is not None
    ]


def theirs(published) -> list[tuple]:
    return [
        (arm, split, loss, "the lecture")
        for arm, losses in published.items()
        for split, loss in zip(("train", "dev"), losses, strict=True)
    ]


def span(ends, steps: int, data) -> tuple[float, float]:
    """Fixed for the lectures' names, else around what is known, by tenths."""
    if data.source == "lectures":
        return SPANS[steps]
    losses = [loss for _, _, loss, _ in dots(ends)] or [2.0]
    return min(losses) // 0.1 * 0.1, (max(losses) // 0.1 + 1) * 0.1


def told(ends) -> str:
    said = "; ".join(f"{arm}: {pair(end)}" for arm, end in ends.items())
    return f"{said}." if said else "None yet."


def pair(end) -> str:
    return " / ".join(
        f"{end[split]:.4f}"
        for split in ("train", "dev")
        if end[split] is not None
    )


def table(ends, found, published):
    """A row a net: what was changed, what came of it, what was published."""
    columns = {
        "net": list(DONE),
        "its change": list(DONE.values()),
        "train / dev": [
            pair(ends[arm]) if arm in ends else so_far(found[arm])
            for arm in DONE
        ],
    }
    if published:
        columns["the lecture's"] = [
            " / ".join(map(as_written, published[arm])) for arm in DONE
        ]
    st.table(
        pd.DataFrame(columns),
        hide_index=True,
        alt=f"Train and dev losses by repair. {told(ends)}",
    )


def so_far(records) -> str:
    return f"step {records[-1]['step']:,}" if records else "..."


def as_written(loss: float) -> str:
    """With the digits that the lecture gives: two or four."""
    return f"{loss:.{digits(loss)}f}"


def digits(loss: float) -> int:
    return 2 if round(loss, 2) == loss else 4


def lesson(ends) -> str:
    """Which repair brought the most, on dev where there is any."""
    split = "dev" if ends["original"]["dev"] is not None else "train"
    losses = {arm: end[split] for arm, end in ends.items()}
    arms = list(losses)
    gains = {
        arm: losses[before] - losses[arm]
        for before, arm in zip(arms, arms[1:], strict=False)
    }
    most, least = max(gains, key=gains.get), min(gains, key=gains.get)
    return (
        f"On {split}, **{most}** brings the most: the loss {moved(gains[most])}"
        f". **{least}** brings the least: it {moved(gains[least])}."
    )


def moved(down: float) -> str:
    return f"{'falls' if down > 0 else 'rises'} by {abs(down):.4f} nats"


def agreement(ends, published) -> str:
    """How many of the published figures are repeated to the last digit."""
    if not published:
        return ""
    same = [
        as_written(loss) == f"{ends[arm][split]:.{digits(loss)}f}"
        for arm, split, loss, _ in theirs(published)
    ]
    return (
        f" Of the lecture's {len(same)} figures, {sum(same)} are yours to the "
        "last digit that it gives. Its last net still drew a bias before "
        "BatchNorm, so there the random numbers are others. In the rest they "
        "are the same; what differs is how each machine rounds, and 200,000 "
        "steps can carry that into the third digit."
    )
