"""The opening, Look inside and Let it write, as Streamlit runs them."""

import re
import weakref

import pytest
import torch
from streamlit.testing.v1 import AppTest
from test_asked import yours

from core import generation, gpt, inside
from core.data import text
from core.experiments.gpt import batch_losses, spread
from core.runs import store
from pages.charts import chances, heads
from pages.charts.signs import visible
from pages.sections.gpt import opening

SECTION = """
from core import gpt
from core.data import text
from core.runs.store import Run
from drawing import draw_of
from pages.sections.gpt import estimate, inside, opening, writing
from pages.charts.signs import visible
run = Run("gpt", gpt.Config(**{knobs}), {data})
draw = draw_of(config=run.config, data=run.data)
{what}
"""
SMALL = {"steps": 5, "n_embd": 16, "n_layer": 2, "block": 8}
PLAIN = 'text.own("ab " * 2000)'
MANY = 'text.own("\\n\\t" + "".join(chr(0x4E00 + i) for i in range(400)) * 10)'
DATA = {
    "three letters": PLAIN,
    "Cyrillic": 'text.own("Мороз и солнце;\\nдень чудесный! " * 200)',
    "402 letters": MANY,
    "markup": 'text.own("<b>*$x$*</b> `a` [b](c)\\n" * 300)',
}


def opened(what, data=PLAIN, **knobs):
    given = {"opening": "run.data", "estimate": "draw"}.get(what, "run")
    code = SECTION.format(
        what=f"{what}.show({given})",
        data=data,
        knobs=SMALL | knobs,
    )
    app = AppTest.from_string(code, default_timeout=60).run()
    assert not app.exception, app.exception
    return app


def said(app):
    every = [*app.markdown, *app.caption, *app.info, *app.warning]
    return " ".join(each.value for each in every)


def finish(data, **knobs):
    """Leave a run's result as a worker does, and return its net."""
    run = store.Run("gpt", gpt.Config(**(SMALL | knobs)), data)
    training = gpt.train(run.config, run.data)
    while True:
        try:
            next(training)
        except StopIteration as end:
            result = vars(end.value)
            break
    store.make(run)
    torch.save(result, run.path / "result.pt")
    return gpt.learned_model(run.config, result)


@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_the_opening_says_what_its_head_looks_at(data):
    app = opened("opening", data)
    for head in range(1, inside.QUICK.n_head + 1):
        app.segmented_control("gpt opening head").set_value(head).run()
        assert not app.exception
        assert f"Head {head} looks" in said(app)
    own = eval(data, {"text": text})
    layer = opening.first_words(own, own.digest)
    row, column, weight = inside.strongest(layer[3])
    assert f"in row {row + 1} hears {weight:.0%} from" in said(app)


@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_the_sections_open_on_odd_texts(data):
    app = opened("inside", data)
    assert "has learned nothing yet" in said(app)
    app = opened("writing", data)
    assert "characters at random" in said(app)


@pytest.mark.parametrize(
    "knobs, words",
    [
        ({"n_layer": 0}, "it has no blocks at all"),
        ({"attention": False}, "the knob `attention` is off"),
        ({"mask": False}, "hear what comes after them"),
        ({"n_layer": 4, "n_head": 16}, "Layer 1, head 1 looks"),
        ({"block": 1}, "look at itself only"),
        ({"norm": "after", "residual": False}, "Layer 1, head 1 looks"),
    ],
)
def test_what_a_switch_changes_is_said(knobs, words):
    assert words in said(opened("inside", **knobs))


def test_layer_and_head_are_chosen_and_the_numbers_are_the_run_s():
    model = finish(text.own("ab " * 2000))
    app = opened("inside")
    app.selectbox("gpt inside layer").set_value(2).run()
    app.selectbox("gpt inside head").set_value(3).run()
    tokens = text.encode("ab " * 8, " ab")[-8:]
    weights = inside.maps(model, tokens)[1][2]
    back, share, flat = inside.favourite(weights)
    assert "This is your finished run." in said(app)
    assert "Layer 2, head 3 looks" in said(app)
    if share - flat >= 0.02:
        assert f"most: {share:.0%} of its attention" in said(app)


