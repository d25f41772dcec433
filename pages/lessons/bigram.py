"""Lesson 2: the bigram model, counted and then trained."""

import streamlit as st

from core import bigram, landmarks
from core.runs.store import Run
from pages.charts import colour, loss, table
from pages.parts import course, knobs, live, source, take_home, words

WHY = {
    "guessing": "Every letter equally likely: the logarithm of how many.",
    "unigram": "Each letter by how common it is, whatever came before.",
    "counted": "The table above, scored on the words it was counted on.",
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
        "learned": table.spec(*same, "learned", "Learned: what W says now"),
        "counted": table.spec(*same, "counted", "Counted: what W should say"),
        "difference": table.spec(
            letters,
            colour.signed(0.1),
            "+.2%",
            "difference",
            "Learned minus counted: watch it fade",
        ),
        "loss": loss.spec(steps, marks, "Does the loss reach the counted one?"),
    }
    return frame, specs


@st.cache_data(max_entries=64, show_spinner=False)
def ten_names(_data, digest: str, seed: int):
    _, P, _ = counted(_data, digest)
    return bigram.sample_names(P, _data.letters, seed)


def draw_more():
    st.session_state.draws += 1


@st.cache_resource(max_entries=16, show_spinner=False)
def untrained(_data, digest: str, seed: int):
    """The first record of a run: W as it was drawn, not yet moved."""
    return vars(next(bigram.train(bigram.Config(seed=seed), _data)))


def show_map(where, cells, column, alt):
    where.vega_lite_chart(table.only(cells, column), specs[column], alt=alt)


def draw(view):
    """The pictures of the run at the visitor's playhead; before there is a
    run, those of the numbers it would start from."""
    if view.record is None:
        start = untrained(data, data.digest, config.seed)
        view = live.View([start], 0)
    st.vega_lite_chart(
        loss.frame(view.records, view.at, "nll"),
        specs["loss"],
        alt="The loss over the steps, beside the losses of guessing, of "
        "letter frequencies and of the counted table.",
    )
    now = table.compare(frame, view.latest("table"))
    left, right = st.columns(2)
    show_map(left, now, "learned", "The learned table at this step.")
    show_map(right, now, "counted", "The counted table, which W approaches.")
    left, right = st.columns(2)
    show_map(left, now, "difference", "Learned minus counted, fading.")
    right.markdown("**Ten names from the learned table at this step**")
    right.markdown(live.as_names(view.latest("samples")))
    right.caption(
        "In the upper maps the darkest cells are chances of one half or more. "
        "In the difference blue means too rarely, orange too often; the "
        "strongest colour is ten points of a hundred or more."
    )


course.heading("bigram")
data = words.sidebar()
config = knobs.sidebar(bigram)
run = Run("bigram", config, data)
N, P, marks = counted(data, data.digest)
frame, specs = pictures(data, data.digest, config.steps)

st.markdown(
    "A **language model** says how likely each next letter is. This one looks "
    "at a single letter. By the end you can build it twice, by counting and "
    "by learning, and say in one number how good it is."
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
    "pairs. The dot stands before and after each word: its row shows how "
    "words begin, its column how they end. Hover a cell."
)

st.header("Count", anchor="count")
st.markdown(
    "Slide a window of two letters over every word and keep a tally: that is "
    "the whole model. Divide each row by its sum and the tally becomes "
    "chances: what follows this letter, and how likely."
)
source.show(bigram.pairs, bigram.count, bigram.probabilities)

st.header("Score", anchor="score")
st.markdown(
    "How good is the table? Ask it for the chance of each letter that really "
    "came next. The **loss** is the mean of minus the natural logarithm of "
    "those chances; its unit is the *nat*. A model that is never surprised "
    "has loss 0; look how far counting gets below guessing."
)
for column, (name, mark) in zip(st.columns(3), marks.items(), strict=True):
    label = f"{name.capitalize()}, nats"
    column.metric(label, f"{mark:.4f}", border=True, help=WHY[name])
source.show(bigram.loss)

st.header("Sample", anchor="sample")
st.markdown(
    "Begin at the dot. Draw the next letter by its chance, go to that "
    "letter's row, draw again, until the dot comes up. Ten words from the "
    "counted table:"
)
seed = st.session_state.setdefault("draws", bigram.Config.seed)
st.markdown(live.as_names(ten_names(data, data.digest, seed)))
st.button("Draw ten others", icon=":material/casino:", on_click=draw_more)
source.show(bigram.draw, bigram.sample)

st.header("Train", anchor="train")
st.markdown(
    "Now forget the counts. Start from a table **W** of random numbers. To "
    "read it as chances, take *e* to the power of each number and divide each "
    "row by its sum: that is the **softmax**. Then ask for the loss, and move "
    "every number of W a little against its slope, again and again. Before "
    "you press Train: how close to the counted loss will it come?"
)
live.watch(run, draw)
st.caption(
    "Weight decay pulls every number of W towards zero. That evens the "
    "chances out and holds the loss above the counted one: try decay 0, "
    "then 1."
)
source.show(bigram.softmax, bigram.train)

st.header("Take it home", anchor="take-home")
take_home.show(run)
