"""The loss as the counts are smoothed, walking up to guessing."""

import math
from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour, loss, row


def frame(amounts, losses, chosen) -> pa.Table:
    rows = [
        (amount, loss, amount == chosen)
        for amount, loss in zip(amounts, losses, strict=True)
    ]
    return arrow.table(rows, ["amount", "loss", "here"])


def tuning(amounts, curves: dict[str, list[float]]) -> pa.Table:
    """One row an amount of each curve; `best` where the curve is lowest."""
    rows = [
        (name, amount, loss, loss == min(losses))
        for name, losses in curves.items()
        for amount, loss in zip(amounts, losses, strict=True)
        if math.isfinite(loss)
    ]
    return arrow.table(rows, ["model", "added", "loss", "best"])


@lru_cache(maxsize=16)
def tuned(
    names: tuple[str, str], axis: str = "dev loss, nats per character"
) -> dict:
    """The loss over the amount added, a line a name, its best marked."""
    x = alt.X("added:Q", title="added to every count (log scale)")
    x = x.scale(type="log").axis(format="~g")
    y = alt.Y("loss:Q", title=axis)
    y = y.scale(zero=False)
    hue = row.colour_pair("model", *names)
    dash = alt.StrokeDash("model:N", legend=None)
    dash = dash.scale(domain=list(names), range=[[1, 0], [7, 4]])
    tip = ["model:N", alt.Tooltip("added:Q", format="~g")]
    tip.append(alt.Tooltip("loss:Q", format=".4f"))
    base = alt.Chart().encode(x, y, hue, tooltip=tip)
    best = base.transform_filter("datum.best")
    side = alt.expr("datum.added < 0.01 ? 'left' : 'center'")
    apart = alt.expr(f"datum.model === '{names[1]}' ? 18 : -12")
    number = best.mark_text(align=side, dy=apart, fontSize=13, tooltip=None)
    chart = alt.layer(
        base.mark_line(strokeWidth=2.5).encode(dash),
        best.mark_point(filled=True, size=90),
        number.encode(text=alt.Text("loss:Q", format=".4f")),
        title="Which amount is best?",
    )
    return colour.spec(chart.properties(height=280))


def spec(
    landmarks: dict[str, float],
    title: str = "The more is added, the nearer to guessing",
    axis: str = "added to every count (log scale from 1 on)",
    far: int = 150_000,
) -> dict:
    """The loss over an amount of 0 to far, beside its landmarks."""
    low, high = min(landmarks.values()), max(landmarks.values())
    room = (high - low) * 0.15
    x = alt.X("amount:Q", title=axis)
    x = x.scale(type="symlog", domain=[0, far], nice=False)
    x = x.axis(values=[0, *(10**k for k in range(6))], format=",d")
    y = loss.vertical("loss", low - room, high + room)
    tip = [
        alt.Tooltip("amount:Q", format=",d"),
        alt.Tooltip("loss:Q", format=".4f"),
    ]
    walk = colour.means(alt.Chart().encode(x, y, tooltip=tip), "data")
    here = walk.transform_filter("datum.here")
    side = alt.expr("datum.amount < 1 ? 'left' : 'center'")
    number = here.mark_text(align=side, dy=-14, fontSize=14, tooltip=None)
    chart = alt.layer(
        *loss.lines(landmarks, y),
        walk.mark_line(strokeWidth=2, opacity=0.5),
        walk.mark_point(filled=True, size=40),
        here.mark_point(filled=True, size=120),
        number.encode(text=alt.Text("loss:Q", format=".4f")),
        title=title,
    )
    return colour.spec(chart.properties(height=260))
