"""The experiments of lesson 4: verdicts from their records, their page, and
the board of switches."""

import re
from types import SimpleNamespace

import pytest
import torch
from streamlit.testing.v1 import AppTest

from core import batchnorm, mlp
from core.data import names
from core.experiments import batchnorm as claims

# what the lecture, lectures.md or facts.md say, by the experiment's name
TRUTH = {
    "gain": 0,  # facts.md: with BatchNorm the same for every gain
    "saturate": 1,  # facts.md: 48 / 40 / 42 / 42 / 42 %
    "batchnorm": 1,  # L4.12: one hidden layer, so not much to gain
    "fan_in": 2,  # claim 69, L4.20-21: adjust the rate, usually larger
    "rate": 1,  # facts.md: without BatchNorm at about 4.5, with it 2.3
    "batch": 0,  # lectures.md, claim 59: two mates say little
    "eval": 0,  # lectures.md, claims 63 and 134
    "zeros": 1,  # facts.md: stops at 2.823, the unigram's entropy
    "linear": 1,  # L4.19: a linear net is one matrix
    "residual": 0,  # claims 77 and 78
    "adam": 0,  # claim 80
}
BY_NAME = {each.name: each for each in claims.EXPERIMENTS}
QUICK = ("batchnorm", "zeros", "eval", "adam")  # to train in tests


@pytest.fixture(scope="module")
def trained():
    """An experiment's arms by its name, each trained once."""
    done, data = {}, names.local()

    def arm(what):
        if what not in done:
            trains = not callable(what)
            found = batchnorm.train(what, data) if trains else what(data)
            done[what] = list(found)
        return done[what]

    return lambda name: {k: arm(v) for k, v in BY_NAME[name].arms.items()}


def at_start(name):
    """The arms' first records, which are all that some judges read."""
    data = names.local()
    return {
        arm: [next(batchnorm.train(config, data))]
        for arm, config in BY_NAME[name].arms.items()
    }


def check(name, arms):
    experiment = BY_NAME[name]
    said = experiment.judge(arms)
    assert said.choice == TRUTH[name], experiment.choices[said.choice]
    assert len(re.findall(r"\d", said.said)) > 3, "it rests on numbers"


@pytest.mark.parametrize("name", QUICK)
def test_the_verdict_is_what_the_lecture_teaches(name, trained, lecture_names):
    check(name, trained(name))


@pytest.mark.parametrize("name", ["gain", "saturate"])
def test_the_first_step_shows_what_the_lecture_teaches(name, lecture_names):
    check(name, at_start(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in TRUTH if n not in QUICK])
def test_the_long_ones_too(name, trained, lecture_names):
    check(name, trained(name))


def test_there_is_a_truth_for_every_experiment():
    assert set(BY_NAME) == set(TRUTH)


def test_the_saturated_shares_are_published(lecture_names):
    # facts.md, deep net without BatchNorm, by layer, percent
    arms = at_start("saturate")
    shares = [100 * s for s in claims.saturated(arms["gain 3"])]
    assert shares == pytest.approx([48, 40, 42, 42, 42], abs=0.5)
    shares = [100 * s for s in claims.saturated(arms["gain 1"])]
    assert shares == pytest.approx([3.5, 0, 0, 0, 0], abs=0.5)


def test_zeros_stop_at_the_published_loss(trained, lecture_names):
    arms = trained("zeros")
    assert claims.end(arms["zeros"]) == pytest.approx(2.823, abs=0.004)
    # facts.md: the unigram entropy is 2.8227; here of the train words only
    assert arms["unigram"][0].train == pytest.approx(2.8227, abs=0.002)


@pytest.mark.slow
def test_a_forgotten_fan_in_ends_as_published(trained, lecture_names):
    # facts.md: val 2.695 at rate 0.1, 2.412 at 1.0
    arms = trained("fan_in")
    for arm, published in (("rate 0.1", 2.695), ("rate 1", 2.412)):
        assert arms[arm][-1].dev == pytest.approx(published, abs=0.01)


