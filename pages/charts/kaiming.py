"""Spreads: of sums, both ways through one layer, and from layer to layer."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arms, arrow, colour

REACH, TALLEST = 12.0, 0.25  # of the histograms
LEAST, MOST = 0.01, 100.0  # spreads that are drawn; others at the edge
LAYERS = 10  # as deep as a stack can be
WIDEST = 3.0  # spread of sums on the map from layer to layer
BOTH = ["activations, forward", "slopes, backward"]
HUES = {"data": BOTH[0], "gradient": BOTH[1]}
SHAPES = ["circle", "diamond"]
DECADES = [10.0**k for k in range(-2, 3)]


def bars(shares: list[float], spread: float) -> pa.Table:
    """One row a bin of -REACH to REACH; the spread stands in the first."""
    wide = 2 * REACH / len(shares)
    start = [-REACH + wide * i for i in range(len(shares))]
    ends = [(-spread, spread)] + [(None, None)] * (len(shares) - 1)
    rows = [
        (left, left + wide, share, *each)
        for left, share, each in zip(start, shares, ends, strict=True)
    ]
    return arrow.table(rows, ["start", "end", "share", "low", "high"])


@lru_cache(maxsize=2)
def histogram(title: str) -> dict:
    """How the numbers are spread, and a line from minus to plus a spread."""
    scale = alt.Scale(domain=[-REACH, REACH], nice=False, clamp=True)
    x = alt.X("start:Q", title="number", scale=scale)
    tall = alt.Scale(domain=[0, TALLEST], nice=False)
    y = alt.Y("share:Q", title="share", scale=tall).axis(format="%")
    tip = [
        alt.Tooltip("start:Q", title="from"),
        alt.Tooltip("end:Q", title="to"),
        alt.Tooltip("share:Q", format=".2%"),
    ]
    base = colour.means(alt.Chart(), "data")
    drawn = base.encode(x, alt.X2("end:Q"), y, y2=alt.datum(0), tooltip=tip)
    one = alt.Chart().transform_filter("isValid(datum.high)")
    span = colour.means(one, "second").encode(
        alt.X("low:Q", scale=scale), alt.X2("high:Q"), y=alt.value(24)
    )
    name = one.transform_calculate(
        said="'spread ' + format(datum.high, '.2f')"
    ).encode(x=alt.value("width"), y=alt.value(8), text="said:N")
    look = {"align": "right", "dx": -4, "fontSize": 14, "fill": colour.INK}
    chart = alt.layer(
        drawn.mark_bar(clip=True),
        span.mark_rule(strokeWidth=5, tooltip=None),
        name.mark_text(**look, tooltip=None),
        title=title,
    )
    return colour.spec(chart.properties(height=240))


def mapped(curves: dict[str, list[tuple]]) -> pa.Table:
    """One row a point: the spread of these sums, and of the next."""
    rows = [
        (name, spread, after)
        for name, points in curves.items()
        for spread, after in points
    ]
    return arrow.table(rows, ["gain", "spread", "next"])


@lru_cache(maxsize=8)
def onward(names: tuple[str, ...]) -> dict:
    """The next layer's spread over this one's; on the dashed line they are
    alike."""
    span = alt.Scale(domain=[0, WIDEST], nice=False)
    x = alt.X("spread:Q", title="spread of this layer's sums", scale=span)
    y = alt.Y("next:Q", title="spread of the next sums", scale=span)
    hue, dash = arms.told_apart("gain", list(names))
    tip = ["gain:N", alt.Tooltip("spread:Q", format=".2f")]
    tip.append(alt.Tooltip("next:Q", format=".3f"))
    ends = [{"spread": 0, "next": 0}, {"spread": WIDEST, "next": WIDEST}]
    same = alt.Chart(alt.Data(values=ends)).encode(x, y)
    said = [{"spread": 2.3, "next": 2.3, "said": "as wide as before"}]
    word = alt.Chart(alt.Data(values=said)).encode(x, y, text="said:N")
    base = alt.Chart().encode(x, y, hue, dash, tooltip=tip)
    chart = alt.layer(
        same.mark_line(
            strokeDash=[5, 4],
            stroke=colour.INK,
            strokeWidth=1.5,
            strokeOpacity=0.7,
            tooltip=None,
        ),
        base.mark_line(strokeWidth=3, clip=True),
        *colour.rimmed(
            word,
            align="right",
            dx=-8,
            dy=-8,
            fontSize=12,
            fill=colour.INK,
            tooltip=None,
        ),
        title="Where does a curve cross the dashed line?",
    )
    return colour.spec(chart.properties(height=330))


def ways(found: dict[str, tuple[float, float]]) -> pa.Table:
    """Two rows a scaling: the spread forward, and the slopes' backward."""
    rows = [
        (name, means, kind, spread)
        for name, pair in found.items()
        for (means, kind), spread in zip(HUES.items(), pair, strict=True)
    ]
    return arrow.table(rows, ["scaling", "means", "kind", "spread"])


