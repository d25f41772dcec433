"""The curves of several arms over one another, named at their ends."""

import altair as alt
import pandas as pd

from pages.charts import colour, loss


def frame(arms: dict[str, list[dict]], field: str) -> pd.DataFrame:
    """One row a record of each arm; `end` on an arm's last, `lowest` on the
    arm that ends lowest."""
    last = {arm: each[-1][field] for arm, each in arms.items() if each}
    lowest = min(last, key=last.get, default=None)
    rows = [
        (arm, each["step"], each[field], each is records[-1], arm == lowest)
        for arm, records in arms.items()
        for each in records
    ]
    columns = ["arm", "step", "loss", "end", "lowest"]
    return pd.DataFrame(rows, columns=columns)


def spec(
    names: list[str],
    steps: int,
    axis: str = "loss, nats per character",
    high: float | None = None,
    low: float = 0.0,
    even: bool = False,
) -> dict:
    """A colour and a dash for each arm, so that neither speaks alone; what
    is above `high` is drawn at the upper edge. Steps lie on a log axis, or
    `even`ly, and then the lowest arm's number stands below its line."""
    y = alt.Y("loss:Q", title=axis).scale(zero=False)
    if high is not None:
        y = y.scale(domain=[low, high], clamp=True, nice=False)
    hue = alt.Color("arm:N", legend=alt.Legend(title=None, orient="top"))
    dash = alt.StrokeDash("arm:N", legend=None).scale(
        domain=names, range=[[1, 0], [7, 4], [2, 3]]
    )
    tip = ["arm:N", alt.Tooltip("step:Q", format=",d")]
    tip.append(alt.Tooltip("loss:Q", format=".4f"))
    hue = hue.scale(domain=names)
    x = loss.along(steps, even, margin=1)
    base = alt.Chart().encode(x, y, hue, tooltip=tip)
    ends = base.transform_filter("datum.end")
    chart = alt.layer(
        base.mark_line(strokeWidth=2.5).encode(dash),
        ends.mark_point(filled=True, size=60),
        *(
            numbers(ends.transform_filter(where), down)
            for where, down in (BELOW if even else ABOVE).items()
        ),
    )
    return colour.spec(chart.properties(height=260))


ABOVE = {"true": -10}  # where each arm's last number stands
BELOW = {"datum.lowest": 15, "!datum.lowest": -10}


def numbers(ends, down: int) -> alt.Chart:
    """The loss at the end of a line, so far below its point."""
    look = {"align": "right", "fontSize": 12, "tooltip": None}
    text = alt.Text("loss:Q", format=".4f")
    return ends.mark_text(dy=down, **look).encode(text=text)
