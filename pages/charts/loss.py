"""The loss over the steps, beside its landmarks."""

import altair as alt
import pandas as pd

from pages.charts import colour


def frame(records: list[dict], at: int, field: str = "loss") -> pd.DataFrame:
    """One row a record; `seen` up to the playhead, `here` on it."""
    return pd.DataFrame(
        {
            "step": [record["step"] for record in records],
            "loss": [record[field] for record in records],
            "seen": [i <= at for i in range(len(records))],
            "here": [i == at for i in range(len(records))],
        },
        columns=["step", "loss", "seen", "here"],
    )


def spec(steps: int, landmarks: dict[str, float], title: str) -> dict:
    """Axes fixed by the question, so that they never jump while it runs."""
    low, high = min(landmarks.values()), max(landmarks.values())
    room = (high - low) * 0.2
    x = alt.X("step:Q", title="step (each one ten times the last mark)")
    x = x.scale(type="log", domain=[1, max(2, steps)], nice=False)
    x = x.axis(values=[10**k for k in range(7)], format=",d")
    y = alt.Y("loss:Q", title="loss, nats per character")
    y = y.scale(domain=[low - room, high + 3 * room], nice=False, clamp=True)
    curve = colour.means(alt.Chart().encode(x, y), "data")
    tip = [
        alt.Tooltip("step:Q", format=",d"),
        alt.Tooltip("loss:Q", format=".4f"),
    ]
    layers = [
        *lines(landmarks, y),
        curve.mark_line(opacity=0.25, strokeWidth=2),
        curve.mark_line(strokeWidth=3).transform_filter("datum.seen"),
        curve.mark_point(size=30, opacity=0, filled=True).encode(tooltip=tip),
        curve.mark_point(size=90, filled=True)
        .transform_filter("datum.here")
        .encode(tooltip=tip),
        curve.mark_text(align="right", dx=-4, dy=-16, fontSize=14)
        .transform_filter("datum.here")
        .encode(text=alt.Text("loss:Q", format=".4f")),
    ]
    whole = alt.layer(*layers, title=title).properties(height=320)
    return whole.to_dict()


def lines(landmarks: dict[str, float], y) -> list[alt.Chart]:
    """Grey dashed lines with their names: what the loss is compared with."""
    lowest = min(landmarks.values())
    rows = [
        {"name": name, "loss": loss, "below": loss == lowest}
        for name, loss in landmarks.items()
    ]
    marks = alt.Chart(alt.Data(values=rows)).encode(y)
    marks = colour.means(marks, "published")
    named = marks.transform_calculate(
        said="datum.name + '  ' + format(datum.loss, '.4f')"
    ).encode(x=alt.value("width"), text="said:N")
    look = {"align": "right", "fontSize": 12}
    return [
        marks.mark_rule(strokeDash=[5, 4]),
        named.mark_text(dy=-8, **look).transform_filter("!datum.below"),
        named.mark_text(dy=11, **look).transform_filter("datum.below"),
    ]
