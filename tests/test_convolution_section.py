"""Convolutions, the paper's unit and torch's layers, as Streamlit runs them."""

import re
from dataclasses import fields, replace

import pytest
import torch
from streamlit.testing.v1 import AppTest
from test_asked import yours

from core import batchnorm, convolution, wavenet
from core.data import names
from core.runs import store
from pages.sections.wavenet import paper
from pages.sections.wavenet.convolution import at_start

SECTION = """
import streamlit as st
from core import wavenet
from core.data import names
from core.runs.store import Run
from drawing import draw_of
from pages.sections.wavenet import {section}
data = {data}
st.selectbox("unit", ("tanh", "gated"), key="unit")
config = wavenet.Config(unit=st.session_state.unit, {knobs})
run = Run("wavenet", config, data)
draw = draw_of(data=data, config=config, run=run)
{section}.show({given})
"""
DATA = {
    "built-in": "names.built_in()",
    "one word": "names.own('ab')",
    "Cyrillic": "names.own('я она оно мы')",
    "60 letters": "names.own(''.join(chr(0x4E00 + i) for i in range(30))"
    " + ' ' + ''.join(chr(0x4E00 + i) for i in range(30, 60)))",
}
ENDS = ["fan='8'", "fan='3'", "fan='2-2-2-2', hidden=256", "over_time=False"]
ENDS.append("hidden=1, embedding=1, batch=2")


def opened(section, data="names.built_in()", knobs=""):
    given = "data, draw" if section == "tour" else "draw"
    code = SECTION.format(section=section, data=data, knobs=knobs, given=given)
    app = AppTest.from_string(code, default_timeout=60).run()
    assert not app.exception, app.exception
    return yours(app)


def text(app):
    return " ".join(each.value for each in [*app.markdown, *app.caption])


@pytest.mark.parametrize("section", ["convolution", "paper", "tour"])
@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_a_section_opens_on_odd_words(section, data):
    assert "nan" not in text(opened(section, data)).replace("`nan`", "")


@pytest.mark.parametrize("section", ["convolution", "paper", "tour"])
@pytest.mark.parametrize("knobs", ENDS)
def test_a_section_opens_at_the_ends_of_the_knobs(section, knobs):
    opened(section, knobs=knobs)


def test_an_eleven_letter_name_needs_the_published_nodes():
    app = opened("convolution")
    app.text_input("wavenet convolved").set_value("christopher").run()
    # lectures.md, claim 90: 84 node evaluations against 46
    assert "has 12 windows. The loop computes **84** nodes" in text(app)
    assert "one pass **46**: 45% fewer" in text(app)
    [largest] = re.findall(r"differ by \*\*([\d.e-]+)\*\*", text(app))
    # the issue asks for 1e-5; claim 90 saw 6e-8
    assert float(largest) < 1e-5


def test_the_window_stays_within_a_shorter_name():
    app = opened("convolution")
    app.text_input("wavenet convolved").set_value("christopher").run()
    app.slider("wavenet window").set_value(12).run()
    assert "Window 12 is `istopher`, after which comes `.`" in text(app)
    app.text_input("wavenet convolved").set_value("ab").run()
    assert not app.exception
    assert app.slider("wavenet window").max == 3
    assert "Window 3 is `......ab`" in text(app)
    app.text_input("wavenet convolved").set_value("a").run()
    assert "For so short a name one pass saves no node" in text(app)


def test_a_flat_net_has_nothing_to_share():
    app = opened("convolution", knobs="fan='8'")
    assert "there is nothing to share" in text(app)
    assert "one batch is one pass" in text(app)
    assert "counts once for every window" in text(opened("convolution"))


KNOBS = [each.name for each in fields(wavenet.Config) if each.name != "unit"]
OTHER = {"fan": "4-2", "over_time": False}


@pytest.mark.parametrize("knob", KNOBS)
def test_a_start_asks_for_the_knobs_that_change_it_and_no_others(knob):
    usual, data = wavenet.Config(), names.own("ab cd ef")
    moved = replace(usual, **{knob: OTHER.get(knob, 3)})
    same = at_start(usual) == at_start(moved)
    pairs = zip(held(usual, data), held(moved, data), strict=False)
    assert same == all(torch.equal(*pair) for pair in pairs)


def held(config, data) -> list[torch.Tensor]:
    net = convolution.untrained(config, data)
    return [*net.parameters(), *batchnorm.running(net)]


def test_a_refused_word_is_said(lecture_names):
    app = opened("convolution")
    app.text_input("wavenet convolved").set_value("a1").run()
    assert not app.exception
    assert "is not a letter" in app.warning[0].value


