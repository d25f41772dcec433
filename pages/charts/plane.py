"""Points on a plane and what a net says at every place of it."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour, loss

REACH = 2.0  # scores beyond it are drawn in the strongest colour
SHAPES = {"1": "triangle-up", "-1": "circle"}
ACROSS = 8  # neurons drawn side by side
GAP = 1  # empty cells between two of them


def bounds(rows) -> tuple[float, float, float, float]:
    """Left, right, bottom, top, with some room around the points."""
    xs, ys = [x for x, _, _ in rows], [y for _, y, _ in rows]
    room = 0.15 * max(max(xs) - min(xs), max(ys) - min(ys), 0.1)
    return min(xs) - room, max(xs) + room, min(ys) - room, max(ys) + room


def grid(low: float, high: float, count: int) -> list[float]:
    """The middles of so many cells between low and high."""
    size = (high - low) / count
    return [low + (i + 0.5) * size for i in range(count)]


def cells(scores: list[float], count: int) -> pa.Table:
    """One row a cell of a grid of count by count; scores go row by row, y by
    y."""
    return lattice(count).append_column("score", [scores])


@lru_cache(maxsize=4)
def lattice(count: int) -> pa.Table:
    """Where each cell of a grid lies: its column and its line."""
    every = range(count)
    places = [(column, line) for line in every for column in every]
    return arrow.table(places, ["column", "line"])


def decision(rows, title: str, count: int, height: int = 380) -> dict:
    """The map of scores with the points of both classes on it; the frame is
    that of `cells`. The browser makes the axes from the bounds, so that other
    points need no other spec."""
    spec = of_any_points(title, count, height)
    names = ("left", "right", "bottom", "top")
    told = dict(zip(names, bounds(rows), strict=True))
    return colour.told(with_points(spec, -1, rows), **told)


@lru_cache(maxsize=8)
def of_any_points(title: str, count: int, height: int) -> dict:
    x, y = between("x", "left", "right"), between("y", "bottom", "top")
    ink = alt.Color("score:Q", scale=colour.signed(REACH), legend=None)
    tip = alt.Tooltip("score:Q", format="+.2f")
    across, up = ("column", "left", "right"), ("line", "bottom", "top")
    # a little wider than a cell, so that no seam shows between two
    ground = alt.Chart().transform_calculate(
        x=edge(*across, count, -0.02),
        y=edge(*up, count, -0.02),
        x2=edge(*across, count, 1.02),
        y2=edge(*up, count, 1.02),
    )
    ground = ground.mark_rect(clip=True).encode(
        x, y, alt.X2("x2:Q"), alt.Y2("y2:Q"), ink, tooltip=tip
    )
    layers = ground, marks(x, y)
    quick = {"embedOptions": {"renderer": "canvas"}}
    chart = alt.layer(*layers, title=title, height=height, usermeta=quick)
    return colour.spec(chart)


def between(axis: str, low: str, high: str):
    """An axis of the plane from one param to the other."""
    kind = {"x": alt.X, "y": alt.Y}[axis](f"{axis}:Q", title=axis)
    kind = kind.scale(domain=[alt.expr(low), alt.expr(high)], nice=False)
    return kind.axis(grid=False, tickCount=5, format=".1f")


def edge(place: str, low: str, high: str, count: int, shift: float) -> str:
    """Where a cell begins, so many cells further on."""
    return f"{low} + (datum.{place} + {shift}) * ({high} - {low}) / {count}"


def with_points(spec: dict, layer: int, rows) -> dict:
    """The spec with these points in its layer of `marks`."""
    layers = [*spec["layer"]]
    data = [{"x": a, "y": b, "class": str(c)} for a, b, c in rows]
    layers[layer] = layers[layer] | {"data": {"values": data}}
    return spec | {"layer": layers}


def marks(x, y) -> alt.Chart:
    """The points: triangles of class 1, circles of class -1."""
    shape = alt.Shape("class:N", legend=None).scale(
        domain=list(SHAPES), range=list(SHAPES.values())
    )
    fill = alt.Color("class:N", legend=None).scale(
        domain=list(SHAPES), range=["#e0661a", "#08519c"]
    )
    points = alt.Chart().mark_point(
        size=55, filled=True, opacity=1, stroke="white", strokeWidth=1
    )
    tip = [alt.Tooltip(f"{a}:Q", format=".2f") for a in "xy"]
    tip.insert(0, alt.Tooltip("class:N"))
    return points.encode(x, y, shape, fill, tooltip=tip)


def neurons(maps: list[list[float]], count: int) -> pa.Table:
    """One row a cell of every neuron's map, count by count cells, laid out
    side by side; each map is scaled by its own largest output."""
    shares, every = [], []
    for outputs in maps:
        largest = max(map(abs, outputs)) or 1.0
        shares += [output / largest for output in outputs]
        every += outputs
    found = beside(len(maps), count).append_column("share", [shares])
    return found.append_column("output", [every])


@lru_cache(maxsize=64)
def beside(how_many: int, count: int) -> pa.Table:
    """Where each cell of each map lies, and whose map it is."""
    step = count + GAP
    corners = [(k % ACROSS * step, k // ACROSS * step) for k in range(how_many)]
    inside = range(count)
    places = [
        (x + i, y + j, k)
        for k, (x, y) in enumerate(corners, start=1)
        for j in inside[::-1]
        for i in inside
    ]
    return arrow.table(places, ["x", "y", "neuron"])


def small_maps(how_many: int, count: int) -> dict:
    """All neurons of a layer, each the function of the plane it computes."""
    return lines_of_maps(-(-how_many // ACROSS), count)


@lru_cache(maxsize=16)
def lines_of_maps(lines: int, count: int) -> dict:
    step = count + GAP
    x = alt.X("x:Q").axis(None).scale(domain=[0, ACROSS * step], nice=False)
    y = alt.Y("y:Q").axis(None)
    y = y.scale(domain=[0, lines * step], nice=False, reverse=True)
    ink = alt.Color("share:Q", scale=colour.signed(1), legend=None)
    tip = ["neuron:O", alt.Tooltip("output:Q", format="+.2f")]
    chart = (
        alt.Chart(title="What each neuron of this layer says, place by place")
        .transform_calculate(x2="datum.x + 1.04", y2="datum.y + 1.04")
        .mark_rect()
        .encode(x, y, alt.X2("x2:Q"), alt.Y2("y2:Q"), ink, tooltip=tip)
    )
    quick = {"embedOptions": {"renderer": "canvas"}}
    chart = chart.properties(height=40 + 80 * lines, usermeta=quick)
    return colour.spec(chart)


@lru_cache(maxsize=16)
def measure(field: str, title: str, axis: str, low, high) -> dict:
    """One measure over the steps, for a run of any length; the frame has
    step, loss, seen, here."""
    x = loss.along(even=False)
    y = alt.Y("loss:Q", title=axis).scale(domain=[low, high], clamp=True)
    tip = [
        alt.Tooltip("step:Q", format=",d"),
        alt.Tooltip("loss:Q", format=".3f", title=field),
    ]
    curve = colour.means(alt.Chart().encode(x, y, tooltip=tip), "data")
    chart = alt.layer(
        curve.mark_line(opacity=0.25, strokeWidth=2, tooltip=None),
        curve.mark_line(strokeWidth=3).transform_filter("datum.seen"),
        curve.mark_point(size=90, filled=True).transform_filter("datum.here"),
        title=title,
        height=200,
    )
    return colour.spec(chart)


BOARD = 2.0  # the board for own points reaches from -BOARD to BOARD
CELL = 0.1  # side of a cell that can be pressed


@lru_cache(maxsize=1)
def places() -> pa.Table:
    """The middles of the board's cells, one row a cell."""
    count = round(2 * BOARD / CELL)
    middles = [round(m, 2) for m in grid(-BOARD, BOARD, count)]
    rows = [(x, y) for y in middles for x in middles]
    return arrow.table(rows, ["x", "y"])


def board(rows) -> dict:
    """A plane whose every cell can be pressed, with the points on it; the
    frame is that of `places`, the selection `place` says which cell was."""
    return with_points(empty_board(), 0, rows)


@lru_cache(maxsize=1)
def empty_board() -> dict:
    extent = {"domain": [-BOARD, BOARD], "nice": False}
    x = alt.X("x:Q", title="x").scale(**extent).axis(tickCount=5)
    y = alt.Y("y:Q", title="y").scale(**extent).axis(tickCount=5)
    press = alt.selection_point(name="place", fields=["x", "y"], on="click")
    tip = [alt.Tooltip(f"{a}:Q", format=".2f") for a in "xy"]
    cells = alt.Chart().mark_square(
        size=90, opacity=0.001, cursor="crosshair", clip=True
    )
    cells = cells.encode(x, y, tooltip=tip).add_params(press)
    title = "Press where a point should go"
    chart = alt.layer(marks(x, y), cells, title=title)
    return colour.spec(chart.properties(height=420))