def run(start, end, **first):
    """Records as a judge meets them: a first one and a last."""
    flat = {"activations": (), "gradients": ((0.0, 1.0),), "updates": (-3.0,)}
    both = (1, start, flat | first), (100, end, flat)
    return [
        SimpleNamespace(step=s, train=t, dev=None, **more)
        for s, t, more in both
    ]


def ended(*losses):
    return {f"arm {i}": run(3.3, loss) for i, loss in enumerate(losses)}


@pytest.mark.parametrize(
    "name, losses, choice",
    [  # in the order of the arms
        ("batchnorm", (2.3, 2.2), 0),
        ("batchnorm", (2.3, 2.27), 1),
        ("batchnorm", (2.3, 2.4), 2),
        ("fan_in", (2.3, 2.4), 0),
        ("fan_in", (2.3, 2.31), 1),
        ("fan_in", (2.4, 2.3), 2),
        ("batch", (2.3, 2.4, 2.0), 0),
        ("batch", (2.3, 2.3, 2.0), 1),
        ("batch", (2.4, 2.3, 2.0), 2),
        ("adam", (2.4, 2.8), 0),
        ("adam", (2.8, 2.4), 2),
        ("zeros", (2.3, 2.3, 2.8), 0),
        ("zeros", (2.801, 2.3, 2.8), 1),
        ("zeros", (3.3, 2.3, 2.8), 2),
        ("zeros", (2.6, 2.3, 2.8), 2),
        ("linear", (2.3, 2.3, 2.4), 0),
        ("linear", (2.3, 2.4, 2.4), 1),
        ("linear", (2.3, 2.35, 2.4), 2),
        ("rate", (2.3, 2.3), 0),
        ("rate", (2.3, 4.5), 1),
        ("rate", (4.5, 2.3), 2),
        ("rate", (4.5, 4.5), 2),
        ("residual", (2.8, 2.4, 2.4), 0),
        ("residual", (2.8, 2.75, 2.4), 1),
        ("residual", (2.8, 2.75, 2.8), 2),
    ],
)
def test_other_losses_get_another_verdict(name, losses, choice):
    assert BY_NAME[name].judge(ended(*losses)).choice == choice


def started(*rows):
    return {
        f"arm {i}": run(3.3, 2.3, activations=((0.0, spread, share),))
        for i, (spread, share) in enumerate(rows)
    }


@pytest.mark.parametrize(
    "name, rows, choice",
    [  # spread and saturated share of one layer, an arm each
        ("gain", ((0.63, 0.03), (0.63, 0.03), (0.64, 0.03)), 0),
        ("gain", ((0.3, 0.0), (0.6, 0.03), (0.7, 0.2)), 1),
        ("gain", ((0.3, 0.0), (0.6, 0.03), (0.8, 0.4)), 2),
        ("saturate", ((0.6, 0.0), (0.6, 0.1), (0.8, 0.2)), 0),
        ("saturate", ((0.6, 0.0), (0.6, 0.1), (0.8, 0.4)), 1),
        ("saturate", ((0.6, 0.0), (0.6, 0.1), (0.9, 0.7)), 2),
    ],
)
def test_other_starts_get_another_verdict(name, rows, choice):
    assert BY_NAME[name].judge(started(*rows)).choice == choice


@pytest.mark.parametrize(
    "right, large, small, choice",
    [
        (2.4, 2.41, 2.7, 0),
        (2.4, 2.6, 2.7, 1),
        (2.4, 2.41, 2.46, 1),
        (2.4, 2.41, 2.42, 2),
        (2.4, 2.41, 2.0, 1),
    ],
)
def test_eval_is_judged_by_its_losses(right, large, small, choice):
    losses = zip((0, 32, 2), (right, large, small), strict=True)
    ways = [claims.Judged(*each) for each in losses]
    assert BY_NAME["eval"].judge({"net": ways}).choice == choice


