"""A table of numbers as a map, and the one row in which numbers are stored."""

from functools import lru_cache
from itertools import groupby

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour

EDGE = "#8894a0"


def table(letters: str, rows: list[list[float]], picked: str) -> pa.Table:
    """One row a cell of C: letter, column, number; `picked` in one row."""
    return arrow.table(
        [
            (letter, column, number, letter == picked)
            for letter, row in zip(letters, rows, strict=True)
            for column, number in enumerate(row)
        ],
        ["letter", "column", "number", "picked"],
    )


@lru_cache(maxsize=64)
def lookup(letters: str) -> dict:
    """The table C as a map, with a frame round the row looked up."""
    look = {"labelAngle": 0, "domain": False, "ticks": False}
    x = alt.X("column:O", title="column of C")
    x = x.axis(orient="top", labelOverlap=True, **look)
    y = alt.Y("letter:N", title="letter").scale(domain=list(letters))
    y = y.axis(labelOverlap=False, labelFontSize=10, **look)
    tip = ["letter:N", "column:O", alt.Tooltip("number:Q", format="+.4f")]
    base = alt.Chart().encode(x, y)
    ink = alt.Color("number:Q", scale=colour.signed(3), legend=None)
    picked = base.transform_filter("datum.picked")
    chart = alt.layer(
        base.mark_rect().encode(ink, tooltip=tip),
        picked.mark_rect(
            fillOpacity=0, stroke=colour.INK, strokeWidth=2.5, tooltip=None
        ),
        title="A letter is a row of C",
    )
    chart = chart.properties(height=max(14 * len(letters), 90) + 90)
    return colour.spec(chart)


def strip(rows: dict[tuple[int, ...], list[int]], size: int) -> pa.Table:
    """The places of a storage one by one, then each run of them that one row
    of a tensor reads, under its index."""
    owner = {place: row for row, places in rows.items() for place in places}
    runs = [
        (row, list(run)) for row, run in groupby(range(size), key=owner.get)
    ]
    cells = [
        (p, p + 1, str(p), p in owner, "place", p + 0.5) for p in range(size)
    ]
    marks = [
        (run[0], run[-1] + 1, named(row), True, "row", run[0] + len(run) / 2)
        for row, run in runs
        if row is not None
    ]
    columns = ["start", "end", "said", "read", "part", "middle"]
    return arrow.table(cells + marks, columns)


def named(row: tuple[int, ...]) -> str:
    """A row's index as it is written; a tensor of one dimension has one."""
    return f"[{', '.join(map(str, row))}]" if row else "one row"


@lru_cache(maxsize=4)
def storage(size: int) -> dict:
    """The numbers where they lie, and a bracket under what is one row."""
    scale = alt.Scale(domain=[0, size], nice=False)
    across = alt.Scale(domain=[0, 3], nice=False)

    def at(field):
        return alt.X(f"{field}:Q", axis=None).scale(scale)

    def level(number):
        return alt.YDatum(number, axis=None).scale(across)

    ink = {"fill": colour.INK, "tooltip": None}
    place = alt.Chart().transform_filter("datum.part === 'place'")
    row = alt.Chart().transform_filter("datum.part === 'row'")
    cell = colour.means(place, "data").encode(
        at("start"), alt.X2("end:Q"), level(1.4), alt.Y2Datum(3)
    )
    shade = alt.when("datum.read").then(alt.value(0.4))
    cell = cell.encode(fillOpacity=shade.otherwise(alt.value(0.05)))
    bracket = row.transform_calculate(
        left="datum.start + 0.08", right="datum.end - 0.08"
    )
    bracket = bracket.mark_rule(stroke=colour.INK, strokeWidth=3, tooltip=None)
    said = {"text": alt.Text("said:N")}
    chart = alt.layer(
        cell.mark_rect(stroke=EDGE, strokeWidth=1, tooltip=None),
        place.mark_text(fontSize=15, fontWeight=600, **ink).encode(
            at("middle"), level(2.2), **said
        ),
        bracket.encode(at("left"), alt.X2("right:Q"), level(1.05)),
        row.mark_text(fontSize=12, **ink).encode(
            at("middle"), level(0.5), **said
        ),
        title="Only the brackets move, never the numbers",
    )
    return colour.spec(chart.properties(height=150))
