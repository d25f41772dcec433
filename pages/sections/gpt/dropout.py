"""Dropout in its three places, a mask for each pass, and what is kept in
memory for the way back."""

import streamlit as st

from core import blocks, gpt
from pages.charts import dropped as chart
from pages.parts import cached, source
from pages.parts.cached import drawn_once
from pages.sections.gpt.block import signs

PASSES = 5
MANY = 256  # passes in a mean
TWICE = 2.0  # as far away as luck makes it: no longer luck
LAYERS, UNITS = 3, 8  # of the thinned net
REACH = 2.0  # of what a branch adds, at full colour
PUBLISHED = 0.2
BRANCHES = {
    "2: end of attention": "heard",
    "3: end of feed-forward": "thought",
}


def show(data):
    st.header("Dropout, in its three places", anchor="dropout")
    st.markdown(
        "A large net learns its text by heart. **Dropout** makes that hard: "
        "in each pass of training it puts a share **p** of numbers to zero, "
        "others every time, and multiplies the rest by 1 / (1 - p) so that "
        "the mean stays. So no number can rely on another. It stands in "
        "three places; go through the passes and watch the holes (×) move."
    )
    places(data)
    source.show(gpt.Dropout, blocks.dropped)
    st.subheader("Training against evaluation", anchor="dropout-modes")
    st.markdown(
        "`model.train()` and `model.eval()` are a switch: dropout works only "
        "in training. Give the net the very same input five times in both."
    )
    modes(data)
    source.show(blocks.answers, blocks.away)
    st.subheader("What no_grad saves", anchor="no-grad")
    st.markdown(
        "For the way back torch keeps what it met on the way forward. "
        "Forget `torch.no_grad()` when you only look, and all of that is kept "
        "for nothing. Does `eval()` do the same? Count the bytes."
    )
    kept(len(data.letters))
    source.show(blocks.kept_bytes, blocks.memory)


def share(where, key: str) -> float:
    return where.slider(
        "p, the share put to zero",
        0.1,
        0.9,
        PUBLISHED,
        0.1,
        key=key,
        help="The lecture's large net has 0.2.",
    )


@st.fragment
def places(data):
    left, right = st.columns(2)
    p = share(left, "gpt dropout p")
    times = right.slider("Pass", 1, 20, 1, key="gpt dropout pass")
    in_attention(data, data.digest, p, times)
    which = st.segmented_control(
        "Place",
        list(BRANCHES),
        default="3: end of feed-forward",
        required=True,
        key="gpt dropout place",
    )
    in_branch(data, data.digest, p, times, which)
    smaller_net(p, times)


@drawn_once
def in_attention(_data, digest: str, p: float, times: int):
    seen = signs(_data)
    before, after = blocks.dropped(_data, p, times).attention
    sums = after.sum(-1).tolist()
    st.vega_lite_chart(
        chart.attention(before.tolist(), after.tolist()),
        chart.holes(seen),
        alt=f"Attention of {len(seen)} characters with holes; its rows sum to "
        + ", ".join(f"{each:.2f}" for each in sums),
    )
    st.markdown(
        "Place 1 is after the softmax. Each row summed to 1 before. Now the "
        f"sums go from **{min(sums):.2f}** to **{max(sums):.2f}**; over many "
        "passes their mean is 1 again. A row of 0 hears nobody in this pass."
    )


@drawn_once
def in_branch(_data, digest: str, p: float, times: int, which: str):
    seen = signs(_data)
    before, after = getattr(blocks.dropped(_data, p, times), BRANCHES[which])
    T, C = after.shape
    gone = (after == 0).sum().item()
    st.vega_lite_chart(
        chart.features(before.tolist(), after.tolist()),
        chart.zeroed(seen, C, REACH),
        alt=f"{gone} of {T * C} numbers that the branch adds are zero.",
    )
    st.markdown(
        f"**{gone}** of {T * C} numbers, {gone / (T * C):.0%}, are not added "
        "to the stream in this pass (×). The stream itself is never dropped."
    )


