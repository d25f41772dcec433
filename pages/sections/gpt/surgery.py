"""Switch a part off, learn again from the same first weights, compare."""

from dataclasses import replace

import streamlit as st

from core import landmarks
from core.experiments.gpt import ALIKE, FAINTLY_ALIKE, SMALL, cost
from core.runs.store import Run
from pages.charts import surgery as chart
from pages.charts.surgery import CUT, WHOLE
from pages.parts import experiment, loss_log
from pages.parts.cached import drawn_once
from pages.sections.gpt.claims import curve, told

PARTS = {  # what switches each part off
    "mask": {"mask": False},
    "scale": {"scale": False},
    "positions": {"positions": False},
    "residual path": {"residual": False},
    "LayerNorm": {"norm": "none"},
    "feed-forward": {"feedforward": False},
    "attention": {"attention": False},
    "four heads (one is left)": {"n_head": 1},
}
DROPOUT = {"dropout": {"dropout": 0.0}}
STARTS = {"torch": "as torch draws them", "0.02": "normal, 0.02 wide"}
NOISE = {"torch": ALIKE, "0.02": FAINTLY_ALIKE}  # nats
AT_MOST = 2  # parts cut at once
HONEST = 0.4  # of guessing: no loss of so small a net is below
BLOCKS = (2, 6)


def show(data, config):
    st.header("Surgery", anchor="surgery")
    st.markdown(
        "What is each part for? Cut it out and see what it costs. Both nets "
        "below begin with the **same first weights** and meet the same batches "
        "in the same order, so that the part is all they differ in. They are "
        f"small ({SMALL.n_embd} channels, {SMALL.n_head} heads, "
        f"{SMALL.block} characters to look back on) and learn for "
        f"{SMALL.steps:,} steps. Before you run them: will the cut net be "
        "worse, and how much? Some parts cost nothing that can be seen at "
        "this size, and a missing mask makes the loss look wonderful."
    )
    operated(data, config)


@st.fragment
def operated(data, config):
    parts = PARTS | (DROPOUT if config.dropout else {})
    cut = st.pills(
        "Cut out",
        list(parts),
        default="residual path",
        selection_mode="multi",
        key="gpt surgery parts",
        help="One part, or two at once. The number of heads goes from "
        f"{SMALL.n_head} to one, which is as wide as they are together. "
        "Dropout stands here if the knob on the left is not zero.",
    )
    if not cut or len(cut) > AT_MOST:
        cut = (cut or ["residual path"])[:AT_MOST]
        st.warning(f"Choose one part or two. Shown: {' and '.join(cut)}.")
    left, right = st.columns(2)
    with left:
        blocks = st.segmented_control(
            "Blocks", BLOCKS, default=2, required=True, key="gpt surgery blocks"
        )
    with right:
        init = st.segmented_control(
            "First weights",
            STARTS,
            default="torch",
            required=True,
            format_func=STARTS.get,
            key="gpt surgery init",
            help="The lecture begins with the first and moves to the second "
            "for its large net. What a part is worth can hang on that.",
        )
    whole = base(config, blocks, init)
    compared(data, whole, operation(whole, cut, parts), cut)


def base(config, blocks: int, init: str):
    """The small net, with the learner's seed and dropout."""
    return replace(
        SMALL,
        n_layer=blocks,
        init=init,
        seed=config.seed,
        dropout=config.dropout,
    )


def operation(whole, cut, parts=PARTS):
    """The same net without these parts."""
    for part in cut:
        whole = replace(whole, **parts[part])
    return whole


def compared(data, whole, without, cut):
    configs = {WHOLE: whole, CUT: without}
    runs = {arm: Run("gpt", each, data) for arm, each in configs.items()}
    ids = " ".join(run.id for run in runs.values())
    experiment.compare(
        f"gpt surgery {ids}",
        runs,
        lambda found: draw(
            loss_log.stand(found, runs), cut, found, data, whole
        ),
    )


@drawn_once
def draw(stand, cut, _found, _data, _whole):
    """Both curves, what the cut costs, a text of each."""
    shown = {arm: curve(each) for arm, each in _found.items()}
    high = landmarks.guessing(_data.letters)
    honest = _data.source != "own" and "mask" not in cut
    st.vega_lite_chart(
        chart.frame(shown, "loss"),
        chart.curves(_whole.steps, HONEST * high if honest else 0.0, high),
        alt=f"The dev losses of both nets over the steps. {told(shown)}",
    )
    st.markdown(verdict(_found, _whole, cut))
    columns = st.columns(2)
    for (arm, each), column in zip(_found.items(), columns, strict=True):
        with column:
            st.markdown(f"**A text of the {arm} net**")
            st.code(sample(each), language=None, wrap_lines=True, height=220)


def sample(records) -> str:
    """The latest text; a line that stands for one while there is none."""
    for record in reversed(records):
        if record["samples"]:
            return record["samples"][0]
    return "..."


def done(records, config) -> bool:
    return bool(records) and records[-1]["step"] == config.steps


def verdict(found, whole, cut) -> str:
    """What the cut costs, measured against what a seed does."""
    named = " and ".join(cut)
    if not all(done(records, whole) for records in found.values()):
        return f"Without {named}: run both to see what that costs."
    before, after = (records[-1]["dev"] for records in found.values())
    noise = NOISE[whole.init]
    said = (
        f"**Without {named}**: dev {after:.3f} instead of {before:.3f}, "
        f"{cost(after - before, noise)}."
    )
    if "mask" in cut:
        said += leak(after, before, whole.block)
    return said + (
        " What counts as noise here: on tiny Shakespeare another seed alone "
        f"moved the loss of such a net of two blocks by less than {noise:g} "
        "nats. Few seeds were tried, so read a difference that is hardly "
        "larger with care."
    )


def leak(after: float, before: float, block: int) -> str:
    """What a net without a mask has done with the text it was to guess."""
    if after > before / 2:
        return " It could look at what it was to guess, and made no use of it."
    return (
        " That is no achievement: each place can look at the next, which is "
        f"what it has to guess. Only the last of the {block} has none to look "
        f"at, so about {before:.2f} / {block} = {before / block:.2f} is left. "
        "In its text the first characters are garbage, for where nothing "
        f"follows yet there is nothing to copy; from character {block} on it "
        "always writes at the last place, the only one where it had to learn "
        "to guess."
    )
