"""The BatchNorm bug: a mean for each place in time, and its cost."""

from dataclasses import replace

import pyarrow as pa
import streamlit as st

from core import landmarks, mlp, tree, wavenet
from core.layers import BatchNorm1d
from core.runs.store import Run
from pages.charts import arms, arrow
from pages.charts import tree as chart
from pages.parts import cached, experiment, loss_log, source
from pages.parts.cached import drawn_once
from pages.sections.wavenet.shapes import said

FIXED = wavenet.Config(hidden=68, embedding=10, steps=5000)
ARMS = {
    "with the bug": replace(FIXED, over_time=False),
    "over batch and time": FIXED,
}
PUBLISHED = {  # train and dev after 200,000 steps, lecture 6's log
    "with the bug": (1.941, 2.029),
    "over batch and time": (1.912, 2.022),
}
AXES = {"with the bug": "0", "over batch and time": "(0, 1)"}
BATCHES = 50
SIZES = (4, 8, 16, 32, 64, 128)
WIDTH = 250  # steps that one point of the curve is the mean of
SEEDS = 0.01  # nats: so far apart four seeds of one arm end, in the mean
MANY = 5000  # words whose contexts are drawn from


def show(data):
    st.header("The BatchNorm bug", anchor="bug")
    st.markdown(
        "The BatchNorm of lesson 4 takes mean and variance over dimension 0, "
        "the batch. Now its input has three dimensions, (B, T, C), and "
        "nothing complains: the shapes broadcast, the net trains, the loss "
        "falls. But each place in time gets statistics of its own. What do "
        "you expect: is such a mean better or worse?"
    )
    two_shapes(data, data.digest)
    source.show(BatchNorm1d.statistics, wavenet.OverBatch)
    st.subheader("How rough is such a mean?", anchor="rough")
    st.markdown(
        "A mean of fewer numbers jumps more from batch to batch, and each "
        "example is normalised with it. Look at the last bar beside the "
        "others: how much steadier is the mean over all places?"
    )
    roughness(data)
    source.show(tree.noise)
    st.subheader("What does it cost?", anchor="bug-cost")
    st.markdown(
        "Both nets from the same weights on the same batches, "
        f"{FIXED.steps:,} steps: {wavenet.parameters(FIXED, 27):,} "
        "parameters on 27 letters, as in the lecture. Will you see the bug in "
        "the losses?"
    )
    cost(data)


@cached.resources(8)
def contexts(_data, digest: str):
    words = mlp.split(_data).train[:MANY]
    X, _ = mlp.windows(words, _data.letters, wavenet.context(FIXED))
    return X


@cached.values(64)
def noisy(_data, digest: str, B: int):
    """The noise of both means, in the net as it starts."""
    X = contexts(_data, digest)
    net = fresh(_data, digest, "over batch and time")
    return tree.noise(net, X, B, BATCHES, FIXED.seed)


@cached.values(16)  # a copy for each: layers keep what they saw
def fresh(_data, digest: str, arm: str):
    V, X = len(_data.letters), contexts(_data, digest)
    return tree.untrained(ARMS[arm], V, X[: FIXED.batch])


@drawn_once
def two_shapes(_data, digest: str):
    """The running means of both nets, and how many numbers make one."""
    X = contexts(_data, digest)
    B, T = FIXED.batch, wavenet.context(FIXED) // wavenet.fans(FIXED)[0]
    rows = []
    for arm in ARMS:
        shape = tree.running_mean(fresh(_data, digest, arm))
        made = B * T // shape[1]
        rows.append((arm, f"`{AXES[arm]}`", f"`{said(shape)}`", f"{made:,}"))
    columns = ["net", "mean over dim", "running mean", "each of so many"]
    st.table(
        arrow.table(rows, columns),
        hide_index=True,
        alt="The running mean's shape in both nets: "
        + ", ".join(f"{arm} {shape}, of {n}" for arm, _, shape, n in rows),
    )
    H = FIXED.hidden
    st.markdown(
        f"The input of the first BatchNorm is `{said((B, T, H))}`. The bug "
        f"keeps {T} times as many statistics, each made of {T} times fewer "
        f"numbers. As `{said((1, T, H))}` broadcasts against the input just "
        "as well, there is no error: look at the shape of the running mean, "
        "as the lecture does, and you see it."
    )
    st.markdown(in_torch(_data, digest, X[:B]))


def in_torch(data, digest: str, X) -> str:
    """What torch's own layer wants: channels before time."""
    x = tree.sums(fresh(data, digest, "over batch and time"), X)
    B, T, H = x.shape
    refusal = ""
    try:
        tree.by_torch(x, H)
    except RuntimeError as trouble:
        refusal = str(trouble)
    apart = tree.apart_from_torch(x)
    return (
        f"`torch.nn.BatchNorm1d({H})` wants (N, C, L), channels **before** "
        f"time. To our `{said((B, T, H))}` it says: *{refusal}*. Channels "
        f"and time swapped, `{said((B, H, T))}`, it takes the mean over "
        "batch and time, and agrees with ours to "
        f"{apart:.0e}. And `BatchNorm1d({T})` would take our places for "
        "channels without a word: that is yet another bug."
    )


@st.fragment
def roughness(data):
    B = st.select_slider(
        "Examples in a batch", SIZES, FIXED.batch, key="wavenet bug batch"
    )
    rough(data, data.digest, B)


