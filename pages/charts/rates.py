"""Steps and rates: one batch, a race, rates by hand, and the range test."""

import math
from functools import lru_cache

import altair as alt
import pandas as pd
import pyarrow as pa

from pages.charts import arrow, colour, row

NATS = "loss, nats per character"
EXPONENT = "exponent: the rate is 10 to its power"
PLOT, LINE = 225, 16  # pixels: of a plot, and of a line of text in it


def fall(losses: list[float], lowest: float) -> pd.DataFrame:
    """One row a step: its loss and the logarithm; the lowest there is."""
    rows = pd.DataFrame({"step": range(1, len(losses) + 1), "loss": losses})
    rows = rows[rows["loss"] > 0]
    logs = [round(math.log10(loss), 4) for loss in rows["loss"]]
    floor = math.log10(lowest) if lowest > 0 else None
    return rows.assign(log=logs, lowest=lowest, floor=floor)


@lru_cache(maxsize=2)
def overfit(logarithm: bool) -> dict:
    """The loss over the steps, and the lowest one as a landmark."""
    field, floor = ("log", "floor") if logarithm else ("loss", "lowest")
    title = "log10 of the loss" if logarithm else NATS
    x = alt.X("step:Q", title="step").axis(format=",d")
    y = alt.Y(f"{field}:Q", title=title)
    tip = [alt.Tooltip("step:Q", format=",d")]
    tip.append(alt.Tooltip("loss:Q", format=".4f"))
    curve = colour.means(alt.Chart().encode(x, y, tooltip=tip), "data")
    last = alt.Chart().transform_window(n="row_number()", sort=latest())
    last = last.transform_filter("datum.n === 1 && isValid(datum.floor)")
    mark = colour.means(last, "published").encode(alt.Y(f"{floor}:Q"))
    said = mark.transform_calculate(
        said="'the lowest possible  ' + format(datum.lowest, '.4f')"
    ).encode(x=alt.value("width"), text="said:N")
    chart = alt.layer(
        mark.mark_rule(strokeDash=[5, 4], tooltip=None),
        said.mark_text(align="right", dy=-10, fontSize=12, tooltip=None),
        curve.mark_line(strokeWidth=2.5),
        title="How near does it come to the dashed line?",
    )
    return colour.spec(chart.properties(height=310))


def latest() -> list[alt.SortField]:
    return [alt.SortField("step", order="descending")]


LANES = "first", "second"  # of a race, whatever the two are called


def raced(laps: dict[str, list[tuple]]) -> pa.Table:
    """One row a lap of each runner; `end` on the last."""
    rows = [
        (lane, name, *lap, i == len(run) - 1)
        for lane, (name, run) in zip(LANES, laps.items(), strict=False)
        for i, lap in enumerate(run)
        if math.isfinite(lap[2])
    ]
    columns = ["lane", "runner", "seconds", "steps", "loss", "end"]
    return arrow.table(rows, columns)


def race(names: tuple[str, str], high: float, reach: float) -> dict:
    """The loss over so many seconds, from `high` at the start. These are
    told to one spec, which takes long to make."""
    return colour.told(any_race(), names=names, high=high, reach=reach)


@lru_cache(maxsize=1)
def any_race() -> dict:
    x = alt.X("seconds:Q", title="seconds on the clock")
    x = x.scale(domain=[0, alt.expr("reach")], nice=False).axis(format=".1f")
    y = alt.Y("loss:Q", title=NATS)
    y = y.scale(domain=[0, alt.expr("1.1 * high")], nice=False)
    tip = [
        "runner:N",
        alt.Tooltip("seconds:Q", format=".2f"),
        alt.Tooltip("steps:Q", format=",d"),
        alt.Tooltip("loss:Q", format=".4f"),
    ]
    hue = row.colour_pair("lane", *LANES)
    hue = hue.legend(
        title=None,
        orient="top",
        values=LANES,
        labelExpr=f"names[datum.value === '{LANES[0]}' ? 0 : 1]",
    )
    dash = alt.StrokeDash("lane:N", legend=None)
    dash = dash.scale(domain=list(LANES), range=[[1, 0], [7, 4]])
    base = alt.Chart().encode(x, y, hue, tooltip=tip)
    number = base.transform_filter("datum.end && datum.steps > 0").mark_text(
        align="right", dy=-12, fontSize=13, tooltip=None
    )
    chart = alt.layer(
        base.mark_line(strokeWidth=2.5, clip=True).encode(dash),
        base.mark_point(filled=True, size=50, clip=True),
        number.encode(text=alt.Text("loss:Q", format=".4f")),
        title="Who is lower after equal time?",
    )
    return colour.spec(chart.properties(height=310))


