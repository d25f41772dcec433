"""A GPT in numbers: its parts, two curves, and the rate over a run."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arms, arrow, colour


def ledger(parts: dict[str, int]) -> pa.Table:
    """One row a part: its count, and its share of all."""
    total = sum(parts.values())
    rows = [
        (part, count, count / total, f"{count:,}  ({count / total:.1%})")
        for part, count in parts.items()
    ]
    return arrow.table(rows, ["part", "count", "share", "said"])


@lru_cache(maxsize=4)
def shares(order: tuple[str, ...], title: str) -> dict:
    """Each part's share of the parameters, in the order of the forward
    pass; the axis stays, whatever the size."""
    y = alt.Y("part:N", title=None).scale(domain=list(order))
    x = alt.X("share:Q", title="share of the parameters")
    x = x.scale(domain=[0, 1], nice=False).axis(format="%", tickCount=5)
    tip = ["part:N", alt.Tooltip("count:Q", format=",d")]
    tip.append(alt.Tooltip("share:Q", format=".2%"))
    base = colour.means(alt.Chart(), "data").encode(x, y, tooltip=tip)
    look = {"align": "left", "dx": 6, "fontSize": 12, "fill": colour.INK}
    number = base.mark_text(tooltip=None, **look).encode(text="said:N")
    chart = alt.layer(base.mark_bar(), number, title=title)
    return colour.spec(chart.properties(height=44 + 34 * len(order)))


PANELS = {"value": "the curve", "slope": "its slope"}


def curves(found: dict) -> pa.Table:
    """One row a point of each curve, for its value and for its slope."""
    return arrow.table(
        [
            (name, which, x, number)
            for name, points in found.items()
            for x, *both in points
            for which, number in zip(PANELS, both, strict=True)
        ],
        ["curve", "which", "x", "number"],
    )


@lru_cache(maxsize=4)
def curve(names: tuple[str, ...], which: str) -> dict:
    """The curves over one another, by value or by slope."""
    low, high = {"value": (-0.5, 3.0), "slope": (-0.2, 1.2)}[which]
    hue, dash = arms.told_apart("curve", list(names))
    y = alt.Y("number:Q", title=which)
    y = y.scale(domain=[low, high], nice=False)
    tip = ["curve:N", alt.Tooltip("x:Q", format="+.2f")]
    tip.append(alt.Tooltip("number:Q", title=which, format="+.4f"))
    base = alt.Chart(title=f"relu and gelu: {PANELS[which]}")
    base = base.transform_filter(f"datum.which === '{which}'")
    chart = base.mark_line(clip=True, strokeWidth=2.5).encode(
        alt.X("x:Q").scale(domain=[-4, 4], nice=False),
        y,
        hue,
        dash,
        tooltip=tip,
    )
    return colour.spec(chart.properties(height=280))


def rates(points: list[tuple[int, float]]) -> pa.Table:
    return arrow.table(points, ["step", "rate"])


def schedule(steps: int, high: float) -> dict:
    """The rate of every step of a run, from zero."""
    return colour.told(of_any_rate(), steps=steps, high=high)


@lru_cache(maxsize=1)
def of_any_rate() -> dict:
    x = alt.X("step:Q").axis(format=",d", grid=False)
    x = x.scale(domain=[0, alt.expr("max(2, steps)")], nice=False)
    y = alt.Y("rate:Q", title="rate").axis(format="~g")
    y = y.scale(domain=[0, alt.expr("1.1 * high")], nice=False)
    tip = [alt.Tooltip("step:Q", format=",d"), "rate:Q"]
    base = colour.means(alt.Chart(), "data").encode(x, y, tooltip=tip)
    chart = alt.layer(
        base.mark_line(strokeWidth=2.5),
        base.mark_point(size=150, opacity=0, filled=True),
        title="How far a step goes, step by step",
    )
    return colour.spec(chart.properties(height=240))
