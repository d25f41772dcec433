"""Averages of the past, four ways: what attention is, before it has a name."""

import math

import pandas as pd
import pyarrow as pa
import streamlit as st

from core import averaging
from pages.charts import arrow
from pages.charts import averaging as chart
from pages.parts import cached, source
from pages.parts.cached import drawn_once

NUMBERS, ROW = "gpt averaging numbers", "gpt averaging row"
STARTS = {
    "3 rows of whole numbers": lambda: averaging.toy(),
    "8 rows of spread 1": lambda: averaging.lecture_batch()[0],
}
LONGEST = 8  # rows
LARGEST = 100  # number in a cell
WAYS = {
    "loop": "1 Loop",
    "matmul": "2 Product",
    "softmax": "3 Softmax",
    "attention": "4 Attention",
}


def show(data):
    st.header("Averaging the past, four ways", anchor="averaging")
    st.markdown(
        "The bigram forgets all but the last character. The simplest way to "
        "hear the others: let each place take the **mean** of itself and of "
        "all places before it. That loses their order, and much else, but it "
        "is communication, and it never looks ahead. A place is a row of "
        "numbers here, T rows of C; change any of them, then move the row in "
        "view. Which rows feed it, and by how much?"
    )
    four_ways()
    st.subheader("The loop, and without it", anchor="averaging-code")
    st.markdown(
        "**Loop**: for each window and each place, take the past and its "
        "mean. **Product**: a mean is a sum with weights, and a matrix whose "
        "rows are those weights does all places at once; `tril` keeps the "
        "**tri**angle on the **l**ower left. **Softmax**: begin with an "
        "affinity of 0 to every place of the past and of minus infinity to "
        "the future. Softmax turns equal affinities into equal weights, and "
        "minus infinity into exactly 0."
    )
    source.show(
        averaging.by_loop,
        averaging.by_matmul,
        averaging.even,
        averaging.by_softmax,
        averaging.masked,
    )
    st.markdown(
        "Why the detour over softmax? Because those zeros need not stay "
        "zeros. **Attention** puts numbers there that come from the rows "
        "themselves: how much does this row look for what that one has? The "
        "mask and the softmax stay as they are."
    )


@st.fragment
def four_ways():
    """All that depends on the numbers."""
    start = st.segmented_control(
        "Begin with",
        list(STARTS),
        key="gpt averaging start",
        default=next(iter(STARTS)),
        required=True,
        help="Both are the lecture's own. What you have typed is lost when "
        "you choose again.",
    )
    x = typed(start)
    row = st.slider("Row in view", 1, len(x), key=ROW) if len(x) > 1 else 1
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    way = left.segmented_control(
        "Way",
        list(WAYS),
        key="gpt averaging way",
        format_func=WAYS.get,
        default="loop",
        required=True,
    )
    seed = right.slider(
        "Seed of attention",
        0,
        20,
        5,
        key="gpt averaging seed",
        help="Where the random numbers start that are the head's weights. "
        "It has learned nothing.",
    )
    picture(x, row, way, seed)
    beside(x, row, seed)
    equal(x)


def typed(start: str) -> tuple:
    """The numbers in the editor; a cell that is none gets a sentence."""
    begun = beginning(start)
    st.caption(
        f"The numbers x: a row is a place, oldest first; up to {LONGEST} rows."
    )
    config = st.column_config.NumberColumn(
        min_value=-LARGEST, max_value=LARGEST, step=0.0001, format="%.4g"
    )
    edited = st.data_editor(
        begun,
        num_rows="dynamic",
        hide_index=True,
        key=f"{NUMBERS} {start}",
        column_config=dict.fromkeys(begun.columns, config),
    )
    rows, trouble = numbers(edited.values.tolist(), begun.values.tolist())
    for said in trouble:
        st.warning(said)
    state = st.session_state
    state[ROW] = min(state.get(ROW, len(rows)), len(rows))
    return rows


@cached.values(4)
def beginning(start: str) -> pd.DataFrame:
    x = STARTS[start]().double().round(decimals=4).tolist()
    return pd.DataFrame(
        x, columns=[f"channel {c + 1}" for c in range(len(x[0]))]
    )


def numbers(edited: list, begun: list) -> tuple[tuple, list[str]]:
    """Rows of numbers, and sentences on what could not be used."""
    trouble, empty, rows = [], [], []
    if len(edited) > LONGEST:
        trouble.append(f"Only the first {LONGEST} rows are used.")
    if not edited:
        trouble.append("No row is left: using those of the beginning.")
        edited = begun
    for r, line in enumerate(edited[:LONGEST]):
        rows.append([])
        for c, cell in enumerate(line):
            if not usable(cell):
                cell = begun[r][c] if r < len(begun) else 0.0
                empty.append(f"row {r + 1}, channel {c + 1} (using {cell:g})")
            rows[r].append(float(cell))
    if empty:
        trouble.append(
            f"Type a number from -{LARGEST} to {LARGEST} in {'; '.join(empty)}."
        )
    return tuple(map(tuple, rows)), trouble