def kinds(lines: bool = False):
    """Hue, shape and dash for what goes forward and what comes back; the
    legend shows marks, or lines."""
    look = {"symbolStrokeWidth": 0}
    if lines:
        look = {"symbolType": "stroke", "symbolStrokeWidth": 3}
    legend = alt.Legend(
        title=None,
        orient="top",
        values=list(HUES),
        symbolOpacity=1,
        **look,
        labelExpr=f"datum.label === 'data' ? '{BOTH[0]}' : '{BOTH[1]}'",
    )
    hue = alt.Color("means:N", legend=legend).scale(domain=colour.MEANINGS)
    shape = alt.Shape("means:N", legend=legend)
    shape = shape.scale(domain=colour.MEANINGS, range=[*SHAPES, *SHAPES])
    dash = alt.StrokeDash("means:N", legend=legend if lines else None)
    dash = dash.scale(domain=list(HUES), range=[[1, 0], [6, 3]])
    return hue, shape, dash


def logarithmic(low: float = LEAST, high: float = MOST) -> alt.Scale:
    return alt.Scale(type="log", domain=[low, high], nice=False, clamp=True)


@lru_cache(maxsize=2)
def both(names: tuple[str, ...]) -> dict:
    """A row a scaling: where the two spreads lie beside 1."""
    x = alt.X("spread:Q", title="spread (log scale)")
    x = x.scale(logarithmic(0.1, 100)).axis(
        values=[0.1, 1, 10, 100], format="~g"
    )
    y = alt.Y("scaling:N", title=None).scale(domain=list(names))
    y = y.axis(labelLimit=150, labelFontSize=12)
    beside = alt.YOffset("means:N").scale(domain=list(HUES))
    hue, shape, _ = kinds()
    tip = ["scaling:N", "kind:N", alt.Tooltip("spread:Q", format=".4f")]
    base = alt.Chart().encode(x, y, beside, tooltip=tip)
    one = alt.Chart(alt.Data(values=[{"spread": 1}])).encode(x)
    number = base.encode(text=alt.Text("spread:Q", format=".2f"))
    look = {"align": "left", "dx": 10, "baseline": "middle", "fontSize": 12}
    chart = alt.layer(
        one.mark_rule(strokeDash=[5, 4], stroke=colour.INK, tooltip=None),
        base.mark_point(filled=True, size=110, opacity=1).encode(hue, shape),
        *colour.rimmed(number, fill=colour.INK, tooltip=None, **look),
        title="Which scaling keeps which way at 1?",
    )
    return colour.spec(chart.properties(height=300))


def layered(pairs: list[tuple[float, float]]) -> pa.Table:
    """Two rows a layer; `end` where a line arrives: activations at the last
    layer, slopes at the first."""
    ends = len(pairs), 1
    rows = [
        (layer, means, HUES[means], spread, layer == end)
        for layer, pair in enumerate(pairs, start=1)
        for means, spread, end in zip(HUES, pair, ends, strict=True)
    ]
    columns = ["layer", "means", "kind", "spread", "end"]
    return arrow.table(rows, columns)


def upward() -> alt.Y:
    y = alt.Y("spread:Q", title="spread (log scale)").scale(logarithmic())
    return y.axis(values=DECADES, format="~g")


def across_layers() -> alt.X:
    x = alt.X("layer:Q", title="layer")
    x = x.scale(domain=[0.2, LAYERS + 0.9], nice=False)
    return x.axis(values=list(range(1, LAYERS + 1)), format="d", grid=False)


