"""Let it write: text that streams in, can be stopped, and stays."""

import time
from itertools import islice

import streamlit as st

from core import generation, inside
from core.data import text
from pages.parts import source
from pages.sections.gpt import inside as look

EVERY = 0.15  # seconds between two pieces of text
PIECE = 20  # characters that come at a time, so that you can read along
PATIENCE = 0.2  # seconds that a piece may take; a large net gives less
TALL = 400  # pixels of paper, kept free for the text from the beginning
STATE = "gpt written"


def show(run):
    st.header("Let it write", anchor="write")
    st.markdown(
        "The net gives chances for one character. Draw it, put it at the "
        "end, ask again: that is all there is to writing. The same seed "
        "gives the same text. Can you find a temperature at which it is "
        "neither mad nor a bore?"
    )
    desk(look.net_of(run), run.data)
    source.show(generation.stream, generation.last_logits)


@st.fragment
def desk(net, data):
    """Knobs, buttons and the text; while it writes, that alone reruns."""
    said, tokens = look.prompt(data, "gpt writing prompt")
    how = look.three_knobs(len(data.letters), "writing")
    left, right = st.columns(2)
    length = left.slider(
        "Characters", 50, 2000, 500, 50, key="gpt writing length"
    )
    seed = right.number_input(
        "Seed", 0, 2**32 - 1, net.config.seed, key="gpt writing seed"
    )
    of = (net.key, data.digest, said)
    state = st.session_state
    if state.get(STATE, {}).get("of") != of:
        state.pop(STATE, None)
    with st.container(horizontal=True):
        st.button(
            "Write",
            key="gpt write",
            icon=":material/edit:",
            on_click=begin,
            args=(of, net.model, tokens, how, length, seed),
        )
        st.button(
            "Stop",
            key="gpt stop writing",
            icon=":material/stop_circle:",
            on_click=stop,
            help="What was written stays.",
        )
    warn(net)
    if state.get(STATE, {}).get("ahead"):
        more(said, data.letters)
    else:
        with st.container():  # as a fragment has one: so nothing shifts
            paper(said, data.letters)


def begin(of, model, tokens, how, length: int, seed: int):
    st.session_state[STATE] = {
        "of": of,
        "tokens": [],
        "ahead": inside.writer(model(), tokens, seed, *how),
        "how": how,
        "length": length,
        "seed": seed,
    }


def stop():
    if STATE in st.session_state:
        st.session_state[STATE]["ahead"] = None


@st.fragment(run_every=EVERY)
def more(said: str, letters: str):
    """Another piece; the last one ends the polling."""
    written = st.session_state.get(STATE)
    if written and written["ahead"]:
        until = time.monotonic() + PATIENCE
        missing = written["length"] - len(written["tokens"])
        for token in islice(written["ahead"], min(PIECE, missing)):
            written["tokens"].append(token)
            if time.monotonic() > until:
                break
        if len(written["tokens"]) >= written["length"]:
            written["ahead"] = None
    paper(said, letters)
    if not written or not written["ahead"]:
        st.rerun()


def paper(said: str, letters: str):
    """The prompt and what was written after it, as it is."""
    written = st.session_state.get(STATE)
    drawn = text.decode(written["tokens"], letters) if written else ""
    with st.container(height=TALL, border=False, autoscroll=True):
        st.code(said + drawn, language=None, wrap_lines=True)
    if written:
        st.caption(told(written, len(said)))
    else:
        st.caption("Your prompt. Press Write to let the net go on.")


def told(written, given: int) -> str:
    """How far it is and what it was written with."""
    count, wanted = len(written["tokens"]), written["length"]
    temperature, top_k, top_p = written["how"]
    where = "Writing" if written["ahead"] else "Stopped"
    where = "Done" if count >= wanted else where
    return (
        f"{where}: {count:,} of {wanted:,} characters after the "
        f"{given} of your prompt. Temperature {temperature:g}, top-k "
        f"{top_k or 'off'}, top-p {'off' if top_p == 1 else f'{top_p:g}'}, "
        f"seed {written['seed']}."
    )


def warn(net):
    """Where no readable text can be expected, say why."""
    config = net.config
    if not net.trained:
        st.caption(
            f"{look.whose(net)} Until then it writes characters at random."
        )
    elif not config.mask and config.attention and config.n_layer:
        st.info(
            "This net learned without the mask: in training each character "
            "could look at the one that comes next, which is the answer, so "
            "it learned to copy that and little else. When it writes, the "
            "next character does not exist yet. However low its loss, expect "
            "garbage."
        )