@drawn_once
def rough(_data, digest: str, B: int):
    """How far the means jump, a bar for each place and one for all."""
    found = noisy(_data, digest, B)
    T = len(found.each)
    high = 1.15 * max(
        *noisy(_data, digest, SIZES[0]).each,
        noisy(_data, digest, SIZES[0]).together,
    )
    numbers = [B] * T + [B * T]
    both = found.together
    st.vega_lite_chart(
        chart.means(found.each, both, numbers),
        chart.spreads(T, round(high, 3) or 1.0),
        alt=f"The spread of the mean over {BATCHES} batches of {B}: "
        + ", ".join(f"place {i + 1} {x:.3f}" for i, x in enumerate(found.each))
        + f"; over all places {both:.3f}.",
    )
    st.markdown(rough_in_words(found, B))
    st.caption(
        f"The spread over {BATCHES} batches drawn by chance, on average over "
        f"the {FIXED.hidden} channels, in the net as it starts. Blue: the mean "
        f"at one place, of {B} numbers; green: over batch and time, of "
        f"{B * T}."
    )


def rough_in_words(found, B: int) -> str:
    """How much noisier the bug's means are, and where they are not."""
    T, last, both = len(found.each), found.each[-1], found.together
    if not both or not last:
        return "All contexts of these words are alike: no mean ever jumps."
    said_so = (
        f"At the last place, the newest letters, the mean over the batch "
        f"alone spreads by {last:.3f}, over batch and time by {both:.3f}: "
        f"**{last / both:.1f} times** as rough. Were the {T} places "
        f"independent and alike, it would be √{T} = {T**0.5:g} times. "
    )
    first = found.each[0]
    if first < last / 1.5:
        return said_so + (
            f"They are not: at place 1 stand mostly dots, so the numbers "
            f"themselves spread by {found.own[0]:.2f} only, not by "
            f"{found.own[-1]:.2f}, and their mean is steady at {first:.3f}."
        )
    return said_so + "Here all places are about as rough."


def cost(data):
    """Both losses after a short run, beside the lecture's."""
    runs = {arm: Run("wavenet", each, data) for arm, each in ARMS.items()}
    experiment.compare(
        f"bug {data.digest}", runs, lambda found: draw(found, runs, data)
    )


def draw(found, runs, data):
    ends, stand = loss_log.ended(found, runs), loss_log.stand(found, runs)
    guessing = landmarks.guessing(data.letters)
    drawn(ends, stand, data.source, guessing, found)


@drawn_once
def drawn(ends, stand, source: str, guessing: float, _found):
    """The smoothed losses, and the table of both ends."""
    shown = {
        arm: wavenet.means(each, len(each) - 1, WIDTH)[1:]
        for arm, each in _found.items()
    }
    st.vega_lite_chart(
        arms.frame(shown, "loss"),
        curves(round(0.6 * guessing, 1), round(guessing, 1)),
        alt=f"The losses of both nets over the steps. {told(ends)}",
    )
    table(ends, _found, PUBLISHED if source == "lectures" else {})
    if len(ends) == len(ARMS):
        st.markdown(verdict(ends))


@cached.resources(16)
def curves(low: float, high: float):
    axis = f"loss, mean of {WIDTH}"
    return arms.spec(list(ARMS), FIXED.steps, axis, high, low, even=True)


def told(ends) -> str:
    """Train and dev of the arms that are done."""
    each = "; ".join(f"{arm}: {pair(end)}" for arm, end in ends.items())
    return f"{each}." if each else "None yet."


def pair(end) -> str:
    return " / ".join(
        f"{end[split]:.4f}"
        for split in ("train", "dev")
        if end[split] is not None
    )


def table(ends, found, published):
    """A row a net: its own losses, and the lecture's."""
    columns = {
        "net": list(ARMS),
        f"train / dev, {FIXED.steps:,} steps": [
            pair(ends[arm]) if arm in ends else so_far(found[arm])
            for arm in ARMS
        ],
    }
    if published:
        columns["the lecture's, 200,000"] = [
            " / ".join(f"{loss:.3f}" for loss in published[arm]) for arm in ARMS
        ]
    st.table(
        pa.table(columns),
        hide_index=True,
        alt=f"Train and dev losses of both nets. {told(ends)}",
    )


def so_far(records) -> str:
    return f"step {records[-1]['step']:,}" if records else "..."


def verdict(ends) -> str:
    """What the bug costs here, as plainly where that is nothing."""
    bug, fixed = (ends[arm] for arm in ARMS)
    split = "train" if fixed["dev"] is None else "dev"
    cost = bug[split] - fixed[split]
    said_so = f"The bug costs **{cost:+.4f} nats** on {split} here. "
    if cost > SEEDS:
        return said_so + (
            "Small, but more than chance: on the lectures' names four seeds "
            f"of one net end {SEEDS:g} apart, and the net with the bug ends "
            "higher with each of them. Rougher means are noise on every "
            "activation, in every step. Yet look at its curve alone: it falls "
            "as a healthy one does. Nothing in it says that there is a bug; "
            f"the shapes do. In the lecture it cost {lecture_cost():.3f}, "
            "after 200,000 steps."
        )
    if cost < -SEEDS:
        return said_so + (
            "So it helps, on these words: where places differ much, a mean "
            "for each can suit them."
        )
    return said_so + (
        f"Less than the {SEEDS:g} that another seed brings on the lectures' "
        "names: here you cannot see the bug in the losses, only in the shapes."
    )


def lecture_cost() -> float:
    (_, bug), (_, fixed) = PUBLISHED.values()
    return bug - fixed
