"""Batch mates: how an example's neighbours move it, what an example alone is
to do, and why a bias before BatchNorm does nothing."""

import copy
from functools import partial

import pyarrow as pa
import streamlit as st

from core import batch_mates, mlp
from core.data import names
from pages.charts import mates as chart
from pages.charts import row
from pages.parts import cached, later, source
from pages.parts import words as words_part
from pages.parts.cached import drawn_once
from pages.sections.batchnorm import normalise

STEPS = 1000  # of training, before anything is asked of the network
DRAWS = 60  # batches of each size
WORD, CONTEXT, ALONE = "bn mates word", "bn mates context", "bn alone context"
MATES = "bn mates seed"


def show(data) -> str:
    """Draws the section; returns the word that is the example."""
    st.header("Batch mates", anchor="batch-mates")
    st.markdown(
        "An example is normalised with what its batch happens to be. So its "
        "activations depend on its **batch mates**, which are drawn by "
        "chance. Here the lecture's network has learned for "
        f"{STEPS:,} steps. Choose an example, put it into many batches of "
        "each size, and look how far one activation spreads."
    )
    word = typed_word(data)
    needed = trained, data, data.digest
    later.show(partial(among_mates, data, word), needed)
    source.show(batch_mates.among_mates, batch_mates.jitter)
    return word


def show_alone(data, word: str):
    st.subheader("One example alone", anchor="one-alone")
    st.markdown(
        "When the network is used, an example comes alone. Its mean is itself, "
        "and a single number has no spread: that is 0 divided by 0. So "
        "BatchNorm has two modes, and the wrong one is a classic bug."
    )
    needed = trained, data, data.digest
    later.show(partial(alone, data, word), needed)
    source.show(batch_mates.passed)


@later.resources(4)
def trained(_data, digest: str):
    """The network after a thousand steps, and the contexts to draw from."""
    X, y = normalise.pool(_data, digest)
    V, config = len(_data.letters), batch_mates.LEARNING
    return batch_mates.learned(config, V, X, y, STEPS), X


def learned(data, digest: str):
    """The same with a copy of the net: layers keep what they saw."""
    net, X = trained(data, digest)
    return copy.deepcopy(net), X


def typed_word(data) -> str:
    """The word in the box, or the first of the data if it is refused."""
    text = words_part.box(
        "Your word", data, WORD, "One of its contexts is the example."
    )
    try:
        return names.one(text, data.letters)
    except ValueError as trouble:
        words_part.refused(trouble, data.words[0])
        return data.words[0]


@cached.values(64)
def contexts(letters: str, word: str) -> dict[str, list[int]]:
    """The contexts of a word as they read, and their tokens."""
    X, _ = mlp.windows([word], letters, batch_mates.NET.context)
    return {"".join(letters[i] for i in row): row for row in X.tolist()}


def context_of(data, word: str, key: str) -> str:
    """A choice among the contexts of the word; at first its last one."""
    found = list(contexts(data.letters, word))
    if st.session_state.get(key) not in found:
        st.session_state[key] = found[-1]
    return st.selectbox(
        "Context",
        found,
        key=key,
        help="The letters that the network sees; a dot where the word has not "
        "begun.",
    )


@st.fragment
def among_mates(data, word):
    left, middle, right = st.columns([1, 1, 1], vertical_alignment="bottom")
    with left:
        context = context_of(data, word, CONTEXT)
    neuron = middle.slider(
        "Neuron", 1, batch_mates.NET.hidden, key="bn mates neuron"
    )
    st.session_state.setdefault(MATES, 0)
    right.button(
        "Other mates",
        icon=":material/casino:",
        key="bn mates draw",
        on_click=other_mates,
        help="Draw all batches anew.",
        width="stretch",
    )
    running = st.toggle(
        "Evaluation: running statistics instead of the batch's",
        key="bn mates running",
        help="While it learns, BatchNorm keeps a running mean and variance of "
        "all batches, and in evaluation takes those.",
    )
    seed = st.session_state[MATES]
    spread_of(
        data, data.digest, word, context, neuron, seed, training=not running
    )


def other_mates():
    st.session_state[MATES] += 1


@cached.resources(32)
def drawn(_data, digest, word: str, context: str, seed: int, training: bool):
    """What all neurons say in each draw, a tensor for each batch size."""
    net, X = learned(_data, digest)
    row = X.new_tensor(contexts(_data.letters, word)[context]).long()
    return {
        size: batch_mates.among_mates(
            net, row, X, size, seed, DRAWS, training=training
        )
        for size in batch_mates.SIZES
    }


