"""A small tensor of examples, places and channels, as slices of cells."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour

GREY = "#8894a0"
GAP = 1.5  # columns between two slices: the letters stand there


def cells(values, mates, chosen: tuple, letters: list[str]) -> pa.Table:
    """One row a cell: where it lies, its value, whether it is among the
    mates of the chosen one."""
    return arrow.table(
        [
            (
                b * (len(line) + GAP) + c,
                t,
                letters[b],
                letters[b][t],
                t + 1,
                c + 1,
                value,
                mates[b][t][c],
                (b, t, c) == chosen,
            )
            for b, example in enumerate(values)
            for t, line in enumerate(example)
            for c, value in enumerate(line)
        ],
        [
            "x",
            "y",
            "word",
            "letter",
            "place",
            "channel",
            "value",
            "mate",
            "chosen",
        ],
    )


@lru_cache(maxsize=16)
def slices(title: str, shape: tuple, what: str, reach: float) -> dict:
    """The examples side by side, each with a row a place and a column a
    channel; mates of the chosen cell framed, the others pale."""
    B, T, C = shape
    width = B * (C + GAP)
    x = alt.X("x:Q", axis=None).scale(
        domain=[-GAP, width - GAP + 0.1], nice=False
    )
    y = alt.Y("y:Q", axis=None).scale(
        domain=[-0.8, T + 0.1], reverse=True, nice=False
    )
    hue = alt.Color("value:Q", scale=colour.signed(reach)).legend(
        title=None,
        orient="top",
        gradientLength=160,
        gradientThickness=10,
        values=[-reach, 0, reach],
        format="~g",
    )
    tip = [f"{field}:N" for field in ("word", "letter", "place", "channel")]
    tip.append(alt.Tooltip("value:Q", title=what, format="+.3f"))
    base = alt.Chart().transform_calculate(
        x2="datum.x + 1", y2="datum.y + 1", mid="datum.x + 0.5"
    )
    base = base.encode(x, y)
    box = base.encode(alt.X2("x2:Q"), alt.Y2("y2:Q"), tooltip=tip)
    others = box.transform_filter("!datum.mate")
    mates = box.transform_filter("datum.mate")
    chosen = box.transform_filter("datum.chosen")
    first = base.transform_filter("datum.channel === 1")
    name = first.transform_filter("datum.place === 1")
    ink = {"fontSize": 13, "color": colour.INK, "tooltip": None}
    letter = first.transform_calculate(down="datum.y + 0.5").encode(
        alt.Y("down:Q", axis=None), text="letter:N"
    )
    chart = alt.layer(
        others.mark_rect(opacity=0.35, stroke=GREY, strokeWidth=0.4).encode(
            hue
        ),
        mates.mark_rect(stroke=colour.INK, strokeWidth=2).encode(hue),
        chosen.mark_rect(
            fillOpacity=0, stroke=colour.INK, strokeWidth=4, tooltip=None
        ),
        letter.mark_text(align="right", dx=-5, **ink),
        name.mark_text(align="left", dy=-9, fontWeight=600, **ink).encode(
            text="word:N"
        ),
        title=title,
    )
    return colour.spec(chart.properties(height=240))
