"""Whose answers move, and what dropout leaves."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arms, arrow, colour

GREY = "#8894a0"
CROSS = "×"
THERE = "isValid(datum.said)"  # else a text says "undefined" without data


def moves(found: dict[str, list[float]], chosen: int) -> pa.Table:
    """One row a cell: who, where, how far it moves."""
    rows = [
        (who, place, size, said(size), place == chosen)
        for who, sizes in found.items()
        for place, size in enumerate(sizes)
    ]
    columns = ["who", "place", "size", "said", "chosen"]
    return arrow.table(rows, columns)


def said(size: float) -> str:
    """0 only where it is nothing at all."""
    return (
        "0" if size == 0 else f"{size:.2f}" if size >= 0.005 else f"{size:.0e}"
    )


@lru_cache(maxsize=32)
def strips(
    who: tuple[str, ...],
    names: tuple[str, ...],
    high: float,
    title: str,
    x: str,
) -> dict:
    """A strip of cells for each of `who`; the darker, the farther it moves.
    Few cells have their number written in, the changed one a frame."""
    few = len(names) <= 12
    axis = alt.Axis(labelAngle=0, labelOverlap=not few, **lettered(names))
    across = alt.X("place:O", title=x, axis=axis)
    across = across.scale(domain=list(range(len(names))), paddingInner=0.08)
    down = alt.Y("who:N", title=None).scale(domain=list(who), paddingInner=0.12)
    down = down.axis(ticks=False, domain=False, labelFontSize=13)
    scale = alt.Scale(
        type="sqrt", domain=[0, high], clamp=True, interpolate="rgb"
    )
    hue = alt.Color("size:Q", scale=scale, legend=None)
    tip = [alt.Tooltip("who:N"), alt.Tooltip("said:N", title="moves by")]
    base = alt.Chart().encode(across, down, tooltip=tip)
    layers = [base.mark_rect(stroke=GREY, strokeWidth=0.5).encode(hue)]
    ring = base.transform_filter("datum.chosen")
    frame = {"stroke": colour.INK, "strokeWidth": 3, "fillOpacity": 0}
    layers.append(ring.mark_rect(tooltip=None, **frame))
    if few:
        number = base.transform_filter(THERE).encode(text="said:N")
        layers += colour.rimmed(
            number, fontSize=13, tooltip=None, color=colour.INK
        )
    chart = alt.layer(*layers, title=title)
    return colour.spec(chart.properties(height=100 + 60 * len(who)))


def lettered(names: tuple[str, ...]) -> dict:
    """Ticks named by place: two characters may be the same."""
    return {
        "labelExpr": f"{list(names)}[datum.value]",
        "labelFontSize": 13,
        "labelFlush": False,
    }


def attention(before, after) -> pa.Table:
    """One row a cell behind the mask, and one a row's sum."""
    rows = []
    for i, (whole, left) in enumerate(zip(before, after, strict=True)):
        for j in range(i + 1):
            gone = left[j] == 0
            text = CROSS if gone else f"{left[j]:.2f}"
            rows.append(("cell", i, j, left[j], text, whole[j], gone))
        total = sum(left)
        rows.append(("sum", i, len(before), None, f"{total:.2f}", 1.0, False))
    columns = ["kind", "i", "j", "weight", "text", "before", "gone"]
    return arrow.table(rows, columns, 4)


@lru_cache(maxsize=16)
def holes(names: tuple[str, ...]) -> dict:
    """The triangle of attention with what dropout has cut out of it."""
    T = len(names)
    heard = alt.Axis(labelAngle=0, orient="top", **lettered((*names, "sum")))
    hears = alt.Axis(**lettered(names))
    x = alt.X("j:O", title="is heard", axis=heard).scale(domain=range_to(T + 1))
    y = alt.Y("i:O", title="listens", axis=hears).scale(domain=range_to(T))
    tip = [alt.Tooltip("before:Q", title="before", format=".3f")]
    tip.append(alt.Tooltip("weight:Q", title="after", format=".3f"))
    base = alt.Chart().encode(x, y)
    cells = base.transform_filter("datum.kind === 'cell'")
    hue = alt.Color("weight:Q", scale=colour.ramp(2.0), legend=None)
    sums = base.transform_filter("datum.kind === 'sum'").encode(text="text:N")
    number = cells.encode(text="text:N")
    chart = alt.layer(
        cells.mark_rect(stroke=GREY, strokeWidth=0.5).encode(hue, tooltip=tip),
        *colour.rimmed(number, fontSize=12, color=colour.INK, tooltip=None),
        sums.mark_text(
            fontSize=13, fontWeight=700, color=colour.INK, tooltip=None
        ),
        title="Place 1: who is not heard in this pass?",
    )
    return colour.spec(chart.properties(height=360))


