"""What a node is made of, as DOT text: Graphviz draws it in the browser."""

from functools import lru_cache

import altair as alt
import graphviz
import pyarrow as pa

from pages.charts import arms, arrow, colour
from pages.charts.graph import INK

REACH = 4.0  # of what goes into the gate
IN, OUT, JOIN = "in", "out", "join"


@lru_cache(maxsize=8)
def ours(n: int, C: int, H: int, dark: bool) -> str:
    """One node of the lecture's tree, from the letters up."""
    nodes = {
        "x": (f"{n} neighbours\n{n} x {C}", IN),
        "linear": (f"Linear\n{n * C} to {H}", ""),
        "norm": ("BatchNorm1d", ""),
        "tanh": ("tanh", ""),
        "next": ("next layer", OUT),
    }
    edges = [("x", "linear"), ("linear", "norm"), ("norm", "tanh")]
    edges.append(("tanh", "next"))
    return drawn("ours", nodes, [(*edge, "") for edge in edges], dark)


@lru_cache(maxsize=8)
def papers(n: int, H: int, dark: bool) -> str:
    """The gated unit: two answers multiplied, two ways on."""
    nodes = {
        "x": (f"{n} neighbours\n{n} x {H}", IN),
        "filter": (f"Linear: filter\n{n * H} to {H}", ""),
        "gate": (f"Linear: gate\n{n * H} to {H}", ""),
        "tanh": ("tanh", ""),
        "sigmoid": ("sigmoid", ""),
        "times": ("x", JOIN),
        "residual": (f"Linear\n{H} to {H}", ""),
        "plus": ("+", JOIN),
        "skip": (f"Linear\n{H} to {H}", ""),
        "next": ("next layer", OUT),
        "sum": ("sum over\nall layers", OUT),
        "logits": ("logits", OUT),
    }
    edges = [
        ("x", "filter", ""),
        ("x", "gate", ""),
        ("filter", "tanh", ""),
        ("gate", "sigmoid", ""),
        ("tanh", "times", " what"),
        ("sigmoid", "times", " how much"),
        ("times", "residual", ""),
        ("times", "skip", " skip"),
        ("residual", "plus", ""),
        ("x", "plus", " residual:\n the newest"),
        ("plus", "next", ""),
        ("skip", "sum", ""),
        ("sum", "logits", " ReLU, Linear,\n twice"),
    ]
    return drawn("papers", nodes, edges, dark)


def drawn(name: str, nodes: dict, edges, dark: bool) -> str:
    """Parts in boxes, what goes in and out rounded, joins in circles; the
    ways past a layer are dashed."""
    ink = INK[dark]
    drawing = graphviz.Digraph(f"{name} {len(nodes)} {dark}")
    drawing.attr(rankdir="BT", bgcolor="transparent", ranksep="0.3")
    font = {"fontname": "sans-serif", "fontcolor": ink["ink"]}
    drawing.attr("node", color=ink["ink"], fontsize="14", **font)
    drawing.attr("edge", color=ink["ink"], fontsize="12", **font)
    for key, (label, kind) in nodes.items():
        drawing.node(key, label, **look(kind, ink))
    for start, end, label in edges:
        past = "skip" in (start, end) or (start, end) == ("x", "plus")
        pen = {"style": "dashed"} if past else {}
        drawing.edge(start, end, label=label, **pen)
    return drawing.source


def look(kind: str, ink: dict) -> dict:
    """Shape and pen of a part."""
    match kind:
        case "join":
            return {"shape": "circle", "margin": "0.02", "penwidth": "2"}
        case "in" | "out":
            blue = ink["data"]
            round = {"shape": "box", "style": "rounded", "color": blue}
            return round | {"fontcolor": blue, "margin": "0.1,0.05"}
    return {"shape": "box", "margin": "0.1,0.05"}


def passed(curve, what: float, out: float) -> pa.Table:
    """One row a point of both lines, (what, tanh, tanh gated), and the
    point in view."""
    rows = [(a, tanh, ALONE, False) for a, tanh, _ in curve]
    rows += [(a, gated, GATED, False) for a, _, gated in curve]
    rows.append((what, out, GATED, True))
    return arrow.table(rows, ["what", "out", "line", "here"])


ALONE, GATED = "tanh alone", "through the gate"


@lru_cache(maxsize=1)
def gate() -> dict:
    """tanh, and what of it the gate lets pass."""
    x = alt.X("what:Q", title="a, what the filter says")
    x = x.scale(domain=[-REACH, REACH], nice=False)
    y = alt.Y("out:Q", title="output").scale(domain=[-1.1, 1.1], nice=False)
    y = y.axis(values=[-1, -0.5, 0, 0.5, 1])
    hue, dash = arms.told_apart("line", [GATED, ALONE])
    tip = [alt.Tooltip("what:Q", format="+.1f"), out_tip()]
    base = alt.Chart().encode(x, y, hue)
    here = base.transform_filter("datum.here")
    number = here.encode(text=alt.Text("out:Q", format="+.3f"))
    chart = alt.layer(
        base.transform_filter("!datum.here")
        .mark_line(strokeWidth=2.5)
        .encode(dash),
        here.mark_point(size=120, filled=True).encode(tooltip=tip),
        *colour.rimmed(number, dy=-16, fontSize=14, tooltip=None),
        title="How much of it passes?",
    )
    return colour.spec(chart.properties(height=300))


def out_tip() -> alt.Tooltip:
    return alt.Tooltip("out:Q", title="passes", format="+.4f")
