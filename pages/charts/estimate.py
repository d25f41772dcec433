"""Losses of single batches above the means of several: two histograms."""

from functools import lru_cache

import altair as alt

from pages.charts import arrow, colour

BINS = 40  # from one end of the axis to the other
ROW = 1.35  # the upper row starts here; a row's highest bar is 1
SINGLE = "one batch"


def frame(rows: dict[str, list[float]], low: float, high: float):
    """One row a bar: of the first name above, of the second below."""
    found = []
    for name, losses in rows.items():
        counts = counted(losses, low, high)
        most = max(counts)
        base = 0.0 if found else ROW
        found += [
            (
                name,
                "second" if base == 0 else "data",
                low + (high - low) * i / BINS,
                low + (high - low) * (i + 1) / BINS,
                base,
                base + count / most,
                count,
            )
            for i, count in enumerate(counts)
            if count
        ]
    columns = ["what", "means", "from", "to", "base", "top", "count"]
    return arrow.table(found, columns)


def counted(losses: list[float], low: float, high: float) -> list[int]:
    """How many losses fall into each bin; what is beyond lies at the edge."""
    counts = [0] * BINS
    for each in losses:
        place = int((each - low) / (high - low) * BINS)
        counts[min(max(place, 0), BINS - 1)] += 1
    return counts


@lru_cache(maxsize=32)
def histograms(low: float, high: float) -> dict:
    """The bars of both rows over one axis; each row as high as its highest
    bar, named at its left."""
    x = alt.X("from:Q", title="dev loss, nats per character")
    x = x.scale(domain=[low, high], nice=False).axis(tickCount=6)
    y = alt.Y("base:Q", axis=None).scale(domain=[0, 2 * ROW], nice=False)
    hue = alt.Color("means:N", legend=None)
    hue = hue.scale(domain=colour.MEANINGS)
    tip = [
        alt.Tooltip("what:N", title="each is"),
        alt.Tooltip("count:Q", title="how many"),
        alt.Tooltip("from:Q", format=".4f"),
        alt.Tooltip("to:Q", format=".4f"),
    ]
    base = alt.Chart().encode(x, y)
    bars = base.mark_rect(stroke=colour.GROUND, strokeWidth=0.5).encode(
        hue, alt.X2("to:Q"), alt.Y2("top:Q"), tooltip=tip
    )
    named = base.transform_aggregate(
        groupby=["what", "base"], first="min(from)"
    ).transform_calculate(up=f"datum.base + {ROW - 0.12}")
    text = named.encode(
        alt.X("from:Q").scale(domain=[low, high]), alt.Y("up:Q"), text="what:N"
    ).encode(x=alt.value(6))
    ground = base.mark_rule(color=colour.INK, tooltip=None).encode(
        x=alt.value(0), x2=alt.value("width")
    )
    look = {"align": "left", "fontSize": 13, "tooltip": None}
    chart = alt.layer(
        bars,
        ground,
        *colour.rimmed(text, **look, color=colour.INK),
        title="How much narrower is the lower row?",
    )
    return colour.spec(chart.properties(height=300))
