"""Four norms on one small tensor; and our layers beside torch.nn's."""

import streamlit as st

from core import norms
from pages.charts import arrow
from pages.charts import norms as chart
from pages.parts import cached, source
from pages.parts import words as words_part
from pages.parts.cached import drawn_once

RAISED = 1.0  # what is added to the picked cell
REACH = 2.0  # of the colours of values
MOVES = 1e-6  # a smaller change is rounding
SHARED = {
    "BatchNorm": "one channel, over all examples and places",
    "LayerNorm": "one place of one example, over all channels",
    "InstanceNorm": "one channel of one example, over its places",
    "GroupNorm": "one group of channels of one example, over its places",
}


def show(data):
    st.header("Four norms, one formula", anchor="norms")
    st.markdown(
        "BatchNorm is one of a family. All of them take off a mean and divide "
        "by a spread; they differ only in *which numbers share* that mean. "
        "Below lie the first letters of a few words, a row each, with "
        f"{norms.CHANNELS} numbers a letter: its **channels**. Pick a norm "
        "and a cell. Framed are the cells whose mean it shares."
    )
    pick(data)
    source.show(norms.normalise, norms.normalised)
    st.subheader("Ours and torch.nn's", anchor="tour")
    st.markdown(
        "The layers here have the names and the behaviour of those in "
        "`torch.nn`, so what you learn carries over. A few things differ. "
        "What you read is asked of torch's own layers."
    )
    tour()
    source.show(norms.tour)


@st.fragment
def pick(data):
    """A norm, a cell, and what both do."""
    words, x = embedded(data, data.digest)
    B, T, C = x.shape
    norm = st.segmented_control(
        "Norm",
        list(norms.AXES),
        default="BatchNorm",
        required=True,
        key="bn norm",
    )
    left, right = st.columns(2)
    b = 0
    if B > 1:
        b = left.segmented_control(
            "Example",
            range(B),
            default=0,
            required=True,
            format_func=lambda i: words_part.plain(words[i]),
            key="bn norm example",
        )
    groups = right.segmented_control(
        "Groups of channels",
        [n for n in range(1, C + 1) if C % n == 0],
        default=2,
        required=True,
        key="bn norm groups",
        disabled=norm != "GroupNorm",
        help="For GroupNorm. As many groups as channels: InstanceNorm.",
    )
    t = left.slider("Place", 1, T, 2, key="bn norm place") - 1
    c = right.slider("Channel", 1, C, 3, key="bn norm channel") - 1
    shared(data, data.digest, norm, groups, (b, t, c))


@cached.values(16)
def embedded(_data, digest: str):
    return norms.embedded(_data)


@drawn_once
def shared(_data, digest: str, norm: str, groups: int, cell: tuple):
    """Who shares a mean with a cell, and what moves when it is raised."""
    words, x = embedded(_data, digest)
    shape, count = tuple(x.shape), x.numel()
    mates = norms.mates(shape, norm, cell, groups)
    change = norms.moved(x, norm, cell, groups, RAISED)
    of, among = mates.sum().item(), mates.tolist()
    moving = (change.abs() > MOVES).tolist()
    st.vega_lite_chart(
        chart.cells(x.tolist(), among, cell, words),
        chart.slices(
            f"{norm}: which cells share a mean?", shape, "value", REACH
        ),
        alt=f"{norm}: {of} of {count} cells share the mean of the picked one.",
    )
    st.markdown(
        f"**{norm}** shares a mean over {SHARED[norm]}: **{of}** of the "
        f"{count} cells. Now raise the picked cell by {RAISED:g} and "
        "normalise again. Which outputs move?"
    )
    st.vega_lite_chart(
        chart.cells(change.tolist(), moving, cell, words),
        chart.slices(
            f"{norm}: which outputs move?",
            shape,
            "change",
            RAISED,
        ),
        alt=f"{norm}: the change of every output when one input is raised. "
        + who_moves(moving, cell),
    )
    st.markdown(who_moves(moving, cell) + " " + so_what(moving, cell))
    lines(x, groups, cell)