def test_a_net_that_learned_nothing_is_made_once_and_not_kept(monkeypatch):
    made, untrained = [], inside.untrained

    def noted(*what):
        made.append(weakref.ref(model := untrained(*what)))
        return model

    monkeypatch.setattr(inside, "untrained", noted)
    app = opened("inside", seed=91)
    app.selectbox("gpt inside head").set_value(3).run()
    app.slider("gpt needle").set_value(0.2).run()
    assert "Layer 1, head 3 looks" in said(app)
    assert [each() for each in made] == [None]


def test_the_small_maps_show_each_cell_that_is_more_than_faint():
    generator = torch.Generator().manual_seed(1)
    maps = torch.rand(3, 5, 5, generator=generator).pow(20)
    maps[0, 0, 0] = torch.nan  # of a net that has run away: not drawn
    shown = heads.small({2: maps.numpy(), 7: maps.numpy() / 2}, (7, 1))
    rows = shown.to_pylist()
    framed = [row for row in rows if row["weight"] is None]
    assert [(row["layer"], row["head"]) for row in framed] == [
        (layer, head) for layer in (2, 7) for head in (1, 2, 3)
    ]
    lit = [row for row in framed if row["chosen"]]
    assert [(row["layer"], row["head"]) for row in lit] == [(7, 1)]
    columns = ("layer", "head", "down", "row", "column", "weight")
    found = {tuple(row.values())[:6] for row in rows} - {
        tuple(row.values())[:6] for row in framed
    }
    assert tuple(shown.column_names[:6]) == columns
    wanted = {
        (layer, head, down, i, j, weight)
        for down, layer in enumerate((2, 7))
        for head, one in enumerate((maps / (1 + down)).tolist(), start=1)
        for i, line in enumerate(one)
        for j, weight in enumerate(line)
        if weight > heads.FAINT
    }
    assert found == wanted and len(wanted) < 2 * maps.numel()


def test_a_finished_run_is_judged_when_you_ask_for_it():
    model = finish(text.own("ab " * 2000))
    app = opened("estimate")
    assert "**untrained**" in said(app)
    assert "yours is trained and has n embd 16 instead of 64" in said(app)
    assert "**learned**" in said(yours(app))
    data, config = text.own("ab " * 2000), gpt.Config(**SMALL)
    result = {"letters": data.letters, "weights": tuple(model.parameters())}
    losses = batch_losses(config, data, result)
    assert f"of **{spread(losses):.4f}** nats" in said(app)


@pytest.mark.parametrize("bad", ["", "xyz", "<b>", "a\u0000"])
def test_a_prompt_that_will_not_do_gets_one_sentence(bad):
    for what, key in (
        ("inside", "gpt prompt"),
        ("writing", "gpt writing prompt"),
    ):
        app = opened(what)
        app.text_area(key).set_value(bad).run()
        assert not app.exception
        [warning] = app.warning
        assert "first characters instead" in warning.value
        assert "<b>" not in warning.value


def test_of_a_long_prompt_the_first_characters_are_used_and_it_says_so():
    for what, key in (
        ("inside", "gpt prompt"),
        ("writing", "gpt writing prompt"),
    ):
        app = opened(what)
        app.text_area(key).set_value("ab" * 40).run()
        assert not app.exception and not app.warning
        assert "first 32 of these 80 characters" in said(app)
        assert app.text_area(key).value == "ab" * 40  # nothing is lost


def test_the_needle_is_read_as_computed_here():
    model = finish(text.own("ab " * 2000))
    app = opened("inside")
    app.text_area("gpt prompt").set_value("ab").run()
    app.slider("gpt chances temperature").set_value(0.5).run()
    app.slider("gpt chances k").set_value(2).run()
    for u in (0.0, 0.4, 0.999):
        app.slider("gpt needle").set_value(u).run()
        logits = inside.next_logits(model, text.encode("ab", " ab"))
        before = generation.chances(logits)
        after = generation.chances(logits, 0.5, 2)
        one, other = (
            visible(" ab"[generation.at_needle(each, u)])
            for each in (before, after)
        )
        told = f"draws **{one}** as the net says, and **{other}** after"
        assert told in said(app)
    assert "2 of 3 characters can be drawn" in said(app)


