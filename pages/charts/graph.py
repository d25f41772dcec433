"""A graph of Values as DOT text: Graphviz draws it in the browser."""

from html import escape
from zlib import crc32

import graphviz

MANY = 40  # nodes beyond which operations are written into their results
INK = {
    False: {"ink": "#10171f", "data": "#00588f", "grad": "#a84600"},
    True: {"ink": "#e6ebf0", "data": "#7cc6f5", "grad": "#f2a03d"},
}


def dot(nodes, edges, dark: bool, rankdir="LR", fold=None) -> str:
    """nodes: dicts of id, name, data, grad, op and perhaps state, parents
    first; edges: (from id, to id, slope). Folded, an operation has no node of
    its own."""
    ink = INK[dark]
    fold = len(nodes) > MANY if fold is None else fold
    drawing = graphviz.Digraph()
    drawing.attr(rankdir=rankdir, bgcolor="transparent", ranksep="0.35")
    font = {"fontname": "sans-serif", "fontcolor": ink["ink"]}
    drawing.attr("node", color=ink["ink"], fontsize="13", **font)
    drawing.attr("edge", color=ink["ink"], fontsize="11", **font)
    for node in nodes:
        drawing.node(str(node["id"]), value(node, ink, fold), **look(node))
        if node["op"] and not fold:
            operation = f"op {node['id']}"
            drawing.node(operation, node["op"], shape="circle", margin="0.02")
            drawing.edge(operation, str(node["id"]), **pen(node))
    operations = {n["id"] for n in nodes if n["op"] and not fold}
    for start, end, slope in edges:
        target = f"op {end}" if end in operations else str(end)
        drawing.edge(str(start), target, label=f" {number(slope)}")
    # the browser measures every line of a graph that it takes for the same
    # one, for a transition that is never played: 300 ms at 24 nodes
    drawing.name = f"graph {crc32(drawing.source.encode()):x}"
    return drawing.source


def value(node, ink, fold: bool) -> str:
    """Name, data and slope of one node as rows of an HTML-like label."""
    name = escape(node["name"] or " ")
    if node.get("state"):
        name += f" ({node['state']})"
    rows = [f"<B>{name}</B>"] if name.strip() else []
    if fold and node["op"]:
        rows.append(escape(f"from {node['op']}"))
    rows.append(coloured(f"data {number(node['data'])}", ink["data"]))
    if node["grad"] is not None:
        rows.append(coloured(f"grad {number(node['grad'])}", ink["grad"]))
    return f"<{'<BR/>'.join(rows)}>"


def coloured(text: str, colour: str) -> str:
    return f'<FONT COLOR="{colour}">{escape(text)}</FONT>'


def number(value: float) -> str:
    """Four digits; -0 is 0."""
    return f"{value + 0.0:.4g}"


def look(node) -> dict:
    """Frame and pen of a node: what waits is dashed, what is now is thick."""
    plain = {"shape": "box", "style": "rounded", "margin": "0.08,0.04"}
    match node.get("state"):
        case "now":
            return plain | {"penwidth": "3.5"}
        case "waiting":
            return plain | {"style": "rounded,dashed"}
    return plain


def pen(node) -> dict:
    return {"style": "dashed"} if node.get("state") == "waiting" else {}
