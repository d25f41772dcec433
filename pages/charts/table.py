"""A V x V table of letters as a map: rows this letter, columns the next."""

from functools import lru_cache

import altair as alt
import pandas as pd
import pyarrow as pa

from pages.charts import arrow, colour


def frame(letters: str, **tables) -> pd.DataFrame:
    """One row a cell, a column for each (V, V) table given by name."""
    columns = {
        "this": [a for a in letters for _ in letters],
        "next": [b for _ in letters for b in letters],
    }
    for name, table in tables.items():
        columns[name] = [cell for row in table for cell in row]
    return pd.DataFrame(columns)


def compare(cells: pd.DataFrame, learned) -> pd.DataFrame:
    """The frame with a learned table and its difference from the counted;
    both stay empty before the first step."""
    if learned is None:
        return cells.assign(learned=None, difference=None)
    flat = pd.Series([cell for row in learned for cell in row])
    return cells.assign(learned=flat, difference=flat - cells["counted"])


def only(cells: pd.DataFrame, column: str) -> pd.DataFrame:
    """The letters and one column: what a browser needs for one map."""
    return cells[["this", "next", column]]


def light(cells: pd.DataFrame, pairs: set) -> pd.DataFrame:
    """The frame with `lit` on the cells of these (this, next) pairs."""
    both = zip(cells["this"], cells["next"], strict=True)
    return cells.assign(lit=[pair in pairs for pair in both])


def lit(spec: dict) -> dict:
    """The map with a frame round every cell that is `lit`."""
    shared = {k: v for k, v in spec.items() if k not in ("mark", "encoding")}
    place = {axis: spec["encoding"][axis] for axis in ("x", "y")}
    frame = {"type": "rect", "fillOpacity": 0, "strokeWidth": 2.5}
    second = {"domain": colour.MEANINGS}
    ring = {
        "transform": [
            {"filter": "datum.lit"},
            {"calculate": "'gradient'", "as": "means"},
        ],
        "mark": frame | {"tooltip": None},
        "encoding": place
        | {"stroke": {"field": "means", "scale": second, "legend": None}},
    }
    cells = {"mark": spec["mark"], "encoding": spec["encoding"]}
    return shared | {"layer": [cells, ring]}


def one_hot(letters: str, word: str, rows) -> pa.Table:
    """One row a cell of the one-hot rows: letter of the word, column, bit."""
    return arrow.table(
        [
            (f"{i} {this}", letter, bit)
            for i, (this, bits) in enumerate(zip(word, rows, strict=True))
            for letter, bit in zip(letters, bits, strict=True)
        ],
        ["at", "letter", "bit"],
    )


@lru_cache(maxsize=64)
def one_hot_spec(letters: str, word: str) -> dict:
    """The one-hot rows of a word as an image: one dark cell a row."""
    order = [f"{i} {this}" for i, this in enumerate(word)]
    look = {"labelAngle": 0, "labelOverlap": False, "domain": False}
    x = alt.X("letter:N", title="column").scale(domain=list(letters))
    y = alt.Y("at:N", title="letter of xs").scale(domain=order)
    bare = "split(datum.label, ' ')[1]"  # without the place before it
    ink = alt.Color("bit:Q", scale=colour.ramp(1), legend=None)
    chart = alt.Chart(title="xenc: a row of one 1 and zeros for each letter")
    chart = chart.mark_rect(stroke="#8894a0", strokeWidth=0.3).encode(
        x.axis(orient="top", ticks=False, labelFontSize=10, **look),
        y.axis(ticks=False, labelExpr=bare, **look),
        ink,
        tooltip=["letter:N", "bit:Q"],
    )
    chart = chart.properties(height=105 + 20 * len(order))
    return colour.spec(chart)


def filling(letters: str, high: int) -> dict:
    """The map of counts on a scale that shows a single pair as well."""
    scale = alt.Scale(type="symlog", domain=[0, high], interpolate="rgb")
    return spec(letters, scale, ",d", "count", "What has been counted so far")


def spec(letters: str, scale, format: str, field: str, title: str) -> dict:
    """The map of one column of the frame; hover tells a cell's number."""
    order = list(letters)
    look = {"labelAngle": 0, "labelOverlap": False, "labelFontSize": 10}
    look |= {"domain": False, "ticks": False, "labelPadding": 4}
    x = alt.X("next:N", title="next letter").scale(domain=order)
    x = x.axis(orient="top", **look)
    y = alt.Y("this:N", title="this letter").scale(domain=order)
    y = y.axis(**look)
    ink = alt.Color(f"{field}:Q", scale=scale, legend=None)
    tip = [
        alt.Tooltip("this:N", title="after"),
        alt.Tooltip("next:N", title="comes"),
        alt.Tooltip(f"{field}:Q", format=format),
    ]
    chart = alt.Chart(title=title).mark_rect().encode(x, y, ink, tooltip=tip)
    height = max(16 * len(order), 120) + 105  # title and letters take 105
    quick = {"embedOptions": {"renderer": "canvas"}}  # 729 cells, often redrawn
    chart = chart.properties(height=height, usermeta=quick)
    return colour.spec(chart)
