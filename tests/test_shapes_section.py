"""The sections on shapes and on the BatchNorm bug, as Streamlit runs them."""

import statistics
from dataclasses import replace

import pytest
import torch
from streamlit.testing.v1 import AppTest
from test_one_batch import TEXTS

from core import convolution, wavenet
from pages.sections.wavenet import bug, shapes

SHAPES = """
from core import convolution, wavenet
from core.data import names
from drawing import draw_of
from pages.sections.wavenet import shapes
data, config = {data}, wavenet.Config(fan={fan!r})
shapes.show(data, config, draw_of(data=data, config=config))
"""
BUG = """
from core.data import names
from pages.sections.wavenet import bug
bug.show({data})
"""
EMMA = "names.own('emma olivia ava isabella sophia')"


def run(code):
    app = AppTest.from_string(code, default_timeout=60).run()
    assert not app.exception
    return app


def section(data=EMMA, fan="2-2-2"):
    return run(SHAPES.format(data=data, fan=fan))


def text(app):
    return " ".join(m.value for m in app.markdown)


def plain(column):
    return [each.strip("`").replace("\xa0", " ") for each in column]


@pytest.fixture
def every_shape():
    """From the lecture's layers in torch's own words, (32, 8) letters."""
    x, found = torch.zeros(32, 8, 24), ["(32, 8)", "(32, 8, 24)"]
    for C in (24, 128, 128):
        x = x.reshape(32, x.shape[1] // 2, 2 * C)
        x = x.squeeze(1) if x.shape[1] == 1 else x
        found.append(str(tuple(x.shape)))
        x = x @ torch.zeros(2 * C, 128)
        found += [str(tuple(x.shape))] * 3
    return found


def test_each_missing_shape_is_asked_for_then_shown(lecture_names, every_shape):
    app = section("names.local()")
    asked = 0
    while app.radio:
        at = len([s for s in app.table[0].value["shape"] if "(" in s])
        [radio] = app.radio
        right = [*every_shape, "(32, 27)"][at]
        assert radio.options.count(right) == 1
        assert len(radio.options) == len(set(radio.options)) >= 3
        assert app.table[0].value["shape"][at] == "?", "not before the guess"
        assert app.button("wavenet quiz next").disabled
        radio.set_value(right).run()
        assert f"Yes, **{right}**" in text(app)
        assert plain(app.table[0].value["shape"])[at] == right
        app.button("wavenet quiz next").click().run()
        assert not app.exception
        asked += 1
    assert asked == 1 + 2 * 3 + 1  # letters, three layers, logits
    shown = plain(app.table[0].value["shape"])
    assert shown == [*every_shape, "(32, 27)"]
    assert all(app.table[0].value["why"])
    app.button("wavenet quiz again").click().run()
    assert app.radio[0].value is None


def test_a_wrong_guess_is_told_the_right_shape():
    app = section()
    [radio] = app.radio
    wrong = next(each for each in radio.options if each != "(32, 8, 24)")
    radio.set_value(wrong).run()
    assert f"Not {wrong}: it is **(32, 8, 24)**" in text(app)


@pytest.mark.parametrize("fan", wavenet.FANS)
def test_every_option_is_another_shape(fan):
    app = section(fan=fan)
    app.button("wavenet quiz all").click().run()
    assert not app.exception and not app.radio
    assert "..." not in list(app.table[0].value["shape"])


def enter(app, left, right):
    app.text_input("wavenet left shape").set_value(left)
    app.text_input("wavenet right shape").set_value(right).run()
    assert not app.exception
    return text(app)


def test_the_lecture_s_product_is_the_first():
    # L6.6 and claim 93
    assert "**`(4, 3, 29, 200)`**" in text(section())


def test_shapes_that_do_not_fit_are_told_which_numbers_disagree():
    app = section()
    said = enter(app, "4, 3, 29, 80", "100, 200")
    assert "last of the left is 80 and the second-last of the right is 100" in (
        said
    )
    assert "RuntimeError" in " ".join(c.value for c in app.code)
    said = enter(app, "4 3 2 5", "(7, 5, 2)")
    assert "in the batch before them 3 meets 7" in said
    said = enter(app, "2, 4", "3")
    assert "left is 4 and the last of the right is 3" in said


@pytest.mark.parametrize("left", ["", "a, b", "0, 3", "1 2 3 4 5 6", "²", "-1"])
def test_what_is_no_shape_is_refused_in_words(left):
    app = section()
    enter(app, left, "80, 200")
    said = app.warning[0].value
    assert "Keep" in said or "whole numbers" in said


@pytest.mark.parametrize("preset", shapes.PRESETS)
def test_presets_are_put_in(preset):
    app = section()
    app.selectbox("wavenet shapes preset").set_value(preset).run()
    assert not app.exception
    assert ("**does not fit.**" in text(app)) == (preset == "does not fit")


def test_the_sandbox_shows_how_far_it_fits():
    app = section()
    app.slider("wavenet box letters").set_value(6).run()
    assert "3 places in time cannot be fused by 2" in app.warning[-1].value
    assert list(app.table[-1].value["shape"])[-1] == "does not fit"
    app.slider("wavenet box letters").set_value(16).run()
    assert not app.warning and "2 answers for each example" in text(app)
    app.slider("wavenet box letters").set_value(4).run()
    assert "Time is gone already" in app.warning[-1].value
    app.slider("wavenet box letters").set_value(1).run()
    assert "1 place in time cannot be fused" in app.warning[-1].value
    app.slider("wavenet box letters").set_value(8).run()
    assert "It fits: one row of" in text(app)


@pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("fan", ["8", "3-3"])
def test_the_shapes_stand_on_any_words(words, fan):
    section(f"names.Words('own', tuple({words!r}.split()))", fan)


def test_the_bug_s_table_is_as_the_lecture_prints_it(lecture_names):
    app = run(BUG.format(data="names.local()"))
    rows = app.table[0].value
    # L6.9: (1, 4, 68) instead of (1, 1, 68); 32 numbers against 128
    assert plain(rows["running mean"]) == ["(1, 4, 68)", "(1, 1, 68)"]
    assert list(rows["each of so many"]) == ["32", "128"]
    assert "running_mean should contain 4 elements not 68" in text(app)
    published = app.table[1].value["the lecture's, 200,000"]
    # facts.md: dev 2.029 and 2.022
    assert [each.split(" / ")[1] for each in published] == ["2.029", "2.022"]


def test_only_the_lectures_names_have_the_lecture_s_figures():
    app = run(BUG.format(data=EMMA))
    assert "the lecture's, 200,000" not in app.table[1].value


@pytest.mark.parametrize("B", [bug.SIZES[0], bug.SIZES[-1]])
@pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS)
def test_the_bug_stands_on_any_words(words, B):
    app = run(BUG.format(data=f"names.Words('own', tuple({words!r}.split()))"))
    app.select_slider("wavenet bug batch").set_value(B).run()
    assert not app.exception


