"""Attention maps: one large with its characters, or all of them, small."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour
from pages.charts.signs import visible

QUIET = {"embedOptions": {"renderer": "canvas"}}  # thousands of cells
GAP = 0.18  # between two small maps, of a map's side
FAINT = 0.004  # a weight below is as good as paper
ROOMY = 18  # characters: up to so many, a cell has room for its number
STRONG = 0.2  # from here on the number stands in the cell
DEEP = 0.4  # from here on the ground is so deep that the number is inverted
NUMBER = alt.expr(
    f"(luminance(background) > 0.5) == (datum.weight > {DEEP}) "
    "? '#f7fafc' : '#10171f'"
)


def cells(said: str, weights: list[list[float]]) -> pa.Table:
    """One row a cell, and one for each name of a row or a column."""
    names = [visible(each) for each in said]
    rows = [
        ("cell", i, j, weight, names[i], names[j], None)
        for i, line in enumerate(weights)
        for j, weight in enumerate(line)
    ]
    for i, name in enumerate(names):
        rows.append(("name", i, -1, None, None, None, name))
        rows.append(("name", -1, i, None, None, None, name))
    columns = ["kind", "row", "column", "weight", "asks", "hears", "name"]
    return arrow.table(rows, columns)


def large(T: int, mask: bool, title: str) -> dict:
    """Rows ask, columns are heard: the darker, the more."""
    height = max(300, min(460, 30 * (T + 1)))
    spec = of_any_length(T <= ROOMY, mask)
    return colour.told(spec, T=T) | {"title": title, "height": height}


@lru_cache(maxsize=4)
def of_any_length(roomy: bool, mask: bool) -> dict:
    quiet = dict(labels=False, ticks=False, domain=False, grid=False)
    x = alt.X("x:Q", title="what it hears").scale(
        domain=[-1, alt.expr("T")], nice=False, zero=False
    )
    y = alt.Y("y:Q", title="the character that asks").scale(
        domain=[-1, alt.expr("T")], nice=False, zero=False, reverse=True
    )
    x = x.axis(orient="top", titlePadding=2, **quiet)
    y = y.axis(titlePadding=2, **quiet)
    base = alt.Chart().transform_calculate(
        x="datum.column + 0.03",
        y="datum.row + 0.03",
        x2="datum.column + 0.97",
        y2="datum.row + 0.97",
        middle="datum.column + 0.5",
        centre="datum.row + 0.5",
    )
    hidden = " && datum.column <= datum.row" if mask else ""
    seen = base.transform_filter(f"datum.kind == 'cell'{hidden}")
    tip = [
        alt.Tooltip("asks:N", title="asks"),
        alt.Tooltip("hears:N", title="hears"),
        alt.Tooltip("weight:Q", title="weight", format=".1%"),
    ]
    box = seen.encode(x, y, alt.X2("x2:Q"), alt.Y2("y2:Q"), tooltip=tip)
    rect = box.mark_rect(
        cornerRadius=2, stroke="#8894a0", strokeOpacity=0.35, strokeWidth=0.7
    ).encode(alt.Color("weight:Q", scale=colour.counts(1), legend=None))
    place = [alt.X("middle:Q"), alt.Y("centre:Q")]
    names = base.transform_filter("datum.kind == 'name'").encode(*place)
    size = 15 if roomy else 11
    layers = [
        rect,
        names.mark_text(
            fontSize=size, fontWeight=600, color=colour.INK, tooltip=None
        ).encode(text="name:N"),
    ]
    if roomy:
        strong = seen.transform_filter(f"datum.weight >= {STRONG}")
        number = strong.transform_calculate(
            percent="round(100 * datum.weight)"
        ).encode(*place, text="percent:Q")
        layers.append(number.mark_text(fontSize=11, color=NUMBER, tooltip=None))
    return colour.spec(alt.layer(*layers, usermeta=QUIET))


NARROW = ("layer", "head", "down", "row", "column")  # whole and below 256
ROW = pa.schema(
    [(name, pa.uint8()) for name in NARROW]
    + [("weight", pa.float32()), ("chosen", pa.bool_())]
)


def small(layers: dict, chosen: tuple[int, int]) -> pa.Table:
    """All maps, arrays (heads, T, T) by the number of their layer: a row a
    map, and one for each cell that is more than faint, which has a weight."""
    tables = []
    for down, (layer, maps) in enumerate(layers.items()):
        heads = range(1, len(maps) + 1)
        corner = dict.fromkeys(("row", "column"), [0] * len(maps))
        lit = [(layer, head) == chosen for head in heads]
        tables.append(rows(layer, down, head=heads, **corner, chosen=lit))
        head, row, column = (maps > FAINT).nonzero()
        weight = maps[head, row, column]
        where = {"head": head + 1, "row": row, "column": column}
        tables.append(rows(layer, down, **where, weight=weight))
    return pa.concat_tables(tables).combine_chunks()


def rows(layer: int, down: int, **found) -> pa.Table:
    """A row for each head that is found; what is not found is missing."""
    count = len(found["head"])
    found |= {"layer": pa.repeat(layer, count), "down": pa.repeat(down, count)}
    arrays = [
        pa.array(found[one.name]).cast(one.type)
        if one.name in found
        else pa.nulls(count, one.type)
        for one in ROW
    ]
    return pa.table(arrays, schema=ROW)


def grid(layers: int, heads: int, T: int, title: str) -> dict:
    """A row a layer, a column a head; the chosen map framed."""
    spec = colour.told(of_any_grid(), layers=layers, heads=heads, T=T)
    high = max(62, min(160, 580 // layers))
    return spec | {"title": title, "height": high * layers + 20}


@lru_cache(maxsize=1)
def of_any_grid() -> dict:
    step, left, top = 1 + GAP, 0.05, 0.3
    right = alt.expr(f"heads * {step} - {GAP - 0.05}")
    below = alt.expr(f"layers * {step + top} - {GAP}")
    x = alt.X("x:Q", axis=None).scale(
        domain=[-left, right], nice=False, zero=False
    )
    y = alt.Y("y:Q", axis=None).scale(
        domain=[-top, below], nice=False, zero=False, reverse=True
    )
    base = alt.Chart().transform_calculate(
        x=f"(datum.head - 1) * {step} + datum.column / T",
        y=f"datum.down * {step + top} + datum.row / T",
    )
    name = "(layers > 1 ? datum.layer + '.' : '') + datum.head"
    tip = ["layer:O", "head:O"]
    cell = base.transform_filter("isValid(datum.weight)").transform_calculate(
        x2="datum.x + 1 / T", y2="datum.y + 1 / T"
    )
    cell = cell.encode(x, y, alt.X2("x2:Q"), alt.Y2("y2:Q"), tooltip=tip)
    whole = base.transform_filter("!isValid(datum.weight)")
    whole = whole.transform_calculate(
        x2="datum.x + 1",
        y2="datum.y + 1",
        name=name,
    )
    box = whole.encode(x, y, alt.X2("x2:Q"), alt.Y2("y2:Q"))
    edge = {"fillOpacity": 0, "tooltip": None}
    words = whole.mark_text(
        align="left", baseline="bottom", dy=-3, fontSize=11,
        color=colour.INK, tooltip=None,
    ).encode(x, y, text="name:N")  # fmt: skip
    chart = alt.layer(
        cell.mark_rect().encode(
            alt.Color("weight:Q", scale=colour.counts(1), legend=None)
        ),
        box.mark_rect(stroke="#8894a0", strokeOpacity=0.5, **edge),
        box.transform_filter("datum.chosen").mark_rect(
            stroke=colour.INK, strokeWidth=3, **edge
        ),
        words,
        usermeta=QUIET,
    )
    return colour.spec(chart)
