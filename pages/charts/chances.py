"""Chances of the next character: bars, and shares laid end to end with a
needle over them."""

import json
from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour
from pages.charts.signs import visible

SHOWN = 15  # bars; all others are one more


def likeliest(P: list[float]) -> list[int]:
    """The tokens that get a bar, from the likeliest on."""
    return sorted(range(len(P)), key=P.__getitem__, reverse=True)[:SHOWN]


def labels(letters: str, tokens: list[int]) -> tuple[str, ...]:
    """What stands under each bar; the rest, where there is one, is last."""
    named = [visible(letters[token]) for token in tokens]
    return (*named, "rest") if len(tokens) < len(letters) else tuple(named)


def row(names: tuple[str, ...], tokens: list[int], P: list[float]) -> pa.Table:
    """One row a bar."""
    chances = [P[token] for token in tokens]
    if len(names) > len(tokens):
        chances.append(max(0.0, sum(P) - sum(chances)))
    rows = [
        (place, names[place], chance, place >= SHOWN)
        for place, chance in enumerate(chances)
    ]
    return arrow.table(rows, ["place", "next", "chance", "other"])


def bars(names: tuple[str, ...], title: str) -> dict:
    """The chances from 0 to 1, each in its place; the rest is pale."""
    return colour.told(of_any_names(), names=names) | {"title": title}


@lru_cache(maxsize=1)
def of_any_names() -> dict:
    x = alt.X("place:O", title="next character").axis(
        labelAngle=0,
        labelOverlap=False,
        labelFontSize=12,
        labelExpr="names[datum.value]",
    )
    y = alt.Y("chance:Q", title="chance").scale(domain=[0, 1])
    y = y.axis(format="%", tickCount=5)
    tip = [alt.Tooltip("next:N"), alt.Tooltip("chance:Q", format=".2%")]
    base = colour.means(alt.Chart().encode(x, y, tooltip=tip), "data")
    pale = alt.condition("datum.other", alt.value(0.45), alt.value(1))
    number = base.transform_filter("datum.chance >= 0.1")
    number = number.transform_calculate(percent="round(100 * datum.chance)")
    number = number.mark_text(dy=-7, fontSize=11, fill=colour.INK, tooltip=None)
    chart = alt.layer(
        base.mark_bar().encode(opacity=pale),
        number.encode(text="percent:Q"),
    )
    return colour.spec(chart.properties(height=290))


def spans(
    letters: str, strips: dict[str, tuple[list[float], int]], u: float
) -> pa.Table:
    """One row a share: for each strip its chances, in the order of the
    tokens, and the token that the needle hits."""
    rows = []
    for which, (P, hit) in enumerate(strips.values()):
        start = 0.0
        for token, chance in enumerate(P):
            end = start + chance
            if chance > 0:
                sign, lies = visible(letters[token]), token == hit
                rows.append((which, start, chance, sign, lies, end, u))
            start = end
    columns = ["which", "start", "chance", "next", "hit", "end", "u"]
    return arrow.table(rows, columns)


@lru_cache(maxsize=16)
def needle(strips: tuple[str, ...]) -> dict:
    """Both strips, and one needle across them: what it hits is drawn."""
    x = alt.X("start:Q", title="random number u, 0 to 1").scale(domain=[0, 1])
    x = x.axis(values=[0, 0.25, 0.5, 0.75, 1], format=".2f", grid=False)
    y = alt.Y("which:O", title=None).scale(paddingInner=0.5, paddingOuter=0.3)
    y = y.axis(
        labelExpr=f"{json.dumps(strips)}[datum.value]",
        ticks=False,
        domain=False,
        labelFontSize=12,
    )
    tip = [alt.Tooltip("next:N"), alt.Tooltip("chance:Q", format=".2%")]
    base = alt.Chart().transform_calculate(
        middle="(datum.start + datum.end) / 2"
    )
    share = colour.means(
        base.encode(x, y, alt.X2("end:Q"), tooltip=tip), "data"
    )
    hit = share.transform_filter("datum.hit")
    word = base.encode(alt.X("middle:Q"), y, text="next:N")
    wide = "datum.chance > 0.03 && !datum.hit"
    look = {"tooltip": None, "fontSize": 13, "fontWeight": 600}
    side = alt.expr("datum.u > 0.9 ? 'right' : 'left'")
    away = alt.expr("datum.u > 0.9 ? -7 : 7")
    first = base.transform_filter("datum.which === 0 && datum.start === 0")
    rule = colour.means(first.encode(alt.X("u:Q")), "gradient")
    chart = alt.layer(
        share.mark_rect(stroke="#8894a0", strokeWidth=0.7, fillOpacity=0.35),
        hit.mark_rect(stroke=colour.INK, strokeWidth=2, fillOpacity=0.8),
        rule.mark_rule(strokeWidth=3, tooltip=None),
        word.transform_filter(wide).mark_text(fill=colour.INK, **look),
        *colour.rimmed(
            base.transform_filter("datum.hit").encode(
                alt.X("u:Q"), y, text="next:N"
            ),
            align=side, dx=away, dy=-25, fill=colour.INK, fontSize=15,
            fontWeight=700, tooltip=None,
        ),
        title="Where does the needle land?",
    )  # fmt: skip
    return colour.spec(chart.properties(height=260))
