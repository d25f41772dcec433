"""Windows: the letters a network looks back at, and the one to come."""

import pyarrow as pa
import streamlit as st

from core import mlp
from core.data import names
from core.tokens import places
from pages.charts import arrow
from pages.parts import cached, source
from pages.parts import words as words_part
from pages.parts.cached import drawn_once

KEY, FOLLOWS = "mlp windows context", "mlp windows follows"
FIRST = 5  # words, as the lecture begins
PRINTED = 6  # rows of a tensor


def show(data, draw):
    st.header("Windows", anchor="windows")
    st.markdown(
        "The bigram looks back at one letter. Here you choose how many: they "
        "are the **context**, with dots where the word has not begun yet. "
        "Slide this window over a word, and every stop is one example: what "
        "goes in, and the letter that should come out. Move the slider and "
        "look at the number of rows: does it change?"
    )
    word = typed_word(data)
    draw(look_back, "context", "only", word=word)
    source.show(places, mlp.windows)


def typed_word(data) -> str:
    """The word in the box, or the first of the data if it is refused."""
    words_part.box(
        "Your word",
        data,
        "mlp word",
        "Its windows are listed here, and looked up further down.",
    )
    word, trouble = word_of(data)
    if trouble:
        words_part.refused(trouble, word)
    return word


def word_of(data) -> tuple[str, str]:
    """The visitor's word, and what is wrong with the one in the box."""
    text = st.session_state.get("mlp word", data.words[0])
    try:
        return names.one(text, data.letters), ""
    except ValueError as trouble:
        return data.words[0], str(trouble)


def look_back(data, word, config):
    """The examples of a word for a context of the visitor's choice."""
    if st.session_state.get(FOLLOWS) != config.context:  # the knob was moved
        st.session_state[FOLLOWS] = config.context
        st.session_state[KEY] = config.context
    context = st.slider(
        "Letters it looks back",
        1,
        8,
        key=KEY,
        help="The length of the context. It follows the knob in the sidebar "
        "until you move it.",
    )
    examples(data.letters, word, context)
    tensors(data, data.digest, config.only, context)


@drawn_once
def examples(letters: str, word: str, context: int):
    """The rows of a word, as letters and as tokens."""
    X, Y = mlp.windows([word], letters, context)
    seen = [
        "".join(letters[token] for token in window) for window in X.tolist()
    ]
    st.table(
        pa.table(
            {
                "context → next": [
                    f"`{before} → {letters[token]}`"
                    for before, token in zip(seen, Y.tolist(), strict=True)
                ],
                "a row of X": [f"`{window}`" for window in X.tolist()],
                "of Y": [f"`{token}`" for token in Y.tolist()],
            }
        ),
        hide_index=True,
        alt=f"The examples of {word}, letters and tokens: "
        + ", ".join(
            f"{before} then {letters[token]}"
            for before, token in zip(seen, Y.tolist(), strict=True)
        ),
    )
    st.caption(
        f"{words_part.plain(word)} makes {len(Y)} examples: one for each "
        "of its letters and one for its end. A **token** is a letter's number; "
        "the dot is 0."
    )


@cached.values(64)
def targets(_data, digest: str, only: int) -> list[tuple]:
    """For each part of the data: words, examples and the dtype of Y, which
    are the same for every context."""
    parts = mlp.split(_data, only)._asdict()
    parts = {f"first {len(_data.words[:FIRST])}": _data.words[:FIRST]} | parts
    found = []
    for name, words in parts.items():
        _, Y = mlp.windows(words, _data.letters, 1)
        found.append((name, len(words), len(Y), f"{Y.dtype}"))
    return found


def sizes(_data, digest: str, only: int, context: int) -> list[tuple]:
    """For each part: words, and shapes and dtypes of X and Y."""
    return [
        (name, f"{words:,}", f"`{(N, context)}`", f"`{(N,)}`", dtype)
        for name, words, N, dtype in targets(_data, digest, only)
    ]


@drawn_once
def tensors(_data, digest: str, only: int, context: int):
    """X and Y of the first words, printed, and the sizes of all parts."""
    first = _data.words[:FIRST]
    X, Y = mlp.windows(first, _data.letters, context)
    st.markdown(
        "A network takes them all at once, as two **tensors**, tables of "
        f"numbers: X has a row for each example and {context} "
        f"column{'s' if context > 1 else ''}, Y one number for each. The "
        f"first rows of {words_part.plain(', '.join(first))}, as torch "
        "prints them:"
    )
    st.code(
        f"X[:{PRINTED}]\n{X[:PRINTED]}\nY[:{PRINTED}]\n{Y[:PRINTED]}",
        language=None,
    )
    columns = ["part", "words", "X", "Y", "dtype of both"]
    st.table(
        arrow.table(sizes(_data, digest, only, context), columns),
        hide_index=True,
        alt="Words, and the shapes of X and Y, for the first words, the words "
        "to learn from, and those held back.",
    )
    st.caption(
        "N rows by T columns, the T letters it looks back. A longer context "
        "makes each example wider, but no new one. "
        + (
            "Train is what it learns from; dev and test are held back, whole "
            "words of them."
            if len(_data.words) >= names.MIN_SPLIT
            else f"With fewer than {names.MIN_SPLIT} words nothing is held "
            "back: dev and test are empty."
        )
    )
