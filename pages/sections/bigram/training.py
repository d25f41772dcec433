"""Train: the pictures of a run, what a step costs, and decay's twin."""

from functools import partial

import streamlit as st

from core import bigram, tensors
from pages.charts import colour, learning, loss, table
from pages.parts import cached, later, live, source
from pages.parts.cached import drawn_once
from pages.sections.bigram import smoothing, tables

DECAYS = [0.0, 0.001, 0.01, 0.1, 0.3, 1.0]


@cached.resources(16)
def specs(letters: str) -> dict:
    """The specs of the maps."""
    return {
        "learned": tables.chances(
            letters, "learned", "Learned: what W says now"
        ),
        "difference": table.spec(
            letters,
            colour.signed(0.1),
            "+.2%",
            "difference",
            "Learned minus counted: watch it fade",
        ),
    }


@cached.resources(16)
def untrained(_data, digest: str, seed: int):
    """The first record of a run: W as it was drawn, not yet moved."""
    return vars(next(bigram.train(bigram.Config(seed=seed), _data)))


@later.resources(16)
def settled(_data, digest: str, decay: float):
    """Loss and table after 300 steps with this much decay."""
    config = bigram.Config(steps=300, decay=decay)
    last = list(bigram.train(config, _data))[-1]
    return last.nll, last.table


def still(config) -> int:
    """What W is drawn with: no other knob has a say in the first step."""
    return config.seed


def draw(view, run):
    """The pictures of a run at the visitor's playhead."""
    data, config = run.data, run.config
    if view.record is None:
        begun(data, data.digest, config.seed, config.steps)
    else:
        pictures(view, data, config.steps)


@drawn_once
def begun(_data, digest: str, seed: int, steps: int):
    """The pictures of a run that nobody has trained yet."""
    start = untrained(_data, digest, seed)
    pictures(live.View([start], 0), _data, steps)


def pictures(view, data, steps: int):
    """The loss, the learned table beside the counted one, ten names."""
    made = specs(data.letters)
    _, _, marks = tables.counted(data, data.digest)
    st.vega_lite_chart(
        loss.frame(view.records, view.at, "nll"),
        loss.spec(steps, marks, "Does the loss reach the counted one?"),
        alt="The loss over the steps, beside the losses of guessing, of "
        "letter frequencies and of the counted table.",
    )
    cells = tables.cells(data, data.digest)
    now = table.compare(cells, view.latest("table"))
    left, right = st.columns(2)
    show = tables.show_map
    show(
        left, now, "learned", made["learned"], "The learned table at this step."
    )
    with right:
        target(data, data.digest)
    left, right = st.columns(2)
    said = "Learned minus counted, fading."
    show(left, now, "difference", made["difference"], said)
    right.markdown("**Ten names from the learned table at this step**")
    right.markdown(live.as_names(view.latest("samples")))
    right.caption(
        "In the upper maps the strongest colour is a chance of half or more. "
        "In the difference blue means too rarely, orange too often; the "
        "strongest colour is ten points of a hundred or more. The names come "
        "from the seed of the run: with the default, the random numbers are "
        "those under Sample, and a learned table draws nearly the same names."
    )


@drawn_once
def target(_data, digest: str):
    """The counted table, which W approaches."""
    spec = tables.chances(
        _data.letters, "counted", "Counted: what W should say"
    )
    frame = tables.cells(_data, digest)
    tables.show_map(
        st, frame, "counted", spec, "The counted table, which W approaches."
    )


def forked(run):
    """The picture of a run that was left and of the one that left it, and the
    highest loss in it."""
    _, _, marks = tables.counted(run.data, run.data.digest)
    low, high = loss.reach(marks)
    axis = "loss, nats"
    picture = learning.leaving("nll", run.config.steps, low, high, axis)
    return picture, high


def after(data):
    """What stands below the run: decay, cost, and the twins."""
    st.caption(
        "Weight decay pulls every number of W towards zero. That evens the "
        "chances out and holds the loss above the counted one: try decay 0, "
        "then 1."
    )
    st.markdown(
        "The lecture sends every pair through the network at every step. "
        "Equal pairs have equal losses, so weighing the table of counts gives "
        "the same loss and the same slopes for less work:"
    )
    cost(data)
    source.show(bigram.by_counts, bigram.by_one_hot, bigram.train)
    st.subheader("Smoothing and weight decay: the same thing twice")
    st.markdown(
        "Adding to every count makes the counted table more even. Pulling W "
        "towards zero makes the learned table more even. Move both:"
    )
    twins(data)


@st.fragment
def cost(data):
    """Time a step in each of the three ways, on this server, when asked."""
    if not st.button("Time one step here", icon=":material/timer:"):
        st.caption("Three ways to the loss, three tries each, the best counts.")
        return
    x, y = bigram.pairs(data.words, data.letters)
    took = tensors.step_seconds(bigram.FORWARD, x, y, len(data.letters))
    slowest = took["one-hot"]
    said = [
        f"{name}: **{1000 * seconds:.3g} ms**, {slowest / seconds:,.0f} times "
        "as fast as one-hot"
        for name, seconds in took.items()
        if name != "one-hot"
    ]
    st.markdown(f"one-hot: **{1000 * slowest:.3g} ms**; " + "; ".join(said))


@st.fragment
def twins(data):
    """The counted table smoothed beside the learned table decayed."""
    left, right = st.columns(2)
    added = left.select_slider(
        "Smoothing", smoothing.AMOUNTS, 1, key="twin smoothing"
    )
    decay = right.select_slider("Decay", DECAYS, 0.01, key="twin decay")
    with left:
        smoothed(data, data.digest, added)
    with right:
        question = data, data.digest, decay
        later.show(partial(decayed, *question), (settled, *question))


@drawn_once
def smoothed(_data, digest: str, added: int):
    N, _, _ = tables.counted(_data, digest)
    [scored] = bigram.smoothed_losses(N, [added])
    P = bigram.table(bigram.probabilities(N, added))
    twin(_data.letters, scored, P, "Counted and smoothed")


@drawn_once
def decayed(_data, digest: str, decay: float):
    twin(_data.letters, *settled(_data, digest, decay), "Learned with decay")


def twin(letters, scored, P, title):
    """The loss and the map of one table of chances."""
    st.metric("loss, nats", f"{scored:.4f}")
    frame = table.frame(letters, chance=P)
    spec = tables.chances(letters, "chance", title)
    st.vega_lite_chart(frame, spec, alt=f"The map of chances: {title.lower()}.")