def hand(losses: dict[float, list[float]], chosen: float) -> pa.Table:
    """One row a step of each rate; `spot` on the last, where its name stands.
    What is no number is left out."""
    low, high = extent(losses)
    runs = {
        rate: [(i, x) for i, x in enumerate(run, 1) if math.isfinite(x)]
        for rate, run in losses.items()
    }
    spots = apart({r: run[-1][1] for r, run in runs.items()}, low, high)
    rows = [
        (
            f"{rate:g}",
            step,
            min(max(loss, low), high),
            loss,
            spots[rate] if (step, loss) == run[-1] else None,
            rate == chosen,
        )
        for rate, run in runs.items()
        for step, loss in run
    ]
    columns = ["rate", "step", "at", "loss", "spot", "chosen"]
    return arrow.table(rows, columns)


def extent(losses: dict[float, list[float]]) -> tuple[float, float]:
    """From the smallest loss to the largest that is a number, on a log axis
    of at most six powers of ten."""
    every = [x for run in losses.values() for x in run if math.isfinite(x)]
    high = max(every)
    return max(min(every), high / 1e6) / 1.2, high * 1.2


def apart(ends: dict[float, float], low: float, high: float) -> dict:
    """Where on the log axis a name may stand: by its line's end, and no
    nearer to the one below than a line of text."""
    room, below = math.log(high / low) * LINE / PLOT, -math.inf
    spots = {}
    for rate, loss in sorted(ends.items(), key=lambda item: item[1]):
        below = max(math.log(max(loss, low)), below + room)
        spots[rate] = math.exp(below)
    return spots


@lru_cache(maxsize=64)
def by_hand(low: float, high: float, steps: int) -> dict:
    """The loss over the first steps with each rate, the chosen one strong."""
    x = alt.X("step:Q", title="step")
    x = x.scale(domain=[1, 1.12 * steps], nice=False)
    x = x.axis(values=list(range(0, steps + 1, 20)))
    span = alt.Scale(type="log", domain=[low, high], nice=False)
    y = alt.Y("at:Q", title="loss, nats (log scale)", scale=span)
    y = y.axis(format="~g", tickCount=6)
    tip = ["rate:N", "step:Q", alt.Tooltip("loss:Q", format=".4f")]
    base = alt.Chart().encode(x, y, alt.Detail("rate:N"), tooltip=tip)
    base = colour.means(base, "data")
    strong = base.transform_filter("datum.chosen")
    name = base.transform_filter("isValid(datum.spot)").encode(
        alt.Y("spot:Q"), text="rate:N", tooltip=alt.value(None)
    )
    look = {"align": "left", "dx": 5, "baseline": "middle"}
    faint = name.transform_filter("!datum.chosen")
    chart = alt.layer(
        base.mark_line(strokeWidth=1.5, opacity=0.35),
        strong.mark_line(strokeWidth=3),
        faint.mark_text(fontSize=12, **look),
        name.transform_filter("datum.chosen").mark_text(
            fontSize=14, fontWeight=700, **look
        ),
        title="Which rate barely moves, which explodes?",
    )
    return colour.spec(chart.properties(height=PLOT + 115))


def ticks(spacing: dict[str, list[float]]) -> pa.Table:
    """One row a rate of each way to space them."""
    rows = [(way, rate) for way, rates in spacing.items() for rate in rates]
    return arrow.table(rows, ["way", "rate"])


@lru_cache(maxsize=1)
def spaced() -> dict:
    """Each rate a stroke on one log axis, a row a way."""
    x = alt.X("rate:Q", title="rate (log scale)")
    x = x.scale(type="log", domain=[0.001, 1], nice=False)
    x = x.axis(values=[0.001, 0.01, 0.1, 1], format="~g")
    y = alt.Y("way:N", title=None).axis(labelLimit=200, labelFontSize=12)
    base = colour.means(alt.Chart(title="Where do the rates lie?"), "data")
    strokes = base.mark_tick(opacity=0.35, thickness=1, size=30)
    strokes = strokes.encode(x, y, tooltip=alt.Tooltip("rate:Q", format=".3g"))
    quick = {"embedOptions": {"renderer": "canvas"}}
    chart = strokes.properties(height=200, usermeta=quick)
    return colour.spec(chart)