def test_a_net_that_forgets_eval_sees_the_batch(trained, lecture_names):
    # against torch's functional layers on the very batches
    config = claims.replace(claims.first, steps=600)
    net = claims.learned(config, lecture_names)
    C, W1, gamma, beta, W2, b2 = net.parameters()
    words = mlp.split(lecture_names).dev
    X, y = mlp.windows(words, lecture_names.letters, config.context)
    chance = torch.Generator().manual_seed(config.seed)
    at = torch.randint(0, len(X), (claims.JUDGED,), generator=chance)
    total = 0.0
    for rows in at.split(2):
        sums = C[X[rows]].flatten(1) @ W1
        spread = (sums.var(0) + 1e-5).sqrt()  # the lecture's, by B - 1
        normal = gamma * (sums - sums.mean(0)) / spread + beta
        logits = normal.tanh() @ W2 + b2
        loss = torch.nn.functional.cross_entropy(logits, y[rows])
        total += loss.item() * len(rows)
    [ways] = trained("eval").values()
    assert ways[-1].step == 2
    assert ways[-1].loss == pytest.approx(total / claims.JUDGED, abs=1e-4)


@pytest.mark.parametrize("words", ["ab", "a b", "я он она оно мы"])
def test_judges_stand_on_few_words(words):
    data = names.own(words)
    config = batchnorm.Config(steps=30, hidden=4)
    records = list(batchnorm.train(config, data))
    assert records[-1].dev is None
    for each in claims.EXPERIMENTS:
        arms = {
            arm: what(data) if callable(what) else records
            for arm, what in each.arms.items()
        }
        said = each.judge(arms).said
        assert "None" not in said and "nan" not in said


def test_arms_share_the_seed_and_differ_in_what_the_question_names():
    changed = {"gain": {"gain"}, "saturate": {"gain"}, "fan_in": {"rate"}}
    changed |= {"batchnorm": {"batchnorm"}, "rate": {"batchnorm"}}
    changed |= {"batch": {"batch", "steps", "batchnorm"}}
    changed |= {"zeros": {"gain", "last"}, "eval": set()}
    changed |= {"linear": {"nonlinearity", "layers"}}
    changed |= {"residual": {"residual", "batchnorm"}}
    changed |= {"adam": {"optimizer", "rate"}}
    for each in claims.EXPERIMENTS:
        arms = [vars(c) for c in each.arms.values() if not callable(c)]
        keys = arms[0] if arms else ()
        differ = {k for k in keys if len({str(c[k]) for c in arms}) > 1}
        assert differ == changed[each.name], each.name


PAGE = """
from core.data import names
from pages.sections.batchnorm import {section}
{section}.show(names.{data})
"""
DATA = ("local()", "own('ab')", "own('я он она оно мы')", "own('ab ' * 20)")


def page(section, data):
    code = PAGE.format(section=section, data=data)
    app = AppTest.from_string(code, default_timeout=60).run()
    assert not app.exception
    return app


@pytest.mark.parametrize("data", DATA)
def test_every_question_is_asked(data):
    shown = [m.value for m in page("claims", data).markdown]
    for each in claims.EXPERIMENTS:
        assert f"**{each.question}**" in shown


DRAWN = """
from dataclasses import asdict, replace
from core import batchnorm, landmarks
from core.data import names
from core.experiments.batchnorm import EXPERIMENTS
from pages.sections.batchnorm import claims
data = names.own({words!r})
draw = claims.drawing(landmarks.guessing(data.letters))
for each in EXPERIMENTS:
    records = {{}}
    for arm, what in each.arms.items():
        if callable(what):
            found = what(data)
        else:
            short = replace(what, steps=30, hidden=5, batch=8)
            found = list(batchnorm.train(short, data))[:{until}]
        records[arm] = [asdict(record) for record in found]
    draw(each, records)
"""


