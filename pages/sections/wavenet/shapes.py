"""Shapes: of every layer, of a product, and of neighbours side by side."""

import streamlit as st

from core import convolution, tree, wavenet
from core.layers import FlattenConsecutive, Linear
from pages.charts import arrow
from pages.parts import source
from pages.parts import words as words_part
from pages.parts.cached import drawn_once
from pages.sections.wavenet import tree as tree_section

QUIZ, GUESS = "wavenet quiz at", "wavenet quiz guess"
ASKED = ("Embedding", "FlattenConsecutive", "Linear")  # others keep it
LEFT, RIGHT = "wavenet left shape", "wavenet right shape"
PRESETS = {  # L6.6 first; the others go further, or wrong
    "the lecture's": ("4, 3, 29, 80", "80, 200"),
    "one matrix": ("32, 48", "48, 128"),
    "a batch of matrices": ("32, 8, 24", "32, 24, 8"),
    "broadcast": ("4, 1, 8, 24", "3, 24, 10"),
    "does not fit": ("4, 3, 29, 80", "100, 200"),
}
DIMENSIONS, LONGEST = 5, 10_000
LONGER = 16  # letters in the sandbox, at most


def show(data, config, draw):
    st.header("Shapes", anchor="shapes")
    st.markdown(
        "Half of the work on such a net is to get the shapes right. Here is "
        "what each layer makes of a real batch. Predict each shape that "
        "changes before you see it: B examples, T places in time, C channels."
    )
    draw(quiz, *tree_section.SIZES)
    source.show(convolution.shapes)
    st.subheader("@ works on the last dimension", anchor="at")
    st.markdown(
        "`Linear` never asks how many dimensions its input has: `x @ weight` "
        "takes the **last** one and leaves all before it alone. So the "
        "Linear that takes a flat context takes pairs as well, at all places "
        "at once. Enter two shapes: which numbers of them will come back?"
    )
    products()
    source.show(Linear, tree.product)
    st.subheader("Side by side: a view or a copy", anchor="view")
    st.markdown(
        "To put neighbours side by side you can take the even places and the "
        "odd ones and join them with `torch.cat`. Or you can ask for the same "
        "numbers in another shape, a **view**: in memory, neighbours lie side "
        "by side already. Are the two equal, and what do they cost?"
    )
    draw(ways, "embedding")
    source.show(FlattenConsecutive, tree.two_ways)
    st.subheader("Shape sandbox", anchor="sandbox")
    st.markdown(
        "Prototype here before you write a line: change a number, and see "
        "every layer's shape, or where it breaks. Try a number of letters "
        "that the fan does not fit. The lecture works like this: in a notebook "
        "until the shapes work out, then the code moves to a repository."
    )
    sandbox(config, len(data.letters))  # begins with the knobs, as they are
    source.show(tree.walk, tree.trial)


def quiz(data, config):
    """One shape is missing at a time."""
    config = tree_section.plain(config)
    shapes = tree_section.made(data, data.digest, config)
    asked = [i for i, (name, _) in enumerate(shapes) if name in ASKED]
    key = f"{config.fan} {config.hidden} {config.embedding}"
    state = st.session_state
    if state.get(f"{QUIZ} of") != key:  # other shapes: from the start
        state[f"{QUIZ} of"], state[QUIZ] = key, 0
    if state[QUIZ] < len(asked):
        at = asked[state[QUIZ]]
        guess = ask(shapes, at, f"{GUESS} {key} {at}")
        answered = guess is not None
        table_of(tuple(shapes), config, at, answered)
    else:
        st.markdown(":material/check_circle: That was the last one.")
        table_of(tuple(shapes), config, len(shapes), True)
        answered = False
    with st.container(horizontal=True):
        st.button(
            "Next shape",
            icon=":material/arrow_downward:",
            key="wavenet quiz next",
            disabled=not answered,
            on_click=go,
            args=(1,),
        )
        st.button(
            "Show all shapes",
            key="wavenet quiz all",
            disabled=state[QUIZ] >= len(asked),
            on_click=go,
            args=(len(asked),),
        )
        st.button(
            "From the start",
            key="wavenet quiz again",
            disabled=not state[QUIZ] and not answered,
            on_click=again,
        )