def test_a_gated_or_buggy_run_is_not_passed_off_as_the_tree():
    app = opened("convolution", knobs="over_time=False")
    assert "could not be shared" in text(app)
    app = opened("convolution")
    app.selectbox("unit").set_value("gated").run()
    assert "Its nodes are tanh here, not gated" in text(app)


def test_a_finished_run_brings_its_own_weights():
    data, config = names.built_in(), wavenet.Config()
    run = store.Run("wavenet", config, data)
    net = convolution.untrained(config, data)
    for each in net.parameters():
        each.mul_(1.5)
    running = batchnorm.running(net)
    store.make(run)
    saved = {"weights": tuple(net.parameters()), "running": tuple(running)}
    saved |= {"letters": data.letters}
    torch.save(saved, run.path / "result.pt")

    app = opened("convolution")
    assert "These are the weights of a finished run" in text(app)
    word = data.words[0]
    window = app.slider("wavenet window").value
    tokens = convolution.text(word, data.letters, 8)
    rows = net(tokens.unfold(0, 8, 1).contiguous())
    token = data.letters.index((word + ".")[window - 1])
    assert f"is {rows[window - 1, token]:.5f}" in text(app)


def test_the_button_turns_the_knob():
    app = opened("paper")
    assert not app.button("wavenet use gated").disabled
    app.button("wavenet use gated").click().run()
    assert not app.exception
    assert app.session_state.unit == "gated"
    assert app.button("wavenet use gated").disabled


GROWING = """
import streamlit as st
from core import wavenet
from core.data import names
from core.runs.store import Run
from pages.parts import loss_log
from pages.sections.wavenet import paper
run = Run("wavenet", wavenet.Config(), names.own("ab cd"))
steps = range(1, st.number_input("steps", 1, key="steps") + 1)
each = {"smooth": 2.0, "train": None, "dev": None}
found = {"tanh": [each | {"step": n} for n in steps], "gated": []}
stand = loss_log.stand(found, dict.fromkeys(found, run))
paper.both(stand, found, 3.0)
"""


def test_a_picture_is_kept_only_until_a_run_goes_on():
    app = AppTest.from_string(GROWING, default_timeout=60).run()
    assert "tanh: step 1." in text(app)
    app.number_input("steps").set_value(2).run()
    assert "tanh: step 2." in text(app)
    app.number_input("steps").set_value(1).run()
    assert "tanh: step 1." in text(app)


def test_the_arms_are_of_about_one_size():
    said = text(opened("paper", "names.local()"))
    [gated] = re.findall(r"it has ([\d,]+) parameters", said)
    [tanh] = re.findall(r"tanh with 128 has ([\d,]+)\.", said)
    assert int(tanh.replace(",", "")) == 76_579  # facts.md
    assert int(gated.replace(",", "")) == pytest.approx(76_579, rel=0.03)


@pytest.mark.parametrize(
    "what, much, share",
    # sigmoid of -4, 0 and 4
    [(1.5, -4.0, "2%"), (-1.0, 0.0, "50%"), (0.0, 4.0, "98%")],
)
def test_the_gate_is_opened_by_hand(what, much, share):
    app = opened("paper")
    app.slider("wavenet what").set_value(what)
    app.slider("wavenet much").set_value(much).run()
    assert not app.exception
    assert f"lets **{share}** of it pass" in text(app)


def test_torch_s_own_words_are_shown():
    app = opened("tour")
    said = " ".join(each.value for each in app.code)
    assert "RuntimeError: running_mean should contain 4 elements" in said
    assert "ValueError: Expected more than 1 value per channel" in said
    assert "from the letters up 4, 2, 1." in text(app)
    assert "makes all `nan` from layer 3 of 3 on" in text(app)


def test_what_another_seed_can_do_is_not_called_better():
    # 3,000 steps with seeds 42 and 1: dev 2.220 and 2.196 with tanh, 2.197
    # and 2.201 gated
    assert "brings nothing that shows" in paper.better(0.023, "dev")
    assert "the gated unit is 0.1000 nats lower" in paper.better(0.1, "dev")
    assert "the tanh is 0.1000 nats lower" in paper.better(-0.1, "train")


def test_both_arms_are_told_at_their_ends():
    def records(dev):
        return [{"step": paper.STEPS, "train": 2.0, "dev": dev}]

    said = paper.ends({"one": records(2.2), "other": records(2.1)})
    assert "one: step 3,000, train 2.0000, dev 2.2000" in said
    assert "the gated unit is 0.1000 nats lower" in said
    assert "Before you press" in paper.ends({"one": [], "other": []})
    alone = paper.ends({"one": records(None), "other": records(None)})
    assert "On train they are 0.0000 nats apart" in alone