def range_to(count: int) -> list[int]:
    return list(range(count))


def features(before, after) -> pa.Table:
    """One row a feature of each character."""
    rows = [
        (i, c, left, whole, left == 0)
        for i, (line, rest) in enumerate(zip(before, after, strict=True))
        for c, (whole, left) in enumerate(zip(line, rest, strict=True))
    ]
    columns = ["place", "feature", "value", "before", "gone"]
    return arrow.table(rows, columns, 4)


@lru_cache(maxsize=16)
def zeroed(names: tuple[str, ...], C: int, reach: float) -> dict:
    """What a branch adds, a row a character; crosses where it adds nothing."""
    x = alt.X("feature:O", title="feature").scale(domain=range_to(C))
    x = x.axis(labelExpr="datum.value + 1", labelAngle=0, labelOverlap=True)
    axis = alt.Axis(labelOverlap=False, **lettered(names))
    y = alt.Y("place:O", title=None, axis=axis)
    y = y.scale(domain=range_to(len(names)))
    hue = alt.Color("value:Q", scale=colour.signed(reach)).legend(
        title=None,
        orient="top",
        gradientLength=160,
        gradientThickness=10,
        values=[-reach, 0, reach],
        format="~g",
    )
    tip = [alt.Tooltip("before:Q", format="+.3f")]
    tip.append(alt.Tooltip("value:Q", title="after", format="+.3f"))
    base = alt.Chart().encode(x, y)
    gone = base.transform_filter("datum.gone").encode(text=alt.value(CROSS))
    chart = alt.layer(
        base.mark_rect(stroke=GREY, strokeWidth=0.4).encode(hue, tooltip=tip),
        gone.mark_text(fontSize=12, color=colour.INK, tooltip=None),
        title="Places 2 and 3: what is not added in this pass?",
    )
    return colour.spec(chart.properties(height=340))


def thinned(stay: list[list[bool]]) -> pa.Table:
    """One row a unit and one a line between two units that stay."""
    rows = [
        ("unit", i, k, None, None, on)
        for k, layer in enumerate(stay)
        for i, on in enumerate(layer)
    ]
    for k, (low, high) in enumerate(zip(stay, stay[1:], strict=False)):
        rows += [
            ("line", i, k, j, k + 1, True)
            for i, one in enumerate(low)
            for j, other in enumerate(high)
            if one and other
        ]
    columns = ["kind", "x", "y", "x2", "y2", "on"]
    return arrow.table(rows, columns)


@lru_cache(maxsize=4)
def net(layers: int, units: int) -> dict:
    """The sub-network of this pass: who is out has no lines."""
    x = alt.X("x:Q", axis=None).scale(domain=[-0.6, units - 0.4], nice=False)
    y = alt.Y("y:Q", axis=None).scale(domain=[-0.4, layers - 0.6], nice=False)
    base = alt.Chart().encode(x, y)
    lines = base.transform_filter("datum.kind === 'line'")
    units_ = base.transform_filter("datum.kind === 'unit'")
    here, gone = (
        units_.transform_filter("datum.on"),
        units_.transform_filter("!datum.on"),
    )
    dash = {"strokeDash": [4, 3], "strokeWidth": 1.5}
    chart = alt.layer(
        lines.encode(alt.X2("x2:Q"), alt.Y2("y2:Q")).mark_rule(
            color=colour.INK, opacity=0.35, tooltip=None
        ),
        colour.means(here, "data").mark_circle(
            size=380, opacity=1, tooltip=None
        ),
        gone.mark_point(
            size=380, filled=False, stroke=colour.INK, tooltip=None, **dash
        ),
        gone.encode(text=alt.value(CROSS)).mark_text(
            fontSize=18, color=colour.INK, tooltip=None
        ),
        title="Which smaller net learns in this pass?",
    )
    return colour.spec(chart.properties(height=240))


