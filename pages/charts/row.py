"""One row of a table: the chances of the next letter."""

import math
from functools import lru_cache
from itertools import accumulate

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour

HIGHEST = 6.0  # nats on the axis of the surprise of a chance


def frame(letters: str, row: list[float]) -> pa.Table:
    """One row a letter: its chance, and its share of 0 to 1 end to end."""
    return spun(letters, row, None)


def bars(
    letters: str,
    title: str,
    field="chance",
    format="%",
    which="next",
    high=None,
) -> dict:
    """One number a letter as bars, every letter in its place; up to `high`
    where two such pictures are compared."""
    x = alt.X(f"{which}:N", title=f"{which} letter")
    x = x.scale(domain=list(letters)).axis(labelAngle=0, labelOverlap=False)
    y = alt.Y(f"{field}:Q", title=field).axis(format=format)
    y = y.scale(domain=[0, high]) if high else y
    number = alt.Tooltip(f"{field}:Q", format=".4f")
    tip = [alt.Tooltip(f"{which}:N", title=which), number]
    chart = colour.means(alt.Chart(title=title), "data").mark_bar()
    chart = chart.encode(x, y, tooltip=tip).properties(height=220)
    return colour.spec(chart)


def sums(letters: str, totals: list[float]) -> pa.Table:
    """One row a letter: what its row of the table sums to."""
    rows = zip(letters, totals, strict=True)
    return arrow.table(rows, ["this", "sum"])


def drawn(chances: list[float], shares: list[float]) -> pa.Table:
    """One row a bar: the chance of each of three, and its share of draws."""
    rows = [
        (f"{i}", kind, value)
        for kind, values in (("chance", chances), ("share drawn", shares))
        for i, value in enumerate(values)
    ]
    return arrow.table(rows, ["which", "kind", "value"])


@lru_cache(maxsize=1)
def twice() -> dict:
    """Chances and shares drawn as pairs of bars."""
    x = alt.X("which:N", title="number drawn").scale(domain=["0", "1", "2"])
    x = x.axis(labelAngle=0)
    y = alt.Y("value:Q", title="share").scale(domain=[0, 1]).axis(format="%")
    hue = colour_pair("kind", "share drawn", "chance")
    tip = ["which:N", "kind:N", alt.Tooltip("value:Q", format=".2%")]
    beside = alt.XOffset("kind:N").scale(domain=["chance", "share drawn"])
    base = alt.Chart().encode(x, y, beside, tooltip=tip)
    number = base.mark_text(dy=-8, fontSize=12, fill=colour.INK, tooltip=None)
    chart = alt.layer(
        base.mark_bar().encode(hue),
        number.encode(text=alt.Text("value:Q", format=".0%")),
        title="Do the draws come out as the chances say?",
    )
    return colour.spec(chart.properties(height=300))


def colour_pair(field: str, first: str, second: str) -> alt.Color:
    """Data and a second series, in the theme's colours for them."""
    domain = [first, "gradient", "published", second]
    legend = alt.Legend(title=None, orient="top", values=[first, second])
    return alt.Color(f"{field}:N", legend=legend).scale(domain=domain)


def stages(letters: str, numbers: dict[str, list[float]]) -> pa.Table:
    """One row a letter: its logit, its count, its chance."""
    rows = zip(letters, *numbers.values(), strict=True)
    return arrow.table(rows, ["next", *numbers])


def spun(letters: str, row: list[float], point: float | None) -> pa.Table:
    """The same, and the random number `point` beside it."""
    rows = [
        (letter, chance, end, end - chance, end - chance / 2, point)
        for letter, chance, end in zip(
            letters, row, accumulate(row), strict=True
        )
    ]
    columns = ["next", "chance", "end", "start", "middle", "point"]
    return arrow.table(rows, columns)


@lru_cache(maxsize=1)
def strip() -> dict:
    """The shares laid end to end, and the needle of the random number."""
    x = alt.X("start:Q", title="random number, 0 to 1")
    ticks = [0, 0.25, 0.5, 0.75, 1]
    x = x.scale(domain=[0, 1]).axis(values=ticks, format=".2f", grid=False)
    tip = [alt.Tooltip("next:N", title="next"), chance()]
    shares = colour.means(alt.Chart(), "data").encode(x, alt.X2("end:Q"))
    shares = shares.encode(tooltip=tip).mark_rect(
        stroke="#8894a0", strokeWidth=1, fillOpacity=0.45
    )
    wide = alt.Chart().transform_filter("datum.chance > 0.025")
    ink = {"fill": colour.INK, "tooltip": None}
    name = wide.mark_text(fontSize=14, fontWeight=600, **ink)
    name = name.encode(alt.X("middle:Q"), alt.Text("next:N"))
    first = alt.Chart().transform_filter("datum.start === 0")
    needle = colour.means(first, "gradient").mark_rule(strokeWidth=4)
    needle = needle.encode(
        alt.X("point:Q"), tooltip=alt.Tooltip("point:Q", format=".4f")
    )
    chart = alt.layer(shares, name, needle, title="Where does it land?")
    return colour.spec(chart.properties(height=150))


