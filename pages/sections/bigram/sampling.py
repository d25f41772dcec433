"""Sample: what a random number does, a name letter by letter, ten names."""

import streamlit as st

from core import bigram, tensors
from pages.charts import row
from pages.parts import cached, live, source, words
from pages.parts.cached import drawn_once
from pages.sections.bigram import tables


@cached.values(64)
def ten_names(_data, digest: str, seed: int):
    _, P, _ = tables.counted(_data, digest)
    return bigram.sample_names(P, _data.letters, seed)


@cached.values(64)
def uniform_names(_data, digest: str, seed: int):
    P = bigram.uniform(_data.letters)
    return bigram.sample_names(P, _data.letters, seed)


def seed() -> int:
    """Where this visitor's draws start; the lecture's, at first."""
    return st.session_state.setdefault("draws", bigram.Config.seed)


def show(data):
    st.header("Sample", anchor="sample")
    st.markdown(
        "To **sample** is to let chance choose, each letter as often as its "
        "chance says. Three chances, from the lecture's seed, and draws from "
        "them: how many does it take until the shares drawn look like them?"
    )
    three_chances()
    st.markdown(
        "Now a name. Begin at the dot. Draw the next letter by its chance, go "
        "to that letter's row, draw again, until the dot comes up."
    )
    names_drawn(data)
    source.show(bigram.draw, bigram.sample)


@st.fragment
def three_chances():
    """Three chances, and how often each came up in so many draws."""
    count = st.select_slider(
        "Draws", [10, 20, 50, 100, 1000, 10_000], 100, key="draws of three"
    )
    drawn(count)
    source.show(tensors.three_chances)


@drawn_once
def drawn(count: int):
    """Chances and shares of so many draws, beside each other."""
    chances, shares = tensors.three_chances(bigram.Config.seed, count)
    st.vega_lite_chart(
        row.drawn(chances, shares),
        row.twice(),
        alt="Three chances beside the shares drawn: "
        + ", ".join(
            f"{p:.2%} and {s:.2%}" for p, s in zip(chances, shares, strict=True)
        ),
    )
    furthest = max(abs(p - s) for p, s in zip(chances, shares, strict=True))
    st.caption(
        "The chances are "
        + ", ".join(f"{p:.4f}" for p in chances)
        + f". After {count:,} draws the furthest share is {furthest:.1%} off. "
        "The same seed gives the same draws, for everyone."
    )


@st.fragment
def names_drawn(data):
    """Ten names, four from equal chances, and the first spun by hand."""
    known, start = words.known(data, data.digest), seed()
    _, P, _ = tables.counted(data, data.digest)
    st.markdown("Ten words from the counted table:")
    st.markdown(live.as_names(ten_names(data, data.digest, start), known))
    st.caption("A star means that the word is in the data; others are new.")
    st.button("Draw ten others", icon=":material/casino:", on_click=draw_more)
    st.markdown(
        "The same random numbers, with every letter equally likely: "
        + live.as_names(uniform_names(data, data.digest, start)[:4])
    )
    st.markdown(
        "Watch the first word come about, one spin of the wheel a letter:"
    )
    with st.container(border=True):
        slot_machine(data, bigram.spins(P, data.letters, start))


def draw_more():
    st.session_state.draws += 1
    st.session_state.spin = 0


@st.fragment
def slot_machine(data, spins):
    """One word, letter by letter: the row, the random number, the landing."""
    at = min(st.session_state.setdefault("spin", 0), len(spins) - 1)
    spin = spins[at]
    begun = "".join(each.next for each in spins[:at]) or "nothing yet"
    wheel(data, data.digest, spin.this, spin.point)
    st.markdown(
        f"Written: **{begun}**. The row of **{spin.this}**, the random number "
        f"**{spin.point:.4f}**: it lands on **{spin.next}**"
        + (", the end of the word." if at == len(spins) - 1 else ".")
    )
    with st.container(horizontal=True):
        st.button(
            "Spin for the next letter",
            icon=":material/casino:",
            disabled=at == len(spins) - 1,
            on_click=turn_to,
            args=(at + 1,),
        )
        st.button("From the dot again", on_click=turn_to, args=(0,))


@drawn_once
def wheel(_data, digest: str, letter: str, point: float):
    """The shares of a letter's row, and where the random number points."""
    _, P, _ = tables.counted(_data, digest)
    st.vega_lite_chart(
        row.spun(_data.letters, P[_data.letters.index(letter)].tolist(), point),
        row.strip(),
        alt=f"The shares of all letters after {letter}, laid end to end, "
        f"and a needle at {point:.4f}.",
    )


def turn_to(spin):
    st.session_state.spin = spin
