"""Why affinities are divided by the square root of the head size."""

import math

import streamlit as st

from core import attention
from pages.charts import attention as chart
from pages.parts import cached, source
from pages.parts.cached import drawn_once

SIZES = [2**n for n in range(9)]
ARMS = {"raw": False, "divided by sqrt(H)": True}
LECTURES = 16  # its head size


def show(data):
    st.header("Scale at birth", anchor="scale")
    st.markdown(
        "Why divide at all? A query and a key of a new net are about unit "
        "normal numbers. Their dot product is a sum of as many terms as the "
        "head is wide, so it **spreads more the wider the head**. And softmax "
        "takes wide affinities for strong opinions. Move the slider: on which "
        "line does the head size matter?"
    )
    birth()
    source.show(attention.at_birth)
    st.markdown(
        "The same with the lecture's five affinities. Softmax sees only their "
        "differences, and a factor makes these larger: where does the weight "
        "go?"
    )
    factor()
    source.show(attention.sharpened)


@st.fragment
def birth():
    H = st.select_slider("Head size H", SIZES, LECTURES, key="gpt head size")
    at_size(H)


@cached.values(1)
def measured() -> dict:
    """Every head size, with and without the division."""
    return {
        arm: {H: attention.at_birth(H, scale) for H in SIZES}
        for arm, scale in ARMS.items()
    }


@drawn_once
def at_size(H: int):
    """Variance over all sizes, and the sharpness at this one."""
    found = measured()
    here = {arm: sizes[H] for arm, sizes in found.items()}
    raw, scaled = here.values()
    st.vega_lite_chart(
        chart.growth(
            SIZES,
            {
                arm: [each.variance for each in sizes.values()]
                for arm, sizes in found.items()
            },
            H,
        ),
        chart.variances(tuple(ARMS), SIZES[-1]),
        alt="The variance of affinities over the head size: raw it grows "
        f"with it, to {raw.variance:.1f} at {H}; divided it stays about 1, "
        f"here {scaled.variance:.2f}.",
    )
    st.vega_lite_chart(
        chart.ranked({arm: each.ranks for arm, each in here.items()}),
        chart.ranks(tuple(ARMS), attention.NEIGHBOURS),
        alt=f"Weights from the likeliest key on: raw {raw.ranks[0]:.0%} for "
        f"the first, divided {scaled.ranks[0]:.0%}.",
    )
    even = math.log(attention.NEIGHBOURS)
    st.markdown(
        f"At H = {H} the variance is **{raw.variance:.2f}** raw and "
        f"**{scaled.variance:.2f}** divided. Of {attention.NEIGHBOURS} keys "
        f"the likeliest gets **{raw.ranks[0]:.0%}** of the weight raw, "
        f"**{scaled.ranks[0]:.0%}** divided. The **entropy**, which says how "
        f"evenly a query listens, is {raw.entropy:.2f} nats raw and "
        f"{scaled.entropy:.2f} divided; {even:.2f} would be to all alike. "
        + verdict(H, raw)
    )
    st.caption(
        f"Means over {attention.QUERIES} queries. What does not happen: in "
        "nets as small as this page's the loss hardly shows it if you leave "
        "the division out, for learning finds a way round. It is wide heads "
        "and many layers that start badly without it."
    )


def verdict(H: int, raw) -> str:
    if H == 1:
        return "With one number there is nothing to divide by."
    if raw.ranks[0] > 0.5:
        return (
            "Raw, each query hears all but one key hardly at all, and which "
            "one, chance has chosen: softmax is flat there, so little slope "
            "comes back to mend it."
        )
    return "Make the head wider, and the raw line leaves the other."


@st.fragment
def factor():
    times = st.slider("Affinities times", 1, 16, 8, key="gpt sharpen")
    five(times)


@drawn_once
def five(times: int):
    """The lecture's five, as they are and times a factor."""
    names = ("as they are", f"times {times}")
    once, more = attention.sharpened(1), attention.sharpened(times)
    st.vega_lite_chart(
        chart.bars(
            attention.LECTURE, dict(zip(names, (once, more), strict=True))
        ),
        chart.sharper(names, attention.LECTURE),
        alt=f"Softmax of {list(attention.LECTURE)}: the largest weight is "
        f"{max(once):.0%}, and {max(more):.0%} times {times}.",
    )
    st.markdown(
        f"The largest of them gets **{max(once):.0%}**, and times {times} "
        f"**{max(more):.0%}**."
        + " Softmax comes near to choosing one alone."
        * (times >= 8)
    )
