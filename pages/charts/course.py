"""The course as one falling line: what each idea makes of the names."""

import altair as alt
import pandas as pd

from pages.charts import colour


def line(stops: pd.DataFrame) -> alt.Chart:
    """stops: name, loss, source and link (empty where no page is yet)."""
    order = list(stops["name"])
    x = alt.X("name:N", title=None).scale(domain=order)
    x = x.axis(labelAngle=-30, labelOverlap=False, domain=False, ticks=False)
    y = alt.Y("loss:Q", title="loss, nats per character (lower is better)")
    y = y.scale(domain=[1.7, 3.5], nice=False)
    tip = [
        alt.Tooltip("name:N", title="model"),
        alt.Tooltip("loss:Q", format=".4f"),
        alt.Tooltip("source:N", title="figure"),
    ]
    base = colour.means(alt.Chart(stops).encode(x, y), "data")
    point = base.mark_point(size=160, opacity=1).encode(
        href="link:N", tooltip=tip
    )
    figures = base.mark_text(
        dy=-18, fontSize=14, fontWeight=600, tooltip=None
    ).encode(text=alt.Text("loss:Q", format=".2f"))
    built, planned = "datum.link !== ''", "datum.link === ''"
    whole = alt.layer(
        base.mark_line(strokeWidth=3, opacity=0.5, tooltip=None),
        point.transform_filter(built).mark_point(
            size=220, opacity=1, filled=True
        ),
        point.transform_filter(planned),
        figures,
        title="Each idea is less surprised by the next letter",
    ).properties(height=340)
    return colour.readable(whole)
