"""The loss over the steps, beside its landmarks."""

import json
from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour


def frame(records: list[dict], at: int, field: str = "loss") -> pa.Table:
    """One row a record; `seen` up to the playhead, `here` on it."""
    rows = (
        (record["step"], record[field], i <= at, i == at)
        for i, record in enumerate(records)
    )
    return arrow.table(rows, ["step", "loss", "seen", "here"])


def spec(
    steps: int,
    landmarks: dict[str, float],
    title: str,
    axis: str = "loss, nats per character",
    even: bool = False,
) -> dict:
    """Axes fixed by the question, so that they never jump while it runs.

    A loss beyond them is marked at the edge with its true number. Steps lie
    on a log axis, or `even`ly, for runs so long that their start is short."""
    spec = of_any_length(tuple(landmarks), axis, even)
    return for_landmarks(spec, steps, landmarks) | {"title": title}


def for_landmarks(spec: dict, steps: int, landmarks: dict[str, float]) -> dict:
    """The spec, told how long the run is and what it is compared with."""
    low, high = reach(landmarks)
    told = {"low": low, "high": high, "landmarks": landmarks}
    return for_steps(spec, steps, **told)


def for_steps(spec: dict, steps: int, **told) -> dict:
    """The spec, told how long the run is: its axes are made from that in the
    browser, so that another length needs no other spec."""
    return colour.told(spec, steps=steps, **told)


@lru_cache(maxsize=64)
def of_any_length(names: tuple[str, ...], axis: str, even: bool) -> dict:
    x = along(even)
    y = vertical("loss", LOW, HIGH, axis)
    curve = colour.means(alt.Chart().encode(x, y), "data")
    tip = [
        alt.Tooltip("step:Q", format=",d"),
        alt.Tooltip("loss:Q", format=".4f"),
    ]
    layers = [
        *told_lines(names, y),
        curve.mark_line(clip=True, opacity=0.25, strokeWidth=2),
        curve.mark_line(clip=True, strokeWidth=3).transform_filter(
            "datum.seen"
        ),
        curve.mark_point(clip=True, size=250, opacity=0, filled=True).encode(
            tooltip=tip
        ),
        *playhead(curve, middle(even), axis, tip),
    ]
    return colour.spec(alt.layer(*layers, height=320))


LOW, HIGH = alt.expr("low"), alt.expr("high")  # of the axis of the loss
LABELS = 40  # pixels for the numbers of an axis
MARGIN = 1.35  # an even axis is so much longer than the run: room for names


def along(even: bool, margin: float = MARGIN) -> alt.X:
    """The axis of the steps; for_steps says how many there are."""
    if even:
        quarters = [f"floor({i} * steps / 4)" for i in range(5)]
        x = alt.X("step:Q", title="step").axis(
            format=",d",
            values=alt.expr(f"[{', '.join(quarters)}]"),
            grid=False,
            labelFlush=True,
        )
        end = alt.expr(f"{margin} * max(2, steps)")
        return x.scale(domain=[0, end], nice=False)
    x = alt.X("step:Q", title="step (log scale)")
    x = x.axis(values=[10**k for k in range(7)], format=",d")
    end = alt.expr("1.15 * max(2, steps)")
    return x.scale(type="log", domain=[0.9, end], nice=False)


def middle(even: bool) -> str:
    """The step in the middle of the axis."""
    return f"{MARGIN / 2} * steps" if even else "sqrt(steps)"


def reach(landmarks: dict[str, float]) -> tuple[float, float]:
    """The ends of the loss axis: the landmarks with room around them."""
    low, high = min(landmarks.values()), max(landmarks.values())
    room = (high - low) * 0.2
    return low - room, high + 3 * room


def vertical(
    field: str,
    low: float | alt.Expr,
    high: float | alt.Expr,
    axis="loss, nats per character",
    clamp: bool = False,
) -> alt.Y:
    """The axis of the loss; if clamped, what is beyond lies on its edge."""
    # labels may widen once the width is known: room for them from the first
    y = alt.Y(f"{field}:Q", title=axis).axis(minExtent=LABELS)
    return y.scale(domain=[low, high], nice=False, clamp=clamp)


def playhead(curve, half, axis, tip) -> list[alt.Chart]:
    """The point in view and its loss, on the side where there is room."""
    number = "format(datum.loss, '.4f')"
    beyond = f"{number} + ' (off the chart)'"
    here = (
        curve.transform_filter("datum.here")
        .transform_calculate(
            at="clamp(datum.loss, low, high)",
            said=f"datum.loss > high ? {beyond} : {number}",
        )
        .encode(vertical("at", LOW, HIGH, axis))
    )
    look = {"fontSize": 14, "dy": -14, "tooltip": None}
    said = here.encode(alt.Text("said:N"))
    early = said.transform_filter(f"datum.step < {half}")
    late = said.transform_filter(f"datum.step >= {half}")
    return [
        here.mark_point(size=90, filled=True).encode(tooltip=tip),
        *colour.rimmed(early, align="left", dx=8, **look),
        *colour.rimmed(late, align="right", dx=4, **look),
    ]


def lines(landmarks: dict[str, float], y) -> list[alt.Chart]:
    """Grey dashed lines with their names: what the loss is compared with."""
    lowest = min(landmarks.values())
    rows = [
        {"name": name, "loss": loss, "below": loss == lowest}
        for name, loss in landmarks.items()
    ]
    return named_lines(alt.Chart(alt.Data(values=rows)), y)


def told_lines(names: tuple[str, ...], y) -> list[alt.Chart]:
    """The same where for_landmarks says how high they lie."""
    rows = alt.Data(values=[{"name": name} for name in names])
    marks = alt.Chart(rows).transform_calculate(loss="landmarks[datum.name]")
    lowest = ", ".join(f"landmarks[{json.dumps(name)}]" for name in names)
    marks = marks.transform_calculate(below=f"datum.loss === min({lowest})")
    return named_lines(marks, y)


def named_lines(marks: alt.Chart, y) -> list[alt.Chart]:
    """A line a row, named below where it is the lowest."""
    marks = colour.means(marks.encode(y), "published")
    named = marks.transform_calculate(
        said="datum.name + '  ' + format(datum.loss, '.4f')"
    ).encode(alt.Text("said:N"), x=alt.value("width"))
    look = {"align": "right", "fontSize": 12, "tooltip": None}
    return [
        marks.mark_rule(strokeDash=[5, 4], tooltip=None),
        named.mark_text(dy=-8, **look).transform_filter("!datum.below"),
        named.mark_text(dy=11, **look).transform_filter("datum.below"),
    ]
