"""The surprise of two models at each letter of a word, side by side."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour

HIGHEST = 8.0  # nats; a bar beyond it ends at the edge


def frame(word: str, models: dict[str, list[float]]) -> pa.Table:
    """One row a letter and model: its surprise in nats."""
    places = [f"{i} {letter}" for i, letter in enumerate(word)]
    rows = [
        (place, model, min(nll, HIGHEST), f"{nll:.3f}")
        for model, each in models.items()
        for place, nll in zip(places, each, strict=True)
    ]
    return arrow.table(rows, ["place", "model", "nll", "said"])


@lru_cache(maxsize=64)
def spec(word: str, first: str, second: str) -> dict:
    """Two bars a letter, the first model in the second colour, to compare."""
    order = [f"{i} {letter}" for i, letter in enumerate(word)]
    x = alt.X("place:N", title="the letter that comes").scale(domain=order)
    bare = "split(datum.label, ' ')[1]"  # without the place before it
    x = x.axis(labelAngle=0, labelExpr=bare, labelFontSize=14)
    y = alt.Y("nll:Q", title="surprise, nats")
    y = y.scale(domain=[0, HIGHEST], nice=False)
    legend = alt.Legend(title=None, orient="top", values=[first, second])
    places = [second, "gradient", "published", first]
    hue = alt.Color("model:N", legend=legend).scale(domain=places)
    beside = alt.XOffset("model:N").scale(domain=[first, second])
    tip = ["model:N", alt.Tooltip("said:N", title="surprise, nats")]
    base = alt.Chart(title="Which letters surprise whom?").mark_bar()
    chart = base.encode(x, y, hue, beside, tooltip=tip)
    return colour.spec(chart.properties(height=360))