def go(by: int):
    st.session_state[QUIZ] += by


def again():
    """All guesses are taken back."""
    for key in [each for each in st.session_state if GUESS in str(each)]:
        st.session_state[key] = None
    st.session_state[QUIZ] = 0


def ask(shapes, at: int, key: str):
    """Which shape comes next? Returns the guess."""
    name, right = shapes[at]
    before = shapes[at - 1][1]
    guess = st.radio(
        f"{said(before)} goes into **{name}**. What comes out?",
        [said(each) for each in options(before, right)],
        index=None,
        key=key,
        horizontal=True,
    )
    if guess == said(right):
        st.markdown(f":material/check_circle: Yes, **{said(right)}**.")
    elif guess:
        st.markdown(
            f":material/close: Not {guess}: it is **{said(right)}**. "
            "Its row says why."
        )
    else:
        st.markdown("Choose one: the row then tells you why.")
    return guess


def options(before: tuple, right: tuple) -> list[tuple]:
    """The shape and up to three that a slip of the mind would give."""
    *front, last = right
    slips = [
        before,
        (*before[:-1], last) if len(before) != len(right) else None,
        (*front[:-1], 2 * front[-1], last) if len(front) > 1 else None,
        (front[0], last * 2),
        (*front, before[-1]),
        (last, *front[1:], front[0]),
        (front[0], last, *front[1:]),
        (*front, 2 * last),
        (1, *front, last),
        (*front, before[-1] + last),
        (*front, before[-1] * last),
    ]
    wrong = [each for each in dict.fromkeys(slips) if each and each != right]
    return sorted([right, *wrong[:3]], key=lambda each: (each[::-1], len(each)))


def said(shape: tuple) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def code(shape: tuple) -> str:
    """As code on one line, in a narrow column too."""
    return f"`{said(shape)}`".replace(" ", "\N{NO-BREAK SPACE}")


@drawn_once
def table_of(shapes: tuple, config, at: int, answered: bool):
    """All rows up to the one that is asked for; the rest is to come."""
    rows = []
    for i, (name, shape) in enumerate(shapes):
        known = i < at or (i == at and answered)
        mark = "?" if i == at else "..."
        why = sentence(shapes, i, config) if known else ""
        rows.append((name, code(shape) if known else mark, why))
    st.table(
        arrow.table(rows, ["layer", "shape", "why"]),
        hide_index=True,
        alt="The layers and the shapes they make: "
        + ", ".join(f"{name} {shape}" for name, shape, _ in rows),
    )


def sentence(shapes, i: int, config) -> str:
    """Why a layer makes this shape."""
    name, shape = shapes[i]
    before = shapes[i - 1][1] if i else ()
    if name == "input":
        return (
            f"A batch of {shape[0]} examples, {shape[1]} tokens each: the "
            "letters it looks back."
        )
    if name == "Embedding":
        return f"Each token becomes its row of the table: {shape[-1]} numbers."
    if name == "FlattenConsecutive":
        n = shape[-1] // before[-1]
        gone = "" if len(shape) == 3 else " One place is left: time is gone."
        return (
            f"{n} neighbours become one: time by {n}, channels times {n}. No "
            f"number moves.{gone}"
        )
    if name == "Linear":
        end = i == len(shapes) - 1
        return f"({before[-1]}, {shape[-1]}) weights on the last dimension" + (
            ": a logit for each letter." if end else "; the rest stays."
        )
    if name == "BatchNorm1d":
        over = "the batch" if len(shape) == 2 else "batch and time"
        return f"Mean and variance of each channel over {over}; same shape."
    return "Number by number: same shape."


@st.fragment
def products():
    """Two shapes, and that of their product, or why there is none."""
    preset = st.selectbox(
        "Begin with", PRESETS, key="wavenet shapes preset", on_change=preset_in
    )
    for key, shape in zip((LEFT, RIGHT), PRESETS[preset], strict=True):
        st.session_state.setdefault(key, shape)
    left, right = st.columns(2)
    one = left.text_input("Left shape", key=LEFT)
    other = right.text_input("Right shape", key=RIGHT)
    try:
        shapes = read(one), read(other)
    except ValueError as trouble:
        st.warning(str(trouble))
        return
    product_of(*shapes)


