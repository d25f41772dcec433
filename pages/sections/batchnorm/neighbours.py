"""Three neighbours by name: change one, and an activation moves."""

from functools import partial

import streamlit as st

from core import batch_mates
from pages.parts import cached, later, source
from pages.parts import words as words_part
from pages.parts.cached import drawn_once
from pages.sections.batchnorm import mates

FROM = 12  # words whose contexts can be neighbours
CHOICES = 40
PLACES = ("first", "second", "third")


def show(data, word: str):
    st.subheader("Three neighbours by name", anchor="neighbours")
    st.markdown(
        f"A batch of four: a context of {words_part.plain(word)}, and three "
        "neighbours of your choice. Change one of them: the example is the "
        "same, the weights are the same. Does its activation stay?"
    )
    needed = mates.trained, data, data.digest
    later.show(partial(chosen, data, word), needed)
    source.show(batch_mates.beside)


@st.fragment
def chosen(data, word):
    own = list(mates.contexts(data.letters, word))
    offered = choices(data, data.digest)
    left, right = st.columns(2)
    context = left.selectbox("Its context", own[::-1], key="bn beside context")
    neuron = right.slider(
        "Neuron", 1, batch_mates.NET.hidden, key="bn beside neuron"
    )
    picked = tuple(
        column.selectbox(
            f"The {place} neighbour",
            range(len(offered)),
            min(i, len(offered) - 1),
            format_func=lambda at: ": ".join(offered[at]),
            key=f"bn beside {place}",
        )
        for i, (column, place) in enumerate(
            zip(st.columns(3), PLACES, strict=True)
        )
    )
    said(data, data.digest, word, context, neuron - 1, picked)


@cached.values(16)
def choices(_data, digest: str) -> list[tuple[str, str]]:
    """Words and their contexts, as the select boxes offer them."""
    found = [
        (word, context)
        for word in _data.words[:FROM]
        for context in mates.contexts(_data.letters, word)
    ]
    # a step that is no multiple of a word's length: not all begin alike
    return (found[2::5] or found)[:CHOICES]


@drawn_once
def said(_data, digest, word, context, neuron: int, picked: tuple[int, ...]):
    """The activation among these neighbours, and by running statistics."""
    net, X = mates.learned(_data, digest)
    offered = choices(_data, digest)
    tokens = mates.contexts(_data.letters, word)[context]
    example = X.new_tensor(tokens).long()

    def activation(places, training) -> float:
        rows = [
            mates.contexts(_data.letters, offered[at][0])[offered[at][1]]
            for at in places
        ]
        them = X.new_tensor(rows).long()
        return batch_mates.beside(net, example, them, training)[neuron].item()

    first = tuple(min(i, len(offered) - 1) for i in range(len(picked)))
    columns = st.columns(2)
    for column, (mode, training) in zip(
        columns, (("training", True), ("evaluation", False)), strict=True
    ):
        now, before = activation(picked, training), activation(first, training)
        column.metric(
            f"In {mode}, the neuron says",
            f"{now:+.4f}",
            f"{now - before:+.4f} next to the first three neighbours",
            "off",
            border=True,
        )
    st.caption(
        "In training the mean and the spread are those of these four; in "
        "evaluation they are the running ones, and no neighbour counts."
    )