def between(band: tuple[float, float]) -> alt.Chart:
    """The band, grey, across the whole picture."""
    low, high = band
    rows = alt.Data(values=[{"spread": low, "high": high}])
    look = {"fill": colour.INK, "fillOpacity": 0.15, "tooltip": None}
    return (
        alt.Chart(rows)
        .mark_rect(**look)
        .encode(
            upward(), alt.Y2("high:Q"), x=alt.value(0), x2=alt.value("width")
        )
    )


@lru_cache(maxsize=2)
def layers(band: tuple[float, float]) -> dict:
    """Both spreads from layer to layer, and the band."""
    hue, shape, dash = kinds()
    tip = ["layer:Q", "kind:N", alt.Tooltip("spread:Q", format=".4g")]
    base = alt.Chart().encode(across_layers(), upward(), tooltip=tip)
    ends = base.transform_filter("datum.end").encode(
        text=alt.Text("spread:Q", format=".2~g")
    )
    look = {"fontSize": 13, "fill": colour.INK, "tooltip": None}
    look["baseline"] = "middle"
    forward = ends.transform_filter("datum.means === 'data'")
    backward = ends.transform_filter("datum.means === 'gradient'")
    chart = alt.layer(
        between(band),
        base.mark_line(strokeWidth=2.5).encode(hue, dash),
        base.mark_point(filled=True, size=80, opacity=1).encode(hue, shape),
        *colour.rimmed(forward, align="left", dx=10, **look),
        *colour.rimmed(backward, align="right", dx=-10, **look),
        title="Do both lines stay in the grey band?",
    )
    return colour.spec(chart.properties(height=360))


def roped(rope: dict[float, list], chosen: float, held: set) -> pa.Table:
    """Two rows a gain: where the activations and the slopes arrive."""
    rows = [
        (gain, means, HUES[means], spread, gain == chosen, gain in held)
        for gain, pairs in rope.items()
        for means, spread in zip(HUES, (pairs[-1][0], pairs[0][1]), strict=True)
    ]
    columns = ["gain", "means", "kind", "spread", "chosen", "held"]
    return arrow.table(rows, columns)


@lru_cache(maxsize=2)
def rope(band: tuple[float, float], least: float, most: float) -> dict:
    """The ends of both lines over the gain; the gains that hold, shaded."""
    span = alt.Scale(domain=[least - 0.025, most + 0.025], nice=False)
    x = alt.X("gain:Q", title="gain", scale=span).axis(grid=False)
    hue, _, dash = kinds(lines=True)
    tip = ["gain:Q", "kind:N", alt.Tooltip("spread:Q", format=".4g")]
    base = alt.Chart().encode(x, upward(), tooltip=tip)
    held = alt.Chart().transform_filter("datum.held && datum.means == 'data'")
    held = held.transform_calculate(
        left="datum.gain - 0.025",
        right="datum.gain + 0.025",
        means="'second'",
    ).encode(alt.X("left:Q", scale=span), alt.X2("right:Q"), hue)
    here = alt.Chart().transform_filter("datum.chosen").encode(x)
    chart = alt.layer(
        between(band),
        held.mark_rect(opacity=0.25, stroke=None, tooltip=None),
        here.mark_rule(strokeWidth=2, stroke=colour.INK, tooltip=None),
        base.mark_line(strokeWidth=2.5).encode(hue, dash),
        title="Which gains keep both in the band?",
    )
    return colour.spec(chart.properties(height=300))


def compared(lines: dict[str, list[float]]) -> pa.Table:
    """One row a layer of each family."""
    rows = [
        (name, layer, spread)
        for name, spreads in lines.items()
        for layer, spread in enumerate(spreads, start=1)
    ]
    return arrow.table(rows, ["family", "layer", "spread"])


@lru_cache(maxsize=4)
def families(
    names: tuple[str, ...], title: str, band: tuple[float, float]
) -> dict:
    """One line a family, from layer to layer."""
    hue, dash = arms.told_apart("family", list(names))
    tip = ["family:N", "layer:Q", alt.Tooltip("spread:Q", format=".4g")]
    base = alt.Chart().encode(across_layers(), upward(), hue, tooltip=tip)
    chart = alt.layer(
        between(band),
        base.mark_line(strokeWidth=2.5).encode(dash),
        base.mark_point(filled=True, size=45, opacity=1),
        title=title,
    )
    return colour.spec(chart.properties(height=320))
