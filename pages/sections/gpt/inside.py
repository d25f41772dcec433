"""Look inside: every head on your prompt, and the chances of what comes."""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import streamlit as st

from core import generation, gpt, inside
from core.data import text
from pages.charts import chances, heads
from pages.charts.signs import visible
from pages.parts import cached, live, source
from pages.parts import words as words_part
from pages.parts.cached import drawn_once
from pages.sections.gpt import opening
from pages.sections.gpt.head import PASTED, fitting

FIRST = 24  # characters of the text that a prompt begins with
LONGEST = 32  # characters of a prompt
ONE = threading.Lock()  # a net that is not kept takes up to 85 MB
MANY = 36  # maps at once; of more, one layer's are shown


def show(run):
    st.header("Look inside", anchor="inside")
    st.markdown(
        "Every head of every layer draws its own map of who listens to whom. "
        "Give it your words: which heads look just one character back, which "
        "look far, and which hardly care?"
    )
    looked(net_of(run), run.data)


@st.fragment
def looked(net, data):
    """All that hangs on the prompt: the maps, and the chances after it."""
    said, tokens = prompt(data, "gpt prompt")
    heard = tuple(tokens[-net.config.block :])
    layers, logits = read(net.model, net.key, heard)
    mapped(net, layers, said)
    source.show(inside.maps, inside.shares)
    st.subheader("What comes next", anchor="chances")
    st.markdown(
        "What the last character of your prompt has gathered becomes chances "
        "of the next one. Three knobs reshape them before it is drawn. "
        "**Temperature** divides the logits: below 1 the likely become "
        "likelier. **Top-k** keeps the k likeliest, **top-p** the fewest that "
        "together have the chance p. The needle stands for the random number: "
        "keep it where it is and turn the three. When does it hit another "
        "character?"
    )
    chosen(net, logits, data.letters, said)
    source.show(generation.chances, generation.at_needle)


class Net(NamedTuple):
    """What is shown of a run."""

    model: Callable[[], gpt.GPT]  # made when asked: kept if it has learned
    config: gpt.Config
    key: str
    trained: bool


def net_of(run) -> Net:
    """The run's net; until it is done, the net it starts as."""
    key, found = shown(run), live.result(run)
    if found is None:
        config = as_drawn(run.config)
        model = partial(inside.untrained, config, len(run.data.letters))
        return Net(model, config, key, False)
    return Net(partial(learned, run.config, key, found), run.config, key, True)


def shown(run) -> str:
    """The key of that net, the same for all runs that start with it."""
    if live.result(run):
        return run.id
    return f"start {run.data.digest} {as_drawn(run.config)}"


def as_drawn(config) -> gpt.Config:
    """What the weights of a net hang on that has learned nothing yet."""
    default = gpt.Config
    only_later = {"batch": default.batch, "dropout": default.dropout}
    return replace(gpt.at_birth(config), **only_later)


@cached.resources(8)
def learned(config, key: str, _found):
    return gpt.learned_model(config, _found)


def whose(net) -> str:
    if net.trained:
        return "This is your finished run."
    return (
        "Your run is not done, so this net has learned nothing yet: it has "
        "your knobs and the weights it starts with. Train it, then look "
        "again."
    )


def prompt(data, key: str) -> tuple[str, list[int]]:
    """A box for the learner's words and what was taken; it begins with the
    text's first ones, and again when another text comes."""
    state, first = st.session_state, data.text[:FIRST]
    if state.get(key) == state.get(f"{key} first"):
        state[key] = first
    state[f"{key} first"] = first
    typed = st.text_area(
        "Your prompt",
        key=key,
        max_chars=PASTED,
        height=68,
        help=f"Up to {LONGEST} characters that occur in the text; a new "
        "line counts as one.",
    )
    said = fitting(typed.replace("\r\n", "\n"), LONGEST)
    try:
        if not said:
            raise ValueError("An empty prompt has nobody to look at.")
        return said, text.encode(said, data.letters)
    except ValueError as trouble:
        begin = "the text's first characters"
        words_part.refused(trouble, begin)
        return first, text.encode(first, data.letters)


@cached.resources(32)  # up to 0.8 MB each
def read(_model, key: str, tokens: tuple[int, ...]):
    """What the net has on the prompt: its maps, and logits of what comes."""
    with ONE:
        model, said = _model(), list(tokens)
        return inside.maps(model, said), inside.next_logits(model, said)


def mapped(net, layers, said: str):
    """All maps, small, and one of them large."""
    block = net.config.block
    cut = len(said) > block
    said = said[-block:]
    if not layers:
        st.info(
            "This net has no attention: "
            + (
                "it has no blocks at all. "
                if not net.config.n_layer
                else "the knob `attention` is off. "
            )
            + "No character hears another, so there is no map to show."
        )
        return
    left, right = st.columns(2)
    layer = picked(left, "Layer", len(layers))
    head = picked(right, "Head", len(layers[0]))
    pictured(layers, net.config.mask, net.key, said, layer, head)
    st.caption(
        whose(net)
        + f" It sees only the last {block} characters." * cut
        + " ␣ is a space, ⏎ a new line; colours go by the root of a weight, "
        "so that faint looks show."
    )


