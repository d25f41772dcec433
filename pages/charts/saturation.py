"""The saturation wall, histograms, and a function with its slope."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour

MARGIN = 46  # pixels left of every plot here: their x axes lie in line
QUICK = {"embedOptions": {"renderer": "canvas"}}  # up to 3,000 marks
CAP = 2.0  # rows of room for the caps of dead neurons
TALLEST = "share, tallest = 1"


def wall(flat: list[list[bool]], dead: list[int]) -> pa.Table:
    """One row a run of flat cells in a column, from an example to before
    another; and one row a dead column, its cap."""
    rows = []
    for neuron, column in enumerate(zip(*flat, strict=True)):
        total, start = sum(column), None
        for example, cell in enumerate([*column, False]):
            if cell and start is None:
                start = example
            if not cell and start is not None:
                rows.append((neuron, start, example, total, False))
                start = None
    rows += [(neuron, -CAP, -0.5, len(flat), True) for neuron in dead]
    columns = ["neuron", "start", "end", "examples", "dead"]
    return arrow.table(rows, columns)


@lru_cache(maxsize=16)
def walls(
    examples: int,
    neurons: int,
    title: str,
    height: int = 320,
    named: bool = True,
) -> dict:
    """Examples down, neurons across: ink where the function is flat. The
    upper one of two leaves the names of its columns to the lower."""
    x = alt.X("neuron:Q", title="neuron" if named else None)
    x = x.scale(domain=[0, neurons], nice=False)
    x = x.axis(grid=False, tickCount=5, labels=named, ticks=named)
    y = alt.Y("start:Q", title="example").axis(
        grid=False, minExtent=MARGIN, maxExtent=MARGIN, values=[0, examples]
    )
    y = y.scale(domain=[examples, -CAP - 0.5], nice=False)
    tip = [
        alt.Tooltip("neuron:Q"),
        alt.Tooltip("examples:Q", title=f"flat for, of {examples}"),
    ]
    base = alt.Chart().transform_calculate(
        next="datum.neuron + 1.15",  # no seams between full columns
        ink="1",
    )
    base = base.encode(x, y, alt.X2("next:Q"), alt.Y2("end:Q"), tooltip=tip)
    ink = alt.Color("ink:Q", scale=colour.ramp(1), legend=None)
    cells = base.transform_filter("!datum.dead").mark_rect().encode(ink)
    caps = colour.means(base.transform_filter("datum.dead"), "second")
    chart = alt.layer(cells, caps.mark_rect(), title=title)
    chart = chart.resolve_scale(color="independent")
    return colour.spec(chart.properties(height=height, usermeta=QUICK))


def bins(shares, low: float, high: float) -> pa.Table:
    """One row a bar, its height compared with the tallest."""
    width, tallest = (high - low) / len(shares), max(shares)
    rows = [
        (low + i * width, low + (i + 1) * width, share, share / tallest)
        for i, share in enumerate(shares)
    ]
    return arrow.table(rows, ["from", "to", "share", "height"])


@lru_cache(maxsize=16)
def bars(
    low: float, high: float, title: str, across: str, height: int = 260
) -> dict:
    """A histogram on fixed axes: the tallest bar fills it."""
    x = alt.X("from:Q", title=across)
    x = x.scale(domain=[low, high], nice=False).axis(tickCount=8)
    y = alt.Y("height:Q", title=TALLEST).scale(domain=[0, 1])
    y = y.axis(minExtent=MARGIN, maxExtent=MARGIN, values=[0, 0.5, 1])
    tip = [
        alt.Tooltip("from:Q", format=".3~g"),
        alt.Tooltip("to:Q", format=".3~g"),
        alt.Tooltip("share:Q", format=".1%"),
    ]
    chart = colour.means(alt.Chart(title=title), "data")
    chart = chart.mark_bar(stroke=colour.GROUND, strokeWidth=0.5)
    floor = alt.Y2Datum(0)
    chart = chart.encode(x, y, alt.X2("to:Q"), floor, tooltip=tip)
    return colour.spec(chart.properties(height=height, usermeta=QUICK))


SLOPE = "its slope"


def curves(rows, name: str) -> pa.Table:
    """One row a point of the function, one of its slope."""
    points = [(x, out, name) for x, out, _ in rows]
    points += [(x, slope, SLOPE) for x, _, slope in rows]
    return arrow.table(points, ["x", "y", "which"])


@lru_cache(maxsize=16)
def curve(name: str, reach: float) -> dict:
    """The function in the colour of data, its slope in that of gradients."""
    x = alt.X("x:Q", title="sum that goes in")
    x = x.scale(domain=[-reach, reach], nice=False).axis(tickCount=8)
    y = alt.Y("y:Q", title="comes out").scale(domain=[-1.25, 1.75])
    y = y.axis(minExtent=MARGIN, maxExtent=MARGIN, values=[-1, 0, 1])
    names = [name, SLOPE]
    legend = alt.Legend(
        title=None, orient="top", values=names, symbolType="stroke"
    )
    hue = alt.Color("which:N", legend=legend)
    hue = hue.scale(domain=[*names, "published", "second"])
    dash = alt.StrokeDash("which:N", legend=legend)
    dash = dash.scale(
        domain=[*names, "published", "second"],
        range=[[1, 0], [6, 3], [1, 0], [1, 0]],
    )
    tip = ["which:N", "x:Q", alt.Tooltip("y:Q", format=".4f")]
    chart = alt.Chart(title="Where is the slope next to nothing?")
    chart = chart.mark_line(strokeWidth=2.5, clip=True)
    chart = chart.encode(x, y, hue, dash, tooltip=tip)
    return colour.spec(chart.properties(height=300))