MODES = ["evaluation", "training"]


def passes(dropping: list[float], whole: list[float]) -> pa.Table:
    """One row a pass in each mode."""
    rows = [
        (mode, n, chance)
        for mode, chances in zip(MODES, (whole, dropping), strict=True)
        for n, chance in enumerate(chances, start=1)
    ]
    return arrow.table(rows, ["mode", "pass", "chance"])


@lru_cache(maxsize=16)
def same_input(count: int, high: float) -> dict:
    """One chance in a few passes of the very same input."""
    x = alt.X("pass:O", title="pass").scale(domain=range_to(count + 1)[1:])
    x = x.axis(labelAngle=0)
    y = alt.Y("chance:Q", title="chance").axis(format="%")
    y = y.scale(domain=[0, high], clamp=True, nice=False)
    hue, dash = arms.told_apart("mode", MODES)
    tip = ["mode:N", "pass:O", alt.Tooltip("chance:Q", format=".2%")]
    base = alt.Chart().encode(x, y, hue, tooltip=tip)
    chart = alt.layer(
        base.mark_line(strokeWidth=2.5).encode(dash),
        base.mark_point(filled=True, size=90),
        title="The same input five times: the same answer?",
    )
    return colour.spec(chart.properties(height=310))


MEAN, LUCK = "mean of the passes", "1 / √passes"


def approach(away: list[float], start: float) -> pa.Table:
    """One row a count of passes, evenly on a log axis: how far their mean
    is away, and how far it were if only luck kept it there."""
    counts = sorted({round(2 ** (i / 4)) for i in range(200)})
    counts = [n for n in counts if n <= len(away)]
    rows = [(MEAN, n, away[n - 1]) for n in counts]
    rows += [(LUCK, n, start / n**0.5) for n in counts]
    return arrow.table(rows, ["line", "passes", "away"])


@lru_cache(maxsize=4)
def approaching(count: int) -> dict:
    """The mean of ever more passes beside the whole net's."""
    x = alt.X("passes:Q", title="dropped passes in the mean")
    x = x.scale(type="log", domain=[1, count], nice=False)
    x = x.axis(values=[4**e for e in range(5)], format="d")
    y = alt.Y("away:Q", title="away from evaluation").axis(
        format="~%", values=[0.003, 0.01, 0.03, 0.1, 0.3, 1]
    )
    y = y.scale(type="log", domain=[0.002, 1.5], clamp=True, nice=False)
    hue, dash = arms.told_apart("line", [MEAN, LUCK])
    tip = [alt.Tooltip("line:N"), alt.Tooltip("passes:Q")]
    tip.append(alt.Tooltip("away:Q", format=".2%"))
    chart = alt.Chart(title="Does the mean of many arrive?")
    chart = chart.mark_line(strokeWidth=2.5).encode(
        x, y, hue, dash, tooltip=tip
    )
    return colour.spec(chart.properties(height=360))


def memory(found: dict[str, tuple[int, int]]) -> pa.Table:
    """One row a way of going forward: megabytes kept for the way back."""
    rows = []
    for mode, (kept, without) in found.items():
        rows.append((mode, kept / 1e6, f"{kept / 1e6:.1f} MB"))
        said = f"{without / 1e6:.1f} MB" if without else "0"
        rows.append((f"{mode}, no_grad", without / 1e6, said))
    return arrow.table(rows, ["way", "size", "said"])


@lru_cache(maxsize=8)
def kept(ways: tuple[str, ...], high: float) -> dict:
    """What is kept, as bars up to `high`."""
    y = alt.Y("way:N", title=None).scale(domain=list(ways))
    y = y.axis(labelLimit=160, labelFontSize=13)
    x = alt.X("size:Q", title="kept for the way back, MB")
    x = x.scale(domain=[0, high], nice=False)
    tip = [alt.Tooltip("way:N"), alt.Tooltip("said:N", title="kept")]
    base = alt.Chart().encode(x, y, tooltip=tip)
    look = {"align": "left", "dx": 5, "fontSize": 13, "tooltip": None}
    chart = alt.layer(
        colour.means(base, "data").mark_bar(),
        base.transform_filter(THERE)
        .encode(text="said:N")
        .mark_text(color=colour.INK, **look),
        title="Which of the four forgets?",
    )
    return colour.spec(chart.properties(height=220))
