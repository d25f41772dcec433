"""Which words the lesson learns from: the lectures' names or your own."""

import re

import streamlit as st

from core.data import names
from core.runs import limits
from pages.parts import cached

RETRY = 60  # seconds until we look whether a late download has come


@st.cache_resource(ttl=RETRY, show_spinner="Fetching the lectures' names...")
def lecture_names() -> names.Words:
    return names.load()


@cached.resources(4)
def known(_data, digest: str) -> frozenset[str]:
    """All words, for a quick look whether one is there."""
    return frozenset(_data.words)


def examples(of, data, digest: str, context: int, only: int = 0):
    """All that a network learns from as bytes, X (N, T) and y (N,), held once
    for all lessons. `of` is mlp.packed, which this room may not import."""
    return held(of, data, digest, context, only)


@cached.resources(8)  # up to 14 MB each
def held(_of, _data, digest: str, context: int, only: int):
    """Once, whether the caller said only or not: Streamlit's keys differ."""
    return _of(_data, context, only)


def sidebar() -> names.Words:
    """Say which words are in use, and let the learner bring others."""
    with st.sidebar:
        st.subheader("Data", anchor=False)
        said = st.empty()
        with st.expander("Use your own words"):
            own = bring()
        words = own or lecture_names()
        said.caption(f"In use: {words.title}.", help=why(words))
    return words


def why(words: names.Words) -> str:
    return {
        "lectures": "The very list that the lectures use.",
        "built-in": "The lectures' list could not be downloaded or kept, so "
        "this one, which comes with the app, stands in. Losses differ a "
        "little.",
        "own": "Only who holds the same words can find runs on them.",
    }[words.source]


def bring() -> names.Words | None:
    """The learner's words from the box or a file; None if there are none."""
    typed = st.text_area(
        "One word a line",
        key="own words",
        placeholder="otto\nada\nemma",
        persist_state="session",
        help=f"At most {names.MAX_WORDS:,} words or 1 MB; letters, ' and -.",
    )
    file = st.file_uploader("or a text file", type=["txt", "csv"])
    content = file.getvalue() if file else typed
    if not file and not typed.strip():
        st.caption(
            f"They are never listed. A run on them keeps a copy on this "
            f"server, {kept()}; only who holds the same words can find it."
        )
        return None
    try:
        return read(content)
    except ValueError as trouble:
        st.error(
            f"{plain(str(trouble))} Using the names instead.",
            icon=":material/edit:",
        )
        return None


@cached.resources(4)
def read(content: str | bytes) -> names.Words:
    return names.own(content)


def kept() -> str:
    """For how long what a visitor brings is kept, in words."""
    hours = limits.keep() // 3600
    return "for an hour" if hours == 1 else f"for {hours} hours"


def box(label: str, data: names.Words, key: str, help: str = "") -> str:
    """A box for a word; it begins with the first of the data, and again when
    other data come, unless something was typed."""
    state, first = st.session_state, data.words[0]
    if state.get(key) == state.get(f"{key} first"):
        state[key] = first
    state[f"{key} first"] = first
    return st.text_input(label, key=key, help=help or None)


def refused(trouble: ValueError, instead: str):
    """Say why a word was not taken, and which one is used."""
    st.warning(f"{plain(str(trouble))} Using {plain(instead)} instead.")


MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~:$&-])")
# links, icons and arrows: the browser makes them even of escaped signs
PAIRS = re.compile(r"(:(?=\S)|@|[<>~-](?=[-=>])|www(?=\.))", re.IGNORECASE)
JOINER = "\u2060"  # cannot be seen, and takes such a pair apart


def plain(text: str) -> str:
    """What a stranger wrote, with no sign of it taken as markup, and every
    sign that cannot be seen, or turns others round, as its number."""
    seen = "".join(map(seen_as, text))
    apart = PAIRS.sub(rf"\1{JOINER}", seen)
    return re.sub(r"^(\s*\d+)\.", r"\1\.", MARKUP.sub(r"\\\1", apart))


def seen_as(sign: str) -> str:
    if sign == "\n":
        return "⏎"
    return sign if sign.isprintable() else f"U+{ord(sign):04X}"
