"""The nodes of one pass over a text, and how often a loop computes each."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour, row

NUMBERED = 26  # columns; with more of them the numbers touch one another
LOOP, ONCE = "loop", "one pass"


def places(text: str) -> tuple[str, ...]:
    """The letters of a text with their places: one may come twice."""
    return tuple(f"{i} {letter}" for i, letter in enumerate(text))


def sees(width: int) -> str:
    return f"{width} letters"


def nodes(text: str, widths, uses, lit) -> pa.Table:
    """One row a node: under the last letter it sees, how often the loop
    computes it, and whether it is one of the lit nodes."""
    names = places(text)
    rows = [
        (
            names[first + width - 1],
            sees(width),
            text[first : first + width],
            count,
            first in chosen,
        )
        for width, counts, chosen in zip(widths, uses, lit, strict=True)
        for first, count in enumerate(counts)
    ]
    columns = ["at", "layer", "letters", "count", "lit"]
    return arrow.table(rows, columns)


@lru_cache(maxsize=64)
def grid(text: str, widths: tuple[int, ...], high: int) -> dict:
    """Letters across, layers upward; a node's ink is its count."""
    names, layers = list(places(text)), [sees(w) for w in reversed(widths)]
    x = alt.X("at:N", title="the last letter that a node sees")
    bare = "split(datum.label, ' ')[1]"  # without the place before it
    look = {"domain": False, "ticks": False, "labelOverlap": False}
    x = x.scale(domain=names).axis(labelAngle=0, labelExpr=bare, **look)
    y = alt.Y("layer:N", title="a node sees").scale(domain=layers)
    y = y.axis(labelFontSize=12, **look)
    ink = alt.Color("count:Q", scale=colour.ramp(high), legend=None)
    tip = [
        alt.Tooltip("letters:N", title="sees"),
        alt.Tooltip("count:Q", title="computed by the loop, times"),
    ]
    base = alt.Chart().encode(x, y, tooltip=tip)
    cells = base.mark_rect(stroke="#8894a0", strokeWidth=0.5).encode(ink)
    ring = base.transform_filter("datum.lit").mark_rect(
        fillOpacity=0, stroke=colour.INK, strokeWidth=3
    )
    layers = [cells, ring]
    if len(names) <= NUMBERED:
        layers.append(numbers(base, high))
    title = "How often does the loop compute each node?"
    chart = alt.layer(*layers, title=title)
    return colour.spec(chart.properties(height=125 + 52 * len(widths)))


def numbers(base, high: int) -> alt.Chart:
    """The counts, on dark cells in the colour of the ground."""
    dark = f"datum.count > {high * 0.55:g}"
    shade = alt.condition(dark, alt.value(colour.GROUND), alt.value(colour.INK))
    there = base.transform_filter("isValid(datum.count)")  # else a NaN more
    said = there.mark_text(fontSize=13, fontWeight=600)
    return said.encode(text="count:Q", color=shade)


def work(widths, loop, once) -> pa.Table:
    """One row a bar: the nodes of a layer, by each way."""
    rows = [
        (sees(width), way, count)
        for way, counts in ((LOOP, loop), (ONCE, once))
        for width, count in zip(widths, counts, strict=True)
    ]
    return arrow.table(rows, ["layer", "way", "nodes"])


@lru_cache(maxsize=64)
def bars(widths: tuple[int, ...], high: int) -> dict:
    """Layer by layer from the letters up, loop beside one pass."""
    x = alt.X("layer:N", title="layer whose nodes see")
    x = x.scale(domain=[sees(width) for width in widths]).axis(labelAngle=0)
    y = alt.Y("nodes:Q", title="nodes computed")
    y = y.scale(domain=[0, high * 1.12], nice=False)
    beside = alt.XOffset("way:N").scale(domain=[LOOP, ONCE])
    base = alt.Chart().encode(x, y, beside, tooltip=["way:N", "nodes:Q"])
    hue = row.colour_pair("way", ONCE, LOOP)
    number = base.mark_text(dy=-8, fontSize=12, fill=colour.INK)
    chart = alt.layer(
        base.mark_bar().encode(hue),
        number.encode(text="nodes:Q"),
        title="How much work is that?",
    )
    return colour.spec(chart.properties(height=270))
