"""A curve with its tangent, and the error of a slope found by nudging."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour


def frame(curve, x: float, y: float, slope: float, reach: float):
    """The curve's points, the point in view, and two ends of its tangent."""
    rows = [(a, b, "curve") for a, b in curve]
    rows.append((x, y, "point"))
    for end in (x - reach, x + reach):
        rows.append((end, y + slope * (end - x), "tangent"))
    return arrow.table(rows, ["x", "y", "part"])


@lru_cache(maxsize=8)
def tangent(title: str, left, right, low, high) -> dict:
    """A curve in the colour of data, its slope in that of gradients."""
    x = alt.X("x:Q").scale(domain=[left, right], nice=False, clamp=False)
    y = alt.Y("y:Q").scale(domain=[low, high], nice=False)
    base = alt.Chart().encode(x, y)
    tip = [alt.Tooltip("x:Q", format=".3f"), alt.Tooltip("y:Q", format=".3f")]
    curve = colour.means(base.transform_filter("datum.part == 'curve'"), "data")
    slope = base.transform_filter("datum.part == 'tangent'")
    slope = colour.means(slope, "gradient")
    point = base.transform_filter("datum.part == 'point'")
    point = colour.means(point, "gradient")
    chart = alt.layer(
        curve.mark_line(strokeWidth=3, clip=True),
        slope.mark_line(strokeWidth=2.5, strokeDash=[6, 3], clip=True),
        point.mark_point(filled=True, size=130).encode(tooltip=tip),
        title=title,
    )
    return colour.spec(chart.properties(height=280))


def errors(steps, off, chosen: float, least: float = 1e-16) -> pa.Table:
    """One row a step h: how far its slope is off; `here` on the chosen one.
    No error at all is drawn at the least, and said to be 0."""
    rows = [
        (h, max(error, least), f"{error:.1e}" if error else "0", h == chosen)
        for h, error in zip(steps, off, strict=True)
    ]
    return arrow.table(rows, ["h", "error", "said", "here"])


@lru_cache(maxsize=1)
def valley() -> dict:
    """The error over h, both on log axes: a V."""
    x = alt.X("h:Q", title="h, the size of the nudge (log scale)")
    x = x.scale(type="log", reverse=True).axis(format="~e", tickCount=7)
    y = alt.Y("error:Q", title="error of the slope (log scale)")
    y = y.scale(type="log").axis(format="~e", tickCount=6)
    tip = [alt.Tooltip("h:Q", format=".2e")]
    tip.append(alt.Tooltip("said:N", title="error"))
    base = colour.means(alt.Chart().encode(x, y, tooltip=tip), "gradient")
    here = base.transform_filter("datum.here")
    number = here.mark_text(dy=-14, fontSize=13, tooltip=None)
    chart = alt.layer(
        base.mark_line(strokeWidth=2, opacity=0.6),
        here.mark_point(filled=True, size=130),
        number.encode(text="said:N"),
        title="Where is the slope best?",
    )
    return colour.spec(chart.properties(height=280))
