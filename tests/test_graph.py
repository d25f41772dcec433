"""The drawing of a graph: what stands in its text, and that it stays so."""

import re

from core.engine import Value, picture
from pages.charts import graph


def drawn(**options):
    a, b, c = Value(2.0), Value(-3.0), Value(10.0)
    end = (a * b + c).tanh()
    end.backward()
    nodes, edges = picture(end, {a: "a", b: "b", c: "c", end: "L"})
    return graph.dot(nodes, edges, **({"dark": False} | options))


def test_every_value_has_its_name_data_and_grad():
    text = drawn()
    assert "<B>a</B>" in text and "data 2<" in text
    assert text.count(">data ") == text.count(">grad ") == 6


def test_another_graph_has_another_name():
    # by which the browser tells graphs apart: one that it takes for the same
    # it measures line by line, 300 ms at 24 nodes
    name = re.compile("graph [0-9a-f]+")
    first, again = name.search(drawn()), name.search(drawn())
    assert first[0] == again[0] != name.search(drawn(dark=True))[0]


def test_operations_have_nodes_of_their_own_unless_folded():
    assert len(re.findall("shape=circle", drawn())) == 3
    folded = drawn(fold=True)
    assert "shape=circle" not in folded
    assert folded.count("from ") == 3


def test_slopes_stand_on_the_edges():
    edges = re.findall(r'-> "op 2" \[label=" (.+?)"', drawn())
    assert sorted(edges) == ["-3", "2"]  # a * b: towards a it is b


def test_a_long_graph_is_folded_by_itself():
    end = Value(1.0)
    for _ in range(50):
        end = end.tanh()
    nodes, edges = picture(end, {})
    assert "shape=circle" not in graph.dot(nodes, edges, dark=True)


def test_the_same_graph_is_the_same_text():
    assert drawn() == drawn()
    assert drawn() != drawn(dark=True)


def test_names_are_never_markup():
    a = Value(1.0)
    end = a + a
    nodes, edges = picture(end, {a: "<b>x</b>"})
    assert "&lt;b&gt;x" in graph.dot(nodes, edges, dark=False)


def test_states_are_said_in_a_word_too():
    a = Value(1.0)
    nodes, edges = picture(a + a, {a: "a"})
    for node, state in zip(nodes, ("waiting", "now"), strict=True):
        node["state"] = state
    text = graph.dot(nodes, edges, dark=False)
    assert "(waiting)" in text and "(now)" in text
    assert "dashed" in text and "penwidth" in text


def test_its_inks_are_readable_on_both_themes():
    def light(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        parts = [
            p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4
            for p in parts
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    for dark, paper in ((False, "#ffffff"), (True, "#12171d")):
        for ink in graph.INK[dark].values():
            high, low = sorted((light(ink), light(paper)), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 4.5  # WCAG AA
