"""Train: the smoothed curve, both splits, ten names."""

from dataclasses import replace

import streamlit as st

from core import mlp, tree, wavenet
from pages.charts import learning, loss
from pages.parts import cached, live
from pages.parts import words as words_part
from pages.parts.cached import drawn_once

LECTURE = 1.9937  # dev, as lecture 6 prints it
FIRST = 20  # lines; so many words have more than enough
BEFORE = 2.1048  # dev with BatchNorm, as lecture 4's log has it
LATER = {"rate": 0.1, "switch": 1, "second_rate": 0.01}  # not at step 1


@cached.values(32)
def marks(_data, digest: str, context: int) -> dict[str, float]:
    """Losses that need no training, and below them the lectures' or, for
    other words, what no net gets below on those for training."""
    found = mlp.baselines(_data)
    if _data.source == "lectures":
        return found | {"lecture 4": BEFORE, "lecture 6": LECTURE}
    examples = words_part.examples(mlp.packed, _data, digest, context)
    return found | {"floor": mlp.floor(*examples, len(_data.letters))}


def batches(_data, digest: str, steps: int, context: int, raw: bool) -> dict:
    title = f"The mean loss of every {width(steps):,} batches"
    title = "The loss of single batches" if raw else title
    return loss.spec(steps, marks(_data, digest, context), title, even=True)


def splits(_data, digest: str, steps: int, context: int) -> dict:
    found = marks(_data, digest, context)
    return learning.spec(steps, found, "Does dev keep up with train?")


def width(steps: int) -> int:
    """Of the means: a thousand steps as in the lecture, in a shorter run a
    twentieth of it."""
    return min(1000, max(1, steps // 20))


def first_lines(config, data):
    lines_of(data, data.digest, wavenet.context(config))


@drawn_once
def lines_of(_data, digest: str, context: int):
    """The first lines that the net learns from, as the lecture prints
    them."""
    letters = _data.letters
    X, y = mlp.windows(mlp.split(_data).train[:FIRST], letters, context)
    lines = [
        "".join(letters[i] for i in row) + f" --> {letters[token]}"
        for row, token in zip(X.tolist(), y.tolist(), strict=True)
    ]
    with st.expander("The first twenty examples", icon=":material/list:"):
        st.code("\n".join(lines[:FIRST]), language=None)


@cached.values(64)
def untrained(config, _data, digest: str) -> dict:
    """The first record of a run: nothing has moved by then."""
    found = words_part.examples(
        mlp.packed, _data, digest, wavenet.context(config)
    )
    return vars(tree.first_record(config, _data.letters, *found))


def still(config) -> wavenet.Config:
    """The config with what has no say in a first step put aside."""
    return replace(config, **LATER)


def draw(view, run):
    """The pictures of a run at the visitor's playhead."""
    raw = st.toggle("Single batches instead of means", key="wavenet raw")
    if view.record is None:
        start(still(run.config), run.data, run.data.digest, raw)
    else:
        made = str(run.path), len(view.records), view.at
        seen(made, raw, view, run)


@drawn_once
def start(config, _data, digest: str, raw: bool):
    """The pictures of a run that is not there yet, of its first step."""
    first = untrained(replace(config, steps=1), _data, digest)
    view = live.View([first], 0)
    pictures(view, config, _data, raw)


@drawn_once
def seen(made: tuple, raw: bool, _view, _run):
    """The pictures at one record: the same for all who stand there."""
    pictures(_view, _run.config, _run.data, raw)


def pictures(view, config, data, raw: bool):
    """The smoothed loss of the batches, whole splits, ten names."""
    of = data, data.digest, config.steps, wavenet.context(config)
    if raw:
        shown = loss.frame(view.records, view.at)
    else:
        means = wavenet.means(view.records, view.at, width(config.steps))
        shown = loss.frame(means, len(means) - 1)
    st.vega_lite_chart(
        shown,
        batches(*of, raw),
        alt="The mean loss of the batches over the steps, beside guessing, "
        "letter frequencies and counted pairs.",
    )
    st.vega_lite_chart(
        learning.frame(view.records, view.at),
        splits(*of),
        alt="The loss of every twentieth word for training and of all words "
        "held back, over the steps: " + so_far(view),
    )
    st.caption(so_far(view))
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
    return (
        f"Train {train:.4f} nats (every twentieth word), dev {dev:.4f}: "
        f"{dev - train:+.4f} apart."
    )


def after(config, data):
    """Below the run: how to read it."""
    total = wavenet.parameters(config, len(data.letters))
    st.caption(
        f"This network learns {total:,} numbers. The loss of a batch of "
        f"{config.batch} jumps about: as the lecture does, the first "
        f"picture takes the mean of {width(config.steps):,} steps. In the "
        "lecture's run of 200,000 the curve has a kink at 150,000, where the "
        "rate falls to a tenth. The lecture watches the loss for training most "
        "of the time and judges at the end; here whole splits are judged every "
        f"{wavenet.JUDGE:,} steps or more, by the running statistics, each "
        "time before the step; a finished run is judged once more after its "
        "last. A **floor**, where there is one, is what a table with a row for "
        "every context would reach on the words for training."
    )


def forked(run):
    """The picture of a run that was left and of the one that left it, and the
    highest loss in it."""
    config = run.config
    found = marks(run.data, run.data.digest, wavenet.context(config))
    low, high = min(found.values()) - 0.1, found["guessing"]
    axis = "mean loss, nats"
    picture = learning.leaving("smooth", config.steps, low, high, axis)
    return picture, high