def who_moves(moving, cell) -> str:
    """How many outputs move, and in which examples."""
    by_example = [sum(map(sum, example)) for example in moving]
    own, total = by_example[cell[0]], sum(by_example)
    return (
        f"{total} outputs move: {own} of this example, **{total - own}** of "
        "the others."
    )


def so_what(moving, cell) -> str:
    """What that means for a batch."""
    if len(moving) == 1:
        return "There is one word only, so no norm can reach another."
    if any(any(map(any, e)) for i, e in enumerate(moving) if i != cell[0]):
        return (
            "The examples of a batch are coupled: that is the noise, and why "
            "BatchNorm alone needs other statistics for a single name."
        )
    return (
        "Each example is normalised by itself: no running statistics, no "
        "difference between training and evaluation. So a GPT takes "
        "LayerNorm."
    )


def lines(x, groups: int, cell: tuple):
    """Mean and spread of the column and the row through the cell."""
    _, t, c = cell
    rows = []
    for norm in norms.AXES:
        column, row = norms.around(x, norm, cell, groups)
        rows.append((norm, *(f"{n:z.2f}" for n in (*column, *row))))
    columns = ["norm", "column: mean", "spread", "row: mean", "spread "]
    st.table(
        arrow.table(rows, columns),
        hide_index=True,
        alt="Mean and spread after each norm, of the column and the row "
        "through the picked cell.",
    )
    st.caption(
        f"The column is channel {c + 1} over all examples and places; the row "
        f"is place {t + 1} of the picked example over its channels. BatchNorm "
        "makes the columns mean 0 and spread 1 and lets the rows be; "
        "LayerNorm the other way round. The numbers are random, as a net's "
        "are before it has learned; gamma and beta, which come after each "
        "norm, are left at 1 and 0."
    )


@drawn_once
def tour():
    """What differs, in a table; all of it asked of torch."""
    found = norms.tour()
    ours, theirs = found.weights
    mine, torchs = found.variances
    st.table(
        arrow.table(
            [
                (
                    "Linear: shape of the weight",
                    f"`{ours}` (in, out): `x @ W`",
                    f"`{theirs}` (out, in): `x @ W.T`",
                ),
                (
                    "Linear: first numbers",
                    "whatever the lesson draws: normal, times a gain",
                    "even within ± 1 / √fan_in = "
                    f"{found.root:.4f}; the largest drawn {found.reach:.4f}",
                ),
                (
                    "BatchNorm1d: defaults",
                    said(found.ours),
                    said(found.arguments),
                ),
                (
                    "BatchNorm1d: variance that normalises",
                    f"lecture: by B - 1, so outputs have {mine:.4f}",
                    f"by B: outputs have {torchs:.4f}",
                ),
                (
                    "BatchNorm1d: channels of a 3-D tensor",
                    "last: (B, T, C)",
                    "in the middle: (B, C, T); moved there, outputs differ "
                    f"by at most {found.layouts:.0e}",
                ),
                (
                    "BatchNorm1d: parameters, which are learned",
                    "`gamma` `beta`",
                    listed(found.parameters),
                ),
                (
                    "BatchNorm1d: buffers, which come along",
                    "`running_mean` `running_var`",
                    listed(found.buffers),
                ),
            ],
            ["", "ours", "torch.nn's"],
        ),
        hide_index=True,
        alt="What differs between our layers and those of torch.nn.",
    )
    st.caption(
        "**eps** keeps a spread of 0 from dividing by 0. **momentum** is how "
        "far running statistics follow a batch. **affine** is whether there "
        "are gamma and beta; **track_running_stats**, whether anything is "
        "kept for evaluation. A **buffer** is saved with the net, but no "
        "slope moves it. Dividing by B - 1 is Bessel's correction; our layer "
        "can do either, and both keep the B - 1 variance as the running one."
    )


def said(arguments: dict) -> str:
    return " ".join(f"`{name}={value}`" for name, value in arguments.items())


def listed(names) -> str:
    return " ".join(f"`{name}`" for name in names)
