"""Windows of a text: a batch as two tables of characters, how far each place
of it moved, and losses of tables beside one another."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour

GREY = "#8894a0"
SEEN = 0.2  # a move of this many logits is the darkest


def cells(X, Y, labels: tuple[str, ...], row: int, place: int) -> pa.Table:
    """One row a cell of the inputs and of the targets; `seen` is what the
    example in view sees, `wanted` what it should say."""
    T = len(X[0])
    rows = (
        (
            t if part == "X" else t + T + 1,
            b,
            part,
            b + 1,
            t + 1,
            labels[token],
            token,
            b == row and t <= place and part == "X",
            b == row and t == place and part == "Y",
        )
        for part, tokens in (("X", X), ("Y", Y))
        for b, line in enumerate(tokens)
        for t, token in enumerate(line)
    )
    columns = ["x", "y", "part", "row", "place", "sign", "token"]
    return arrow.table(rows, [*columns, "seen", "wanted"])


def fitted(columns: str, low: int, high: int, letters: float):
    """The size of type at which so many letters fit in a column."""
    wide = f"(({columns}) * {letters * 0.62})"
    return alt.expr(f"clamp(width / {wide}, {low}, {high})")


def pair(B: int, T: int) -> dict:
    """Inputs to the left, targets to the right; the example in view is
    filled, its target framed."""
    return colour.told(of_any_size(), B=B, T=T) | {"height": 34 * (B + 1) + 60}


@lru_cache(maxsize=1)
def of_any_size() -> dict:
    right, below = alt.expr("2 * T + 1.05"), alt.expr("B + 0.1")
    x = alt.X("x:Q", axis=None).scale(domain=[-0.05, right], nice=False)
    y = alt.Y("y:Q", axis=None).scale(
        domain=[-0.9, below], reverse=True, nice=False
    )
    base = alt.Chart().transform_calculate(
        x2="datum.x + 1",
        y2="datum.y + 1",
        mid="datum.x + 0.5",
        down="datum.y + 0.5",
    )
    tip = [alt.Tooltip("part:N", title="table"), "row:O", "place:O"]
    tip += [alt.Tooltip("sign:N", title="character"), "token:Q"]
    box = base.encode(x, y, alt.X2("x2:Q"), alt.Y2("y2:Q"), tooltip=tip)
    seen = colour.means(box.transform_filter("datum.seen"), "data")
    wanted = box.transform_filter("datum.wanted")
    letter = base.encode(
        alt.X("mid:Q", axis=None),
        alt.Y("down:Q", axis=None),
        text=alt.Text("sign:N"),
    )
    name = base.transform_filter("datum.row === 1 && datum.place === 1")
    name = name.transform_calculate(
        told="datum.part === 'X' ? 'X, what goes in' : 'Y, the targets'"
    ).encode(x, y, text=alt.Text("told:N"))
    ink = {"color": colour.INK, "tooltip": None}
    chart = alt.layer(
        box.mark_rect(fillOpacity=0, stroke=GREY, strokeWidth=0.7),
        seen.mark_rect(fillOpacity=0.35, stroke=GREY, strokeWidth=0.7),
        wanted.mark_rect(fillOpacity=0, stroke=colour.INK, strokeWidth=3.5),
        letter.mark_text(fontSize=fitted("2 * T + 1", 7, 16, 1.3), **ink),
        name.mark_text(align="left", dx=2, dy=-9, fontSize=12, **ink),
        title="Which characters does the example see?",
    )
    return colour.spec(chart)


def moves(X, labels: tuple[str, ...], by, row: int, place: int) -> pa.Table:
    """One row a place of the batch, and how far its outputs moved."""
    rows = (
        (t, b, b + 1, t + 1, labels[token], by[b][t], told(by[b][t]))
        + (b == row and t == place,)
        for b, line in enumerate(X)
        for t, token in enumerate(line)
    )
    columns = ["x", "y", "row", "place", "sign", "moved", "told", "changed"]
    return arrow.table(rows, columns)


def told(moved: float) -> str:
    """Exactly 0 is told apart from what is merely small."""
    if not moved:
        return "0"
    return f"{moved:.2f}".removeprefix("0") if moved >= 0.005 else "<.01"


@lru_cache(maxsize=4)
def moving(B: int, T: int, title: str) -> dict:
    """The batch, each place as dark as its outputs moved."""
    x = alt.X("x:Q", axis=None).scale(domain=[-1.6, T + 0.05], nice=False)
    y = alt.Y("y:Q", axis=None).scale(
        domain=[-0.05, B + 0.05], reverse=True, nice=False
    )
    base = alt.Chart().transform_calculate(
        x2="datum.x + 1",
        y2="datum.y + 1",
        mid="datum.x + 0.5",
        down="datum.y + 0.5",
    )
    tip = ["row:O", "place:O", alt.Tooltip("sign:N", title="character")]
    tip.append(alt.Tooltip("moved:Q", format=".2e"))
    box = base.encode(x, y, alt.X2("x2:Q"), alt.Y2("y2:Q"), tooltip=tip)
    ink = alt.Color("moved:Q", scale=colour.ramp(SEEN), legend=None)
    changed = box.transform_filter("datum.changed")
    inside = base.encode(alt.X("mid:Q", axis=None), alt.Y("down:Q", axis=None))
    letter = inside.encode(text=alt.Text("sign:N"))
    number = inside.encode(text=alt.Text("told:N"))
    name = base.transform_filter("datum.place === 1").encode(
        x, alt.Y("down:Q", axis=None), text=alt.Text("name:N")
    )
    name = name.transform_calculate(name="'row ' + datum.row")
    plain = {"tooltip": None, "color": colour.INK}
    chart = alt.layer(
        box.mark_rect(stroke=GREY, strokeWidth=0.7).encode(ink),
        changed.mark_rect(
            fillOpacity=0, stroke=colour.INK, strokeWidth=3.5, tooltip=None
        ),
        *colour.rimmed(letter, dy=-9, fontSize=14, **plain),
        *colour.rimmed(
            number, dy=9, fontSize=fitted(f"{T + 1.6}", 8, 12, 4), **plain
        ),
        name.mark_text(align="right", dx=-6, fontSize=12, color=colour.INK),
        title=title,
    )
    return colour.spec(chart.properties(height=46 * B + 50))


def beside(losses: dict[str, float]) -> pa.Table:
    """One row a table: its loss."""
    return arrow.table(losses.items(), ["table", "loss"])


@lru_cache(maxsize=16)
def bars(tables: tuple[str, ...], high: float) -> dict:
    """A loss a table, as bars with their numbers."""
    x = alt.X("loss:Q", title="loss, nats").scale(domain=[0, high])
    y = alt.Y("table:N", title=None).scale(domain=list(tables))
    y = y.axis(ticks=False, domain=False, labelFontSize=12, labelLimit=220)
    tip = ["table:N", alt.Tooltip("loss:Q", format=".4f")]
    base = colour.means(alt.Chart().encode(x, y, tooltip=tip), "data")
    number = base.mark_text(
        align="left", dx=6, fontSize=13, fill=colour.INK, tooltip=None
    )
    chart = alt.layer(
        base.mark_bar(height=22),
        number.encode(text=alt.Text("loss:Q", format=".4f")),
        title="Loss on the tenth held back",
    )
    return colour.spec(chart.properties(height=190))