def preset_in():
    chosen = PRESETS[st.session_state["wavenet shapes preset"]]
    st.session_state[LEFT], st.session_state[RIGHT] = chosen


def read(text: str) -> tuple[int, ...]:
    """A shape from what was typed; a ValueError says what is wrong."""
    parts = text.strip().strip("()[]").replace(",", " ").split()
    if not parts or not all(each.isdecimal() for each in parts):
        raise ValueError("A shape is whole numbers, such as 4, 3, 29, 80.")
    if len(parts) > DIMENSIONS:
        raise ValueError(f"Keep it to {DIMENSIONS} dimensions.")
    if any(len(each) > 6 or not 0 < int(each) <= LONGEST for each in parts):
        raise ValueError(f"Keep each number between 1 and {LONGEST:,}.")
    return tuple(map(int, parts))


@drawn_once
def product_of(left: tuple, right: tuple):
    """The product's shape, and how it comes about."""
    asked = f"`{said(left)} @ {said(right)}`"
    try:
        found = tree.product(left, right)
    except RuntimeError as trouble:
        st.markdown(f"{asked} → **does not fit.** {misfit(left, right)}")
        st.caption("torch says it in its own words:")
        st.code(f"RuntimeError: {trouble}", language=None, wrap_lines=True)
        return
    st.markdown(f"{asked} → **`{said(found)}`**. {fit(left, right)}")
    st.caption(
        '"It works on the last dimension only" is said of the left side. To '
        "the letter: `@` **contracts** the last dimension of the left with "
        "the second-last of the right, it multiplies and sums along it, so "
        "it is gone. The last of the right takes its place, and all "
        "dimensions before are a batch: they have to be equal, or 1 or "
        "missing on one side (**broadcasting**)."
    )


def fit(left: tuple, right: tuple) -> str:
    """What is contracted, and what is carried along."""
    summed = f"The two {left[-1]:,}s are multiplied and summed away"
    if len(right) == 1:
        return f"{summed}; a vector on the right leaves nothing in its place."
    if len(left) == 1:
        return f"{summed}; a vector on the left is read as one row."
    carried = left[:-2]
    said_so = f"{summed}, {right[-1]:,} takes their place"
    if len(right) == 2:
        kept = ", ".join(f"{each:,}" for each in left[:-1])
        return (
            f"{said_so}, and {kept} stay{'s' if len(left) == 2 else ''} as "
            "before."
        )
    return (
        f"{said_so}; before them, {said(carried)} and {said(right[:-2])} are "
        "a batch of matrices, matched from the right."
    )


def misfit(left: tuple, right: tuple) -> str:
    """Which two numbers do not agree."""
    row = right[-1] if len(right) == 1 else right[-2]
    where = "last" if len(right) == 1 else "second-last"
    if left[-1] != row:
        return (
            f"The last of the left is {left[-1]:,} and the {where} of the "
            f"right is {row:,}: they are summed along together, so they have "
            "to be equal."
        )
    pairs = zip(reversed(left[:-2]), reversed(right[:-2]), strict=False)
    one, other = next((a, b) for a, b in pairs if a != b and 1 not in (a, b))
    return (
        f"{left[-1]:,} fits {row:,}, but in the batch before them {one:,} "
        f"meets {other:,}: they have to be equal, or one of them 1."
    )


def ways(config):
    B = st.select_slider(
        "Examples in the batch",
        [1, 32, 256, 2048],
        tree_section.ROWS,
        key="wavenet view rows",
    )
    two_ways(B, 8, config.embedding)


