"""The sections on neurons and on torch, as Streamlit runs them."""

import pytest
from streamlit.testing.v1 import AppTest

NEURON = """
from pages.sections.micrograd import neuron
neuron.show()
"""
TORCH = """
from core import micrograd
from core.data import points
from drawing import draw_of
from pages.sections.micrograd import torch_twin
config = micrograd.Config(width=4, examples=20{knobs})
torch_twin.show(draw_of(config=config, data=points.load(config)))
"""


@pytest.fixture
def app():
    app = AppTest.from_string(NEURON, default_timeout=30).run()
    assert not app.exception
    return app


def pressed(app, *lines):
    for line in lines:
        key = "bench zero" if line == "toggle" else f"bench {line}"
        widget = app.toggle(key) if line == "toggle" else app.button(key)
        (widget.set_value(False) if line == "toggle" else widget.click()).run()
        assert not app.exception
    return app


def said(app):
    return app.info[0].value


def metric(app, label):
    [found] = [m.value for m in app.metric if m.label == label]
    return float(found)


def table(app, column):
    [found] = [t.value for t in app.table if column in t.value]
    return found


def test_the_neuron_s_slopes_are_the_lecture_s_in_every_form(app):
    shown = table(app, "leaf").set_index("leaf")
    for form in ("one weighted sum", "products and sums", "down to exp"):
        slopes = [float(text) for text in shown[form]]
        # facts.md: x1 -1.5, x2 0.5, w1 1.0, w2 0.0; o = 0.7071
        assert slopes == pytest.approx(
            [-1.5, 0.5, 1.0, 0.0, 0.5, 0.7071], abs=1e-4
        )
    text = " ".join(m.value for m in app.markdown)
    assert "cannot tell whether w2 should grow" in text


@pytest.mark.parametrize(
    # 5 leaves, and a value for each operation: w·x+b and tanh; *, *, +, +,
    # tanh; and 2 with *, exp, 1 with -, 1 with +, and / as * and **-1
    "form, count",
    [("one weighted sum", 7), ("products and sums", 10), ("down to exp", 20)],
)
def test_the_graph_shows_every_value(app, form, count):
    app.segmented_control("neuron form").set_value(form).run()
    assert not app.exception
    assert any(f"{count} values." in c.value for c in app.caption)


def test_an_input_that_is_not_0_gives_its_weight_a_slope(app):
    app.slider("neuron x2").set_value(1.0).run()
    text = " ".join(m.value for m in app.markdown)
    assert "Move x2 to 0 and it vanishes" in text
    app.button[0].click().run()  # the lecture's numbers
    assert app.slider("neuron x2").value == 0.0


def test_the_net_s_count_is_computed(app):
    text = " ".join(m.value for m in app.markdown)
    assert "4 x (3 + 1) + 4 x (4 + 1) + 1 x (4 + 1) = **41**" in text


def test_a_step_line_by_line(app):
    assert "Press forward" in said(app)
    pressed(app, "forward")
    assert "up to date" in said(app)
    before = metric(app, "data")
    pressed(app, "zero_grad", "backward")
    slope = metric(app, "grad")
    assert slope and metric(app, "data") == before
    pressed(app, "update")
    # a rate of 0.1, numbers shown to four digits
    assert metric(app, "data") == pytest.approx(before - 0.1 * slope, abs=1e-3)
    assert "prediction, before the update" in table(app, "target")
    pressed(app, "forward")
    assert "prediction" in table(app, "target")


def test_lines_out_of_order_are_explained(app):
    pressed(app, "backward")
    assert "NameError" in said(app)
    pressed(app, "update")
    assert "nothing has moved" in said(app)
    pressed(app, "forward", "backward", "backward")
    assert "2 backward passes" in said(app) and "walked before" in said(app)
    pressed(app, "update", "update")
    assert "2 times" in said(app)
    pressed(app, "zero_grad", "backward")
    assert "at the weights before the update" in said(app)
    pressed(app, "zero_grad")
    assert metric(app, "grad") == 0


def test_zero_grad_forgotten_in_whole_steps(app):
    pressed(app, "toggle", "step", "step", "step")
    assert "a sum of 3 backward passes" in said(app)
    pressed(app, "again")
    assert "Press forward" in said(app)


def test_another_seed_begins_again(app):
    pressed(app, "step")
    app.number_input("bench seed").set_value(1).run()
    assert not app.exception and "Press forward" in said(app)


def test_too_large_a_rate_is_called_saturated(app):
    app.slider("bench rate").set_value(2.0).run()
    app.number_input("bench seed").set_value(0).run()
    text = " ".join(m.value for m in app.markdown)
    assert "**saturated**" in text


@pytest.mark.parametrize(
    "knobs", ["", ", depth=0", ", batch=3", ", accumulate=False"]
)
def test_both_nets_train_alike(knobs):
    app = AppTest.from_string(TORCH.format(knobs=knobs), default_timeout=30)
    app.run()
    counts = table(app, "numbers, ours")
    assert list(counts["numbers, ours"]) == ["4", "16", "41", "337"]
    app.button[0].click().run()
    assert not app.exception
    steps = table(app, "step")
    assert len(steps) == 10
    assert list(steps["loss, ours"]) == list(steps["loss, torch"])
    assert all(float(apart) < 1e-9 for apart in steps["apart"])
    text = " ".join(m.value for m in app.markdown)
    assert text.count("times** as fast") == 2
    assert any("accumulate" in i.value for i in app.info) == ("acc" in knobs)


def test_a_net_out_of_bounds_gets_a_sentence():
    wild = ", depth=4, nonlinearity='linear', rate=20.0, zero_grad=False"
    app = AppTest.from_string(TORCH.format(knobs=wild), default_timeout=30)
    app.run()
    app.button[0].click().run()
    assert not app.exception


def test_tanh_is_shown_four_ways_at_the_lecture_s_neuron():
    app = AppTest.from_string(TORCH.format(knobs=""), default_timeout=30).run()
    assert not app.exception
    shown = table(app, "way")
    assert len(shown) == 4
    # L1.14 and L1.15: n = 0.8814, slope 0.4999999999999999
    slopes = [float(text) for text in shown["slope at 0.8814"]]
    assert slopes == pytest.approx([0.5] * 4, abs=1e-15)
    # facts.md: torch.ops.aten.tanh_backward agrees to the bit
    assert list(shown["differ, of 1,001"])[2:] == ["0", "0"]
    text = " ".join(m.value for m in app.markdown)
    assert "agrees to the bit" in text


def test_the_forms_stand_side_by_side_with_their_largest_difference(app):
    shown = table(app, "apart").set_index("leaf")
    assert all(float(text) < 1e-14 for text in shown["apart"])
    text = " ".join(m.value for m in app.markdown)
    assert "tanh as one operation and tanh written out with exp" in text
