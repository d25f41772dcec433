"""A derivative: the slope at a point, by nudging what goes in."""

import math

import streamlit as st

from core import derivative
from pages.charts import curve
from pages.parts import cached, source
from pages.parts.cached import drawn_once

H = [10.0**-k for k in range(13)]
PLACES = [n / 30 for n in range(-90, 91)]  # 2/3, the minimum, is one
NUMBERS = {"a": 2.0, "b": -3.0, "c": 10.0}  # the lecture's
NUDGE = 1e-4


def show():
    st.header("A derivative", anchor="derivative")
    st.markdown(
        "Nudge a number that goes in, and see how much the number that comes "
        "out moves: their ratio is the **slope**, or derivative. Where it is "
        "above 0 the curve rises, below 0 it falls. Find the place where this "
        "one does neither."
    )
    slope_of_f()
    source.show(derivative.f, derivative.exact, derivative.numerical)
    st.markdown(
        "With more than one input, each has a slope of its own: nudge that "
        "one, and leave the others where they are."
    )
    slopes_of_an_expression()
    source.show(derivative.expression, derivative.nudge)
    st.markdown(
        "One more curve, for neurons to come: **tanh** squashes any number "
        "into the range from -1 to 1. Far out it is flat, and its slope "
        "vanishes."
    )
    slope_of_tanh()
    source.show(derivative.tanh_slope)


@cached.values(1)
def parabola():
    return [(x / 10, derivative.f(x / 10)) for x in range(-30, 31)]


@cached.values(1)
def squashing():
    return [(x / 10, math.tanh(x / 10)) for x in range(-50, 51)]


@st.fragment
def slope_of_f():
    """The parabola with its tangent, and the error over the nudge."""
    left, right = st.columns(2)
    x = left.select_slider(
        "x, the place on this curve",
        PLACES,
        2.0,
        format_func=lambda x: f"{x:.3g}",
        key="x of f",
    )
    h = right.select_slider(
        "h, the size of the nudge",
        H,
        1e-6,
        format_func=lambda h: f"{h:.0e}",
        key="h of f",
    )
    with left:
        touched(x)
    with right:
        valley(x, h)
    slope = derivative.exact(x)
    st.markdown(
        f"f({x:.4g}) = **{derivative.f(x):.6g}**. The exact slope is "
        f"**{slope:.6g}**; a nudge of {h:.0e} says "
        f"**{derivative.numerical(derivative.f, x, h):.10g}**."
    )
    st.caption(
        "A large nudge looks at a piece of the curve that bends: too rough. A "
        "tiny one compares two numbers that differ in their last digits only, "
        "and a float has about 16 of them: what is left is rounding."
    )


@drawn_once
def touched(x: float):
    """The parabola with its tangent."""
    slope = derivative.exact(x)
    st.vega_lite_chart(
        curve.frame(parabola(), x, derivative.f(x), slope, 1.2),
        curve.tangent("3x² - 4x + 5 and its slope", -3.2, 3.2, 0, 45),
        alt=f"The curve 3x² - 4x + 5 with its tangent at {x:.2f}: the slope "
        f"is {slope:.4g}.",
    )


@drawn_once
def valley(x: float, h: float):
    """The error of the slope over the nudge."""
    steps = sorted({*derivative.powers_of_ten(12, 6), *H})
    off = derivative.errors(derivative.f, x, derivative.exact(x), steps)
    st.vega_lite_chart(
        curve.errors(steps, off, h),
        curve.valley(),
        alt="The error of the slope over the nudge h: it falls at first, then "
        "rises again.",
    )


@st.fragment
def slopes_of_an_expression():
    """d = a*b + c with one input nudged."""
    which = st.segmented_control(
        "Nudge", list(NUMBERS), default="a", required=True, key="nudged"
    )
    before, after, slope = derivative.nudge(which, NUDGE, **NUMBERS)
    given = ", ".join(f"{name} = {n:g}" for name, n in NUMBERS.items())
    st.markdown(
        f"d = a·b + c with {given}  \n"
        f"d1 = {before:.10g}, and with {which} larger by {NUDGE:g}, "
        f"d2 = {after:.10g}  \n"
        f"slope (d2 - d1) / h = **{slope}**"
    )
    st.caption(
        {
            "a": "d moves b times as far as a does, the other way.",
            "b": "d moves a times as far as b does.",
            "c": "d moves just as far as c does; the last digits are rounding.",
        }[which]
    )


@st.fragment
def slope_of_tanh():
    x = st.slider(
        "x, the number that tanh squashes",
        -5.0,
        5.0,
        0.5,
        0.05,
        key="x of tanh",
    )
    squashed(x)


@drawn_once
def squashed(x: float):
    """tanh with its tangent."""
    slope = derivative.tanh_slope(x)
    st.vega_lite_chart(
        curve.frame(squashing(), x, math.tanh(x), slope, 1.0),
        curve.tangent("tanh and its slope", -5.2, 5.2, -1.6, 1.6),
        alt=f"tanh with its tangent at {x:.2f}: the slope is {slope:.4g}.",
    )
    st.markdown(f"tanh({x:g}) = **{math.tanh(x):.4f}**, slope **{slope:.4f}**")
