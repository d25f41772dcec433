"""Running statistics beside a full pass; gamma and beta; forgotten eval."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arms, arrow, colour, row

RUNNING, PASSED = "running", "full pass"
HEIGHT = 300


def followed(steps, running, looks, passed) -> pa.Table:
    """One row a step of what one neuron's statistic was either way."""
    rows = [(RUNNING, *each) for each in zip(steps, running, strict=True)]
    rows += [(PASSED, *each) for each in zip(looks, passed, strict=True)]
    return arrow.table(rows, ["way", "step", "value"])


@lru_cache(maxsize=16)
def neuron(title: str, what: str, low: float, high: float, steps: int) -> dict:
    """Both ways over the steps; what lies beyond the axis is drawn on it."""
    y = alt.Y("value:Q", title=what)
    y = y.scale(domain=[low, high], clamp=True, nice=False)
    tip = ["way:N", alt.Tooltip("step:Q", format=",d")]
    tip.append(alt.Tooltip("value:Q", title=what, format=".4f"))
    base = alt.Chart().encode(across(steps), y, pair("way"), tooltip=tip)
    full = base.transform_filter(f"datum.way === '{PASSED}'")
    chart = alt.layer(
        base.transform_filter(f"datum.way === '{RUNNING}'").mark_line(
            strokeWidth=1.8
        ),
        full.mark_line(strokeWidth=1.5, strokeDash=[2, 3]),
        full.mark_point(filled=True, size=26),
        title=title,
    )
    return colour.spec(chart.properties(height=HEIGHT))


