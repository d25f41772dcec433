"""From here to nanoGPT, and the exercise, as Streamlit runs them."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from core import addition
from core.data import sums
from core.runs import store, worker

BIGGER = """
from core import gpt
from core.data import text
from pages.sections.gpt import bigger
data, config = {data}, gpt.Config({knobs})
bigger.show()
bigger.heads(config)
bigger.curves()
for each in bigger.ledger, bigger.cost, bigger.decay:
    each(data, config)
bigger.training(config)
bigger.born(data, config)
bigger.code()
"""
ADDITION = """
from pages.sections.gpt import addition
addition.show()
"""
DATA = {
    "two letters": "text.own('ab ' * 2000)",
    "Cyrillic": "text.own('съешь ещё этих булок ' * 300)",
    "500 letters": "text.own(''.join(chr(0x4E00 + i) for i in range(500)) * 7)",
}
ENDS = [
    "n_layer=0",
    "n_embd=384, n_head=6, n_layer=12, block=256, dropout=0.5",
    "attention=False, feedforward=False, norm='none', positions=False",
    "steps=1, warmup=2000, clip=0.0",
    "device='cuda', n_head=1, switch=10, nonlinearity='gelu'",
]


def opened(code):
    app = AppTest.from_string(code, default_timeout=60).run()
    assert not app.exception, app.exception
    return app


def bigger(data=DATA["two letters"], knobs=""):
    return opened(BIGGER.format(data=data, knobs=knobs))


def said(app):
    return " ".join(each.value for each in [*app.markdown, *app.caption])


@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_the_section_stands_on_any_text(data):
    assert not re.search(r"\bnan\b|\binf\b", said(bigger(data)))


@pytest.mark.parametrize("knobs", ENDS)
def test_the_section_stands_at_the_ends_of_the_knobs(knobs):
    assert not re.search(r"\bnan\b|\binf\b", said(bigger(knobs=knobs)))


def test_the_published_size_is_told():
    # 65 characters, as tiny Shakespeare has them: facts.md, L7.12
    letters = "".join(chr(0x4E00 + i) for i in range(65))
    app = bigger(f"text.own({letters!r} * 50)")
    assert "**209,729 parameters**" in said(app)
    app.segmented_control("gpt bigger size").set_value("Published").run()
    assert not app.exception
    told = said(app)
    assert "**10,788,929 parameters**" in told and "head size 64" in told
    app.segmented_control("gpt bigger size").set_value("Tiny").run()
    assert "**42,369 parameters**" in said(app)  # 32 channels, 3 blocks


def test_both_ways_are_timed_on_demand():
    app = bigger()
    assert "Not timed yet" in said(app)
    app.button("gpt bigger time").click().run()
    [ratio] = re.findall(r"\*\*([\d.]+) times\*\* as fast", said(app))
    looped, once = map(float, re.findall(r"([\d.]+) ms", said(app))[:2])
    assert float(ratio) == pytest.approx(looped / once, rel=0.05)


# the hyperparameters at the top of the lecture's gpt.py
NAMES = ["batch_size", "block_size", "max_iters", "eval_interval"]
NAMES += ["learning_rate", "device", "eval_iters", "n_embd", "n_head"]
NAMES += ["n_layer", "dropout"]


def test_every_name_of_the_lecture_has_its_row():
    [table] = [t.value for t in bigger().table if "in gpt.py" in t.value]
    assert list(table["in gpt.py"]) == [f"`{name}`" for name in NAMES]


def test_the_exercise_waits_for_its_runs():
    app = opened(ADDITION)
    assert "Run both" in said(app)
    for digits, blocks in ((1, 1), (3, 2)):
        app.segmented_control("gpt add digits").set_value(digits).run()
        app.segmented_control("gpt add blocks").set_value(blocks).run()
        assert not app.exception
        assert f"{100**digits:,} pairs" in said(app)


def test_the_exercise_tells_what_the_runs_found(monkeypatch):
    default = addition.Config(digits=1)
    arms = {}
    for back in (True, False):
        config = addition.Config(digits=1, reversed=back)
        run = store.Run("addition", config, sums.load(config))
        store.make(run)
        worker.work(run.path)
        arms[back] = store.Tail(run.path).read()[-1]["held"]
    app = opened(ADDITION)
    app.segmented_control("gpt add digits").set_value(default.digits).run()
    assert not app.exception
    told = said(app)
    for held in arms.values():
        assert f"{held:.1%} of the sums held back" in told
    assert "Run both, and this line" not in told
    app.number_input("gpt add a 1").set_value(7).run()
    assert not app.exception
    assert said(app).count("which reads") == 2


def record(step, held):
    return {"step": step, "held": held, "places": (), "grid": ()}


@pytest.mark.parametrize(
    "ones, plain, expected",
    [
        ([(400, 1.0), (1000, 1.0)], [(400, 0.5), (1000, 0.9)], "hint holds"),
        ([(400, 1.0), (1000, 1.0)], [(400, 0.5), (1000, 1.0)], "hint holds"),
        ([(400, 0.1), (1000, 0.1)], [(400, 0.5), (1000, 0.9)], "**not** hold"),
        ([(400, 0.1), (1000, 1.0)], [(400, 1.0), (1000, 1.0)], "**not** hold"),
        ([(400, 1.0), (1000, 1.0)], [(400, 1.0), (1000, 1.0)], "**alike**"),
        ([(400, 0.1), (1000, 0.1)], [(400, 0.1), (1000, 0.1)], "**alike**"),
    ],
)
def test_the_verdict_is_what_the_records_say(ones, plain, expected):
    from pages.sections.gpt import addition as section

    found = dict(
        zip(
            section.ARMS,
            [[record(*each) for each in arm] for arm in (ones, plain)],
            strict=True,
        )
    )
    assert expected in section.verdict(addition.Config(steps=1000), found)
