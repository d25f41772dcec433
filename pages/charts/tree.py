"""The fusion tree: letters at the bottom, the next letter at the root."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour

STEP = 62  # pixels from one level to the next
NEXT = "?"  # the letter to come


def places(fans: tuple[int, ...]) -> list[list[float]]:
    """Where the nodes of each level stand, from the letters up: over the
    middle of those they are made from. The root stands alone."""
    T = 1
    for n in fans:
        T *= n
    rows = [[float(i) for i in range(T)]]
    for n in fans:
        row = rows[-1]
        groups = [row[i : i + n] for i in range(0, len(row), n)]
        rows.append([sum(group) / n for group in groups])
    return [*rows, rows[-1]]


def frame(
    window: str,
    fans: tuple[int, ...],
    said: list[list[str]],
    lit=frozenset(),
    chosen=None,
    strength: list[list[float]] | None = None,
    root: str = NEXT,
) -> pa.Table:
    """One row a line and one a node; `said` is each node's tooltip, `lit`
    the (level, place) of nodes that light up, `strength` how strongly."""
    rows, levels = [], places(fans)
    for k, row in enumerate(levels):
        n = (1, *fans, 1)[k]
        for i, x in enumerate(row):
            how = strength[k][i] if strength else 0.0
            for j in range(i * n, (i + 1) * n) if k else ():
                low = strength[k - 1][j] if strength else 0.0
                on = (k, i) in lit and (k - 1, j) in lit
                ends = (x, k, levels[k - 1][j], k - 1)
                rows.append(("line", *ends, "", "", on, False, low, ""))
            name = "" if 0 < k <= len(fans) else window[i] if not k else root
            state = (k, i) in lit, (k, i) == chosen
            side = "left" if leans_right(i, k, fans) else "right"
            about = name, said[k][i], *state, how, side
            rows.append(("node", x, k, x, k, *about))
    columns = ["kind", "x", "y", "x2", "y2", "name", "said"]
    columns += ["lit", "chosen", "strength", "side"]
    return arrow.table(rows, columns)


def leans_right(place: int, level: int, fans: tuple[int, ...]) -> bool:
    """Whether a node's line upward does; its number then stands left."""
    return level < len(fans) and place % fans[level] < fans[level] // 2


@lru_cache(maxsize=32)
def lights(fans: tuple[int, ...], names: tuple[str, ...], title: str) -> dict:
    """Nodes are rings; those that light up are full, the chosen one has a
    ring around it. The selection `node` says which one was pressed."""
    base = ground(fans, names)
    lines, nodes = of_kind(base, "line"), of_kind(base, "node")
    size = wide(fans)
    faint = lines.mark_rule(strokeWidth=1.5, color=colour.INK, opacity=0.45)
    bright = lines.transform_filter("datum.lit")
    ring = {"fill": colour.GROUND, "stroke": colour.INK, "opacity": 1}
    full = nodes.transform_filter("datum.lit")
    chosen = nodes.transform_filter("datum.chosen")
    press = alt.selection_point(
        name="node", fields=["x", "y"], on="click", toggle=False
    )
    target = nodes.mark_circle(size=2 * size, opacity=0, cursor="pointer")
    chart = alt.layer(
        faint.encode(tooltip=alt.value(None)),
        colour.means(bright, "data").mark_rule(strokeWidth=4, tooltip=None),
        nodes.mark_circle(size=size, strokeWidth=1.5, **ring),
        colour.means(full, "data").mark_circle(size=size, opacity=1),
        colour.means(chosen, "gradient").mark_point(
            size=2.2 * size, strokeWidth=3, filled=False, opacity=1
        ),
        *labels(nodes),
        target.add_params(press),
        title=title,
    )
    return colour.spec(chart.properties(height=height(fans)))


