"""The curves of several arms over one another, named at their ends."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour, loss

COLUMNS = "arm", "step", "loss", "end", "lowest"


def frame(
    arms: dict[str, list[dict]], field: str, ends: bool = True
) -> pa.Table:
    """One row a record of each arm; `end` on an arm's last, which is named
    there, `lowest` on the arm that ends lowest."""
    return arrow.table(rows(arms, field, ends), COLUMNS)


def rows(arms: dict[str, list[dict]], field: str, ends: bool = True):
    last = {arm: each[-1][field] for arm, each in arms.items() if each}
    lowest = min(last, key=last.get, default=None)
    for arm, records in arms.items():
        for each in records:
            end = ends and each is records[-1]
            yield arm, each["step"], each[field], end, arm == lowest


def spec(
    names: list[str],
    steps: int,
    axis: str = "loss, nats per character",
    high: float | None = None,
    low: float = 0.0,
    even: bool = False,
    across: str = "step",
    numbered: bool = True,
) -> dict:
    """A colour and a dash for each arm, so that neither speaks alone; what
    is above `high` is drawn at the upper edge. Steps lie on a log axis, or
    `even`ly, and then the lowest arm's number stands below its line. Numbers
    of more than two arms would cover one another: leave them out."""
    look = axis, high, low, even, across, numbered
    return loss.for_steps(of_any_length(tuple(names), *look), steps)


@lru_cache(maxsize=64)
def of_any_length(names, axis, high, low, even, across, numbered) -> dict:
    y = alt.Y("loss:Q", title=axis).scale(zero=False)
    if high is not None:
        y = y.scale(domain=[low, high], clamp=True, nice=False)
    hue, dash = told_apart("arm", names)
    tip = [alt.Tooltip("arm:N"), alt.Tooltip("step:Q", format=",d")]
    tip.append(alt.Tooltip("loss:Q", format=".4f"))
    x = loss.along(even, margin=1)
    x = x.title(across) if even else x
    base = alt.Chart().encode(x, y, hue, tooltip=tip)
    ends = base.transform_filter("datum.end")
    chart = alt.layer(
        base.mark_line(strokeWidth=2.5).encode(dash),
        ends.mark_point(filled=True, size=60),
        *(
            numbers(ends.transform_filter(where), down)
            for where, down in (BELOW if even else ABOVE).items()
            if numbered
        ),
        height=300,
    )
    return colour.spec(chart)


WIDE = 46  # letters and signs: more of them have no room on a phone


def told_apart(field: str, names):
    """A colour and a dash for each of up to three lines, and one legend;
    the colour of gradients is left out."""
    first, second, third = [*names, "  ", "   "][:3]
    places = [first, " ", third, second]  # of the theme's colours
    wide = sum(map(len, names)) + 8 * len(names) > WIDE
    legend = alt.Legend(
        title=None,
        orient="top",
        columns=1 if wide else alt.Undefined,
        values=list(names),
        symbolType="stroke",
        symbolStrokeWidth=3,
    )
    hue = alt.Color(f"{field}:N", legend=legend).scale(domain=places)
    dash = alt.StrokeDash(f"{field}:N", legend=legend).scale(
        domain=places, range=[[1, 0], [1, 0], [2, 3], [7, 4]]
    )
    return hue, dash


ABOVE = {"true": -10}  # where each arm's last number stands
BELOW = {"datum.lowest": 15, "!datum.lowest": -10}


def numbers(ends, down: int) -> alt.Chart:
    """The loss at the end of a line, so far below its point."""
    look = {"align": "right", "fontSize": 12, "tooltip": None}
    text = alt.Text("loss:Q", format=".4f")
    return ends.mark_text(dy=down, **look).encode(text=text)