@pytest.mark.parametrize("until", [0, None])
def test_arms_are_drawn_at_any_point_of_their_runs(until):
    app = DRAWN.format(words="анна борис", until=until)
    app = AppTest.from_string(app, default_timeout=60).run()
    assert not app.exception
    [table] = app.table
    assert table.value["difference"][0] == "+0.0000"


@pytest.mark.parametrize("data", DATA)
def test_the_board_tells_what_is_broken(data):
    app = page("mend", data)
    said = " ".join(m.value for m in app.markdown)
    assert "**gain 0.5, 10 layers, no BatchNorm**" in said
    app.segmented_control("bn mend Hidden layers").set_value(5)
    app.segmented_control("bn mend Gain of the first weights").set_value("1")
    app.toggle("bn mend norm").set_value(True).run()
    assert not app.exception
    said = " ".join(m.value for m in app.markdown)
    assert "as in the lecture: break one" in said


def test_every_switch_reaches_the_net(monkeypatch):
    from pages.parts import experiment

    asked = []
    monkeypatch.setattr(
        experiment, "compare", lambda name, runs, draw: asked.append(runs)
    )
    app = page("mend", "own('ab')")
    app.segmented_control("bn mend Gain of the first weights").set_value("5/3")
    app.segmented_control("bn mend Nonlinearity").set_value("linear")
    app.segmented_control("bn mend Optimizer").set_value("adam")
    for key in ("skip", "fan_in", "rate"):
        app.toggle(f"bn mend {key}").set_value(True)
    app.run()
    assert not app.exception
    usual, yours = (run.config for run in asked[-1].values())
    assert usual == batchnorm.Config(steps=1000)
    assert yours == batchnorm.Config(
        steps=1000,
        gain=5 / 3,
        nonlinearity="linear",
        layers=10,
        batchnorm=False,
        residual=True,
        fan_in=False,
        optimizer="adam",
        rate=0.03,
    )


MENDED = """
from dataclasses import asdict
from core import batchnorm
from core.data import names
from pages.sections.batchnorm import mend
data = names.own("анна борис вера")
usual = batchnorm.Config(steps=30, hidden=10)
broken = batchnorm.Config(steps=30, hidden=10, batchnorm=False, gain=0.5)
found = {
    arm: [asdict(r) for r in batchnorm.train(config, data)][:UNTIL]
    for arm, config in ((mend.LECTURE, usual), (mend.YOURS, broken))
}
mend.side_by_side(found, broken, 2.0)
"""


@pytest.mark.parametrize("until", [0, 7, None])
def test_the_doctor_examines_both_nets_at_any_point(until):
    code = MENDED.replace("UNTIL", str(until))
    app = AppTest.from_string(code, default_timeout=60).run()
    assert not app.exception
    if until == 0:
        assert not app.table
        return
    [table] = app.table
    assert list(table.value["chart"]) == [
        "activations",
        "gradients",
        "weights",
        "updates",
    ]
    assert "vanishing" in list(table.value.iloc[:, 2])


ROPE = """
from core.data import names
from pages.sections.batchnorm import mend
data = names.own("ab")
ways = mend.WITH, mend.WITHOUT
mend.drawn({losses}, data, data.digest)
"""


@pytest.mark.parametrize(
    "with_norm, without, said",
    [
        ((2.4, 2.7), (2.37, 2.83), "the gain matter less, but the lowest"),
        ((2.3, 2.7), (2.37, 2.83), "the gain matter less, and the lowest"),
        ((2.3, 2.9), (2.37, 2.83), "does not make the gain matter less, and"),
    ],
)
def test_the_tightrope_says_what_was_found(with_norm, without, said):
    losses = [
        "dict(zip(mend.ROPE, ({0}, *[{0}] * 4, {1})))".format(*both)
        for both in (with_norm, without)
    ]
    code = ROPE.format(losses=f"dict(zip(ways, ({', '.join(losses)})))")
    app = AppTest.from_string(code, default_timeout=60).run()
    assert not app.exception
    text = " ".join(m.value for m in app.markdown)
    assert said in text
    assert f"{without[1] - without[0]:.3f} apart" in text