@lru_cache(maxsize=8)
def strengths(
    fans: tuple[int, ...], names: tuple[str, ...], title: str, high: float
) -> dict:
    """Each node in ink as dark as its strength, each line as thick."""
    base = ground(fans, names)
    lines, nodes = of_kind(base, "line"), of_kind(base, "node")
    thick = alt.StrokeWidth("strength:Q", legend=None)
    thick = thick.scale(domain=[0, high], range=[0.8, 11], clamp=True)
    ink = alt.Color("strength:Q", scale=colour.ramp(high), legend=None)
    dots = nodes.mark_circle(
        size=wide(fans), stroke=colour.INK, strokeWidth=1.2, opacity=1
    )
    number = nodes.transform_filter(f"datum.y <= {len(fans)}")
    number = number.encode(text=alt.Text("strength:Q", format=".0%"))
    beside = number.transform_filter("datum.y > 0")
    under = number.transform_filter("datum.y === 0")
    look = {"fontSize": 12, "tooltip": None, "color": colour.INK}
    left = "datum.side === 'left'"
    put = {"dx": alt.expr(f"{left} ? -16 : 16"), "dy": -9}
    put["align"] = alt.expr(f"{left} ? 'right' : 'left'")
    rim = {"stroke": colour.GROUND, "strokeWidth": 4, "strokeJoin": "round"}
    chart = alt.layer(
        colour.means(lines, "data")
        .encode(thick)
        .mark_rule(strokeCap="round", tooltip=None),
        dots.encode(ink),
        beside.mark_text(**put, **look | rim),
        beside.mark_text(**put, **look),
        under.mark_text(dy=44, **look),
        *labels(nodes),
        title=title,
    )
    return colour.spec(chart.properties(height=height(fans)))


def of_kind(base: alt.Chart, kind: str) -> alt.Chart:
    found = base.transform_filter(f"datum.kind === '{kind}'")
    if kind == "line":
        return found.encode(alt.X2("x2:Q"), alt.Y2("y2:Q"))
    return found.encode(tooltip=alt.Tooltip("said:N", title="node"))


def height(fans: tuple[int, ...]) -> int:
    return 90 + STEP * (len(fans) + 1)


def wide(fans: tuple[int, ...]) -> int:
    """How large a node is, so that those of sixteen letters have room."""
    return 420 if len(places(fans)[0]) <= 9 else 200


def labels(nodes) -> list[alt.Chart]:
    """The letters under their nodes, the next one over the root."""
    look = {"fontSize": 18, "fontWeight": 600, "tooltip": None}
    look["color"] = colour.INK
    letters = nodes.transform_filter("datum.y === 0").encode(text="name:N")
    above = nodes.transform_filter("datum.y > 0").encode(text="name:N")
    return [letters.mark_text(dy=24, **look), above.mark_text(dy=-22, **look)]


def ground(fans: tuple[int, ...], names: tuple[str, ...]) -> alt.Chart:
    """The axes: no letter left or right of the tree, levels by name."""
    last = len(places(fans)[0]) - 1
    x = alt.X("x:Q", axis=None)
    x = x.scale(domain=[-0.6, last + 0.6], nice=False)
    label = f"{list(names)}[datum.value]"
    y = alt.Y("y:Q", title=None)
    y = y.scale(domain=[-0.95, len(fans) + 1.6], nice=False)
    y = y.axis(
        values=list(range(len(names))),
        labelExpr=label,
        grid=False,
        ticks=False,
        domain=False,
        labelFontSize=13,
        labelLimit=90,
    )
    return alt.Chart().encode(x, y)


def means(each: list[float], together: float, numbers) -> pa.Table:
    """One row a mean: by place in time, and over all places."""
    names = places_named(len(each))
    rows = zip(names, [*each, together], strict=True)
    return arrow.table(
        [
            (name, value, "both" if name == BOTH else "batch alone", numbers[i])
            for i, (name, value) in enumerate(rows)
        ],
        ["place", "spread", "over", "numbers"],
    )


BOTH = "all places"


def places_named(T: int) -> list[str]:
    return [*(f"place {i + 1}" for i in range(T)), BOTH]


@lru_cache(maxsize=8)
def spreads(T: int, high: float) -> dict:
    """How noisy each mean is, as bars up to `high`."""
    x = alt.X("place:N", title=None).scale(domain=places_named(T))
    x = x.axis(labelAngle=0, labelOverlap=False)
    y = alt.Y("spread:Q", title="spread of the mean")
    y = y.scale(domain=[0, high], clamp=True, nice=False)
    hue = alt.Color("over:N", legend=None).scale(
        domain=["batch alone", " ", "  ", "both"]
    )
    tip = ["place:N", alt.Tooltip("spread:Q", format=".4f")]
    tip.append(alt.Tooltip("numbers:Q", title="mean of so many", format=",d"))
    base = alt.Chart().encode(x, y, hue, tooltip=tip)
    number = base.encode(text=alt.Text("spread:Q", format=".3f"))
    look = {"dy": -8, "fontSize": 13, "tooltip": None, "fill": colour.INK}
    title = "How far the mean jumps from batch to batch"
    chart = alt.layer(base.mark_bar(), number.mark_text(**look), title=title)
    return colour.spec(chart.properties(height=280))
