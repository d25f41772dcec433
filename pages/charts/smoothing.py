"""The loss as the counts are smoothed, walking up to guessing."""

import altair as alt
import pandas as pd

from pages.charts import colour, loss


def frame(amounts, losses, chosen) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "added": amounts,
            "loss": losses,
            "here": [amount == chosen for amount in amounts],
        }
    )


def spec(landmarks: dict[str, float]) -> dict:
    low, high = min(landmarks.values()), max(landmarks.values())
    room = (high - low) * 0.15
    x = alt.X("added:Q", title="added to every count (log scale from 1 on)")
    x = x.scale(type="symlog", domain=[0, 150_000], nice=False)
    x = x.axis(values=[0, 1, 10, 100, 1000, 10_000, 100_000], format=",d")
    y = loss.vertical("loss", low - room, high + room)
    tip = [
        alt.Tooltip("added:Q", format=",d"),
        alt.Tooltip("loss:Q", format=".4f"),
    ]
    walk = colour.means(alt.Chart().encode(x, y, tooltip=tip), "data")
    here = walk.transform_filter("datum.here")
    number = here.mark_text(dy=-14, fontSize=14, tooltip=None)
    chart = alt.layer(
        *loss.lines(landmarks, y),
        walk.mark_line(strokeWidth=2, opacity=0.5),
        walk.mark_point(filled=True, size=40),
        here.mark_point(filled=True, size=120),
        number.encode(text=alt.Text("loss:Q", format=".4f")),
        title="The more is added, the nearer to guessing",
    )
    return colour.readable(chart.properties(height=260)).to_dict()
