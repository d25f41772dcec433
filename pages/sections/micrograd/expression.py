"""An expression of your own: its graph, a slider for each of its leaves."""

import math

import streamlit as st

from core import engine, expression
from pages.charts import graph
from pages.parts import source, words
from pages.sections.micrograd import backward, nudge

FIRST = next(iter(expression.EXAMPLES.values()))
MOST = 8  # sliders in sight
FAR = 1e12  # beyond it a slider is of no use
MANY = 16  # nodes beyond which the graph is folded at first


def show():
    workbench()


@st.fragment
def workbench():
    """Text and sliders, and the three sections that follow them."""
    st.header("An expression", anchor="expression")
    st.markdown(
        "Type arithmetic and see the **graph** that the engine makes of it: "
        "a **node** for every number, arrows from numbers to what is made of "
        "them. A number that you give, not one that is computed, is a "
        "**leaf**. A node shows its number, **data**, and its slope, **grad**: "
        "how much the last line changes for a small change of this node. On "
        "an arrow stands the **local slope**, that of one operation alone."
    )
    examples()
    program = typed()
    numbers = sliders(program)
    values = expression.evaluate(program, numbers)
    end = values[program.end]
    end.backward()
    names = expression.names(values, end)
    manner = picture(program, end, names)
    tell(program, numbers, end)
    source.show(expression.compute, engine.Value.backward)
    backward.show(program, end, names, manner)
    nudge.show(program, numbers)


def examples():
    with st.container(horizontal=True):
        for name, text in expression.EXAMPLES.items():
            st.button(name, on_click=write, args=(text,))


def write(text: str):
    st.session_state.expression = text


def typed() -> expression.Program:
    """What is in the box, or else the last that could be read."""
    if "expression" not in st.query_params:
        st.session_state.setdefault("expression", FIRST)
    text = st.text_area(
        "Your expression",
        key="expression",
        bind="query-params",
        height=220,
        help="Several lines, each a name, = and arithmetic: + - * / ** "
        f"and {', '.join(expression.FUNCTIONS)}. A name without a number "
        f"starts at {expression.DEFAULT:g}. Ctrl+Enter draws it; the address "
        "of the page is a link to it.",
    )
    try:
        program = expression.parse(text)
    except expression.Trouble as trouble:
        point(text, trouble)
        return expression.parse(st.session_state.get("last read", FIRST))
    st.session_state["last read"] = text
    return program


def point(text: str, trouble: expression.Trouble):
    """The sentence, and a caret under the character."""
    said = words.plain(str(trouble))
    st.error(
        f"Line {trouble.line}, character {trouble.column + 1}: {said} "
        "Below is the last expression that could be read.",
        icon=":material/error:",
    )
    line = expression.lines_of(text)[trouble.line - 1]
    st.code(expression.pointed(line, trouble.column), language=None)


def sliders(program) -> dict[str, float]:
    """A slider for each leaf, around its number in the text."""
    numbers = program.defaults
    shown = [name for name, x in program.leaves if abs(x) < FAR][:MOST]
    columns = st.columns(min(4, max(1, len(shown))))
    for i, name in enumerate(shown):
        number = numbers[name]
        reach = max(2.0, 2 * abs(number))
        numbers[name] = columns[i % len(columns)].slider(
            name,
            number - reach,
            number + reach,
            number,
            reach / 100,
            key=f"leaf {name} {hash(program)}",
        )
    if len(numbers) > len(shown):
        st.caption(
            f"{len(shown)} of {len(numbers)} leaves have a slider; change the "
            "others in the text."
        )
    return numbers


def picture(program, end, names) -> dict:
    """The graph, and how it is drawn, for the one further down."""
    nodes, edges = engine.picture(end, names)
    manner = drawn(program, len(nodes) > MANY)
    st.graphviz_chart(
        graph.dot(nodes, edges, st.context.theme.type == "dark", **manner),
        width="content",
        alt=f"The graph of {program.end}, {len(nodes)} nodes: data "
        f"{end.data:.4g} at its end.",
    )
    st.caption(
        f"{len(nodes)} nodes. To zoom, open the graph in full screen by the "
        "button at its top right; drag and scroll in there."
    )
    return manner


def drawn(program, large: bool) -> dict:
    """A large graph is folded, and drawn downwards, unless you say else."""
    key = hash(program)
    with st.container(horizontal=True):
        fold = st.toggle(
            "Fold operations",
            large,
            key=f"fold {key}",
            help="Write each operation into the node that it makes.",
        )
        down = st.toggle(
            "Draw downwards",
            large,
            key=f"down {key}",
            help="From top to bottom rather than from left to right.",
        )
    return {"fold": fold, "rankdir": "TB" if down else "LR"}


def tell(program, numbers, end):
    """The end in words, and what it means if it is no number."""
    name = program.end
    if math.isfinite(end.data):
        st.markdown(
            f"{name} is **{end.data:z.6g}**. Move a slider: does {name} "
            "follow the slope of that leaf?"
        )
        return
    st.markdown(
        f"{name} is **{end.data}**, which is no number: somewhere on the way "
        "stands a division by zero, the log of a number that is not positive, "
        "or one too large to hold. Follow the graph back to where it begins."
    )
