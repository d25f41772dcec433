"""The MLP layer by layer: its numbers, its sizes, its losses."""

import math
from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour

GREY = "#8894a0"
GAP = 0.03  # between the rows of C
TOP, FOOT = 0.3, 0.62  # of a strip, in the height of its layer
FAN = 8  # points at either end of a full layer's lines
NAMES = {
    "X": "the letters seen",
    "embedded": "C[X]: a row of C for each",
    "joined": "joined: the rows end to end",
    "hidden": "tanh(joined @ W1 + b1)",
    "logits": "logits = hidden @ W2 + b2",
    "chances": "chances of the next letter",
}
COLUMNS = ["kind", "x", "y", "x2", "y2", "value", "tone", "said", "right"]


def network(numbers: dict, shapes: dict, letters: str, seen: str, right: str):
    """One row a cell, line or name of the net. `numbers` are one example's,
    flat, layer by layer; `shapes` those of a batch."""
    context = len(seen)
    rows = []
    for k, (layer, values) in enumerate(numbers.items()):
        shape = "×".join(f"{size:,}" for size in shapes[layer])
        name = NAMES[layer]
        rows.append(("name", 0, k + TOP, 1, 0, None, 0, name, False))
        rows.append(("shape", 1, k + TOP, 1, 0, None, 0, shape, False))
        signs = {"X": seen, "logits": letters, "chances": letters}
        signs = signs.get(layer, " " * len(values))
        groups = context if layer == "embedded" else 1
        rows += cells(k, layer, values, signs, groups, right)
    T, E, H, V = sizes(numbers, context)
    rows += looked_up(T) + joined(T) + fan(2, E, H) + fan(3, H, V)
    rows += [line(4, x, x) for x in middles(V)]
    return arrow.table(rows, COLUMNS)


def sizes(numbers, context):
    wide = (len(numbers[name]) for name in ("joined", "hidden", "logits"))
    return context, *wide


def cells(k, layer, values, signs, groups, right):
    """The numbers of one layer, side by side; its largest is the darkest."""
    kind = {"X": "letter", "chances": "chance"}.get(layer, "cell")
    reach = 1 if kind == "chance" else max(map(abs, values)) or 1
    places = spans(len(values), groups)
    for value, sign, (x, x2) in zip(values, signs, places, strict=True):
        lit = kind == "chance" and sign == right
        tone = value / reach
        yield kind, x, k + TOP, x2, k + FOOT, value, tone, sign, lit


