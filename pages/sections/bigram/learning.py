"""One step by hand: examples, one-hot rows, softmax, forward and backward."""

import streamlit as st

from core import bigram, tensors
from pages.charts import arrow, colour, row, table
from pages.parts import cached, source
from pages.parts.cached import drawn_once
from pages.parts.words import plain
from pages.sections.bigram import examples

MOST_UPDATES = 200
SLOPE, WEIGHT = "the slope of the loss", "W itself"


@cached.resources(16)
def specs(letters: str) -> dict:
    """The pictures of the softmax's stages, of the slope and of W."""
    return {
        "logit": row.bars(letters, "1. A row of W: logits", "logit", ".1f"),
        "exp": row.bars(letters, "2. e to each: counts", "count", ".1f"),
        "chance": row.bars(letters, "3. Divided by their sum: chances"),
        "slope": table.spec(
            letters,
            colour.signed(0.2),
            "+.4f",
            "slope",
            "The slope of the loss at every number of W",
        ),
        "weight": table.spec(
            letters, colour.signed(3), "+.4f", "weight", "The numbers of W"
        ),
    }


def show(data, word, config):
    st.header("One step by hand", anchor="by-hand")
    st.markdown(
        "Now forget the counts. A network learns from **examples**: a letter "
        f"that goes in, xs, and the one that should come out, ys. "
        f"**{plain(word)}** is {len(word) + 1} of them."
    )
    examples.show(data.letters, word, config.seed)
    source.show(tensors.one_hot_shapes)
    st.markdown(
        "Start from a table **W** of random numbers. To read it as chances, "
        "take *e* to the power of each number and divide each row by its sum: "
        "that is the **softmax**."
    )
    softmax_stages(data, config)
    source.show(bigram.softmax)
    st.markdown(
        f"*Forward*: ask for the loss of **{plain(word)}**. *Backward*: ask "
        "for its slope at every number of W. *Update*: move each number a "
        "little against its slope."
    )
    by_hand(data, word, config)
    source.show(bigram.one_step)
    examples.dtypes()


@st.fragment
def softmax_stages(data, config):
    """One row of W on its way to chances."""
    letter = st.selectbox("A row of W", list(data.letters), 1, key="row of W")
    stages_of(data.letters, letter, config.seed)


@drawn_once
def stages_of(letters: str, letter: str, seed: int):
    """Logits, counts and chances of the row of one letter."""
    made = specs(letters)
    W = bigram.first_weights(letters, seed)
    stages = row.stages(letters, bigram.stages(W[letters.index(letter)]))
    for stage in ("logit", "exp", "chance"):
        st.vega_lite_chart(
            stages,
            made[stage],
            alt=f"The softmax of the row of {letter}: {stage}.",
        )
    st.caption(f"The row of {letter}, before any step.")


@st.fragment
def by_hand(data, word, config):
    """Forward, backward, update on the visitor's word, a press a step."""
    made = st.session_state.setdefault("updates", 0)
    rate = st.select_slider(
        "Rate of a step", [0.1, 1.0, 10.0, 50.0], key="hand rate"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Update W once",
            icon=":material/south_east:",
            on_click=update_to,
            args=(made + 1,),
            disabled=made >= MOST_UPDATES,
        )
        st.button("From the start", on_click=update_to, args=(0,))
        look = st.segmented_control(
            "The map shows",
            [SLOPE, WEIGHT],
            default=SLOPE,
            required=True,
            key="hand map",
            label_visibility="collapsed",
        )
    steps_so_far(data.letters, word, rate, config.seed, made, look)


@drawn_once
def steps_so_far(
    letters: str, word: str, rate: float, seed: int, made: int, look: str
):
    """The forward pass after so many updates, the losses, and one map."""
    steps = bigram.steps_by_hand(word, letters, rate, seed, made + 1)
    forward_pass(letters, word, steps)
    st.markdown(
        f"Loss after {made} updates: **{steps[-1].loss:.4f}** nats, the mean "
        "of the last column. So far: "
        + " → ".join(f"{step.loss:.4f}" for step in steps[-6:])
    )
    if look == WEIGHT:
        return weights(letters, word, steps[-1])
    st.vega_lite_chart(
        table.frame(letters, slope=steps[-1].slope.tolist()),
        specs(letters)["slope"],
        alt="The slope of the loss at every number of W: only the rows of "
        "letters that occur in the word have any.",
    )
    st.caption(
        f"Only the rows of the letters in {plain(word)} have a slope. Blue is "
        "negative: raise this number and the loss falls. That is the letter "
        "that came next; all others in the row are pushed down."
    )


def weights(letters, word, step):
    """W as the last forward pass used it."""
    st.vega_lite_chart(
        table.frame(letters, weight=step.before.tolist()),
        specs(letters)["weight"],
        alt="All numbers of W, blue below zero and orange above.",
    )
    st.caption(
        "Each column is a neuron, each row what all neurons say to one "
        "letter. Blue is below zero, orange above, the strongest colour 3 or "
        f"more. Press Update: only the rows of the letters in {plain(word)} "
        "move."
    )


def forward_pass(letters, word, steps):
    """What the network says to each example, and how surprised it is."""
    P = bigram.softmax(steps[-1].before)
    said = bigram.surprises(word, P, letters)
    st.table(
        arrow.table(
            [
                (
                    each.this,
                    each.next,
                    f"{each.chance:.4f}",
                    f"{-each.nll:.4f}",
                    f"{each.nll:.4f}",
                )
                for each in said
            ],
            ["in", "should be", "its chance", "log", "surprise, nats"],
        ),
        hide_index=True,
        alt=f"The forward pass of {word}, an example a row.",
    )


def update_to(count):
    st.session_state.updates = count