def tried(rows: list[tuple]) -> pd.DataFrame:
    """One row a rate: exponent, rate, loss and smoothed loss."""
    frame = pd.DataFrame(rows, columns=["exponent", "rate", "loss", "smooth"])
    return frame.round({"exponent": 4, "loss": 4, "smooth": 4})


def picked(frame: pd.DataFrame, valley: float, chosen: float) -> pa.Table:
    """The frame with `mark` on the rows nearest to the valley and to the
    choice."""
    at = frame["exponent"]
    near = (at - valley).abs().idxmin(), (at - chosen).abs().idxmin()
    marked = frame.assign(
        valley=[i == near[0] for i in frame.index],
        chosen=[i == near[1] for i in frame.index],
    )
    return pa.Table.from_pandas(marked, preserve_index=False)


def bounds(frame: pd.DataFrame) -> tuple[float, float]:
    """What of the losses is drawn: from below the valley to above the start;
    a loss that climbs further leaves the picture."""
    smooth = frame["smooth"].dropna()
    low, high = smooth.min(), smooth[: len(smooth) // 3 + 1].max()
    room = max(0.3 * (high - low), 0.05)
    return max(0.0, round(low - room, 2)), round(high + room, 2)


@lru_cache(maxsize=64)
def valley(low: float, high: float, lecture: float) -> dict:
    """The loss over the exponent; a click chooses the nearest rate, as the
    selection `rate` says."""
    x = alt.X("exponent:Q", title=EXPONENT)
    x = x.scale(domain=[-3, 0], nice=False).axis(format="~g")
    span = alt.Scale(domain=[low, high], nice=False)
    raw = alt.Y("loss:Q", title=NATS, scale=span)
    line = alt.Y("smooth:Q", title=NATS, scale=span)
    tip = [
        alt.Tooltip("exponent:Q", format=".2f"),
        alt.Tooltip("rate:Q", format=".3g"),
        alt.Tooltip("smooth:Q", title="smoothed loss", format=".4f"),
    ]
    base = colour.means(alt.Chart().encode(x, tooltip=tip), "data")
    press = alt.selection_point(
        name="rate", encodings=["x"], on="click", nearest=True
    )
    target = base.mark_point(size=60, opacity=0, cursor="pointer")
    chart = alt.layer(
        base.mark_point(size=8, filled=True, opacity=0.25, clip=True).encode(
            raw
        ),
        *told(lecture, x),
        base.mark_line(strokeWidth=3, clip=True).encode(line),
        *choice(x, line),
        target.encode(line).add_params(press),
        title="Click the rate that you would take",
    )
    quick = {"embedOptions": {"renderer": "canvas"}}
    chart = chart.properties(height=340, usermeta=quick)
    return colour.spec(chart)


def told(lecture: float, x) -> list[alt.Chart]:
    """The lecture's choice, a grey dashed line."""
    said = f"the lecture takes {lecture:g}"
    data = alt.Data(values=[{"exponent": lecture, "said": said}])
    mark = colour.means(alt.Chart(data).encode(x), "published")
    name = mark.encode(y=alt.value(0), text="said:N")
    return [
        mark.mark_rule(strokeDash=[5, 4], tooltip=None),
        name.mark_text(align="right", dx=-6, dy=10, fontSize=12, tooltip=None),
    ]


def choice(x, line) -> list[alt.Chart]:
    """The valley's point with its exponent, and the chosen rate's line."""
    base = alt.Chart().encode(x)
    low = colour.means(base.transform_filter("datum.valley"), "data")
    low = low.encode(line)
    taken = base.transform_filter("datum.chosen")
    taken = colour.means(taken, "second").mark_rule(strokeWidth=2.5)
    name = low.transform_calculate(
        said="'valley ' + format(datum.exponent, '.2f')"
    ).encode(text="said:N")
    return [
        taken.encode(tooltip=alt.value(None)),
        low.mark_point(filled=True, size=110, tooltip=None),
        name.mark_text(
            align=alt.expr("datum.exponent > -0.5 ? 'right' : 'left'"),
            dx=alt.expr("datum.exponent > -0.5 ? -8 : 8"),
            dy=18,
            fontSize=13,
            tooltip=None,
        ),
    ]