def spans(count: int, groups: int = 1) -> list[tuple[float, float]]:
    """Left and right end of each of so many cells in so many groups."""
    gap = GAP if groups > 1 else 0
    each = count // groups
    wide = (1 - gap * (groups - 1)) / count
    lefts = [i * wide + i // each * gap for i in range(count)]
    return [(left, left + wide) for left in lefts]


def middles(count: int) -> list[float]:
    return [(i + 0.5) / count for i in range(count)]


def line(k, start, end):
    """From the foot of a layer's strip to the top of the next."""
    return "line", start, k + FOOT, end, k + 1 + TOP, None, 0, "", False


def looked_up(T):
    """Each letter opens into its row of C."""
    rows = spans(T, T)
    return [
        line(0, start, end)
        for letter, row in zip(spans(T), rows, strict=True)
        for start, end in zip(letter, row, strict=True)
    ]


def joined(T):
    return [
        line(1, start, end)
        for row, part in zip(spans(T, T), spans(T), strict=True)
        for start, end in zip(row, part, strict=True)
    ]


def fan(k, count, following):
    """Every number to every number, or to a few that stand for them all."""
    starts, ends = middles(min(count, FAN)), middles(min(following, FAN))
    return [line(k, start, end) for start in starts for end in ends]


@lru_cache(maxsize=8)
def net(title: str, lettered: bool) -> dict:
    """Six strips below each other with the lines between them; `lettered`
    where every chance has room for its letter."""
    x = alt.X("x:Q", axis=None).scale(domain=[-0.01, 1.01], nice=False)
    y = alt.Y("y:Q", axis=None).scale(domain=[0, 6], reverse=True, nice=False)
    ends = alt.X2("x2:Q"), alt.Y2("y2:Q")
    base = alt.Chart().encode(x, y)
    lines = of_kind(base, "line").mark_rule(color=GREY, opacity=0.35)
    number = alt.Tooltip("value:Q", format="+.4f")
    signed = alt.Color("tone:Q", scale=colour.signed(1), legend=None)
    cell = of_kind(base, "cell").mark_rect().encode(*ends, signed)
    letters = of_kind(base, "letter")
    box = letters.mark_rect(fill=colour.GROUND, stroke=GREY, tooltip=None)
    chances = of_kind(base, "chance")
    ramp = alt.Color("value:Q", scale=colour.ramp(1), legend=None)
    frame = chances.mark_rect(stroke=GREY, strokeWidth=0.5)
    tip = [alt.Tooltip("said:N", title="letter")]
    tip.append(alt.Tooltip("value:Q", title="chance", format=".2%"))
    ring = colour.means(chances.transform_filter("datum.right"), "gradient")
    layers = [
        lines.encode(*ends),
        cell.encode(tooltip=[number]),
        box.encode(*ends),
        in_middle(letters, 16, (TOP + FOOT) / 2 - TOP),
        frame.encode(*ends, ramp, tooltip=tip),
        ring.mark_rect(fillOpacity=0, strokeWidth=3, tooltip=None).encode(
            *ends, stroke=alt.Stroke("means:N", legend=None, scale=MEANT)
        ),
        *named(base, "name", "left"),
        *named(base, "shape", "right"),
    ]
    if lettered:
        layers.append(in_middle(chances, 11, FOOT - TOP + 0.13))
    chart = alt.layer(*layers, title=title).resolve_scale(color="independent")
    return colour.spec(chart.properties(height=480))


MEANT = alt.Scale(domain=colour.MEANINGS)


def of_kind(base, kind):
    return base.transform_filter(f"datum.kind === '{kind}'")


def in_middle(cells, size, down):
    """The letter of a cell, so far below the top of its strip."""
    text = cells.transform_calculate(
        mid="(datum.x + datum.x2) / 2", deep=f"datum.y + {down}"
    ).mark_text(fontSize=size, fontWeight=600, color=colour.INK, tooltip=None)
    x, y = alt.X("mid:Q", axis=None), alt.Y("deep:Q", axis=None)
    return text.encode(x, y, alt.Text("said:N"))


def named(base, kind, align):
    """Text above a strip, with a rim that keeps the lines off it."""
    texts = of_kind(base, kind).encode(alt.Text("said:N"))
    look = {"align": align, "dy": -9, "fontSize": 13, "tooltip": None}
    return colour.rimmed(texts, **look, color=colour.INK)


def swept(rows, ways: tuple[str, str], here: int) -> pa.Table:
    """Two rows a logit, the loss either way; none where it is no number."""
    return arrow.table(
        [
            (logit, way, loss if math.isfinite(loss) else None, logit == here)
            for logit, *losses in rows
            for way, loss in zip(ways, losses, strict=True)
        ],
        ["logit", "way", "loss", "here"],
    )


@lru_cache(maxsize=8)
def breaking(hand: str, torch: str) -> dict:
    """The loss both ways over the last logit: where does one end?"""
    x = alt.X("logit:Q", title="the last logit")
    x = x.scale(domain=[-100, 100], nice=False)
    y = alt.Y("loss:Q", title="loss, nats").scale(domain=[0, 200], nice=False)
    tip = ["way:N", "logit:Q", alt.Tooltip("loss:Q", format=".4f")]
    base = alt.Chart().encode(x, y, tooltip=tip)
    layers = []
    for way, what, width in ((torch, "second", 7), (hand, "data", 2.5)):
        its = base.transform_filter(f"datum.way === '{way}'")
        its = colour.means(its, what)
        here = its.transform_filter("datum.here")
        faint = 0.45 if what == "second" else 1
        layers.append(its.mark_line(strokeWidth=width, opacity=faint))
        layers.append(
            here.mark_point(size=24 * width, filled=True, opacity=faint)
        )
    title = f"Where does the thin line ({hand}) end?"
    chart = alt.layer(*layers, title=title)
    return colour.spec(chart.properties(height=260))


def sized(parts: dict[str, int]) -> pa.Table:
    """One row a part of the network, with how many numbers it has."""
    return arrow.table(parts.items(), ["part", "numbers"])


@lru_cache(maxsize=8)
def bars(parts: tuple[str, ...], most: int) -> dict:
    """Each part as a bar; the axis stays, so that a bar grows with its part.
    Roots keep the small ones visible."""
    x = alt.X("numbers:Q", title="numbers learned (square root scale)")
    ticks = [n for n in (100, 2000, 10_000, 30_000, 100_000) if n <= most]
    x = x.scale(type="sqrt", domain=[0, most], nice=False)
    x = x.axis(format=",d", values=ticks)
    y = alt.Y("part:N", title=None).scale(domain=list(parts))
    y = y.axis(labelFontSize=13)
    base = colour.means(alt.Chart(), "data").encode(x, y)
    tip = ["part:N", alt.Tooltip("numbers:Q", format=",d")]
    half = most / 4  # on a root scale, the middle
    look = {"fontSize": 13, "fontWeight": 600, "tooltip": None}
    said = base.encode(text=alt.Text("numbers:Q", format=",d"))
    short = said.transform_filter(f"datum.numbers < {half}")
    long = said.transform_filter(f"datum.numbers >= {half}")
    chart = alt.layer(
        base.mark_bar().encode(tooltip=tip),
        short.mark_text(align="left", dx=6, fill=colour.INK, **look),
        long.mark_text(align="right", dx=-6, fill=colour.GROUND, **look),
        title="Which part has the most numbers?",
    )
    return colour.spec(chart.properties(height=alt.Step(38)))


def noise(spreads: dict[int, float]) -> pa.Table:
    """One row a size of batch: the spread, and the first one's fallen with
    the root of the size."""
    first, most = next(iter(spreads.items()))
    return arrow.table(
        [(B, s, most * (first / B) ** 0.5) for B, s in spreads.items()],
        ["batch", "spread", "root"],
    )


@lru_cache(maxsize=8)
def falling(sizes: tuple[int, ...]) -> dict:
    """The spread over the size of the batch, beside one over the root."""
    ends = [sizes[0] / 1.5, sizes[-1] * 1.5]
    x = alt.X("batch:Q", title="examples in a batch (log scale)")
    x = x.scale(type="log", domain=ends, nice=False)
    x = x.axis(values=list(sizes), format="d", grid=False)
    y = alt.Y("spread:Q", title="spread, nats (log scale)")
    y = y.scale(type="log", nice=False, padding=25).axis(format="~g")
    tip = [alt.Tooltip("batch:Q", title="batch")]
    tip.append(alt.Tooltip("spread:Q", format=".4f"))
    tip.append(alt.Tooltip("root:Q", title="1 / √B", format=".4f"))
    base = alt.Chart().encode(x, y, tooltip=tip)
    seen = colour.means(base, "data")
    root = colour.means(alt.Chart().encode(x, alt.Y("root:Q")), "published")
    last = root.transform_filter(f"datum.batch === {sizes[-1]}")
    number = {"dy": -14, "fontSize": 13, "tooltip": None}
    chart = alt.layer(
        root.mark_line(strokeDash=[5, 4], strokeWidth=2, tooltip=None),
        last.mark_text(align="right", dx=-12, dy=16, fontSize=13).encode(
            text=alt.value("1 / √B")
        ),
        seen.mark_point(size=110, filled=True),
        seen.mark_text(**number).encode(
            text=alt.Text("spread:Q", format=".3f")
        ),
        title="Does the spread fall like 1 / √B?",
    )
    return colour.spec(chart.properties(height=320))