@drawn_once
def two_ways(B: int, T: int, C: int):
    """Equal or not, shared or not, and the time of each."""
    found = tree.two_ways(B, T, C)
    ratio = found.cat_seconds / found.view_seconds
    rows = [
        (
            f"`x.view({B}, {T // 2}, {2 * C})`",
            found.view_shares,
            found.view_seconds,
        ),
        (
            "`torch.cat([x[:, ::2], x[:, 1::2]], dim=2)`",
            found.cat_shares,
            found.cat_seconds,
        ),
    ]
    st.table(
        arrow.table(
            [
                (how, said(found.shape), memory(shares), f"{1e6 * took:,.1f}")
                for how, shares, took in rows
            ],
            [f"x is {said((B, T, C))}", "shape", "memory", "time, µs"],
        ),
        hide_index=True,
        alt="View and cat: shape, whether they share memory with x, and time.",
    )
    st.markdown(
        f"**{'Equal' if found.equal else 'Not equal'}**, number for number. "
        f"The copy took **{ratio:,.0f} times** as long as the view, measured "
        "here: the view only writes down another shape for the same "
        "memory, whatever its size; the copy moves "
        f"{B * T * C:,} numbers."
    )


def memory(shares: bool) -> str:
    return "shared with x" if shares else "its own"


@st.fragment
def sandbox(config, V: int):
    """Sizes of the visitor's own, and what each layer makes of them."""
    first = {
        "wavenet box fan": config.fan,
        "wavenet box letters": wavenet.context(config),
        "wavenet box hidden": config.hidden,
        "wavenet box embedding": config.embedding,
    }
    for key, value in first.items():
        st.session_state.setdefault(key, value)
    left, right = st.columns(2)
    fan = left.selectbox("Fan", wavenet.FANS, key="wavenet box fan")
    B = left.slider(
        "Examples, B", 1, 256, tree_section.ROWS, key="wavenet box rows"
    )
    T = left.slider("Letters, T", 1, LONGER, key="wavenet box letters")
    E = right.slider("Embedding, E", 1, 64, key="wavenet box embedding")
    H = right.slider("Hidden, H", 1, 256, key="wavenet box hidden")
    built(wavenet.Config(fan=fan, embedding=E, hidden=H), V, B, T)


@drawn_once
def built(config, V: int, B: int, T: int):
    """Every layer's shape, as far as they fit."""
    found, trouble = tried(config, V, B, T)
    shown = [(name, code(shape)) for name, shape in found]
    if trouble:
        shown.append(("FlattenConsecutive", "does not fit"))
    st.table(
        arrow.table(shown, ["layer", "shape"]),
        hide_index=True,
        alt="The layers and their shapes: "
        + ", ".join(f"{name} {shape}" for name, shape in shown),
    )
    if trouble:
        n = wavenet.fans(config)[(len(found) - 2) // 4]
        st.warning(
            f"{unfit(found[-1][1], n)} The fan {config.fan} needs "
            f"{wavenet.context(config)} letters, or a multiple of that. In "
            f"Python's words: {words_part.plain(trouble)}"
        )
        return
    st.markdown(verdict(config, V, found[-1][1], T))


def unfit(shape: tuple, n: int) -> str:
    """Why the next layer cannot fuse."""
    if len(shape) == 2:
        return f"Time is gone already: there are no {n} places to fuse."
    places = f"{shape[1]} place{'s' if shape[1] > 1 else ''}"
    return f"{places} in time cannot be fused by {n}."


def tried(config, V: int, B: int, T: int) -> tuple[list, str]:
    """The shapes there are, and the words of whoever stopped there."""
    found = []
    try:
        for each in tree.trial(config, V, B, T):
            found.append(each)
    except (RuntimeError, ValueError) as trouble:  # of view, or of no time
        return found, str(trouble)
    return found, ""


def verdict(config, V: int, out: tuple, T: int) -> str:
    count = wavenet.parameters(config, V)
    if len(out) == 3:
        return (
            f"It fits, but {out[1]} places in time are left: the net has "
            f"{out[1]} answers for each example and not one. The fan "
            f"{config.fan} fuses {wavenet.context(config)} letters, and there "
            f"are {T}."
        )
    return (
        f"It fits: one row of {out[-1]} logits an example, {count:,} "
        "parameters."
    )
