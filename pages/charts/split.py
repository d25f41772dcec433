"""Three parts of all words as one bar, and what many looks at one do."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour

HUES = {"train": "data", "dev": "second", "test": "published"}


def frame(sizes, places) -> pa.Table:
    """One row a part, from where to where it goes; one row for each place
    at which a word of the visitor's fell."""
    rows, start = [], 0
    for name, words, examples in sizes:
        middle, end = start + words / 2, start + words
        rows.append((name, start, end, words, examples, False, middle))
        start = end
    rows += [(name, at, at, 0, 0, True, at) for name, at in places]
    columns = ["part", "start", "end", "words", "examples", "fell", "middle"]
    return arrow.table(rows, columns)


@lru_cache(maxsize=64)
def spec(total: int) -> dict:
    """The shuffled words end to end; a triangle where the word fell."""
    x = alt.X("start:Q", title="place after the shuffle")
    x = x.scale(domain=[0, total], nice=False)
    x = x.axis(format=",d", grid=False, tickCount=5, tickMinStep=1)
    hue = alt.Color("means:N", legend=None)
    hue = hue.scale(domain=colour.MEANINGS)
    which = " : ".join(f"datum.part == '{p}' ? '{m}'" for p, m in HUES.items())
    base = alt.Chart().transform_calculate(means=f"{which} : ''")
    parts = base.transform_filter("!datum.fell").encode(x, hue)
    tip = ["part:N", *(numbers(field) for field in ("words", "examples"))]
    bars = parts.mark_bar(size=44, stroke=alt.expr("background"), y=48)
    middle = alt.X("middle:Q")
    name = parts.mark_text(fontSize=15, dy=-36, y=48, fontWeight="bold")
    name = name.encode(middle, text="part:N").transform_filter(
        "datum.words > 0"
    )
    fell = base.transform_filter("datum.fell")
    place = alt.Tooltip("start:Q", format=",d", title="place")
    mark = fell.mark_point(
        shape="triangle-up", size=130, filled=True, opacity=1, y=82
    )
    mark = mark.encode(
        x, color=alt.value(colour.INK), tooltip=["part:N", place]
    )
    chart = alt.layer(
        bars.encode(x2="end:Q", tooltip=tip),
        name,
        mark,
        title="Shuffled words, cut in three",
    )
    return colour.spec(chart.properties(height=190))


def numbers(field: str) -> alt.Tooltip:
    return alt.Tooltip(f"{field}:Q", format=",d")


LOOKS = {"selected": "data", "fresh": "second"}
SAID = {"selected": "on the test set that chose it", "fresh": "on fresh words"}


def peeks(rows) -> pa.Table:
    """Two rows a number of networks: the loss the best was chosen by, and
    its loss on words that had no say."""
    found = [
        (row.tried, field, getattr(row, field), row.tried == len(rows))
        for row in rows
        for field in LOOKS
    ]
    return arrow.table(found, ["tried", "kind", "loss", "end"])


@lru_cache(maxsize=64)
def peeking(count: int, low: float, high: float) -> dict:
    """Both losses of the best, the more networks the best is chosen from;
    the same axis for every size of the test set."""
    x = alt.X("tried:Q", title="networks the best is chosen from")
    x = x.scale(domain=[1, count], nice=False)
    x = x.axis(values=[1, *range(5, count + 1, 5)], format="d", grid=False)
    y = alt.Y("loss:Q", title="loss of the best, nats")
    y = y.scale(domain=[low, high], nice=False).axis(tickCount=6)
    hue = alt.Color("means:N", legend=None).scale(domain=colour.MEANINGS)
    dash = alt.StrokeDash("kind:N", legend=None)
    dash = dash.scale(domain=list(LOOKS), range=[[1, 0], [7, 4]])
    kind = "datum.kind == 'selected'"
    tip = [
        alt.Tooltip("tried:Q", title="networks"),
        alt.Tooltip("said:N", title="scored"),
        alt.Tooltip("loss:Q", format=".4f"),
    ]
    base = alt.Chart().encode(x, y, hue, tooltip=tip)
    base = base.transform_calculate(
        means=f"{kind} ? '{LOOKS['selected']}' : '{LOOKS['fresh']}'",
        said=f"{kind} ? '{SAID['selected']}' : '{SAID['fresh']}'",
    )
    ends = base.transform_filter("datum.end").transform_calculate(
        label="format(datum.loss, '.4f') + ' ' + datum.said"
    )
    look = {"align": "right", "fontSize": 13, "tooltip": None}
    above = ends.mark_text(dy=-12, **look).transform_filter(f"!({kind})")
    below = ends.mark_text(dy=15, **look).transform_filter(kind)
    chart = alt.layer(
        base.mark_line(strokeWidth=2.5).encode(dash),
        base.mark_point(size=60, filled=True, opacity=0),
        above.encode(text="label:N"),
        below.encode(text="label:N"),
        title="The best of many looks better than it is",
    )
    return colour.spec(chart.properties(height=320))
