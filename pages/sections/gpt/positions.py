"""What a head knows of order: nothing, unless it is told."""

from functools import partial

import streamlit as st

from core import attention
from core.data import text as texts
from pages.charts import attention as chart
from pages.charts.signs import visible
from pages.parts import later, source
from pages.parts.cached import drawn_once
from pages.sections.gpt import head

CASES = {  # whether places are added, and whether a mask is on
    "no mask, no places": (False, False),
    "no mask, places": (True, False),
    "mask, no places": (False, True),
    "mask, places": (True, True),
}
# dev after 5,000 steps on tiny Shakespeare, block 8, masked: without
# positions and with them, in the lecture's code; shared/facts.md
MEASURED = (2.365, 2.375)
COUNT = 40  # characters to write
HIGH = 8.0  # a move from there on is drawn alike


def show(data):
    st.header("Positions", anchor="positions")
    st.markdown(
        "A head sums over a **set**: it has no notion of space. So each place "
        "in the window has an embedding of its own, a row of a table, added "
        "to that of the character. Shuffle all but the last character: whose "
        "output changes, with places and without?"
    )
    needed = head.learned, data, data.digest
    later.show(partial(shuffled, data), needed)
    source.show(attention.moved)
    st.subheader("A table has an end", anchor="crop")
    st.markdown(
        "A table of places has as many rows as the block is long. The "
        "lecture's code, on the day it got one, wrote on and on and fed itself "
        "all it had written. What happens after its 8th place?"
    )
    crop(data)
    source.show(attention.generate)


@st.fragment
def shuffled(data):
    typed = head.box("Your text", "gpt shuffle text", head.opening(data), data)
    seed = st.slider(
        "Shuffle", 1, 20, 1, key="gpt shuffle", help="Each is another order."
    )
    order = attention.shuffle(len(typed), seed)
    compare(data, data.digest, typed, tuple(order))


@drawn_once
def compare(_data, digest: str, typed: str, order: tuple[int, ...]):
    """How far each output moves in each case."""
    tokens = texts.encode(typed, _data.letters)
    model = head.learned(_data, digest)
    cases = {
        case: attention.moved(model, tokens, list(order), *how)
        for case, how in CASES.items()
    }
    signs = chart.keys(typed)
    after = "".join(visible(typed[i]) for i in order)
    before = "".join(map(visible, typed))
    st.code(f"your order  {before}\nshuffled    {after}", None)
    st.vega_lite_chart(
        chart.moves(cases, signs),
        chart.moved(tuple(CASES), tuple(signs), HIGH),
        alt="How far the last character's output moves: "
        + ", ".join(f"{case} {line[-1]:.1g}" for case, line in cases.items()),
    )
    st.markdown(told(cases, before == after))
    st.markdown(leak(len(_data.letters), tokens, list(order)))
    if _data.source == "lectures":
        without, with_ = MEASURED
        st.markdown(
            "So do not expect a gap. With the lecture's code on tiny "
            "Shakespeare, masked, with a block of 8, dev ended at "
            f"{without:.3f} and {with_:.3f}, and the net without positions "
            "was not the worse."
        )
    st.caption(
        "The first head of the small net above. A number says how far the "
        "output of that very character has moved, wherever it stands now; 0 "
        "is less than 0.00001."
    )


def told(cases: dict, same: bool) -> str:
    """The last character, with and without places."""
    if same:
        return (
            "This order looks like yours, for the characters are alike or too "
            "few: type other ones."
        )
    free, placed = (
        cases[f"no mask, {which}"] for which in ("no places", "places")
    )
    return (
        "**Without a mask and without places** outputs are permuted as the "
        "characters are, and no more: none moves by over "
        f"{head.tiny(max(free))}, float rounding. **With places** the last "
        f"character's output moves by {placed[-1]:.2f}, though it stands where "
        "it stood and hears the same "
        "characters."
    )


def leak(V: int, tokens: list[int], order: list[int]) -> str:
    """What the mask gives away of the order."""
    one, two, free = (
        attention.through_blocks(V, tokens, order, n, mask)
        for n, mask in ((1, True), (2, True), (2, False))
    )
    return (
        "**With a mask** a net has some notion of order all the same. Without "
        "places the last row stays, for its past is the same set; but the "
        "others see another past than before, and their outputs change. The "
        "next block hears that. In a new net without places the last "
        f"character's logits move by {head.tiny(one)} after one block, and by "
        f"**{two:.1e}** after two; without the mask, by {head.tiny(free)} "
        "after two."
    )


@st.fragment
def crop(data):
    on = st.toggle("Crop to the last 8 characters", key="gpt crop")
    write(data, data.digest, on)


@drawn_once
def write(_data, digest: str, crop: bool):
    """Text from the net with a table of places, until it is full."""
    model = attention.with_table(len(_data.letters))
    drawn, trouble = attempt(model, crop)
    written = texts.decode(drawn, _data.letters)
    st.code("".join(map(visible, written)), None, wrap_lines=True)
    if trouble:
        st.code(f"IndexError: {trouble}", None)
        st.markdown(
            f"It stops after **{len(drawn)}** characters: the table has "
            f"{model.block} rows, and row number {model.block} was asked for, "
            "counted from 0. The next commit cuts the text to its last "
            f"{model.block} characters before it goes in. Switch the crop on."
        )
        return
    st.markdown(
        f"{len(drawn)} characters, and it could go on: it forgets what lies "
        f"more than {model.block} back. The characters are nonsense, for the "
        "net has learned nothing."
    )


def attempt(model, crop: bool) -> tuple[list[int], str]:
    """What could be written, and what went wrong."""
    drawn = []
    try:
        for token in attention.generate(model, [0], crop):
            drawn.append(token)
            if len(drawn) == COUNT:
                break
    except IndexError as trouble:
        return drawn, str(trouble)
    return drawn, ""
