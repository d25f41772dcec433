"""A bug on purpose: the sums lie down, and columns are divided."""

import streamlit as st

from core import bigram
from pages.charts import table
from pages.parts import live, source
from pages.sections.bigram import tables

WAYS = {
    "with keepdim": bigram.probabilities,
    "without keepdim": bigram.divided_wrongly,
}


@st.cache_resource(max_entries=16, show_spinner=False)
def divided(_data, digest: str):
    """Both ways to divide: the cells, row sums, loss and names of each."""
    N, _, _ = tables.counted(_data, digest)
    x, y = bigram.pairs(_data.words, _data.letters)
    found = {}
    for way, divide in WAYS.items():
        P = divide(N, 1)
        found[way] = (
            table.frame(_data.letters, chance=P.tolist()),
            P.sum(1).tolist(),
            bigram.loss(P, x, y),
            bigram.sample_names(P, _data.letters, bigram.Config.seed),
        )
    return found


def show(data):
    st.header("A bug on purpose: keepdim forgotten", anchor="keepdim")
    st.markdown(
        "`P.sum(1, keepdim=True)` is a column of sums, so each row is divided "
        "by its own. Without `keepdim` the sums lie down as a row, and each "
        "*column* is divided instead. Torch says nothing. Throw the switch: "
        "which of the three figures finds the bug?"
    )
    switch(data)
    st.markdown(
        "The names are junk and the rows no chances, yet the loss is the "
        "same. For every letter begins as many pairs as it ends: over all "
        "pairs the wrong divisors are the right ones in another order, and "
        "their logarithms add up to the same. A loss alone does not find "
        "every bug."
    )
    source.show(bigram.divided_wrongly)


@st.fragment
def switch(data):
    """One of the two ways at a time, and the figures of both."""
    way = st.segmented_control(
        "Divide",
        list(WAYS),
        default="with keepdim",
        required=True,
        key="keepdim",
    )
    both = divided(data, data.digest)
    for column, (name, (_, sums, loss, drawn)) in zip(
        st.columns(2), both.items(), strict=True
    ):
        with column.container(border=True, height="stretch"):
            shown = ":material/visibility: " if name == way else ""
            st.markdown(f"{shown}**{name.capitalize()}**")
            st.metric("loss, nats", f"{loss:.4f}")
            st.markdown(
                "First rows sum to "
                + ", ".join(f"{total:.2f}" for total in sums[:4])
            )
            st.markdown(live.as_names(drawn[:5]))
    st.vega_lite_chart(
        both[way][0],
        tables.chances(data.letters, "chance", f"The table, divided {way}"),
        alt=f"The table of chances, divided {way}.",
    )
    st.caption(
        "One was added to every count. The darkest cells are one half or more."
    )
