"""A block in parts, and what is left of the gradient from block to block."""

from functools import lru_cache

import altair as alt
import graphviz
import pyarrow as pa

from pages.charts import arms, arrow, colour
from pages.charts.graph import INK

WITH, WITHOUT = "with residual path", "without"
FLOOR = 1e-22  # what is smaller is drawn here
TOP = 12  # blocks at most


@lru_cache(maxsize=64)
def block(parts: tuple, C: int, heads: int, dark: bool) -> str:
    """One block from below as DOT text; of `parts` those that are there:
    residual, before, after, heads, think, dropout."""
    drawing, ink = ground(f"block {parts} {C} {heads} {dark}", dark, "BT")
    drawing.node("x", "the stream in", **rounded(ink["data"]))
    at = "x"
    for n, what in enumerate(("heads", "think"), start=1):
        if what in parts:
            at = branch(drawing, n, what, at, parts, C, heads, ink)
    drawing.node("out", "the stream out", **rounded(ink["data"]))
    drawing.edge(at, "out", color=ink["data"], penwidth="3")
    return drawing.source


def branch(drawing, n: int, what: str, start: str, parts, C, heads, ink) -> str:
    """Draw a branch off the stream; the name of where the stream goes on."""
    H = C // heads
    stages = {
        "heads": {
            f"who {n}": f"{heads} heads of {H}\nwho listens to whom: softmax",
            f"drop who {n}": "dropout 1",
            f"sum {n}": "weighted sum of values",
            f"project {n}": f"projection\nLinear {C} to {C}",
            f"drop {n}": "dropout 2",
        },
        "think": {
            f"wide {n}": f"feed-forward\nLinear {C} to {4 * C}, relu",
            f"project {n}": f"Linear {4 * C} to {C}",
            f"drop {n}": "dropout 3",
        },
    }[what]
    if "dropout" not in parts:
        stages = {k: v for k, v in stages.items() if not k.startswith("drop")}
    if "before" in parts:
        stages = {f"norm {n}": f"LayerNorm {n}"} | stages
    past = "residual" in parts
    if past:
        stages |= {f"plus {n}": "+"}
    if "after" in parts:
        stages |= {f"norm {n}": f"LayerNorm {n}"}
    at, bold = start, {"color": ink["data"], "penwidth": "3"}
    for key, label in stages.items():
        drawing.node(key, label, **look(key, ink))
        on = at.startswith("plus") and key.startswith("norm") and at != start
        drawing.edge(at, key, **(bold if on else {}))
        at = key
    if past:
        drawing.edge(start, f"plus {n}", **bold)
    return at


def look(key: str, ink: dict) -> dict:
    """A + in a circle, dropout dashed, LayerNorm rounded, else a box."""
    plain = {"shape": "box", "margin": "0.1,0.05"}
    match key.split()[0]:
        case "plus":
            ring = {"shape": "circle", "margin": "0.02", "penwidth": "2"}
            return ring | {"color": ink["data"]}
        case "drop":
            return plain | {"style": "dashed,rounded"}
        case "norm":
            return plain | {"style": "rounded"}
    return plain


def rounded(hue: str) -> dict:
    shape = {"shape": "box", "style": "rounded", "margin": "0.1,0.05"}
    return shape | {"color": hue, "fontcolor": hue}


def ground(name: str, dark: bool, way: str):
    ink = INK[dark]
    drawing = graphviz.Digraph(name)
    drawing.attr(rankdir=way, bgcolor="transparent", ranksep="0.25")
    font = {"fontname": "sans-serif", "fontcolor": ink["ink"]}
    drawing.attr("node", color=ink["ink"], fontsize="14", **font)
    drawing.attr("edge", color=ink["ink"], fontsize="12", **font)
    return drawing, ink


@lru_cache(maxsize=16)
def heads(shapes: tuple[tuple[str, tuple], ...], dark: bool) -> str:
    """The heads side by side, from the stream below to the projection."""
    said = dict(shapes)
    names = list(said)
    count, *_, H = said[names[1]][1:]
    drawing, ink = ground(f"heads {shapes} {dark}", dark, "BT")
    stream, joined, mixed = names[0], names[-2], names[-1]
    for name in (stream, mixed):
        label = f"{name}\n{shape(said[name])}"
        drawing.node(name, label, **rounded(ink["data"]))
    drawing.node(
        joined, f"{joined}\n{shape(said[joined])}", **look("part", ink)
    )
    for i in range(count):
        label = f"head {i + 1}\n{H}"
        drawing.node(f"head {i}", label, **look("part", ink))
        drawing.edge(stream, f"head {i}")
        drawing.edge(f"head {i}", joined)
    drawing.edge(joined, mixed, label=" projection")
    return drawing.source


def shape(of: tuple) -> str:
    return " x ".join(str(n) for n in of)


def reached(paths: dict[str, tuple[float, ...]]) -> pa.Table:
    """One row a place of the stream: blocks below it, the gradient there."""
    rows = [
        (path, depth, max(size, FLOOR), f"{size:.1e}", depth == 0)
        for path, sizes in paths.items()
        for depth, size in enumerate(sizes)
    ]
    columns = ["path", "depth", "size", "said", "bottom"]
    return arrow.table(rows, columns)


