"""From flat to tree: how letters are fused, and what each node hears."""

from dataclasses import replace
from functools import partial

import streamlit as st

from core import convolution, mlp, sampling, tree, wavenet
from core.data import names
from core.layers import FlattenConsecutive
from core.tokens import places
from pages.charts import arrow
from pages.charts import tree as chart
from pages.parts import cached, later, pressed, source
from pages.parts import words as words_part
from pages.parts.cached import drawn_once

TALL = 510  # pixels of the first picture and its words, or more
OTHERS = 300  # contexts that stand in for a node's letters
SIZES = "fan", "hidden", "embedding"
FEW = 50  # words whose contexts give BatchNorm its statistics
ROWS = 32  # examples of a real batch
WORD, LETTER, FAN = "wavenet tree word", "wavenet tree letter", "wavenet fan"
LEVEL, PLACE = "wavenet tree level", "wavenet tree place"
FOLLOWS = "wavenet fan follows"
BOARD, PRESSED = "wavenet tree board", "wavenet tree pressed"


def opening(data):
    """The page's first picture: a tree that learned while it opened."""
    question = data, data.digest
    later.show(partial(opened, *question), (quick, *question), tall=TALL)


@later.resources(8)
def quick(_data, digest: str):
    return tree.learned(tree.QUICK, _data)


@drawn_once
def opened(_data, digest: str):
    """The first word's tree, each node as dark as the answer hangs on it."""
    config, letters = tree.QUICK, _data.letters
    found, fans = quick(_data, digest), tuple(wavenet.fans(config))
    T, word = wavenet.context(config), _data.words[0]
    tokens = convolution.text(word, letters, T)[-T:]
    window = "".join(letters[token] for token in tokens.tolist())
    others = tree.drawn(found.X, OTHERS, config.seed)
    strength = tree.hangs_on(found.net, tokens, others, fans)
    strength.append(strength[-1])
    P = sampling.chances(found.net, tokens[None])[0].tolist()
    likely = sorted(range(len(P)), key=P.__getitem__, reverse=True)[:3]
    told = ", ".join(f"{letters[i]} {P[i]:.0%}" for i in likely)
    most = max(range(T), key=strength[0].__getitem__)
    st.vega_lite_chart(
        chart.frame(
            window,
            fans,
            influences(window, fans, strength, told),
            strength=strength,
            root=told,
        ),
        chart.strengths(
            fans,
            level_names(fans),
            "What does the answer hang on?",
            max(0.1, strength[-1][0]),
        ),
        alt=f"The eight letters {window} are fused two by two in a tree. The "
        f"next letter by this net: {told}. The answer hangs most on the "
        f"letter at place {most + 1}, {window[most]}: {strength[0][most]:.0%}.",
    )
    st.markdown(hangs_in_words(window, strength))
    held = "held back" if found.held_back else "it learned from"
    st.caption(
        "The number at a node: put the letters under it from another context "
        "there, and so much of the chance goes to other letters, on average "
        f"over {OTHERS} contexts. At the root: what this net finds likeliest "
        f"after `{window}`. A dot is the edge of a word. The net learned "
        f"while this page opened, from {_data.title}: {config.steps:,} steps, "
        f"{wavenet.parameters(config, len(letters)):,} parameters, a loss of "
        f"{found.loss:.2f} on words {held}."
    )


def influences(window: str, fans, strength, told: str) -> list[list[str]]:
    """What each node is, in words."""
    said, width = [], 1
    for n, row in zip((1, *fans), strength, strict=False):
        width *= n
        said.append(
            [
                f"{window[i * width : (i + 1) * width]}: {each:.0%}"
                for i, each in enumerate(row)
            ]
        )
    return [*said, [f"next: {told}"]]