def test_temperature_is_said_to_sharpen_and_to_flatten():
    app = opened("inside")
    assert "as hard" in said(app)
    app.slider("gpt chances temperature").set_value(0.1).run()
    assert "**sharper**" in said(app)
    app.slider("gpt chances p").set_value(0.5).run()
    assert "**sharper**" in said(app)
    app = opened("inside", init="torch")
    app.slider("gpt chances temperature").set_value(3.0).run()
    assert "**flatter**" in said(app)


def paper(app):
    """What stands on the paper: the first code box."""
    return app.code[0].value


def write(app, runs=30):
    app.button("gpt write").click().run()
    for _ in range(runs):  # AppTest has no clock: each run is a piece
        if "Done" in said(app):
            break
        app.run()
    assert not app.exception
    return paper(app)


def test_what_is_written_is_the_stream_and_the_same_again():
    model = finish(text.own("ab " * 2000))
    app = opened("writing")
    app.text_area("gpt writing prompt").set_value("ab\u0020a").run()
    app.slider("gpt writing length").set_value(50).run()
    app.number_input("gpt writing seed").set_value(4).run()
    app.slider("gpt writing k").set_value(2).run()
    generator = torch.Generator().manual_seed(4)
    tokens = text.encode("ab a", " ab")
    drawn = generation.generate(model, tokens, 50, generator, 1.0, 2)
    assert write(app) == "ab a" + text.decode(drawn, " ab")
    assert write(app) == "ab a" + text.decode(drawn, " ab")
    app.number_input("gpt writing seed").set_value(5).run()
    assert paper(app) == "ab a" + text.decode(drawn, " ab")  # it stays
    assert "seed 4" in said(app)


def test_stop_keeps_what_was_written_and_another_prompt_clears_it():
    app = opened("writing")
    app.button("gpt write").click().run()
    app.button("gpt stop writing").click().run()
    begun = paper(app)
    app.run()
    assert paper(app) == begun and "Stopped" in said(app)
    assert len(begun) > len("ab " * 8)
    app.text_area("gpt writing prompt").set_value("b").run()
    assert paper(app) == "b" and "Press Write" in said(app)


def test_a_net_without_a_mask_is_said_to_write_garbage():
    finish(text.own("ab " * 2000), mask=False)
    assert "expect garbage" in said(opened("writing", mask=False))
    assert "expect garbage" not in said(opened("writing"))


def test_signs_are_visible_and_apart():
    every = "\n\t \u00a0\u200b⏎␣⇥abc\u0301\u0300Я🙂"
    signs = [visible(each) for each in every]
    assert len(set(signs)) == len(every)
    assert all(sign.strip() and sign.isprintable() for sign in signs)


def test_bars_and_rest_sum_to_1():
    letters = "".join(map(chr, range(97, 97 + 20)))
    P = torch.randn(20).softmax(0).tolist()
    tokens = chances.likeliest(P)
    bars = chances.row(chances.labels(letters, tokens), tokens, P).to_pandas()
    assert len(bars) == 16 and bars["next"].iloc[-1] == "rest"
    assert bars["chance"].sum() == pytest.approx(1)
    few = chances.labels("abc", chances.likeliest([0.2, 0.5, 0.3]))
    assert few == ("b", "c", "a")


def test_the_shares_lie_end_to_end_in_the_order_of_tokens():
    found = chances.spans("abc", {"x": ([0.2, 0.0, 0.8], 2)}, 0.5).to_pandas()
    assert list(found["next"]) == ["a", "c"]
    assert list(found["start"]) == pytest.approx([0, 0.2])
    assert list(found["end"]) == pytest.approx([0.2, 1.0])
    assert list(found["hit"]) == [False, True]


def test_more_than_36_maps_are_shown_a_layer_at_a_time():
    app = opened("inside", n_layer=3, n_head=16)
    assert re.search("Layer 1, head 1 looks", said(app))
    charts = app.get("arrow_vega_lite_chart") or app.get("vega_lite_chart")
    assert "The heads of layer 1" in str(charts[0].proto)
