"""A bug on purpose: the sums lie down, and columns are divided."""

from functools import partial

import streamlit as st

from core import bigram, tensors
from pages.charts import arrow, row, table
from pages.parts import later, live, source
from pages.parts.cached import drawn_once
from pages.sections.bigram import tables

WAYS = {
    "With keepdim": bigram.probabilities,
    "Without keepdim": bigram.divided_wrongly,
}


@later.resources(8)
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


def sums_spec(letters: str, high: float) -> dict:
    title = "What each row sums to"
    return row.bars(letters, title, "sum", "~g", "this", high)


def show(data):
    story(data, data.digest)
    switch(data)
    st.markdown(
        "The names turn to junk and the rows are no chances any more, yet the "
        "loss is the same. For every letter begins as many pairs as it ends: "
        "over all pairs the wrong divisors are the right ones in another "
        "order, and their logarithms add up to the same. A loss alone does "
        "not find every bug."
    )
    source.show(bigram.divided_wrongly)


@drawn_once
def story(_data, digest: str):
    """What torch does with the shapes, and what to look for."""
    N, _, _ = tables.counted(_data, digest)
    st.header("A bug on purpose: keepdim forgotten", anchor="keepdim")
    st.markdown(
        "Torch lines shapes up from the right and repeats what is 1 or "
        "missing. A column of sums, one a row, divides each row by its own. "
        "Without `keepdim` the sums lie down as a row, and each *column* is "
        "divided instead. Torch says nothing."
    )
    shape = tuple(N.shape)
    st.table(
        arrow.table(
            [
                (f"`{code}`", f"{of}", f"{read} under {shape}")
                for code, of, read in tensors.divisors(N)
            ],
            ["P is divided by", "its shape", "read as"],
        ),
        hide_index=True,
        alt="The shapes of both sums, and how torch lines them up.",
    )
    st.markdown(
        "Throw the switch and compare: what tells you that something is wrong?"
    )


@st.fragment
def switch(data):
    """The table as the switch says, beside the correct one."""
    forgotten = st.toggle(
        "Forget keepdim", key="forget_keepdim", bind="query-params"
    )
    ways = list(WAYS)
    question = data, data.digest
    shown = ways[forgotten], ways[0]
    later.show(partial(side_by_side, *question, shown), (divided, *question))


def side_by_side(data, digest: str, shown: tuple[str, str]):
    """Each with its loss, its map, its row sums and its names."""
    for column, way, title in zip(
        st.columns(2), shown, ("Yours", "Correct"), strict=True
    ):
        with column:
            one_way(data, digest, way, f"{title}: {way.lower()}")
    st.caption(
        "One was added to every count. The strongest colour is half or more."
    )


@drawn_once
def one_way(_data, digest: str, way: str, title: str):
    """Loss, map, row sums and names of one way to divide."""
    both = divided(_data, digest)
    frame, sums, loss, drawn = both[way]
    high = max(max(sums) for _, sums, _, _ in both.values())
    chances = tables.chances(_data.letters, "chance", "The table, divided")
    st.markdown(f"**{title}**")
    st.metric("loss, nats", f"{loss:.4f}")
    st.vega_lite_chart(frame, chances, alt=f"The table of chances. {title}.")
    st.vega_lite_chart(
        row.sums(_data.letters, sums),
        sums_spec(_data.letters, high),
        alt=f"The sum of each row. {title}.",
    )
    st.markdown(
        "First rows sum to " + ", ".join(f"{total:.2f}" for total in sums[:4])
    )
    st.markdown(live.as_names(drawn[:5]))