def usable(cell) -> bool:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return False
    return math.isfinite(cell) and abs(cell) <= LARGEST


@cached.values(64)
def computed(x: tuple, seed: int) -> dict:
    """For each way: weights, what they average, and the outcome."""
    ways = averaging.four_ways(averaging.table(x), seed)
    return {
        name: tuple(each.tolist() for each in way) for name, way in ways.items()
    }


@drawn_once
def picture(x, row: int, way: str, seed: int):
    """The product of the way in view, and its row in words."""
    weights, averaged, out = computed(x, seed)[way]
    T, C = len(x), len(x[0])
    reach = max(abs(n) for line in averaged for n in line) or 1.0
    middle = "x" if way != "attention" else "value(x)"
    fed = [j for j in range(T) if weights[row - 1][j] > 0]
    st.vega_lite_chart(
        chart.cells(weights, averaged, out, row - 1),
        chart.product(T, C, reach, middle),
        alt=f"Weights {T} by {T}, times numbers {T} by {C}, gives {T} by {C}. "
        f"Row {row} is fed by rows {', '.join(str(j + 1) for j in fed)}.",
    )
    terms = " + ".join(f"{weights[row - 1][j]:.3f} · row {j + 1}" for j in fed)
    st.markdown(
        f"Out, row {row} = {terms} of {middle} = "
        f"({', '.join(f'{n:.4f}' for n in out[row - 1])}). " + WHY[way]
    )


WHY = {
    "loop": "The loop writes no weights down; let loose on rows that are all "
    "0 but for a single 1, it shows them.",
    "matmul": "Each row of the triangle sums to 1, and above the diagonal all "
    "is 0: the future weighs nothing.",
    "softmax": "The same triangle, made of zeros and minus infinities.",
    "attention": "Here the rows differ in whom they listen to, and no future "
    "place is heard; change a number, and the weights change with it. What is "
    "averaged is no longer x, but what each row chooses to say, its **value**.",
}


@drawn_once
def beside(x, row: int, seed: int):
    """The weights of one row, all four ways."""
    found = computed(x, seed)
    T = len(x)
    st.table(
        pa.table(
            {f"weights of row {row}": list(WAYS.values())}
            | {
                f"row {j + 1}": [
                    f"{found[way][0][row - 1][j]:.3f}" for way in WAYS
                ]
                for j in range(T)
            }
        ),
        hide_index=True,
        alt=f"How much row {row} takes of each row, in each of the four ways.",
    )
    weights = found["attention"][0][row - 1][:row]
    st.caption(
        "The first three do not look at the numbers: any text gets these "
        f"weights. The fourth does: its largest weight is {max(weights):.3f}, "
        f"its smallest {min(weights):.3f}, where a mean has {1 / row:.3f}."
        + (SHARP if row > 1 and max(weights) > 0.9 else "")
    )


SHARP = (
    " Numbers this large make softmax choose nearly one row alone; further "
    "down, in the head, you see what tames it."
)


@cached.values(64)
def differences(x: tuple) -> dict:
    """How far the ways are from the loop, on these numbers and on the
    lecture's batch."""
    sets = {"your numbers": averaging.table(x)[None]}
    sets["the lecture's batch (4, 8, 2)"] = averaging.lecture_batch()
    ways = {"product": averaging.by_matmul, "softmax": averaging.by_softmax}
    return {
        (name, way): averaging.apart(averaging.by_loop(given), by(given))
        for name, given in sets.items()
        for way, by in ways.items()
    }


@drawn_once
def equal(x):
    """Whether the three are the same, and what allclose says of it."""
    found = differences(x)
    st.table(
        arrow.table(
            [
                (
                    name,
                    f"loop and {way}",
                    f"{each.largest:.1e}" if each.largest else "0",
                    f"`{each.close}`",
                    f"`{each.close_enough}`",
                )
                for (name, way), each in found.items()
            ],
            ["on", "ways", "furthest apart", "allclose", "atol=1e-6"],
        ),
        hide_index=True,
        alt="The largest differences of the product and of the softmax from "
        "the loop, and what torch.allclose says of them.",
    )
    mine = [each for (name, _), each in found.items() if name == "your numbers"]
    same = (
        "The three are the same average"
        if all(each.close_enough for each in mine)
        else "The three are the same average, though your numbers nearly "
        "cancel and rounding shows even at 1e-6"
    )
    st.markdown(
        f"{same}: a float32 has about seven digits, and sums taken in another "
        "order round otherwise. " + doubt(found)
    )


def doubt(found) -> str:
    """What allclose takes offence at, if it does."""
    refused = [each for each in found.values() if not each.close]
    if not refused:
        return "`torch.allclose` agrees in every case."
    each = refused[-1]
    return (
        "Yet `torch.allclose` can say `False` at its default tolerances. It "
        "allows 1e-8 plus 1e-5 of the number itself, and where a mean happens "
        f"to be nearly 0, here {each.value:.4f}, that is {each.allowed:.2e}, "
        f"less than the {each.difference:.2e} of rounding. With `atol=1e-6` "
        "it compares with the size of what was summed."
    )
