"""Home: what this is, the course as a falling line, where to start."""

import pandas as pd
import streamlit as st

from core import COURSE, LECTURES, landmarks
from pages.charts import course as chart
from pages.parts import cached, course, words


@cached.values(4)
def stops(_data, digest: str) -> pd.DataFrame:
    """The baselines of the data in use, then the lectures' figures."""
    rows = [
        ("guessing", landmarks.guessing(_data.letters), "computed here", ""),
        ("unigram", landmarks.unigram(_data.words), "computed here", ""),
    ]
    for each in LECTURES:
        if each.loss:
            link = course.address(each.stem) if each.stem in COURSE else ""
            name = each.title.split()[-1]
            rows.append((name, each.loss, "published for it", link))
    return pd.DataFrame(rows, columns=["name", "loss", "source", "link"])


def card(lecture):
    """A lecture: its number, its idea, and its door if it is built."""
    number, icon = course.number(lecture.stem), course.ICONS[lecture.stem]
    st.markdown(f"{icon} **{number}. {lecture.title}**")
    st.caption(lecture.idea)
    if lecture.stem in COURSE:
        st.page_link(course.page(lecture.stem), label="Open the lesson")
    else:
        st.caption("Not built yet")


st.title("Zero to Hero Playground", anchor=False)
st.markdown(
    "The ideas of the lectures *Neural Networks: Zero to Hero*, running: turn "
    "a knob, guess what happens, train a real model on real data, and read "
    "the very code that ran."
)
names = words.lecture_names()
st.altair_chart(
    chart.line(stops(names, names.digest)),
    alt="The course as one falling line: each idea predicts the next letter "
    "of a name better than the one before.",
)
st.caption(
    "How surprised each model is by the next letter of a name: the **loss**, "
    "the mean of minus the logarithm of the chance it gave that letter. "
    "Guessing knows nothing; unigram knows how common each letter is. Filled "
    "points are lessons you can open, hollow ones have no page yet."
)

st.header("Start here", anchor=False)
for stem, what, why in (
    (
        "micrograd",
        "see how a net learns",
        "One number at a time: slopes, a net, and two moons told apart.",
    ),
    (
        "bigram",
        "train your first language model",
        "Count the pairs of letters in real names, then learn them.",
    ),
    (
        "mlp",
        "give every letter a place",
        "Three letters of context, a hidden layer, and the habits that make "
        "training work.",
    ),
    (
        "batchnorm",
        "be a net's doctor",
        "Charts that say what ails a net while it trains, and the cures.",
    ),
    (
        "wavenet",
        "grow a tree of letters",
        "Eight letters fused two by two, and all windows in one pass.",
    ),
    (
        "gpt",
        "take attention apart",
        "A Transformer that learns to write in half a minute; cut parts out "
        "and see which it misses.",
    ),
):
    with st.container(border=True):
        name = course.lecture(stem).title
        st.page_link(course.page(stem), label=f"**{name}**: {what}")
        st.caption(why)

st.header("The course", anchor=False)
for row in range(0, len(LECTURES), 2):
    for column, each in zip(
        st.columns(2), LECTURES[row : row + 2], strict=True
    ):
        with column.container(border=True, height="stretch"):
            card(each)

st.header("What it runs on", anchor=False)
st.markdown(
    f"In use: {names.title}. {words.why(names)} In every lesson you can bring "
    "your own words instead; nobody else sees them."
)
