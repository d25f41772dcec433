"""Lesson 2: the bigram model, counted and then trained."""

import streamlit as st

from core import bigram, landmarks
from core.runs.store import Run
from pages.charts import colour, loss, table
from pages.parts import course, knobs, live, source, take_home, words

WHO = {
    "guessing": "Guessing",
    "unigram": "Letter frequencies",
    "counted": "Counted pairs",
}
WHY = {
    "guessing": "Every letter equally likely: the logarithm of how many.",
    "unigram": "Each letter by how common it is, whatever came before.",
    "counted": "The bigram table, scored on the words it was counted on.",
}


@st.cache_resource(max_entries=16, show_spinner=False)
def counted(_data, digest: str):
    """Counts, chances and losses: what needs no training."""
    x, y = bigram.pairs(_data.words, _data.letters)
    N = bigram.count(x, y)
    P = bigram.probabilities(N)
    marks = {
        "guessing": landmarks.guessing(_data.letters),
        "unigram": landmarks.unigram(_data.words),
        "counted": bigram.loss(P, x, y),
    }
    return N, P, marks


@st.cache_resource(max_entries=16, show_spinner=False)
def pictures(_data, digest: str, steps: int):
    """The specs and the frame that do not change while a run goes on."""
    N, P, marks = counted(_data, digest)
    letters = _data.letters
    frame = table.frame(letters, count=N.tolist(), counted=bigram.table(P))
    same = letters, colour.ramp(0.5), ".2%"
    specs = {
        "count": table.spec(
            letters,
            colour.counts(int(N.max())),
            ",d",
            "count",
            "How often the next letter follows this one",
        ),
        "learned": table.spec(*same, "learned", "Learned: the softmax of W"),
        "counted": table.spec(*same, "counted", "Counted: what W should say"),
        "difference": table.spec(
            letters,
            colour.signed(0.1),
            "+.2%",
            "difference",
            "Learned minus counted: watch it fade",
        ),
        "loss": loss.spec(steps, marks, "The loss falls to the counted one"),
    }
    return frame, specs


@st.cache_data(max_entries=64, show_spinner=False)
def ten_names(_data, digest: str, seed: int):
    _, P, _ = counted(_data, digest)
    return bigram.sample_names(P, _data.letters, seed)


def draw_more():
    st.session_state.draws += 1


def show_map(where, cells, column, alt):
    where.vega_lite_chart(table.only(cells, column), specs[column], alt=alt)


def draw(view):
    """The pictures of the run at the visitor's playhead."""
    st.vega_lite_chart(
        loss.frame(view.records, view.at, "nll"),
        specs["loss"],
        alt="The loss over the steps, falling from above guessing towards "
        "the counted loss.",
    )
    now = table.compare(frame, view.latest("table"))
    left, right = st.columns(2)
    show_map(left, now, "learned", "The learned table at the playhead.")
    show_map(right, now, "counted", "The counted table, which W approaches.")
    left, right = st.columns(2)
    show_map(left, now, "difference", "Learned minus counted, fading.")
    right.markdown("**Ten names from the table at the playhead**")
    right.markdown(live.as_names(view.latest("samples")))


course.heading("bigram")
data = words.sidebar()
config = knobs.sidebar(bigram)
run = Run("bigram", config, data)
N, P, marks = counted(data, data.digest)
frame, specs = pictures(data, data.digest, config.steps)

st.markdown(
    "You will be able to say what a language model is, what its loss means, "
    "and how a slope teaches a table of random numbers to spell."
)
show_map(
    st,
    frame,
    "count",
    "The map of all pairs of letters: a row for this letter, a column for "
    "the next, darker where the pair is more common.",
)
st.caption(
    f"Every pair of neighbouring letters in {data.title}: {int(N.sum()):,} "
    "pairs. The dot stands before and after each name, so its row shows how "
    "names begin and its column how they end. Hover a cell."
)

st.header("Count", anchor="count")
st.markdown(
    "Slide a window of two letters over every name and keep a tally: that is "
    "the whole model. Divide each row by its sum and the tally becomes "
    "chances: what follows this letter, and how likely."
)
source.show(bigram.pairs, bigram.count, bigram.probabilities)

st.header("Score", anchor="score")
st.markdown(
    "How good is the table? Ask it for the chance of each next letter that "
    "really came. The **loss** is the mean of minus the logarithm of those "
    "chances, in *nats*: 0 would be a model that is never surprised."
)
for column, (name, mark) in zip(st.columns(3), marks.items(), strict=True):
    column.metric(WHO[name], f"{mark:.4f}", border=True, help=WHY[name])
source.show(bigram.loss)

st.header("Sample", anchor="sample")
st.markdown(
    "Begin at the dot. Draw the next letter by its chance, go to that "
    "letter's row, draw again, until the dot comes up. These names are from "
    "the counted table; not good, but far from random letters."
)
seed = st.session_state.setdefault("draws", bigram.Config.seed)
st.markdown(live.as_names(ten_names(data, data.digest, seed)))
st.button("Draw ten more", icon=":material/casino:", on_click=draw_more)
source.show(bigram.draw, bigram.sample)

st.header("Train", anchor="train")
st.markdown(
    "Now forget the counts. Start from a table **W** of random numbers, ask "
    "for the loss, and move every number a little against its slope; again "
    "and again. Watch the loss fall to the counted one, and the learned "
    "table become the counted table, though nobody writes the counts into it: "
    "the slope finds them."
)
live.watch(run, draw)
st.caption(
    "The weight decay pulls W towards zero, which smooths the chances and "
    "keeps the loss a little above the counted one. Set **decay** to 0 and "
    "train again: the gap closes."
)
source.show(bigram.softmax, bigram.train)

st.header("Take it home", anchor="take-home")
take_home.show(run)
