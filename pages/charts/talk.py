"""Attention as a directed graph: who hears whom, as DOT text."""

import math
from zlib import crc32

import graphviz

from pages.charts.graph import INK
from pages.charts.signs import visible

LEAST = 0.05  # weight of an arrow that is drawn when all are asked for
FAINT = 0.005  # and when one listener is
WIDEST = 8.0  # pen of a weight of 1
ROOM = 0.8  # inches from node to node
LEAST_RADIUS = 1.4
APART = 2.8  # inches from one text to the other
SIDES = ["n", "ne", "e", "se", "s", "sw", "w", "nw"]


def drawn(
    queries: str,
    sources: str | None,
    weights: list[list[float]],
    row: int | None,
    dark: bool,
) -> graphviz.Digraph:
    """The characters in a circle, or two columns of them if the sources are
    those of another text; arrows into the row, or all that count."""
    ink = INK[dark]
    drawing = graphviz.Digraph(engine="neato")
    # no outputorder: with edges first, the browser cannot redraw the graph
    drawing.attr(bgcolor="transparent", splines="line")
    font = {"fontname": "sans-serif", "fontcolor": ink["ink"]}
    paper = "#12171d" if dark else "#ffffff"
    drawing.attr(
        "node", shape="circle", width="0.58", fixedsize="true", fontsize="15",
        style="filled", fillcolor=paper, color=ink["ink"], **font,
    )  # fmt: skip
    drawing.attr("edge", color=ink["data"], arrowsize="0.6")
    said = None if row is None else weights[row]
    spots = circle(len(queries)) if sources is None else column(sources, 0)
    for i, (sign, spot) in enumerate(
        zip(sources or queries, spots, strict=True)
    ):
        listens = sources is None and i == row
        node(drawing, f"s{i}", sign, spot, said and said[i], listens)
    if sources is not None:
        for i, (sign, spot) in enumerate(
            zip(queries, column(queries, APART), strict=True)
        ):
            node(drawing, f"q{i}", sign, spot, None, i == row)
    end = "s" if sources is None else "q"
    for i, weight, j in arrows(weights, row):
        pen = {"penwidth": f"{max(0.5, WIDEST * weight):.2f}"}
        if i == j and sources is None:
            pen |= outward(i, len(queries))
        drawing.edge(f"s{j}", f"{end}{i}", tooltip=f"{weight:.0%}", **pen)
    # as pages.charts.graph: a new name, or the browser compares every line
    drawing.name = f"talk {crc32(drawing.source.encode()):x}"
    return drawing


def arrows(weights, row: int | None):
    """Those that are drawn, as (listener, weight, heard)."""
    least = LEAST if row is None else FAINT
    for i, shares in enumerate(weights):
        if row in (None, i):
            for j, weight in enumerate(shares):
                if weight >= least:
                    yield i, weight, j


def node(drawing, name: str, sign: str, spot, weight, chosen: bool):
    """A character, what is heard of it below, and a thick rim if it is the
    one that listens."""
    label = visible(sign)
    if weight is not None:
        label += f"\n{weight:.0%}"
    x, y = spot
    drawing.node(
        name,
        graphviz.escape(label).replace("\\\\n", "\\n"),
        pos=f"{x:.3f},{y:.3f}!",
        penwidth="4" if chosen else "1.2",
    )


def circle(count: int) -> list[tuple[float, float]]:
    """Places on a circle, clockwise from the top."""
    radius = max(LEAST_RADIUS, ROOM * count / math.tau)
    turns = [math.tau * i / count for i in range(count)]
    return [(radius * math.sin(t), radius * math.cos(t)) for t in turns]


def outward(i: int, count: int) -> dict:
    """The side of a node that looks away from the circle, for its loop."""
    side = SIDES[round(8 * i / count) % 8]
    return {"headport": side, "tailport": side}


def column(text: str, x: float) -> list[tuple[float, float]]:
    """Places one below the other, the middle at 0."""
    middle = (len(text) - 1) / 2
    return [(x, ROOM * (middle - i)) for i in range(len(text))]