def across(steps: int) -> alt.X:
    x = alt.X("step:Q", title="step")
    x = x.axis(format=",d", values=[0, steps // 2, steps], grid=False)
    return x.scale(domain=[0, 1.02 * steps], nice=False)


def pair(field: str) -> alt.Color:
    return row.colour_pair(field, RUNNING, PASSED)


def gap(looks, means, spreads) -> pa.Table:
    """One row a look: the largest gaps over all neurons."""
    rows = [("mean", *each) for each in zip(looks, means, strict=True)]
    rows += [("spread", *each) for each in zip(looks, spreads, strict=True)]
    return arrow.table(rows, ["of", "step", "gap"])


@lru_cache(maxsize=8)
def gaps(high: float, steps: int) -> dict:
    """The gap of means and of spreads over the steps."""
    hue, dash = arms.told_apart("of", ["mean", "spread"])
    y = alt.Y("gap:Q", title="largest gap")
    y = y.scale(domain=[0, high], clamp=True, nice=False)
    tip = ["of:N", alt.Tooltip("step:Q", format=",d")]
    tip.append(alt.Tooltip("gap:Q", format=".4f"))
    base = alt.Chart().encode(across(steps), y, hue, tooltip=tip)
    chart = alt.layer(
        base.mark_line(strokeWidth=2.5).encode(dash),
        base.mark_point(filled=True, size=30),
        title="How far off is the worst neuron?",
    )
    return colour.spec(chart.properties(height=280))


def cloud(passed, running, chosen: int | None = None) -> pa.Table:
    """One row a neuron."""
    rows = [
        (n, *means, n == chosen)
        for n, means in enumerate(zip(passed, running, strict=True), start=1)
    ]
    return arrow.table(rows, ["neuron", "passed", "running", "chosen"])


@lru_cache(maxsize=32)
def scatter(title: str, low: float, high: float) -> dict:
    """Each neuron a point; on the diagonal both ways agree."""
    ends = {"domain": [low, high], "clamp": True, "nice": False}
    x = alt.X("passed:Q", title="by the full pass").scale(**ends)
    y = alt.Y("running:Q", title="running").scale(**ends)
    tip = ["neuron:Q"]
    tip += [alt.Tooltip(f"{f}:Q", format=".4f") for f in ("passed", "running")]
    dots = colour.means(alt.Chart().encode(x, y, tooltip=tip), "data")
    here = colour.means(dots.transform_filter("datum.chosen"), "second")
    # all rows but the first are dropped: one line from end to end
    line = alt.Chart().transform_filter("datum.neuron === 1")
    line = line.transform_calculate(low=f"{low}", high=f"{high}")
    diagonal = colour.means(line, "published").encode(
        alt.X("low:Q").scale(**ends),
        alt.Y("low:Q").scale(**ends),
        alt.X2("high:Q"),
        alt.Y2("high:Q"),
    )
    chart = alt.layer(
        diagonal.mark_rule(strokeDash=[5, 4]),
        dots.mark_point(filled=True, size=26, opacity=0.6),
        here.mark_point(size=150, strokeWidth=3, filled=False),
        title=title,
    )
    return colour.spec(chart.properties(height=HEIGHT))


def shapes(shares: dict[str, tuple], middle: float, reach: float):
    """One row a bin of each histogram, at the middle of the bin."""
    return arrow.table(
        [
            (when, middle - reach + 2 * reach * (i + 0.5) / len(bins), share)
            for when, bins in shares.items()
            for i, share in enumerate(bins)
        ],
        ["when", "at", "share"],
    )


@lru_cache(maxsize=32)
def histograms(
    title: str,
    of: str,
    names: tuple[str, ...],
    start: float | None,
    middle: float,
    reach: float,
    high: float,
) -> dict:
    """Several histograms as outlines; a dashed line where all were at the
    start."""
    x = alt.X("at:Q", title=of)
    x = x.scale(domain=[middle - reach, middle + reach], nice=False)
    y = alt.Y("share:Q", title="share").axis(format="~p", tickCount=4)
    y = y.scale(domain=[0, high], nice=False, clamp=True)
    hue, dash = arms.told_apart("when", list(names))
    tip = [
        "when:N",
        alt.Tooltip("at:Q", title=of, format=".3f"),
        alt.Tooltip("share:Q", format=".1%"),
    ]
    base = alt.Chart().encode(x, y, hue, tooltip=tip)
    layers = [base.mark_line(interpolate="step", strokeWidth=2.5).encode(dash)]
    if start is not None:
        one = alt.Chart().transform_window(n="row_number()")
        one = one.transform_filter("datum.n === 1")
        one = one.transform_calculate(start=f"{start}")
        # a colour scale of its own would double the legend
        look = {"color": colour.INK, "tooltip": None}
        rule = one.encode(alt.X("start:Q"))
        said = rule.encode(y=alt.value(8), text=alt.value("step 0"))
        layers.append(rule.mark_rule(strokeDash=[5, 4], strokeWidth=2, **look))
        layers += colour.rimmed(said, align="left", dx=5, fontSize=12, **look)
    chart = alt.layer(*layers, title=title)
    return colour.spec(chart.properties(height=HEIGHT))


def left(losses: dict[int, float], evaluated: float) -> pa.Table:
    """One row a size of batch, and the loss in evaluation beside."""
    rows = [(f"{B:,}", loss, evaluated) for B, loss in losses.items()]
    return arrow.table(rows, ["batch", "loss", "evaluated"])


@lru_cache(maxsize=16)
def in_training(sizes: tuple[str, ...], low: float, high: float) -> dict:
    """The loss by size of batch; the dashed line is evaluation."""
    x = alt.X("batch:N", title="examples in a batch, in training mode")
    x = x.scale(domain=list(sizes)).axis(labelAngle=0)
    y = alt.Y("loss:Q", title="loss, nats")
    y = y.scale(domain=[low, high], nice=False)
    tip = ["batch:N", alt.Tooltip("loss:Q", format=".4f")]
    tip.append(alt.Tooltip("evaluated:Q", title="evaluation", format=".4f"))
    base = alt.Chart().encode(x, y, tooltip=tip)
    seen = colour.means(base, "data")
    level = alt.Chart().transform_filter(f"datum.batch === '{sizes[-1]}'")
    level = colour.means(level, "second").encode(
        alt.Y("evaluated:Q").scale(domain=[low, high], nice=False)
    )
    said = level.transform_calculate(
        said="'evaluation  ' + format(datum.evaluated, '.4f')"
    ).encode(x=alt.value(0), text="said:N")
    stem = seen.encode(alt.Y2("evaluated:Q"))
    number = seen.encode(text=alt.Text("loss:Q", format=".4f"))
    above = number.transform_filter("datum.loss >= datum.evaluated")
    below = number.transform_filter("datum.loss < datum.evaluated")
    chart = alt.layer(
        level.mark_rule(strokeDash=[7, 4], strokeWidth=2),
        *colour.rimmed(said, align="left", dx=6, dy=13, fontSize=13),
        stem.mark_rule(strokeWidth=3),
        seen.mark_point(filled=True, size=120),
        *colour.rimmed(above, dy=-15, fontSize=13),
        *colour.rimmed(below, dy=17, fontSize=13),
        title="How far from evaluation?",
    )
    return colour.spec(chart.properties(height=280))
