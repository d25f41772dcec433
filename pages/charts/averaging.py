"""Averages as a product: weights by numbers gives numbers, row by row."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour
from pages.charts.windows import GREY, fitted

GAP = 1.0  # columns between two tables: the signs stand there
FONT = 3.6  # characters that a cell is to hold


def cells(weights, averaged, out, row: int) -> pa.Table:
    """One row a cell of the three tables: `lit` is what the row in view is
    made of, and what it becomes."""
    T, C = len(averaged), len(averaged[0])
    tables = {
        "weights": (0, weights, lambda t, j: t == row and weights[t][j] > 0),
        "numbers": (T + GAP, averaged, lambda t, j: weights[row][t] > 0),
        "average": (T + C + 2 * GAP, out, lambda t, j: t == row),
    }
    return arrow.table(
        [
            (start + j, t, table, t + 1, j + 1, value, told(value), lit(t, j))
            for table, (start, values, lit) in tables.items()
            for t, line in enumerate(values)
            for j, value in enumerate(line)
        ],
        ["x", "y", "table", "row", "column", "value", "told", "lit"],
    )


def told(value: float) -> str:
    """Three digits at most, as a small cell holds."""
    if not value:
        return "0"
    digits = 2 if abs(value) < 10 else 0
    said = f"{value:.{digits}f}".replace("-", "−")
    return "≈0" if said in ("0.00", "−0.00") else said


@lru_cache(maxsize=64)
def product(T: int, C: int, reach: float, middle: str) -> dict:
    """Weights (T, T) by numbers (T, C) gives averages (T, C). What the row
    in view is made of is framed, the rest pale."""
    wide = T + 2 * C + 2 * GAP
    x = alt.X("x:Q", axis=None).scale(domain=[-0.05, wide + 0.05], nice=False)
    y = alt.Y("y:Q", axis=None).scale(
        domain=[-0.9, T + 0.1], reverse=True, nice=False
    )
    base = alt.Chart().transform_calculate(
        x2="datum.x + 1",
        y2="datum.y + 1",
        mid="datum.x + 0.5",
        down="datum.y + 0.5",
        strength="datum.lit ? 1 : 0",
    )
    tip = ["table:N", "row:O", "column:O", alt.Tooltip("value:Q", format=".6f")]
    box = base.encode(x, y, alt.X2("x2:Q"), alt.Y2("y2:Q"), tooltip=tip)
    fill = alt.Opacity("strength:Q", legend=None)
    fill = fill.scale(domain=[0, 1], range=[0.35, 1])
    chance = alt.Color("value:Q", scale=colour.ramp(1), legend=None)
    signed = alt.Color("value:Q", scale=colour.signed(reach), legend=None)
    weights = box.transform_filter("datum.table === 'weights'")
    others = box.transform_filter("datum.table !== 'weights'")
    lit = box.transform_filter("datum.lit")
    number = base.encode(
        alt.X("mid:Q", axis=None),
        alt.Y("down:Q", axis=None),
        text=alt.Text("told:N"),
    )
    ink = {"color": colour.INK, "tooltip": None}
    rect = {"stroke": GREY, "strokeWidth": 0.7}
    chart = alt.layer(
        weights.mark_rect(**rect).encode(chance, fill),
        others.mark_rect(**rect).encode(signed, fill),
        lit.mark_rect(
            fillOpacity=0, stroke=colour.INK, strokeWidth=2, tooltip=None
        ),
        *colour.rimmed(number, fontSize=fitted(wide, 8, 14, FONT), **ink),
        *names(base, x, y, middle, ink),
        *between(base, T, C, ink),
        title="Which rows feed the row in view?",
    ).resolve_scale(color="independent")
    return colour.spec(chart.properties(height=36 * (T + 1) + 60))


def names(base, x, y, middle: str, ink) -> list:
    """What each table is, above its first cell."""
    first = base.transform_filter("datum.row === 1 && datum.column === 1")
    said = f"{{weights: 'weights', numbers: '{middle}', average: 'out'}}"
    first = first.transform_calculate(name=f"{said}[datum.table]")
    first = first.encode(x, y, text=alt.Text("name:N"))
    look = {"align": "left", "dx": 2, "dy": -9, "fontSize": 12}
    return [first.mark_text(fontWeight=600, **look, **ink)]


def between(base, T: int, C: int, ink) -> list:
    """The signs of the product, in the gaps."""
    first = base.transform_filter("datum.row === 1 && datum.column === 1")
    at = f"datum.table === 'numbers' ? {T + GAP / 2} : {T + C + 1.5 * GAP}"
    first = first.transform_filter("datum.table !== 'weights'")
    first = first.transform_calculate(
        sign="datum.table === 'numbers' ? '@' : '='", at=at, level=f"{T / 2}"
    )
    first = first.encode(
        alt.X("at:Q", axis=None), alt.Y("level:Q", axis=None), text="sign:N"
    )
    return [first.mark_text(fontSize=16, fontWeight=600, **ink)]
