"""Sums: the share of right answers over the steps, and which are right."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arms, arrow, colour

KINDS = {  # by whether the pair was held back, and the answer is right
    (False, True): "right, learned from",
    (True, True): "right, held back",
    (False, False): "wrong, learned from",
    (True, False): "wrong, held back",
}


def shares(found: dict[str, list[dict]]) -> pa.Table:
    """One row for each arm and step at which answers were judged."""
    judged = {
        arm: [record for record in records if record["held"] is not None]
        for arm, records in found.items()
    }
    columns = ["share" if c == "loss" else c for c in arms.COLUMNS]
    return arrow.table(arms.rows(judged, "held"), columns)


@lru_cache(maxsize=16)
def learning(names: tuple[str, ...], steps: int) -> dict:
    """Both arms' shares, from none to all."""
    x = alt.X("step:Q").axis(format=",d", grid=False)
    x = x.scale(domain=[0, 1.1 * max(2, steps)], nice=False)
    y = alt.Y("share:Q", title="right answers").axis(format="%")
    y = y.scale(domain=[0, 1.08], nice=False)
    y = y.axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
    hue, dash = arms.told_apart("arm", list(names))
    tip = ["arm:N", alt.Tooltip("step:Q", format=",d")]
    tip.append(alt.Tooltip("share:Q", format=".1%"))
    base = alt.Chart().encode(x, y, hue, tooltip=tip)
    chart = alt.layer(
        base.mark_line(strokeWidth=2.5).encode(dash),
        base.mark_point(size=150, opacity=0, filled=True),
        base.transform_filter("datum.end").mark_point(size=70, filled=True),
        title="Sums never seen: how many right?",
    )
    return colour.spec(chart.properties(height=300))


def places(found: dict[str, tuple[float, ...]], names: list[str]):
    """One row a digit of the answer for each arm."""
    rows = [
        (arm, name, share)
        for arm, each in found.items()
        for name, share in zip(names, each, strict=False)
    ]
    return arrow.table(rows, ["arm", "digit", "share"])


def cells(
    numbers: list[int], right: tuple[str, ...], held: tuple[str, ...]
) -> pa.Table:
    """One row a pair: a, b, its sum and how it went."""
    rows = [
        (a, b, f"{a} + {b} = {a + b}", KINDS[held[i][j] == "1", mark == "1"])
        for i, (a, row) in enumerate(zip(numbers, right, strict=True))
        for j, (b, mark) in enumerate(zip(numbers, row, strict=True))
    ]
    return arrow.table(rows, ["a", "b", "sum", "answer"])


@lru_cache(maxsize=16)
def grid(numbers: tuple[int, ...], title: str) -> dict:
    """Right answers full and wrong ones hollow; round: held back."""
    order, kinds = list(numbers), list(KINDS.values())
    look = {"labelAngle": 0, "grid": False, "domain": False, "ticks": False}
    shown = f"indexof({order[:: -(-len(order) // 10)]}, datum.value) >= 0"
    look |= {"labelExpr": f"{shown} ? datum.label : ''"}
    x = alt.X("b:O", title="b").scale(domain=order).axis(**look)
    y = alt.Y("a:O", title="a").scale(domain=order, reverse=True).axis(**look)
    base = alt.Chart(title=title).encode(x, y, tooltip=["sum:N", "answer:N"])
    shape = alt.Shape("answer:N", legend=legend()).scale(
        domain=kinds, range=["square", "circle", "square", "circle"]
    )
    full = colour.means(base, "data").transform_filter(
        "substring(datum.answer, 0, 5) === 'right'"
    )
    hollow = base.transform_filter("substring(datum.answer, 0, 5) === 'wrong'")
    chart = alt.layer(
        full.mark_point(filled=True, size=90, opacity=1).encode(shape),
        hollow.mark_point(
            filled=False, size=70, strokeWidth=1.6, stroke=colour.INK
        ).encode(shape),
    )
    return colour.spec(chart.properties(height=360))


def legend():
    """None: the caption says what full, hollow and round mean."""
    return
