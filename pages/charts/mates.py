"""BatchNorm: a neuron's sums stage by stage, a layer's histogram, five points
of which one moves the others, and the cloud of ever other batch mates."""

import math
from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arms, arrow, colour

ROW = 46  # pixels from one stage to the next
QUIET = {"embedOptions": {"renderer": "canvas"}}


def strip(stages: dict, told: list[str], examples: list[str]) -> pa.Table:
    """One row a number: `stages` has a list of them each, `told` what to say
    of it, which stands on its first row; `examples` names the numbers."""
    rows = [
        (place, stage, i, name, value, told[place] if i == 0 else None)
        for place, (stage, values) in enumerate(stages.items())
        for i, (name, value) in enumerate(zip(examples, values, strict=True))
    ]
    columns = ["place", "stage", "i", "example", "value", "told"]
    return arrow.table(rows, columns, 4)


@lru_cache(maxsize=8)
def staged(stages: tuple[str, ...], reach: float, title: str) -> dict:
    """A line of points for each stage, and every example's way down; what is
    further than `reach` stands at the edge."""
    x = alt.X("value:Q", title="value")
    x = x.scale(domain=[-reach, reach], clamp=True, nice=False)
    y = alt.Y("place:Q", title=None)
    y = y.scale(domain=[len(stages) - 0.6, -0.6], nice=False)
    y = y.axis(
        values=list(range(len(stages))),
        labelExpr=f"{list(stages)}[datum.value]",
        grid=False,
        ticks=False,
        domain=False,
        labelFontSize=12,
    )
    tip = ["example:N", "stage:N", alt.Tooltip("value:Q", format="+.3f")]
    base = colour.means(alt.Chart().encode(x, y, tooltip=tip), "data")
    ways = base.encode(alt.Detail("i:N"), alt.Order("place:Q"))
    said = alt.Chart().transform_filter("isValid(datum.told)").encode(y)
    said = said.encode(
        x=alt.value("width"), text="told:N", color=alt.value(colour.INK)
    )
    chart = alt.layer(
        ways.mark_line(strokeWidth=1, opacity=0.3, tooltip=None),
        base.mark_point(filled=True, size=55, opacity=0.5),
        *colour.rimmed(said, align="right", dy=-15, fontSize=12, tooltip=None),
        title=title,
    )
    height = ROW * len(stages) + 110
    return colour.spec(chart.properties(height=height, usermeta=QUIET))


WAYS = ["before", "after BatchNorm", "a Gaussian"]


def layer(before, after, reach: float) -> pa.Table:
    """One row a bin of each histogram, and of a Gaussian's of spread 1."""
    bins, wide = len(before), 2 * reach / len(before)
    edges = [-reach + i * wide for i in range(bins + 1)]
    below = [(1 + math.erf(x / 2**0.5)) / 2 for x in edges]
    below[0], below[-1] = 0.0, 1.0  # as those beyond lie in the last bin
    bell = [b - a for a, b in zip(below, below[1:], strict=False)]
    rows = [
        (way, edges[i] + wide / 2, share)
        for way, shares in zip(WAYS, (before, after, bell), strict=True)
        for i, share in enumerate(shares)
    ]
    return arrow.table(rows, ["way", "value", "share"], 4)


@lru_cache(maxsize=1)
def histogram(reach: float = 5.0, high: float = 0.3) -> dict:
    """A layer's sums before and after, over the Gaussian's grey dashes."""
    x = alt.X("value:Q", title="value; those beyond lie at the edge")
    x = x.scale(domain=[-reach, reach], nice=False).axis(format="d")
    y = alt.Y("share:Q", title="share of the sums").axis(format="%")
    y = y.scale(domain=[0, high], clamp=True, nice=False)
    before, after, bell = WAYS
    look = {"title": None, "orient": "top", "symbolType": "stroke"}
    look |= {"values": WAYS, "symbolStrokeWidth": 3}
    legend = alt.Legend(**look)
    places = [after, " ", bell, before]  # of the theme's colours
    hue = alt.Color("way:N", legend=legend).scale(domain=places)
    dash = alt.StrokeDash("way:N", legend=legend).scale(
        domain=places, range=[[1, 0], [1, 0], [5, 4], [9, 3]]
    )
    tip = ["way:N", alt.Tooltip("value:Q", format="+.2f")]
    tip.append(alt.Tooltip("share:Q", format=".1%"))
    base = alt.Chart(title="Which of the two moves with the start?")
    chart = base.mark_line(strokeWidth=2.5, interpolate="step").encode(
        x, y, hue, dash, tooltip=tip
    )
    return colour.spec(chart.properties(height=330))


def five(x: list[float], y: list[float]) -> pa.Table:
    """The five numbers above, where they land below, and both bells."""
    rows = []
    for i, (before, after) in enumerate(zip(x, y, strict=True)):
        rows += [("point", i, before, 1.0), ("point", i, after, 0.0)]
    mean = sum(x) / len(x)
    spread = (sum((a - mean) ** 2 for a in x) / (len(x) - 1)) ** 0.5
    for part, (m, s) in {"given": (mean, spread), "unit": (0, 1)}.items():
        for k in range(61):
            z = (k - 30) / 10
            height = math.exp(-z * z / 2) / math.sqrt(2 * math.pi) / s
            rows.append((part, None, m + s * z, height))
    return arrow.table(rows, ["part", "i", "value", "height"], 4)


