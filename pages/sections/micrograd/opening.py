"""The first picture: a graph that knows every slope."""

import streamlit as st

from core import engine, expression
from pages.charts import graph
from pages.parts import cached


@cached.values(2)
def drawn(dark: bool) -> tuple[str, float, float]:
    """The lecture's first expression after backward, as DOT text; its end
    and the slope towards b."""
    program = expression.parse(expression.EXAMPLES["The lecture's first"])
    named = expression.evaluate(program, program.defaults)
    end = named[program.end]
    end.backward()
    names = {value: name for name, value in named.items()}
    nodes, edges = engine.picture(end, names)
    text = graph.dot(nodes, edges, dark, rankdir="TB")  # fits a phone
    return text, end.data, named["b"].grad


def show():
    text, end, slope = drawn(st.context.theme.type == "dark")
    st.graphviz_chart(
        text,
        alt="The expression L = (a*b + c) * f as a graph: every number with "
        "its data and its slope, from the leaves at the top to L.",
    )
    st.caption(
        "Read it downwards: **data** is what a number is. Read it from the "
        "end upwards: **grad** is its slope, how much the end moves "
        f"for a little more of it. L is {end:g}; make b larger by 0.01, and L "
        f"changes by {slope:g} times as much. On each arrow stands the slope "
        "of one operation alone; grads are their products, added up over all "
        "ways to the end."
    )
    st.markdown(
        "Every net you will meet learns by this one trick. By the end of this "
        "page you can find a slope three ways, say what `backward` does node "
        "by node, and train a net of your own numbers on points of your own."
    )
