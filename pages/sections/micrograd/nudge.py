"""Nudge and compare: each leaf's slope by three ways that must agree."""

import math

import pandas as pd
import streamlit as st

from core import slopes
from pages.parts import source

PARTED = 1e-5  # of the slope: a difference beyond rounding
FAR = 2.0  # a step that brings so many times what the slopes promised
RATES = [0.001, 0.01, 0.1, 1.0]


def show(program, numbers):
    st.header("Nudge and compare", anchor="nudge")
    st.markdown(
        "Is the engine right? Ask two others. A **finite difference** knows "
        "no rules: it nudges one leaf up and down by a millionth and looks at "
        "the end. **PyTorch**, the library behind most published nets, goes "
        "through the same lines with an engine of its own."
    )
    found = slopes.compare(program, numbers)
    st.table(
        table(numbers, found),
        hide_index=True,
        alt="Each leaf's slope by backprop, by finite difference, by torch.",
    )
    st.markdown(verdict(found))
    along(program, numbers)
    source.show(slopes.difference, slopes.by_torch, slopes.step)


def table(numbers, found) -> pd.DataFrame:
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
    return pd.DataFrame(rows, columns=[*columns, "largest difference"])


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
