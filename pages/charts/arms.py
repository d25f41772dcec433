"""The curves of several arms over one another, named at their ends."""

import altair as alt
import pandas as pd

from pages.charts import colour


def frame(arms: dict[str, list[dict]], field: str) -> pd.DataFrame:
    """One row a record of each arm; `end` on an arm's last."""
    rows = [
        (arm, record["step"], record[field], record is records[-1])
        for arm, records in arms.items()
        for record in records
    ]
    return pd.DataFrame(rows, columns=["arm", "step", "loss", "end"])


def spec(
    names: list[str],
    steps: int,
    axis: str = "loss, nats per character",
    high: float | None = None,
) -> dict:
    """A colour and a dash for each arm, so that neither speaks alone; what
    is above `high` is drawn at the upper edge."""
    x = alt.X("step:Q", title="step (log scale)")
    x = x.scale(type="log", domain=[0.9, 1.15 * steps], nice=False)
    x = x.axis(values=[10**k for k in range(7)], format=",d")
    y = alt.Y("loss:Q", title=axis).scale(zero=False)
    if high is not None:
        y = y.scale(domain=[0, high], clamp=True, nice=False)
    hue = alt.Color("arm:N", legend=alt.Legend(title=None, orient="top"))
    dash = alt.StrokeDash("arm:N", legend=None).scale(
        domain=names, range=[[1, 0], [7, 4], [2, 3]]
    )
    tip = ["arm:N", alt.Tooltip("step:Q", format=",d")]
    tip.append(alt.Tooltip("loss:Q", format=".4f"))
    base = alt.Chart().encode(x, y, hue.scale(domain=names), tooltip=tip)
    ends = base.transform_filter("datum.end")
    number = ends.mark_text(align="right", dy=-10, fontSize=12, tooltip=None)
    chart = alt.layer(
        base.mark_line(strokeWidth=2.5).encode(dash),
        ends.mark_point(filled=True, size=60),
        number.encode(text=alt.Text("loss:Q", format=".4f")),
    )
    return colour.readable(chart.properties(height=260)).to_dict()
