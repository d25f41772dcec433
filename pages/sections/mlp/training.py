"""Train: the losses, the letters and the names at the playhead; forks."""

from dataclasses import replace

import streamlit as st

from core import bigram, landmarks, mlp
from pages.charts import learning, loss
from pages.parts import cached, live
from pages.parts import words as words_part
from pages.sections.mlp import letter_map

LECTURE = 2.1701  # dev, as lecture 3 prints it


@cached.resources(16)
def bigram_table(_data, digest: str):
    """The counted table of lesson 2, chances (V, V)."""
    x, y = bigram.pairs(_data.words, _data.letters)
    return bigram.probabilities(bigram.count(x, y))


@cached.values(32)
def marks(_data, digest: str, context: int, only: int) -> dict[str, float]:
    """Losses that need no training, and what no training can get below."""
    examples = words_part.examples(mlp.packed, _data, digest, context, only)
    floor = mlp.floor(*examples, len(_data.letters))
    found = mlp.baselines(_data) | {"floor": floor}
    if _data.source == "lectures":
        found["lecture"] = LECTURE
    return found


def untrained(config, data) -> dict:
    """The first record of a run: the weights as they were drawn."""
    return first_record(still(config), data, data.digest)


def still(config) -> mlp.Config:
    """The config with what moves weights put aside: nothing has moved by the
    first record, so neither rates nor the number of steps matter."""
    rates = {"rate": 0.1, "switch": 1, "second_rate": 0.01}
    return replace(config, steps=1, **rates)


@cached.resources(64)
def first_record(config, _data, digest: str) -> dict:
    found = words_part.examples(
        mlp.packed, _data, digest, config.context, config.only
    )
    return vars(mlp.first_record(config, _data.letters, *found))


def draw(view, run):
    """The pictures of a run at the visitor's playhead."""
    if view.record is None:
        view = live.View([untrained(run.config, run.data)], 0)
    pictures(view, run.config, run.data)


def pictures(view, config, data):
    """Batches, whole splits, the letters' places, ten names."""
    found = marks(data, data.digest, config.context, config.only)
    of = config.steps, found
    st.vega_lite_chart(
        loss.frame(view.records, view.at, "smooth"),
        loss.spec(*of, "Do the batches get easier?", even=True),
        alt="The mean loss of the batches between two records, over the "
        "steps, beside the losses of guessing, letter frequencies and counts.",
    )
    st.vega_lite_chart(
        learning.frame(view.records, view.at),
        learning.spec(*of, "Does dev keep up with train?"),
        alt="The loss of all words for training and of those held back, over "
        "the steps: " + so_far(view),
    )
    st.caption(so_far(view) + beyond(view, data))
    letter_map.picture(data.letters, view)
    st.markdown("**Names from the network at this step**")
    with st.container(height=150, border=False):  # untrained ones are long
        st.markdown(live.as_names(view.latest("samples")))


def so_far(view) -> str:
    """Train and dev at the playhead, in words."""
    train, dev = view.latest("train"), view.latest("dev")
    if train is None:
        return live.not_judged(view)
    if dev is None:
        return (
            f"Train {train:.4f} nats. With so few words none are held back, "
            "so there is no dev."
        )
    return f"Train {train:.4f} nats, dev {dev:.4f}: {dev - train:+.4f} apart."


def beyond(view, data) -> str:
    """Why the curves may be above the charts."""
    far = view.latest("train") or view.record["loss"]
    if far <= landmarks.guessing(data.letters):
        return ""
    return " That is worse than guessing, above what the charts show."


def after(config, data):
    """Below the run: what the curves say."""
    total = mlp.parameters(config, len(data.letters))
    st.caption(
        f"This network learns {total:,} numbers. The first steps only teach it "
        "that most letters are rare: that is the steep start. The **floor** is "
        "what a table with a row for every context of train would reach: train "
        "cannot get below, for equal contexts are followed by different "
        "letters. "
        f"{published(data)}"
        "Train and dev are those of whole splits: equal contexts are counted "
        "once, which makes that quick."
    )


def published(data) -> str:
    """What the lecture's line means, where there is one."""
    if data.source != "lectures":
        return ""
    return (
        f"**Lecture** is the dev loss it prints after 200,000 steps, "
        f"{LECTURE}, and it ends with an invitation: beat it. "
    )


def forked(run):
    """The picture of a run that was left and of the one that left it, and the
    highest loss in it."""
    config = run.config
    found = marks(run.data, run.data.digest, config.context, config.only)
    low, high = min(found.values()) - 0.1, found["guessing"]
    axis = "mean loss, nats"
    picture = learning.leaving("smooth", config.steps, low, high, axis)
    return picture, high
