"""Nudge and compare: each leaf's slope by three ways that must agree."""

import math

import pyarrow as pa
import streamlit as st

from core import derivative, expression, slopes
from pages.charts import arrow
from pages.parts import source
from pages.parts.cached import drawn_once

PARTED = 1e-5  # of the slope: a difference beyond rounding
FAR = 2.0  # a step that brings so many times what the slopes promised
ONE_WAY = [1e-3, 1e-4]  # the lecture's nudge, and a tenth of it
ROUNDING = 1e-9  # of the slope: off by no more, it is rounding
TENFOLD = 5, 20  # about
RATES = [0.001, 0.01, 0.1, 1.0]


def show(program, numbers):
    st.header("Nudge and compare", anchor="nudge")
    st.markdown(
        "Is the engine right? Ask two others. A **finite difference** knows "
        "no rules: it nudges one leaf up and down by a millionth and looks at "
        "the end. **PyTorch**, the library behind most published nets, goes "
        "through the same lines with an engine of its own."
    )
    compared(program, repr(program), tuple(numbers.items()))
    along(program, numbers)
    source.show(
        derivative.numerical, slopes.difference, slopes.by_torch, slopes.step
    )


@drawn_once
def compared(_program, key: str, numbers: tuple):
    """The three ways side by side, and the lecture's nudge one way."""
    numbers = dict(numbers)
    found = slopes.compare(_program, numbers)
    st.table(
        table(numbers, found),
        hide_index=True,
        alt="Each leaf's slope by backprop, by finite difference, by torch.",
    )
    st.markdown(verdict(found))
    if found:
        one_way(_program, numbers, found)


def table(numbers, found) -> pa.Table:
    rows = [
        (
            name,
            f"{numbers[name]:z.6g}",
            f"{slope.backprop:z.7g}",
            f"{slope.difference:z.7g}",
            f"{slope.torch:z.7g}",
            f"{slope.largest_difference:.1e}",
        )
        for name, slope in found.items()
    ]
    columns = ["leaf", "data", "backprop", "finite difference", "torch"]
    return arrow.table(rows, [*columns, "largest difference"])


def verdict(found) -> str:
    """Whether the three agree, and where they cannot."""
    if not found:
        return "There is no leaf to nudge: give a name a number."
    apart = {name: slope.largest_difference for name, slope in found.items()}
    if not all(map(math.isfinite, apart.values())):
        return (
            "Where a slope is infinite or no number at all, there is nothing "
            "to compare."
        )
    name = max(apart, key=apart.get)
    said = f"The largest difference is **{apart[name]:.1e}**, at {name}"
    if apart[name] > PARTED * max(1.0, abs(found[name].torch)):
        return (
            f"{said}: the ways part. At a corner of relu, or beside a "
            "division by zero, a nudge to both sides sees something else than "
            "the slope of one side."
        )
    return (
        f"{said}. Backprop and torch are off by the rounding of floats only; "
        "a nudge is an estimate, and it needs two more runs for every leaf."
    )


def one_way(program, numbers, found):
    """Every leaf nudged up only, and how far the slope is off so."""
    whole, tenth = ONE_WAY
    st.markdown(
        "The lecture nudges **one way** only: the end at a leaf plus h, less "
        f"the end now, over h. With h = {whole:g}:"
    )
    rows, off = [], {}
    for name, slope in found.items():
        end, x = expression.end_of(program, numbers, name), numbers[name]
        off[name] = derivative.errors(end, x, slope.backprop, ONE_WAY)
        nudged = derivative.numerical(end, x, whole)
        rows.append((name, f"{nudged}", *(f"{far:.1e}" for far in off[name])))
    columns = ["leaf", "one way", "off by", f"off with h = {tenth:g}"]
    st.table(
        arrow.table(rows, columns),
        hide_index=True,
        alt="Each leaf's slope by a nudge one way, and how far it is off.",
    )
    st.markdown(why_off(program.end, found, off))


def why_off(end, found, off) -> str:
    """Because the end bends, by rounding alone, or at a corner."""
    if not all(math.isfinite(far) for both in off.values() for far in both):
        return (
            "Where the end or a slope is no number, there is nothing to be "
            "off from."
        )
    name = max(off, key=lambda name: off[name][0])
    whole, tenth = off[name]
    if whole <= ROUNDING * max(1.0, abs(found[name].backprop)):
        return (
            f"Off by **{whole:.1e}** at most: as one leaf moves, {end} goes "
            "along a straight line, so even a large nudge finds its slope. "
            "What is left is the rounding of floats, and a smaller h makes it "
            "no better."
        )
    low, high = TENFOLD
    if low * tenth < whole < high * tenth:
        return (
            f"Off by **{whole:.1e}** at {name}, and by about a tenth of that "
            f"with a tenth of the nudge: {end} is curved there, and one way "
            "it has bent already. Up and down the two bends all but cancel: "
            "the table above goes both ways, and less far."
        )
    return (
        f"Off by **{whole:.1e}** at {name}, and a smaller nudge does not make "
        "it ten times better: beside a corner or a steep place, or rounding "
        "of large numbers."
    )


def along(program, numbers):
    """All leaves at once, a little along their slopes."""
    rate = st.select_slider(
        "Step size",
        RATES,
        RATES[1],
        key="nudge rate",
        help="Every leaf moves by this times its slope.",
    )
    step = slopes.step(program, numbers, rate)
    st.markdown(
        f"Now all leaves take one step along their slopes, {rate:g} times as "
        f"far: {program.end} goes **{step.before:z.7g} → {step.after:z.7g}**. "
        + judged(step)
    )


def judged(step) -> str:
    """What the slopes promised, and whether it came."""
    rise = step.after - step.before
    if not (math.isfinite(rise) and math.isfinite(step.promised)):
        return "There is no number to compare it with."
    if step.promised == 0:
        return "Nothing moves: every slope is zero."
    said = f"The slopes promised {step.promised:+.4g}; it is {rise:+.4g}. "
    if not 1 / FAR < rise / step.promised < FAR:
        return f"{said}Slopes are true only close by: take a smaller step."
    return (
        f"{said}Along its slopes a number grows; to make a loss smaller, a "
        "net steps the other way."
    )