def ends(bug_dev, fixed_dev):
    pairs = zip(bug.ARMS, (bug_dev, fixed_dev), strict=True)
    return {arm: {"train": 2.0, "dev": dev} for arm, dev in pairs}


@pytest.mark.parametrize(
    "bug_dev, fixed_dev, said",
    [
        (2.3, 2.2, "more than chance"),
        (2.2, 2.3, "So it helps"),
        (2.201, 2.2, "you cannot see the bug"),
    ],
)
def test_the_verdict_rests_on_dev(bug_dev, fixed_dev, said):
    verdict = bug.verdict(ends(bug_dev, fixed_dev))
    assert said in verdict and f"{bug_dev - fixed_dev:+.4f}" in verdict


@pytest.mark.slow
def test_the_bug_costs_more_than_another_seed_does(lecture_names):
    devs = {}
    for arm, config in bug.ARMS.items():
        for seed in (42, 1, 2, 3, 4, 5):
            run = wavenet.train(replace(config, seed=seed), lecture_names)
            *_, last = run
            devs.setdefault(arm, []).append(last.dev)
    worse, better = devs.values()
    assert all(a > b for a, b in zip(worse, better, strict=True))
    # Which four end far apart is luck, another one on each kind of processor:
    # in the mean four draws of one spread are 2.06 spreads apart.
    spread = statistics.fmean(map(statistics.variance, devs.values())) ** 0.5
    assert 2.06 * spread == pytest.approx(bug.SEEDS, abs=0.006)


def test_the_arms_differ_in_the_bug_alone():
    one, other = (vars(each) for each in bug.ARMS.values())
    assert {k for k in one if one[k] != other[k]} == {"over_time"}
    # L6.11: 22,397 parameters
    assert wavenet.parameters(bug.FIXED, 27) == 22_397


@pytest.mark.parametrize("hidden", [1, 2, 8, 32, 48, 64, 128, 256])
def test_every_question_has_four_answers(hidden):
    config = wavenet.Config(hidden=hidden)
    net = wavenet.network(config, 27, torch.Generator().manual_seed(1))
    found = convolution.shapes(net, torch.zeros(32, 8, dtype=torch.long))
    for (_, before), (name, right) in zip(found, found[1:], strict=False):
        if name in shapes.ASKED:
            offered = shapes.options(before, right)
            assert len(set(offered)) == len(offered) == 4, (before, right)
            assert right in offered
