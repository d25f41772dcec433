"""One word under several models, one under the other on one axis."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour

HIGHEST = 6.0  # nats; a bar beyond it is cut
ROOM = 1.2  # above it, for a number
LABELLED = 14  # letters; with more of them the numbers touch one another


def places(word: str) -> tuple[str, ...]:
    """The letters of a word with their places: one may come twice."""
    return tuple(f"{i} {letter}" for i, letter in enumerate(word))


def frame(word: str, nll, above=None) -> pa.Table:
    """One row a letter: its surprise, cut at the edge, the mean of all, and
    how much more it is than under the model above."""
    mean = sum(nll) / len(nll)
    more = [None] * len(nll)
    if above:
        pairs = zip(nll, above, strict=True)
        more = [signed(mine - theirs) for mine, theirs in pairs]
    rows = [
        (place, min(each, HIGHEST), f"{each:.3f}", what, min(mean, HIGHEST))
        for place, each, what in zip(places(word), nll, more, strict=True)
    ]
    return arrow.table(rows, ["place", "nll", "said", "more", "mean"])


def signed(number: float) -> str:
    """With one digit; what rounds to 0 has no sign."""
    return f"{number:+.1f}" if round(number, 1) else "0"


@lru_cache(maxsize=96)
def spec(word: str, title: str, last: bool) -> dict:
    """The bars of one model, its mean a line across; the axis of letters
    has a title under the last."""
    under = "the letter that comes" if last else None
    bare = "split(datum.label, ' ')[1]"  # without the place before it
    x = alt.X("place:N", title=under).scale(domain=places(word))
    x = x.axis(labelAngle=0, labelExpr=bare, labelFontSize=14)
    y = alt.Y("nll:Q", title="nats").scale(
        domain=[0, HIGHEST + ROOM], nice=False
    )
    y = y.axis(values=[0, 2, 4, 6])
    tip = [
        alt.Tooltip("said:N", title="surprise, nats"),
        alt.Tooltip("more:N", title="more than above"),
    ]
    base = alt.Chart()
    bars = colour.means(base.encode(x, y, tooltip=tip), "data")
    mean = base.transform_aggregate(mean="max(mean)").encode(y="mean:Q")
    layers = [
        bars.mark_bar(),
        mean.mark_rule(strokeDash=[5, 4], strokeWidth=2, color=colour.INK),
    ]
    if len(word) <= LABELLED:
        above = base.transform_filter("isValid(datum.more)").encode(x, y)
        above = above.encode(text="more:N")
        layers += colour.rimmed(above, dy=-8, fontSize=12, fill=colour.INK)
    chart = alt.layer(*layers, title=title)
    return colour.spec(chart.properties(height=230 if last else 200))