@lru_cache(maxsize=1)
def moved() -> dict:
    """Where each of the five lands; the axis is squeezed at its ends."""
    x = alt.X("value:Q", title="value (squeezed towards both ends)")
    x = x.scale(type="symlog", constant=2, domain=[-40, 40], clamp=True)
    x = x.axis(values=[-30, -10, -5, -2, 0, 2, 5, 10, 30], format="d")
    y = alt.Y("height:Q", title=None).scale(domain=[-0.12, 1.12], nice=False)
    y = y.axis(
        values=[0, 1],
        labelExpr="datum.value ? 'five numbers' : 'normalised'",
        grid=False,
        ticks=False,
        domain=False,
        labelFontSize=12,
    )
    base = alt.Chart().encode(x, y)
    tip = alt.Tooltip("value:Q", format="+.3f")
    point = base.transform_filter("datum.part === 'point'")
    point = colour.means(point.encode(tooltip=tip), "data")
    first = point.transform_filter("datum.i === 0")
    first = colour.means(first, "second")
    rest = point.transform_filter("datum.i !== 0")
    bell = colour.means(
        base.transform_filter("datum.part==='unit'"), "published"
    )
    given = colour.means(base.transform_filter("datum.part==='given'"), "data")
    look = {"opacity": 0.45, "strokeWidth": 1.5, "tooltip": None}
    faint = {"strokeWidth": 2, "clip": True, "tooltip": None}
    name = first.encode(text=alt.value("x0"))
    chart = alt.layer(
        bell.mark_line(strokeDash=[5, 4], **faint),
        given.mark_line(opacity=0.6, **faint),
        rest.mark_line(**look).encode(alt.Detail("i:N")),
        first.mark_line(**look | {"opacity": 1}),
        rest.mark_point(filled=True, size=110),
        first.mark_point(filled=True, size=150, shape="diamond"),
        *colour.rimmed(name, dy=-16, fontSize=14, fontWeight=700),
        title="Move x0: do the others stay?",
    )
    return colour.spec(chart.properties(height=320))


def cloud(said: dict[int, list[float]], spreads: list[float]) -> pa.Table:
    """One row a draw of each batch size, set beside one another; the spread
    stands on the first."""
    rows = [
        (
            f"{size:,}",
            round((k * 0.618034) % 1, 3),  # apart, the same way every time
            value,
            k + 1,
            f"{spread:.3f}" if k == 0 else None,
        )
        for (size, values), spread in zip(said.items(), spreads, strict=True)
        for k, value in enumerate(values)
    ]
    columns = ["size", "aside", "value", "draw", "spread"]
    return arrow.table(rows, columns, 4)


@lru_cache(maxsize=4)
def clouds(sizes: tuple[str, ...]) -> dict:
    """One activation in many batches of each size, and its spread above."""
    x = alt.X("size:N", title="examples in the batch")
    x = x.scale(domain=list(sizes)).axis(labelAngle=0)
    y = alt.Y("value:Q", title="activation").scale(
        domain=[-1.1, 1.35], nice=False
    )
    y = y.axis(values=[-1, -0.5, 0, 0.5, 1])
    tip = [
        alt.Tooltip("size:N", title="batch"),
        alt.Tooltip("draw:Q", title="drawn as number"),
        alt.Tooltip("value:Q", title="activation", format="+.4f"),
    ]
    aside = alt.XOffset("aside:Q").scale(domain=[-0.3, 1.3])
    base = alt.Chart().encode(x)
    cloud = colour.means(base.encode(y, aside, tooltip=tip), "data")
    said = base.transform_filter("isValid(datum.spread)")
    said = said.encode(y=alt.datum(1.22), text="spread:N")
    chart = alt.layer(
        cloud.mark_point(filled=True, size=35, opacity=0.5),
        said.mark_text(
            fontSize=13, fontWeight=600, fill=colour.INK, tooltip=None
        ),
        title="How far does one activation spread?",
    )
    return colour.spec(chart.properties(height=340, usermeta=QUIET))


STACKS = ["your layers", "none", "all five"]


def stacks(spreads: dict[str, list[float]]) -> pa.Table:
    """One row a layer of each stack; its spread."""
    rows = [
        (stack, layer, spread, stack == STACKS[0])
        for stack, values in spreads.items()
        for layer, spread in enumerate(values, start=1)
    ]
    columns = ["stack", "layer", "spread", "yours"]
    return arrow.table(rows, columns, 4)


@lru_cache(maxsize=4)
def sprinkled(count: int) -> dict:
    """The spread of the outputs from layer to layer."""
    x = alt.X("layer:O", title="hidden layer").axis(labelAngle=0)
    x = x.scale(domain=list(range(1, count + 1)))
    y = alt.Y("spread:Q", title="spread").scale(domain=[0, 1], nice=False)
    hue, dash = arms.told_apart("stack", STACKS)
    tip = ["stack:N", "layer:O", alt.Tooltip("spread:Q", format=".3f")]
    base = alt.Chart().encode(x, y, hue, tooltip=tip)
    mine = base.transform_filter("datum.yours")
    number = mine.encode(text=alt.Text("spread:Q", format=".2f"))
    chart = alt.layer(
        base.mark_line(strokeWidth=2.5).encode(dash),
        mine.mark_point(filled=True, size=90),
        *colour.rimmed(number, dy=16, fontSize=13, tooltip=None),
        title=f"Does the spread live through {count} layers?",
    )
    return colour.spec(chart.properties(height=350))
