"""What a head computes: tables of numbers, affinities, and how sharp they
are."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arms, arrow, colour
from pages.charts.signs import visible

FEW = 10  # columns that leave room for numbers on a phone
FRAME = 112  # pixels of title and axis
SHARE = (  # exactly 0 behind the mask, and elsewhere never
    "datum.hidden ? '0' : datum.value < 0.005 ? '<1%' : "
    "format(datum.value, '.0%')"
)
BARE = "split(datum.label, ' ')[1]"  # without the place before it


def keys(text: str) -> list[str]:
    """The characters with their places, for one may come twice."""
    return [f"{i} {visible(sign)}" for i, sign in enumerate(text, start=1)]


def plain_axis(**look) -> dict:
    look |= {"labelAngle": 0, "labelOverlap": False, "domain": False}
    return look | {"ticks": False, "labelFlush": False, "labelExpr": BARE}


def grid(x: list[str], y: list[str], titles) -> alt.Chart:
    """Axes of characters by place."""
    across = alt.X("x:N", title=titles[0]).scale(domain=x)
    down = alt.Y("y:N", title=titles[1]).scale(domain=y)
    look = {"labelFontSize": 13, "labelPadding": 5, "labelLimit": 90}
    # before the frame comes, Vega draws one row of nothing
    base = alt.Chart().transform_filter("isValid(datum.y)")
    return base.encode(
        across.axis(orient="top", **plain_axis(**look)),
        down.axis(**plain_axis(**look)),
    )


def contrast(share: str):
    """Ink on a pale cell, paper on a dark one."""
    return alt.expr(
        f"{share} > 0.5 ? background : "
        "(luminance(background) > 0.5 ? '#10171f' : '#e6ebf0')"
    )


def table(rows: list[str], values) -> pa.Table:
    """One row a cell; rows are named "place name"."""
    return arrow.table(
        [
            (row, f"{h} {h}", value)
            for row, line in zip(rows, values, strict=True)
            for h, value in enumerate(line, start=1)
        ],
        ["y", "x", "value"],
    )


@lru_cache(maxsize=128)
def numbers(rows: tuple[str, ...], H: int, title: str, reach: float) -> dict:
    """A table of numbers, blue below zero and orange above."""
    base = grid([f"{h} {h}" for h in range(1, H + 1)], rows, ("channel", None))
    tip = [alt.Tooltip("row:N", title="row"), alt.Tooltip("channel:N")]
    tip.append(alt.Tooltip("value:Q", format="+.4f"))
    base = base.transform_calculate(
        channel="split(datum.x, ' ')[1]", row="split(datum.y, ' ')[1]"
    )
    cell = base.mark_rect().encode(
        alt.Color("value:Q", scale=colour.signed(reach), legend=None),
        tooltip=tip,
    )
    number = base.mark_text(
        fontSize=10,
        tooltip=None,
        color=contrast(f"abs(datum.value) / {reach}"),
    ).encode(text=alt.Text("value:Q", format=".1f"))
    chart = alt.layer(cell, number, title=title)
    return colour.spec(chart.properties(height=22 * len(rows) + FRAME))


def affinity(queries, sources, values, hidden, tips, chosen) -> pa.Table:
    """One row a cell of a stage: its value, None where it is minus infinity,
    and whether the mask hides it. tips are rows of (dot product, scaled,
    weight, where it comes from)."""
    return arrow.table(
        [
            (y, x, values[i][j], hidden[i][j], (i, j) == chosen, *tips[i][j])
            for i, y in enumerate(queries)
            for j, x in enumerate(sources)
        ],
        ["y", "x", "value", "hidden", "chosen"]
        + ["raw", "scaled", "weight", "why"],
    )


@lru_cache(maxsize=128)
def affinities(
    queries: tuple[str, ...],
    sources: tuple[str, ...],
    title: str,
    reach: float,
    share: bool,
) -> dict:
    """Who asks, from above; who answers, from left to right. Signed numbers
    up to reach, or shares from 0 to 1."""
    base = grid(
        sources, queries, ("keys: who is heard", "queries: who listens")
    )
    tip = [
        alt.Tooltip("y:N", title="listens"),
        alt.Tooltip("x:N", title="is heard"),
        alt.Tooltip("raw:N", title="query . key"),
        alt.Tooltip("why:N", title="most of it"),
        alt.Tooltip("scaled:N", title="scaled"),
        alt.Tooltip("weight:N", title="weight"),
    ]
    base = base.encode(tooltip=tip)
    scale = colour.ramp(1) if share else colour.signed(reach)
    hue = alt.Color("value:Q", scale=scale).legend(
        title=None,
        orient="bottom",
        gradientLength=160,
        gradientThickness=10,
        values=[0, 0.5, 1] if share else [-reach, 0, reach],
        format=".0%" if share else ".1f",
    )
    finite = base.transform_filter("isValid(datum.value)")
    infinite = base.transform_filter("!isValid(datum.value)")
    parts = [
        finite.mark_rect(stroke="#8894a0", strokeWidth=0.3).encode(hue),
        infinite.mark_text(text="-∞", color=colour.INK, fontSize=11),
    ]
    if len(sources) <= FEW:
        part = "datum.value" if share else f"abs(datum.value) / {reach}"
        written = SHARE if share else "format(datum.value, '.1f')"
        number = finite.transform_calculate(said=written)
        parts.append(
            number.mark_text(fontSize=11, color=contrast(part)).encode(
                text="said:N"
            )
        )
    ring = base.transform_filter("datum.chosen").mark_rect(
        fillOpacity=0, stroke=colour.INK, strokeWidth=3
    )
    chart = alt.layer(*parts, ring, title=title)
    return colour.spec(chart.properties(height=26 * len(queries) + FRAME + 55))


def growth(sizes, arms_, H: int) -> pa.Table:
    """One row a head size and arm: variance; `here` on those of H."""
    return arrow.table(
        [
            (arm, size, value, size == H)
            for arm, line in arms_.items()
            for size, value in zip(sizes, line, strict=True)
        ],
        ["arm", "size", "variance", "here"],
    )


@lru_cache(maxsize=2)
def variances(names: tuple[str, ...], most: int) -> dict:
    """Variance over head size, both arms; a point where the slider stands."""
    ticks = [4**n for n in range(5)]
    x = alt.X("size:Q", title="head size H (log scale)").axis(values=ticks)
    x = x.scale(type="log", base=2, domain=[1, most], nice=False)
    y = alt.Y("variance:Q", title="variance (log scale)").axis(values=ticks)
    y = y.scale(type="log", base=2, domain=[0.5, 1.5 * most], nice=False)
    hue, dash = arms.told_apart("arm", list(names))
    tip = ["arm:N", "size:Q", alt.Tooltip("variance:Q", format=".2f")]
    base = alt.Chart().encode(x, y, hue, tooltip=tip)
    here = base.transform_filter("datum.here")
    number = here.encode(text=alt.Text("variance:Q", format=".1f"))
    side = alt.expr("datum.size > 100 ? 'right' : 'left'")
    away = alt.expr("datum.size > 100 ? -10 : 10")
    chart = alt.layer(
        base.mark_line(strokeWidth=2.5).encode(dash),
        here.mark_point(filled=True, size=110, opacity=1),
        *colour.rimmed(
            number, align=side, dx=away, dy=-13, fontSize=14, tooltip=None
        ),
        title="Which line grows with the head?",
    )
    return colour.spec(chart.properties(height=320))


def ranked(found: dict[str, list[float]]) -> pa.Table:
    """One row a rank and arm: the mean chance of the likeliest, and on."""
    return arrow.table(
        [
            (arm, rank, chance, rank == 1)
            for arm, line in found.items()
            for rank, chance in enumerate(line, start=1)
        ],
        ["arm", "rank", "chance", "top"],
    )


@lru_cache(maxsize=2)
def ranks(names: tuple[str, ...], count: int) -> dict:
    """How softmax shares out, from the likeliest key to the last."""
    x = alt.X("rank:Q", title="keys, from the likeliest to the least")
    x = x.scale(domain=[0.5, count], nice=False)
    x = x.axis(values=[1, 8, 16, 24, 32])
    y = alt.Y("chance:Q", title="weight").scale(domain=[0, 1])
    hue, dash = arms.told_apart("arm", list(names))
    tip = ["arm:N", "rank:Q", alt.Tooltip("chance:Q", format=".2%")]
    base = alt.Chart().encode(x, y.axis(format="%"), hue, tooltip=tip)
    top = base.transform_filter("datum.top")
    number = top.encode(text=alt.Text("chance:Q", format=".0%"))
    chart = alt.layer(
        base.mark_line(strokeWidth=2.5).encode(dash),
        top.mark_point(filled=True, size=80, opacity=1),
        *colour.rimmed(
            number, align="left", dx=10, dy=-7, fontSize=14, tooltip=None
        ),
        title="How many keys does a query hear?",
    )
    return colour.spec(chart.properties(height=320))


def bars(affinities_, found: dict[str, list[float]]) -> pa.Table:
    """One row an affinity and arm, keyed by place."""
    return arrow.table(
        [
            (arm, f"{i} {value:g}", weight)
            for arm, line in found.items()
            for i, (value, weight) in enumerate(
                zip(affinities_, line, strict=True)
            )
        ],
        ["arm", "x", "weight"],
    )


@lru_cache(maxsize=64)
def sharper(names: tuple[str, ...], affinities_: tuple[float, ...]) -> dict:
    """Softmax of the same affinities, as they are and times a factor."""
    order = [f"{i} {value:g}" for i, value in enumerate(affinities_)]
    x = alt.X("x:N", title="affinity").scale(domain=order)
    y = alt.Y("weight:Q", title="weight").scale(domain=[0, 1])
    hue = alt.Color("arm:N").scale(domain=[names[0], " ", "  ", names[1]])
    hue = hue.legend(title=None, orient="top", values=list(names))
    beside = alt.XOffset("arm:N").scale(domain=list(names))
    tip = ["arm:N", alt.Tooltip("weight:Q", format=".4f")]
    base = alt.Chart().encode(
        x.axis(labelFontSize=13, **plain_axis()),
        y.axis(format="%"),
        beside,
        tooltip=tip,
    )
    look = {"dy": -8, "fontSize": 12, "tooltip": None, "color": colour.INK}
    number = base.encode(text=alt.Text("weight:Q", format=".0%"))
    chart = alt.layer(
        base.mark_bar().encode(hue),
        number.mark_text(**look),
        title="What does a factor do to softmax?",
    )
    return colour.spec(chart.properties(height=260))


def moves(cases: dict[str, list[float]], signs: list[str]) -> pa.Table:
    """One row a case and character: how far its output moved."""
    return arrow.table(
        [
            (f"{i} {case}", sign, far, "0" if far < 1e-5 else f"{far:.1f}")
            for i, (case, line) in enumerate(cases.items())
            for sign, far in zip(signs, line, strict=True)
        ],
        ["y", "x", "far", "said"],
    )


@lru_cache(maxsize=64)
def moved(cases: tuple[str, ...], signs: tuple[str, ...], high: float) -> dict:
    """Which outputs move when the past is shuffled, case by case."""
    rows = [f"{i} {case}" for i, case in enumerate(cases)]
    base = grid(list(signs), rows, ("character, in your order", None))
    look = alt.Axis(
        labelExpr="split(slice(datum.label, 2), ', ')",
        labelFontSize=12,
        labelLimit=130,
        ticks=False,
        domain=False,
        labelFlush=False,
        title=None,
    )
    base = base.encode(alt.Y("y:N", axis=look).scale(domain=rows))
    tip = [
        alt.Tooltip("x:N", title="place and character"),
        alt.Tooltip("far:Q", title="output moved by", format=".2g"),
    ]
    cell = base.mark_rect(stroke="#8894a0", strokeWidth=0.3).encode(
        alt.Color("far:Q", scale=colour.ramp(high), legend=None), tooltip=tip
    )
    number = base.mark_text(
        fontSize=11, tooltip=None, color=contrast(f"datum.far / {high}")
    ).encode(text="said:N")
    chart = alt.layer(cell, number, title="Which outputs move?")
    return colour.spec(chart.properties(height=40 * len(rows) + FRAME))