def places(said) -> tuple[str, ...]:
    """The pairs of a word with their places, for a pair may come twice:
    "0 .e", "1 em" and so on."""
    return tuple(f"{i} {p.this}{p.next}" for i, p in enumerate(said))


def word(pairs: tuple[str, ...], said) -> pa.Table:
    """One row a pair of a word; pairs as places names them."""
    rows = [
        (pair, each.chance, each.nll)
        for pair, each in zip(pairs, said, strict=True)
    ]
    return arrow.table(rows, ["pair", "chance", "nll"])


@lru_cache(maxsize=256)
def surprise(pairs: tuple[str, ...]) -> dict:
    """The surprise of each pair of a word, in the word's order."""
    x = alt.X("pair:N", title="this letter and the next")
    bare = "split(datum.label, ' ')[1]"  # without the place before it
    x = x.scale(domain=list(pairs)).axis(labelAngle=0, labelExpr=bare)
    y = alt.Y("nll:Q", title="surprise, nats").scale(domainMin=0)
    tip = [
        alt.Tooltip("pair:N", title="pair"),
        chance(),
        alt.Tooltip("nll:Q", title="surprise", format=".4f"),
    ]
    base = colour.means(alt.Chart(), "data").encode(x, y, tooltip=tip)
    number = base.mark_text(dy=-8, fontSize=12, tooltip=None)
    number = number.encode(text=alt.Text("nll:Q", format=".2f"))
    title = "How surprised, letter by letter"
    chart = alt.layer(base.mark_bar(), number, title=title)
    return colour.spec(chart.properties(height=240))


def two_models(pairs: tuple[str, ...], models: dict) -> pa.Table:
    """One row a pair of a word for each model: chance and its logarithm."""
    return arrow.table(
        [
            (pair, model, each.chance, -each.nll)
            for model, said in models.items()
            for pair, each in zip(pairs, said, strict=True)
        ],
        ["pair", "model", "chance", "log"],
    )


@lru_cache(maxsize=256)
def ranking(pairs: tuple[str, ...], names: tuple[str, str], field: str) -> dict:
    """Two models side by side, pair by pair of a word."""
    title = {"chance": "By chance", "log": "By its logarithm"}[field]
    x = alt.X("pair:N", title=None).scale(domain=list(pairs))
    bare = "split(datum.label, ' ')[1]"
    x = x.axis(labelAngle=0, labelExpr=bare)
    hue = colour_pair("model", *names)
    y = alt.Y(f"{field}:Q", title=field)
    tip = ["pair:N", "model:N", alt.Tooltip(f"{field}:Q", format=".4f")]
    chart = alt.Chart(title=title).mark_bar()
    beside = alt.XOffset("model:N").scale(domain=list(names))
    chart = chart.encode(x, y, hue, beside, tooltip=tip)
    return colour.spec(chart.properties(height=300))


def fall(curve: list[tuple[float, float]], p: float, nll: float):
    """The curve of minus log p, and the chance in view on it."""
    rows = [(chance, nll, "", False) for chance, nll in curve]
    said = f"{nll:.4f}" if math.isfinite(nll) else "infinite"
    rows.append((p, min(nll, HIGHEST), said, True))
    return arrow.table(rows, ["chance", "nll", "said", "here"])


@lru_cache(maxsize=1)
def falling() -> dict:
    """Minus log p from infinity to 0, and where the chosen chance lies."""
    x = alt.X("chance:Q", title="chance").scale(domain=[0, 1])
    x = x.axis(format="%")
    y = alt.Y("nll:Q", title="surprise, nats").scale(domain=[0, HIGHEST])
    curve = colour.means(alt.Chart().encode(x, y), "data")
    here = curve.transform_filter("datum.here")
    tip = [chance(), alt.Tooltip("said:N", title="surprise")]
    side = alt.expr("datum.chance > 0.8 ? 'right' : 'left'")
    away = alt.expr("datum.chance > 0.8 ? -10 : 10")
    number = here.mark_text(align=side, dx=away, dy=-8, fontSize=14)
    chart = alt.layer(
        curve.mark_line(strokeWidth=2.5).transform_filter("!datum.here"),
        here.mark_point(size=110, filled=True).encode(tooltip=tip),
        number.encode(text="said:N"),
        title="The surprise of a chance",
    )
    return colour.spec(chart.properties(height=260))


def chance() -> alt.Tooltip:
    return alt.Tooltip("chance:Q", format=".2%")
