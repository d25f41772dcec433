"""The four charts of lecture 4: a row for each layer, and update:data."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arms, arrow, colour, loss

ROW = 34  # pixels of a layer's row
TALL = 0.86  # of its row, the highest bin of a layer
ROOM = 0.75  # of the span, to the right: for the figures
POINTS = 100  # of a line of update:data, at most
INK = colour.INK
KINDS = ("letters' table", "hidden layers", "last layer")


def shapes(
    names: list[str],
    histograms: list[list[float]],
    figures: list[str],
    low: float,
    high: float,
) -> pa.Table:
    """One row a bin of each layer, its top and its base; the figures and the
    span's ends as words on rows of their own."""
    rows = []
    bins = len(histograms[0])
    for i, shares in enumerate(histograms):
        base, most = len(names) - i - 1, max(shares) or 1
        for k, share in enumerate(shares):
            top = base + TALL * share / most
            rows.append(("bin", names[i], k, k + 1, base, top, share, ""))
        rows.append(("figures", names[i], bins, 0, base, 0, 0, figures[i]))
    ends = [(0, low), (bins / 2, (low + high) / 2), (bins, high)]
    for at, value in ends:
        rows.append(("end", "", at, 0, 0, 0, 0, f"{value:.3g}"))
    columns = ["what", "layer", "left", "right", "base", "top", "share", "said"]
    return arrow.table(rows, columns)


def ridge(names: tuple[str, ...], title: str, means: str, bins=32) -> dict:
    """How each layer's numbers are spread, each row to its own height."""
    spec = colour.told(of_any_names(means, bins), names=names)
    return spec | {"title": title, "height": 60 + ROW * len(names)}


@lru_cache(maxsize=4)
def of_any_names(means: str, bins: int) -> dict:
    x = alt.X("left:Q").axis(None)
    x = x.scale(domain=[0, bins * (1 + ROOM)], nice=False)
    count = alt.expr("length(names)")
    y = alt.Y("base:Q", title=None).scale(domain=[-0.75, count], nice=False)
    y = y.axis(
        values=alt.expr("sequence(0.5, length(names))"),
        labelExpr="names[length(names) - datum.value - 0.5]",
        grid=False,
        domain=False,
        ticks=False,
        labelFontSize=12,
        labelLimit=120,
    )
    base = alt.Chart().encode(x, y)
    tip = ["layer:N", alt.Tooltip("share:Q", format=".1%")]
    bars = base.transform_filter("datum.what === 'bin'")
    bars = bars.mark_rect().encode(alt.X2("right:Q"), alt.Y2("top:Q"))
    bars = colour.means(bars.encode(tooltip=tip), means)
    text = {"align": "left", "fontSize": 12, "tooltip": None, "color": INK}
    figures = base.transform_filter("datum.what === 'figures'")
    figures = figures.mark_text(
        dy=-ROW / 2 + 4, dx=10, baseline="middle", **text
    )
    figures = figures.encode(text="said:N")
    ends = base.transform_filter("datum.what === 'end'")
    ends = ends.mark_text(fontSize=11, dy=12, color=INK, tooltip=None)
    ends = ends.encode(text="said:N")
    ground = base.transform_filter("datum.what === 'figures'").mark_rule(
        strokeWidth=1, opacity=0.4, tooltip=None
    )
    ground = ground.encode(alt.X2("right:Q"))
    chart = alt.layer(ground, bars, figures, ends)
    quick = {"embedOptions": {"renderer": "canvas"}}
    return colour.spec(chart.properties(usermeta=quick))


def changes(records: list[dict], at: int) -> pa.Table:
    """One row a weight of each record, thinned: log10 of update:data."""
    stride = -(-len(records) // POINTS) or 1
    kept = [r for i, r in enumerate(records) if i % stride == 0 or i == at]
    here = records[at]["step"]
    rows = [
        (k, kind(k, len(r["updates"])), r["step"], ratio, r["step"] <= here)
        for r in kept
        for k, ratio in enumerate(r["updates"])
    ]
    columns = ["weight", "kind", "step", "ratio", "seen"]
    return arrow.table(rows, columns)


def kind(k: int, count: int) -> str:
    """Which of the three kinds of lines the k-th weight's is."""
    return KINDS[0 if k == 0 else 2 if k == count - 1 else 1]


def ratio(steps: int, title: str) -> dict:
    """Update:data over the steps beside the -3 line."""
    return loss.for_steps(ratios(title), steps)


@lru_cache(maxsize=2)
def ratios(title: str, low=-6.0, high=0.0) -> dict:
    x = loss.along(even=True)
    y = alt.Y("ratio:Q", title="log10 of update:data")
    y = y.scale(domain=[low, high], nice=False, clamp=True)
    hue, dash = arms.told_apart("kind", list(KINDS))
    tip = ["kind:N", alt.Tooltip("step:Q", format=",d")]
    tip.append(alt.Tooltip("ratio:Q", format=".2f"))
    lines = alt.Chart().encode(x, y, hue, dash, detail="weight:N", tooltip=tip)
    guide = alt.Chart(alt.Data(values=[{"ratio": -3, "said": "a thousandth"}]))
    guide = guide.encode(y)
    named = guide.encode(x=alt.value("width"), text="said:N")
    chart = alt.layer(
        guide.mark_rule(strokeDash=[5, 4], color=INK, tooltip=None),
        named.mark_text(
            align="right", dy=10, fontSize=12, color=INK, tooltip=None
        ),
        lines.mark_line(strokeWidth=1.5, opacity=0.25, clip=True),
        lines.mark_line(strokeWidth=2, opacity=0.9, clip=True).transform_filter(
            "datum.seen"
        ),
        title=title,
    )
    return colour.spec(chart.properties(height=340))


def learned(gammas: list[float], betas: list[float]) -> pa.Table:
    """One row a bin of both; where each started."""
    rows = []
    for name, shares, low, high in (
        ("gamma", gammas, 0, 3),
        ("beta", betas, -2, 2),
    ):
        width = (high - low) / len(shares)
        for k, share in enumerate(shares):
            left = low + k * width
            rows.append((name, left, left + width, share))
    return arrow.table(rows, ["which", "left", "right", "share"])


@lru_cache(maxsize=4)
def trained_away(which: str, start: float, low: float, high: float) -> dict:
    """Gamma or beta of all hidden neurons, beside where they all began."""
    x = alt.X("left:Q", title=which).scale(domain=[low, high], nice=False)
    y = alt.Y("share:Q", title="share of neurons").axis(format="%")
    y = y.scale(domain=[0, 1], nice=False)
    bars = alt.Chart().transform_filter(f"datum.which === '{which}'")
    tip = [
        alt.Tooltip("left:Q", title="from", format=".2f"),
        alt.Tooltip("right:Q", title="to", format=".2f"),
        alt.Tooltip("share:Q", format=".1%"),
    ]
    bars = colour.means(bars.mark_rect(), "data").encode(
        x, y, alt.X2("right:Q"), alt.Y2(datum=0), tooltip=tip
    )
    mark = alt.Chart(alt.Data(values=[{"left": start}]))
    mark = colour.means(mark.encode(x), "published")
    mark = mark.mark_rule(strokeDash=[5, 4], strokeWidth=2, tooltip=None)
    title = f"{which}: all began at the dashed line"
    chart = alt.layer(bars, mark, title=title)
    return colour.spec(chart.properties(height=220))