def hangs_in_words(window: str, strength) -> str:
    """Which half matters more, and whether the newest letter does most."""
    old, new = strength[-3]
    T = len(window)
    first, second = window[: T // 2], window[T // 2 :]
    said = (
        "Look at the two halves: the answer hangs "
        f"**{new:.0%} on `{second}`** and **{old:.0%} on `{first}`**. "
    )
    most = max(range(T), key=strength[0].__getitem__)
    if most == T - 1:
        return said + (
            "Of the single letters the newest one counts most, "
            f"{strength[0][most]:.0%}."
        )
    return said + (
        f"Of the single letters the one at place {most + 1}, "
        f"`{window[most]}`, counts most, {strength[0][most]:.0%}; the newest "
        f"{strength[0][-1]:.0%}."
    )


def level_names(fans) -> tuple[str, ...]:
    """From the letters up."""
    hidden = [f"layer {k}" for k in range(1, len(fans) + 1)]
    return ("letters", *hidden, "next")


def of_another(config):
    """Which sections are not about the visitor's own net, if any."""
    if config.unit != "tanh" or not config.over_time:
        st.info(
            "Your run has the gated unit or the BatchNorm bug. The sections "
            "about trees and shapes show the lecture's net of the same sizes; "
            "Train, the forks and the samples below are of yours."
        )


def show(draw):
    st.header("From flat to tree", anchor="tree")
    st.markdown(
        "The MLP of the last lessons is **flat**: one layer takes the "
        "numbers of all letters at once and squashes them into one row. "
        "Nothing small, no pair of letters, is ever made out first, and each "
        "place has weights of its own: what is learned of a pair at one place "
        "is not known at the next. A **tree** fuses neighbours first, then "
        "the pairs, then the fours."
    )
    draw(beside_flat, *SIZES)
    source.show(FlattenConsecutive)
    st.subheader("What does a node hear?", anchor="receptive-field")
    st.markdown(
        "Type a word, choose which of its letters is to be predicted, and "
        "pick any node: press it, or move the two sliders. The letters that "
        "reach it are its **receptive field**: they light up, with all nodes "
        "on the way. Before you climb a layer: how many letters will it be?"
    )
    draw(hearing, *SIZES)
    source.show(tree.heard, tree.field)


def beside_flat(data, config):
    crude(as_tree(config), len(data.letters))


def hearing(data, config):
    """A word, and what each node over its letters hears."""
    word = typed_word(data)
    pick(data, plain(config), word)


def plain(config):
    """The lecture's net: only what changes shapes and first weights."""
    return wavenet.Config(
        fan=config.fan,
        hidden=config.hidden,
        embedding=config.embedding,
        seed=config.seed,
    )


def as_tree(config):
    """What flat is compared with: a tree, whatever the knob says."""
    fan = config.fan if "-" in config.fan else wavenet.Config.fan
    return replace(plain(config), fan=fan)


@drawn_once
def crude(config, V: int):
    """Flat and tree in numbers: what is squashed at once, and the weights."""
    fans, T = wavenet.fans(config), wavenet.context(config)
    E, H, n = config.embedding, config.hidden, fans[0]
    wide = tree.equal_hidden(config, V)
    whole = wavenet.parameters(config, V)
    rows = [
        ("flat", T * E, H, T * E * H, 1, tree.flat(config, V, H)),
        (f"tree {config.fan}", n * E, H, n * E * H, T // n, whole),
        (
            "flat, wide",
            T * E,
            wide,
            T * E * wide,
            1,
            tree.flat(config, V, wide),
        ),
    ]
    columns = ["net", "numbers at once", "hidden", "weights of layer 1"]
    columns += ["each used at", "parameters in all"]
    shown = [
        (name, *(f"{each:,}" for each in row[:3]), uses(row[3]), f"{row[4]:,}")
        for name, *row in rows
    ]
    st.table(
        arrow.table(shown, columns),
        hide_index=True,
        alt="Flat and tree over as many letters: how many numbers the first "
        "layer takes at once, its weights, and all parameters.",
    )
    more = whole - rows[0][-1]
    st.markdown(
        f"All look back {T} letters, {E} numbers each. The flat layer squashes "
        f"{T * E:,} numbers at once, each node of the tree's first layer "
        f"{n * E:,}; and its {T // n} nodes share their weights, so that the "
        "same letters give the same node wherever they stand. With equally "
        f"many hidden channels the tree has {abs(more):,} parameters "
        f"{'more' if more > 0 else 'fewer'}, for it has {len(fans)} layers "
        f"and not one. A fair race is against a flat net of {wide:,} hidden, "
        "with about as many parameters in all."
    )


def uses(places: int) -> str:
    return "1 place" if places == 1 else f"{places} places"


def typed_word(data) -> str:
    """The word in the box, or the first of the data if it is refused."""
    text = words_part.box(
        "Your word", data, WORD, "Its letters are the leaves of the tree."
    )
    try:
        return names.one(text, data.letters)
    except ValueError as trouble:
        words_part.refused(trouble, data.words[0])
        return data.words[0]


@st.fragment
def pick(data, config, word: str):
    """Fan, letter to predict, and a node by level and place."""
    if st.session_state.get(FOLLOWS) != config.fan:  # the knob was moved
        st.session_state[FOLLOWS] = st.session_state[FAN] = config.fan
    left, right = st.columns(2)
    fan = left.selectbox(
        "Fan: so many neighbours a layer fuses",
        wavenet.FANS,
        key=FAN,
        help="From the letters up; the product is how many letters the net "
        "looks back. It follows the knob in the sidebar until you choose.",
    )
    config = replace(config, fan=fan)
    window = letter_of(right, data, config, word)
    fans = tuple(wavenet.fans(config))
    counts = [len(row) for row in chart.places(fans)]
    level, place = node_of(level_names(fans), counts)
    frame, said = lit_up(data, data.digest, fan, window, level, place)
    board = f"{BOARD} {fan} {st.session_state.get(BOARD, 0)}"
    st.vega_lite_chart(
        frame,
        chart.lights(fans, level_names(fans), "Which letters reach this node?"),
        key=board,
        on_select=lambda: press(board, fans),
        selection_mode="node",
        alt=said,
    )
    field_of(data, data.digest, config, window, level, place)


def press(board: str, fans):
    """Take the node that was pressed; the sliders follow."""
    place = pressed.point(board, "node", "x", "y")
    rows = dict(enumerate(chart.places(fans)))
    if place and place[0] in rows.get(level := round(place[1]), ()):
        st.session_state[LEVEL] = level_names(fans)[level]
        st.session_state[PLACE] = rows[level].index(place[0]) + 1
        st.session_state[PRESSED] = True


def moved():
    """A slider has moved: a new board, with no press left on it."""
    if st.session_state.pop(PRESSED, False):
        st.session_state[BOARD] = st.session_state.get(BOARD, 0) + 1


def letter_of(column, data, config, word: str) -> str:
    """The window before the letter that is to be predicted."""
    T = wavenet.context(config)
    text = names.EDGE * T + word + names.EDGE
    windows = {
        f"{i + 1}: {text[i : i + T]} → {text[i + T]}": text[i : i + T]
        for i in range(len(word) + 1)
    }
    if st.session_state.get(LETTER) not in windows:
        st.session_state[LETTER] = list(windows)[-1]
    return windows[
        column.selectbox(
            "Letter to predict",
            windows,
            key=LETTER,
            help="The window before it, and the letter. A dot is the edge of "
            "the word.",
        )
    ]


def node_of(names_: tuple[str, ...], counts: list[int]) -> tuple[int, int]:
    """A node by its level and its place there; both by keyboard."""
    left, right = st.columns(2)
    if st.session_state.get(LEVEL) not in names_:
        st.session_state[LEVEL] = names_[1]
    named = left.select_slider(
        "Level",
        names_,
        key=LEVEL,
        on_change=moved,
        help="Letters, then layer by layer to the next letter. The arrow keys "
        "move it.",
    )
    level = names_.index(named)
    count = counts[level]
    if count == 1:
        right.markdown(f"Node 1 of 1: *{named}* has a single node.")
        return level, 0
    before = st.session_state.get(PLACE, count)
    st.session_state[PLACE] = min(before, count)
    place = right.slider(
        "Node",
        1,
        count,
        key=PLACE,
        on_change=moved,
        help="From the left. You can also press a node in the picture.",
    )
    return level, place - 1


def contexts(data, config):
    """What a net is given here: the contexts of a few words."""
    words, T = mlp.split(data).train[:FEW], wavenet.context(config)
    return mlp.windows(words, data.letters, T)[0]


@cached.values(32)
def made(_data, digest: str, config) -> list[tuple[str, tuple]]:
    """Each layer's name and the shape of what it makes of a real batch."""
    X = contexts(_data, config)[:ROWS]
    net = tree.untrained(config, len(_data.letters), X)
    return convolution.shapes(net, X)


@cached.resources(64)
def heard(_data, digest: str, fan: str, window: str):
    """How far each node moves when a letter of the window changes. It hangs
    on the fan alone which nodes do: so the other knobs stay as they are."""
    config, letters = wavenet.Config(fan=fan), _data.letters
    net = tree.untrained(config, len(letters), contexts(_data, config))
    return tree.heard(net, places(window, letters), len(letters))


@cached.values(64)
def lit_up(_data, digest: str, fan: str, window: str, level: int, place: int):
    """The tree with a node's field lit up, and what it shows in words."""
    fans = tuple(wavenet.fans(wavenet.Config(fan=fan)))
    tables = heard(_data, digest, fan, window)
    letters = tree.field(tables, level, place)
    lit = tree.below(tables, level, place)
    named = level_names(fans)
    said = [
        [hears(window, tree.field(tables, k, i)) for i in range(each.shape[1])]
        for k, each in enumerate(tables)
    ]
    return (
        chart.frame(window, fans, said, lit, (level, place)),
        f"The tree over {window}. Node {place + 1} of {named[level]} "
        f"{hears(window, letters)}; lit with it: {len(lit) - 1} nodes below.",
    )


@drawn_once
def field_of(_data, digest: str, config, window: str, level: int, place: int):
    """A node's field, its shape, and why."""
    tables = heard(_data, digest, config.fan, window)
    st.markdown(field_in_words(_data, config, window, tables, level, place))
    st.markdown(shape_in_words(config, made(_data, digest, config), level))
    st.caption(
        "Nothing here is drawn by hand: in a net with the weights of the "
        "start, BatchNorm in evaluation, each letter of the window is replaced "
        "by every other one, and what moves by more than rounding lights up. "
        f"That net has {wavenet.Config.embedding} numbers a letter and "
        f"{wavenet.Config.hidden} hidden, whatever your knobs say; the shape "
        "is that of yours."
    )


def hears(window: str, letters: list[int]) -> str:
    said = "".join(window[i] for i in letters)
    return f"hears {said}" if letters else "hears nothing"


def field_in_words(data, config, window, tables, level, place) -> str:
    """What was changed and what moved."""
    letters = tree.field(tables, level, place)
    fans = tuple(wavenet.fans(config))
    T, named = len(window), level_names(fans)[level]
    said = "".join(window[i] for i in letters)
    where = (
        f"letter {letters[0] + 1}"
        if len(letters) == 1
        else f"letters {letters[0] + 1} to {letters[-1] + 1}"
    )
    node = "The root" if named == "next" else f"Node {place + 1} of *{named}*"
    still = T - len(letters)
    rest = (
        f"Change any of the other {still}, and none of its numbers moves."
        if still
        else "No letter of the window is out of its reach."
    )
    return f"{node} hears **{where} of {T}: `{said}`**. {rest}"


def shape_in_words(config, shapes, level: int) -> str:
    """The shape of a level, and how it comes about."""
    fans = wavenet.fans(config)
    E, H = config.embedding, config.hidden
    if level == 0:
        return (
            f"Its shape: (B, {shapes[0][1][1]}) tokens pick rows of the table: "
            f"**{batch(shapes[1][1])}**, {E} numbers a letter."
        )
    if level > len(fans):
        return (
            f"Its shape: {batch(shapes[-2][1])} → Linear {H} to "
            f"{shapes[-1][1][-1]} → **{batch(shapes[-1][1])}**, a logit for "
            "each letter that could come."
        )
    at = 2 + 4 * (level - 1)  # Flatten, Linear, BatchNorm, tanh a level
    before, fused, mixed = (shapes[i][1] for i in (at - 1, at, at + 1))
    n = fans[level - 1]
    gone = "" if len(mixed) == 3 else " With one place left, time is gone."
    return (
        f"Its shape: {batch(before)} → {n} neighbours side by side "
        f"→ {batch(fused)} → Linear {fused[-1]} to {H} on the last dimension "
        f"→ **{batch(mixed)}**. BatchNorm and tanh leave it as it is.{gone}"
    )


def batch(shape: tuple) -> str:
    """A shape with B for the batch."""
    return f"({', '.join(['B', *map(str, shape[1:])])})"