@drawn_once
def spread_of(_data, digest, word, context, neuron, seed, training):
    """The clouds of one neuron, and what they say."""
    said = drawn(_data, digest, word, context, seed, training)
    every = {size: batch_mates.jitter(each) for size, each in said.items()}
    own = [each[neuron - 1].item() for each in every.values()]
    mean = [each.mean().item() for each in every.values()]
    st.vega_lite_chart(
        chart.cloud(
            {n: each[:, neuron - 1].tolist() for n, each in said.items()}, own
        ),
        chart.clouds(tuple(f"{size:,}" for size in said)),
        alt=f"What neuron {neuron} says to {context} in {DRAWS} batches of "
        "each size. It spreads by "
        + ", ".join(
            f"{spread:.3f} in batches of {size:,}"
            for size, spread in zip(said, own, strict=True)
        ),
    )
    st.markdown(coupled(said, mean) if training else exact(said, mean))
    st.caption(
        f"Each point is one of {DRAWS} batches in which `{context}` stands "
        "among others drawn by chance from the words for training; above, the "
        f"spread of the points. Neuron {neuron} after tanh."
    )


def coupled(said, mean) -> str:
    """How the spread falls with the batch size, and what that is good for."""
    figures = ", ".join(
        f"{spread:.3f} at {size:,}"
        for size, spread in zip(said, mean, strict=True)
    )
    return (
        f"The mean spread of all {batch_mates.NET.hidden} neurons: **{figures}"
        "**. A large batch has nearly the same mean and spread every time; a "
        "small one has not. In a batch of two all that counts is whether an "
        "example has the higher sum or the lower one, or the same: two or "
        "three places are left.\n\n"
        "This looks like a bug, and nobody likes it. But it is noise, and "
        "noise makes examples harder to learn by heart: the network never "
        "sees one twice quite the same, so it cannot rely on the last digit. "
        "The lecture calls this a **regulariser**; the picture shows the "
        "noise, not yet that it helps. Turn the switch, and it is gone."
    )


def exact(said, mean) -> str:
    """That running statistics leave no noise."""
    least, *_, most = said
    same = not any(mean)
    return (
        f"From {least:,} to {most:,} examples a batch, the spread of all "
        f"neurons is {'**exactly 0**' if same else f'{max(mean):.1e}'}: the "
        "batch is not looked at. Mean and variance come from the "
        f"{STEPS:,} batches that BatchNorm has seen in training, and are the "
        "same for everyone."
    )


@st.fragment
def alone(data, word):
    context = context_of(data, word, ALONE)
    both_modes(data, data.digest, word, context)


@drawn_once
def both_modes(_data, digest: str, word: str, context: str):
    """One example in training mode and in evaluation, side by side."""
    net, X = learned(_data, digest)
    one = X.new_tensor([contexts(_data.letters, word)[context]]).long()
    modes = {
        "training": batch_mates.passed(net, one, training=True),
        "evaluation": batch_mates.passed(net, one, training=False),
    }
    st.table(
        pa.table(
            {"of neuron 1": list(PARTS)}
            | {
                mode: [f"{value(each):.4f}" for value in PARTS.values()]
                for mode, each in modes.items()
            }
        ),
        hide_index=True,
        alt=f"What the first neuron makes of {context} alone, in both modes.",
    )
    with_torch(modes["training"].sums)
    st.markdown(
        "In training mode one `nan`, not a number, makes all that follow "
        "`nan`: there is no chance of any letter. In evaluation it works:"
    )
    chances = modes["evaluation"].chances[0].tolist()
    best = max(range(len(chances)), key=chances.__getitem__)
    st.vega_lite_chart(
        row.frame(_data.letters, chances),
        row.bars(_data.letters, f"What comes after {context}?"),
        alt=f"The chance of each letter after {context}; the likeliest is "
        f"{_data.letters[best]}, {chances[best]:.1%}.",
    )


PARTS = {  # of the first neuron
    "its sum": lambda each: each.sums[0, 0].item(),
    "mean": lambda each: each.mean[0].item(),
    "spread": lambda each: each.spread[0].item(),
    "after BatchNorm": lambda each: each.out[0, 0].item(),
    "chance of the end": lambda each: each.chances[0, 0].item(),
}


def with_torch(sums):
    """What torch's own layer says to the same sums, in its words."""
    try:
        batch_mates.by_torch(sums)
    except ValueError as refusal:
        st.markdown("`torch.nn.BatchNorm1d` does not even begin. It says:")
        st.code(f"ValueError: {refusal}", language=None, wrap_lines=True)