def picked(place, label: str, count: int) -> int:
    key = f"gpt inside {label.lower()}"
    if st.session_state.get(key, 1) > count:
        st.session_state[key] = 1
    return place.selectbox(label, range(1, count + 1), key=key)


@drawn_once
def pictured(_layers, mask: bool, key: str, said: str, layer: int, head: int):
    """The small maps, the large one, and what it looks at."""
    count, T = len(_layers[0]), len(said)
    shown = dict(enumerate(_layers, start=1))
    if len(shown) * count > MANY:
        shown = {layer: shown[layer]}
    arrays = {number: each.numpy() for number, each in shown.items()}
    which = "Every head (layer.head)"
    if len(shown) == 1:
        which = f"The heads of layer {layer}"
    st.vega_lite_chart(
        heads.small(arrays, (layer, head)),
        heads.grid(len(shown), count, T, which),
        alt=f"{which}: {len(shown) * count} attention maps on your prompt, a "
        f"row a layer; layer {layer}, head {head} is framed.",
    )
    weights = _layers[layer - 1][head - 1]
    told = (
        opening.looks(weights, f"Layer {layer}, head {head}", mask)
        if T > 1
        else "A single character can look at itself only."
    )
    st.vega_lite_chart(
        heads.cells(said, weights.tolist()),
        heads.large(T, mask, f"Layer {layer}, head {head}"),
        alt=f"The map of layer {layer}, head {head} on your prompt. {told}",
    )
    open_eyes = (
        " There is no mask, so the upper half is filled too: characters hear "
        "what comes after them."
    )
    st.markdown(told + open_eyes * (not mask))


def three_knobs(V: int, place: str) -> tuple[float, int, float]:
    """Temperature, top-k and top-p; 0 keeps all characters."""
    columns = st.columns(3)
    temperature = columns[0].slider(
        "Temperature", 0.1, 3.0, 1.0, 0.1, key=f"gpt {place} temperature"
    )
    top_k = columns[1].slider(
        "Top-k", 0, min(V, 50), 0, key=f"gpt {place} k", help="0 keeps all."
    )
    top_p = columns[2].slider(
        "Top-p", 0.05, 1.0, 1.0, 0.05, key=f"gpt {place} p",
        help="1 keeps all.",
    )  # fmt: skip
    return temperature, top_k, top_p


def chosen(net, logits, letters: str, said: str):
    """The chances before and after the knobs, under one needle."""
    how = three_knobs(len(letters), "chances")
    u = st.slider(
        "The random number u", 0.0, 0.999, 0.5, 0.001, key="gpt needle",
        format="%.3f",
    )  # fmt: skip
    reshaped(logits, letters, net.key, said, how, u)
    st.caption(whose(net))


@drawn_once
def reshaped(_logits, letters: str, key: str, said: str, how, u: float):
    """Both rows of bars, both strips, and what changed."""
    before = generation.chances(_logits)
    after = generation.chances(_logits, *how)
    P, Q = before.tolist(), after.tolist()
    tokens = chances.likeliest(P)
    names = chances.labels(letters, tokens)
    sides = ("as the net says", "after your knobs")
    for place, title, each in zip(st.columns(2), sides, (P, Q), strict=True):
        top = max(range(len(each)), key=each.__getitem__)
        place.vega_lite_chart(
            chances.row(names, tokens, each),
            chances.bars(names, title.capitalize()),
            alt=f"Chances of the next character {title}: the likeliest is "
            f"{visible(letters[top])} with {each[top]:.1%}.",
        )
    hits = [generation.at_needle(each, u) for each in (before, after)]
    strips = dict(zip(sides, zip((P, Q), hits, strict=True), strict=True))
    drawn = [words_part.plain(visible(letters[hit])) for hit in hits]
    st.vega_lite_chart(
        chances.spans(letters, strips, u),
        chances.needle(sides),
        alt=f"The chances end to end; the needle at {u:.3f} hits {drawn[0]} "
        f"before and {drawn[1]} after.",
    )
    st.markdown(
        f"The needle at {u:.3f} draws **{drawn[0]}** as the net says, and "
        f"**{drawn[1]}** after your knobs. {sharper(before, after)}"
    )


def sharper(before, after) -> str:
    """How many characters are left, and how hard the choice is."""
    was, now = inside.choices(before), inside.choices(after)
    left = int((after > 0).sum())
    change = "as hard"
    if now < 0.995 * was:
        change = "easier: the chances are **sharper**"
    if now > 1.005 * was:
        change = "harder: the chances are **flatter**"
    return (
        f"{left} of {len(after)} characters can be drawn. The choice was "
        f"like one among {was:.1f} equally likely ones; now, among {now:.1f}: "
        f"{change}."
    )