@lru_cache(maxsize=1)
def reach() -> dict:
    """The gradient from the embedding, at the left, to the last block."""
    x = alt.X("depth:Q", title="blocks below; 0 is the embedding")
    x = x.scale(domain=[-0.4, TOP + 0.4], nice=False)
    x = x.axis(values=list(range(TOP + 1)), format="d", grid=False)
    y = alt.Y("size:Q", title="gradient's length")
    y = y.scale(type="log", domain=[FLOOR, 100], clamp=True, nice=False)
    ticks = [10.0**-e for e in range(20, -1, -4)]
    y = y.axis(values=ticks, format="~e")
    legend = alt.Legend(
        title=None,
        orient="top",
        symbolType="stroke",
        symbolStrokeWidth=3,
        symbolSize=300,
        symbolStrokeColor=colour.INK,
    )
    dash = alt.StrokeDash("path:N", legend=legend)
    dash = dash.scale(domain=[WITH, WITHOUT], range=[[1, 0], [6, 4]])
    tip = [alt.Tooltip("path:N", title="net"), alt.Tooltip("depth:Q")]
    tip.append(alt.Tooltip("said:N", title="gradient"))
    base = colour.means(alt.Chart().encode(x, y, tooltip=tip), "gradient")
    end = base.transform_filter("datum.bottom").encode(text="said:N")
    chart = alt.layer(
        base.mark_line(strokeWidth=2.5).encode(dash),
        base.mark_point(filled=True, size=50),
        *colour.rimmed(
            end, dy=-14, align="left", fontSize=13, fontWeight=600, tooltip=None
        ),
        title="How much gradient is left?",
    )
    return colour.spec(chart.properties(height=360))


KINDS = ["attention", "feed-forward"]


def added(sizes: tuple[float, ...]) -> pa.Table:
    """One row a branch, two for each block."""
    rows = [
        (i // 2 + 1, KINDS[i % 2], size, f"{size:.2f}")
        for i, size in enumerate(sizes)
    ]
    return arrow.table(rows, ["block", "branch", "size", "said"])


@lru_cache(maxsize=4)
def branches(blocks: int, high: float) -> dict:
    """What each branch adds, as a share of the stream that it adds to."""
    x = alt.X("block:O", title="block").axis(labelAngle=0)
    x = x.scale(domain=list(range(1, blocks + 1)))
    y = alt.Y("size:Q", title="branch / stream")
    y = y.scale(domain=[0, high], clamp=True, nice=False)
    legend = alt.Legend(title=None, orient="top", values=KINDS)
    first, second = KINDS
    hue = alt.Color("branch:N", legend=legend)
    hue = hue.scale(domain=[first, " ", "  ", second])
    beside = alt.XOffset("branch:N").scale(domain=KINDS)
    tip = ["block:O", "branch:N", alt.Tooltip("size:Q", format=".3f")]
    base = alt.Chart().encode(x, y, beside, tooltip=tip)
    number = base.transform_filter("isValid(datum.said)")
    number = number.encode(text="said:N")
    look = {"dy": -8, "fontSize": 11, "tooltip": None, "fill": colour.INK}
    chart = alt.layer(
        base.mark_bar().encode(hue),
        number.mark_text(**look),
        title="What does each branch add?",
    )
    return colour.spec(chart.properties(height=320))


LINES = ["column", "row"]


def lines(found: dict) -> pa.Table:
    """One row a column and one a row of a table: its mean and spread."""
    rows = [
        (which, n, mean, spread)
        for which, told in found.items()
        for n, (mean, spread) in enumerate(told)
    ]
    columns = ["which", "n", "mean", "spread"]
    return arrow.table(rows, columns, 4)


@lru_cache(maxsize=1)
def gathered() -> dict:
    """Where all columns and rows lie, by mean and spread."""
    x = alt.X("mean:Q", title="mean").scale(domain=[-0.7, 0.7], nice=False)
    y = alt.Y("spread:Q", title="spread").scale(domain=[0.5, 1.5], nice=False)
    legend = alt.Legend(title=None, orient="top", values=LINES)
    first, second = LINES
    hue = alt.Color("which:N", legend=legend)
    hue = hue.scale(domain=[first, " ", "  ", second])
    form = alt.Shape("which:N", legend=legend)
    form = form.scale(domain=LINES, range=["circle", "cross"])
    tip = [alt.Tooltip("which:N", title="line"), alt.Tooltip("n:Q")]
    tip += [
        alt.Tooltip(f"{each}:Q", format=".4f") for each in ("mean", "spread")
    ]
    chart = alt.Chart(title="Which lie on mean 0, spread 1?")
    chart = chart.mark_point(filled=True, size=70, opacity=0.6)
    chart = chart.encode(x, y, hue, form, tooltip=tip)
    return colour.spec(chart.properties(height=340))


WAYS = ["after LayerNorm", "before"]


def features(before, after, reach: float) -> pa.Table:
    """One row a bin of each histogram."""
    wide = 2 * reach / len(before)
    rows = [
        (way, -reach + (i + 0.5) * wide, share)
        for way, shares in zip(WAYS, (after, before), strict=True)
        for i, share in enumerate(shares)
    ]
    return arrow.table(rows, ["way", "value", "share"])


@lru_cache(maxsize=1)
def histogram(reach: float, high: float) -> dict:
    """The features of one character before and after."""
    x = alt.X("value:Q", title="value; those beyond lie at the edge")
    x = x.scale(domain=[-reach, reach], nice=False).axis(format="d")
    y = alt.Y("share:Q", title="share of the features").axis(format="%")
    y = y.scale(domain=[0, high], clamp=True, nice=False)
    hue, dash = arms.told_apart("way", WAYS)
    tip = ["way:N", alt.Tooltip("value:Q", format="+.2f")]
    tip.append(alt.Tooltip("share:Q", format=".1%"))
    chart = alt.Chart(title="Which line stays where it is?")
    chart = chart.mark_line(strokeWidth=2.5, interpolate="step")
    chart = chart.encode(x, y, hue, dash, tooltip=tip)
    return colour.spec(chart.properties(height=300))