@drawn_once
def smaller_net(p: float, times: int):
    stay = blocks.thinned(LAYERS, UNITS, p, times)
    left = sum(map(sum, stay))
    st.vega_lite_chart(
        chart.thinned(stay),
        chart.net(LAYERS, UNITS),
        alt=f"{left} of {LAYERS * UNITS} units of a small net stay.",
    )
    st.caption(
        f"As the paper on dropout draws it: {LAYERS} layers of {UNITS} units, "
        f"{left} of {LAYERS * UNITS} stay. There are "
        f"{2 ** (LAYERS * UNITS):,} such nets, and all share their weights: "
        "you train an ensemble of sub-networks."
    )


@st.fragment
def modes(data):
    p = share(st, "gpt dropout mode p")
    five_times(data, data.digest, p)
    ensemble(data, data.digest, p)


@cached.values(16)
def answered(_data, digest: str, p: float):
    """The chance of what the whole net finds likeliest, in every pass, and
    how far the mean of the passes is from it."""
    dropping, whole = blocks.answers(_data, p, MANY)
    best = whole[0].argmax()
    one = (dropping - whole).norm(dim=1).mean() / whole[0].norm()
    return (
        dropping[:PASSES, best].tolist(),
        whole[:PASSES, best].tolist(),
        blocks.away(dropping, whole),
        one.item(),
    )


@drawn_once
def five_times(_data, digest: str, p: float):
    dropping, whole, _, _ = answered(_data, digest, p)
    high = min(1.0, round(2.5 * whole[0], 2))
    st.vega_lite_chart(
        chart.passes(dropping, whole),
        chart.same_input(PASSES, high),
        alt=f"One chance in {PASSES} passes: in training from "
        f"{min(dropping):.1%} to {max(dropping):.1%}, in evaluation "
        f"{whole[0]:.1%} each time.",
    )
    st.markdown(
        f"The chance of one next character: in training from "
        f"**{min(dropping):.1%}** to **{max(dropping):.1%}**, in evaluation "
        f"**{whole[0]:.1%}** every time. So whoever forgets `eval()` judges, "
        "or samples from, a net with holes."
    )


@drawn_once
def ensemble(_data, digest: str, p: float):
    _, _, away, one = answered(_data, digest, p)
    st.vega_lite_chart(
        chart.approach(away, one),
        chart.approaching(MANY),
        alt=f"One pass is {one:.0%} away from evaluation, the mean of "
        f"{MANY} passes {away[-1]:.1%}.",
    )
    st.markdown(
        "The pass in evaluation stands for the mean of all those smaller "
        f"nets. One pass is **{one:.0%}** away from it, the mean of {MANY} "
        f"passes **{away[-1]:.1%}**. " + arrives(away[-1], one)
    )
    st.caption(
        f"Chances of all next characters, three blocks of {gpt.rung().n_embd} "
        "channels, before the first step. What dropout does to a trained net, "
        "and to the gap between train and dev, only a run can tell: set "
        "dropout among its knobs."
    )


def arrives(mean: float, one: float) -> str:
    """Whether more than luck keeps the mean away."""
    if mean < TWICE * one / MANY**0.5:
        return (
            "So far away luck alone can keep it: the line follows the dashed "
            "one. Raise p, and see it leave."
        )
    return (
        "The mean comes closer, but it does **not** arrive: softmax, "
        "LayerNorm and relu are not straight lines, so the mean of the "
        "answers is not the answer of the mean. The larger p, the earlier "
        "the line leaves the dashed one."
    )


@drawn_once
def kept(V: int):
    found = blocks.memory(V, PUBLISHED)
    frame = chart.memory(found)
    ways, sizes, said = frame.to_pydict().values()
    st.vega_lite_chart(
        frame,
        chart.kept(tuple(ways), round(1.25 * max(sizes), 1)),
        alt="Kept for the way back: "
        + "; ".join(map(" ".join, zip(ways, said, strict=True))),
    )
    config = gpt.Config()
    st.markdown(
        f"`eval()` still keeps **{said[2]}** of the "
        f"**{said[0]}** of training: it switches dropout off, and "
        "with it the masks. `no_grad()` is another switch, and under it "
        "**nothing** is kept. To judge a net you want both."
    )
    st.caption(
        f"One forward pass of a net with {config.n_embd} channels, "
        f"{config.n_head} heads, {config.n_layer} blocks, on {config.batch} "
        f"x {config.block} characters, p = {PUBLISHED:g}; parameters not "
        "counted. In training the attention map is kept too, because dropout "
        "needs it; in evaluation torch's own attention does without."
    )
