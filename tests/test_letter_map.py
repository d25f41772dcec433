"""The map of letters against torch's own parts, and its section."""

import itertools

import pytest
import torch
from streamlit.testing.v1 import AppTest

from core import embedding, letter_map, mlp
from core.data import names
from pages.charts import letters as chart
from pages.parts import live

LETTERS = "." + "abcdefghijklmnopqrstuvwxyz"


def table(E, seed=0):
    generator = torch.Generator().manual_seed(seed)
    # unequal spreads, so that the widest plane is no matter of rounding
    spread = torch.linspace(1, 3, E)
    return torch.randn(27, E, generator=generator) * spread + 5


def cdist(C):
    """By differences: its other way is off by 0.001 at a distance of 0."""
    return torch.cdist(C, C, compute_mode="donot_use_mm_for_euclid_dist")


@pytest.mark.parametrize("E", [2, 3, 10, 32])
def test_the_widest_plane_is_that_of_the_covariance(E):
    C = table(E)
    plane, share = letter_map.widest_plane(C)
    values, vectors = torch.linalg.eigh(torch.cov(C.T))  # ascending
    expected = (C - C.mean(0)) @ vectors[:, [-1, -2]]
    # an axis may point either way: compare without its sign
    assert torch.allclose(plane.abs(), expected.abs(), atol=1e-4)
    assert share == pytest.approx((values[-2:].sum() / values.sum()).item())


def test_the_widest_plane_is_that_of_pca_lowrank():
    C = table(10)
    plane, _ = letter_map.widest_plane(C)
    torch.manual_seed(0)
    _, _, V = torch.pca_lowrank(C, q=10, niter=8)
    expected = (C - C.mean(0)) @ V[:, :2]
    assert torch.allclose(plane.abs(), expected.abs(), atol=1e-3)


@pytest.mark.parametrize("E", [1, 2, 10])
def test_first_two_numbers_are_those_of_the_table(E):
    C = table(E)
    plane = letter_map.first_two(C)
    assert plane.shape == (27, 2)
    assert torch.equal(plane[:, 0], C[:, 0])
    assert torch.equal(plane[:, 1], C[:, 1] if E > 1 else torch.zeros(27))


def test_a_mirrored_and_turned_plane_is_turned_back():
    plane, _ = letter_map.widest_plane(table(10))
    turn = torch.tensor([[0.6, 0.8], [0.8, -0.6]])  # a mirror as well
    back = letter_map.turned(plane @ turn, plane)
    assert torch.allclose(back, plane, atol=1e-4)


def test_turning_keeps_every_distance():
    one, _ = letter_map.widest_plane(table(10, 1))
    other, _ = letter_map.widest_plane(table(10, 2))
    turned = letter_map.turned(one, other)
    assert torch.allclose(cdist(turned), cdist(one), atol=1e-4)


def test_the_picture_does_not_flip_while_little_changes():
    # two columns of nearly equal spread, none leaning on another: the
    # larger changes place, and bare axes would jump by a quarter turn
    generator = torch.Generator().manual_seed(0)
    C = torch.randn(27, 4, generator=generator)
    C = torch.linalg.qr(C - C.mean(0)).Q * torch.tensor([9.0, 9, 2, 2])
    tables = []
    for i in range(21):
        shifted = C.clone()
        shifted[:, 0] *= 1 + (i - 10) / 500
        tables.append(shifted.tolist())
    frames = letter_map.through_training(tables, True)
    places = torch.tensor([frame.places for frame in frames])
    moved = (places[1:] - places[:-1]).abs().max().item()
    bare = [letter_map.widest_plane(torch.tensor(t))[0] for t in tables]
    jumped = max(
        (b - a).abs().max().item() for a, b in itertools.pairwise(bare)
    )
    assert moved < 0.1 < 1 < jumped


def test_neighbours_are_those_of_cdist():
    C = table(10)
    D = cdist(C)
    for i, letter in enumerate(LETTERS):
        told = letter_map.neighbours(C.tolist(), LETTERS, letter)
        assert [d for _, d in told] == sorted(d for _, d in told)
        assert letter not in dict(told) and len(told) == 26
        for other, d in told:
            j = LETTERS.index(other)
            assert d == pytest.approx(D[i, j].item(), rel=1e-5)


def test_closeness_is_the_mean_over_pairs():
    C = table(5)
    told = letter_map.closeness(C.tolist(), LETTERS)
    D = cdist(C)
    vowels = [LETTERS.index(v) for v in "aeiou"]
    rest = [i for i in range(1, 27) if i not in vowels]
    pairs = [D[i, j].item() for i, j in itertools.combinations(vowels, 2)]
    across = [D[i, j].item() for i in vowels for j in rest]
    assert told.vowels == pytest.approx(sum(pairs) / 10, rel=1e-4)
    assert told.across == pytest.approx(sum(across) / 105, rel=1e-4)


def test_vowels_set_apart_are_hardly_chance_and_others_are():
    C = table(5)
    as_drawn = letter_map.closeness(C.tolist(), LETTERS)
    C[[LETTERS.index(v) for v in "aeiou"]] += 100
    apart = letter_map.closeness(C.tolist(), LETTERS)
    # of 65,780 groups of five one is the vowels: 1,000 draws may hit it
    assert apart.by_chance <= 1
    assert as_drawn.by_chance > 20


def test_the_loneliest_letter_is_the_one_put_far_away():
    C = table(5)
    C[LETTERS.index("q")] += 50
    told = letter_map.loneliest(C.tolist(), LETTERS)
    assert told[0][0] == "q"
    mean = cdist(C)[LETTERS.index("q")].sum().item() / 26
    assert told[0][1] == pytest.approx(mean, rel=1e-4)


def test_the_untrained_table_is_the_first_record_s():
    config = mlp.Config(steps=1)
    data = names.own("emma olivia ava")
    record = next(mlp.train(config, data))
    told = embedding.first_table(
        len(data.letters), config.embedding, config.seed
    )
    # records hold three digits
    assert torch.allclose(told, torch.tensor(record.embedding), atol=6e-4)


def test_the_quick_map_sets_the_lectures_vowels_apart(lecture_names):
    made = letter_map.quick_map(lecture_names)
    told = letter_map.closeness(made.table, lecture_names.letters)
    # L3.16: "vowels cluster"
    assert told.vowels < 0.6 * told.across
    assert told.by_chance < 0.05 * told.tries
    # between the bigram's counted loss, 2.4540, and the lecture's 2.17
    assert 2.17 < made.loss < 2.4540
    # Bengio's network by hand: 27 x 2 + 6 x 60 + 60 + 60 x 27 + 27
    assert made.parameters == 54 + 360 + 60 + 1620 + 27


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_the_picture_is_filled_and_keeps_the_order_of_the_places(scale):
    places = (table(2) * scale).tolist()
    frame = chart.stretched(LETTERS, places, []).to_pandas()
    for drawn, axis in (("across", 0), ("up", 1)):
        assert (frame[drawn].min(), frame[drawn].max()) == (0, 1)
        order = sorted(range(27), key=lambda i: places[i][axis])
        assert frame[drawn][order].is_monotonic_increasing


def test_letters_all_in_one_place_are_drawn():
    frame = chart.stretched("ab", [[1.0, 2.0]] * 2, []).to_pandas()
    assert list(frame["across"]) == [0, 0]


APP = """
from core import mlp
from core.data import names
from core.runs import store
from drawing import draw_of
from pages.parts import live
from pages.sections.mlp import letter_map
data = {data}
run = store.Run("mlp", mlp.Config(steps=1, {knobs}), data)
letter_map.opening(data)
record = vars(next(mlp.train(run.config, data)))
letter_map.picture(data.letters, live.View([record], 0))
letter_map.show(draw_of(run=run))
"""
SIXTY = "".join(chr(c) for c in range(0x4E00, 0x4E00 + 60))
CORNERS = {
    "one word": 'names.own("ab")',
    "two of one letter": 'names.own("a b")',
    "twenty times ab": 'names.own("ab " * 20)',
    "Cyrillic": 'names.own("привет мир небо вода окно " * 3)',
    "sixty letters": f'names.own("{SIXTY[:30]} {SIXTY[30:]}")',
}


def opened(data, knobs=""):
    script = APP.format(data=data, knobs=knobs)
    app = AppTest.from_string(script, default_timeout=60).run()
    assert not app.exception, app.exception
    return app


@pytest.mark.parametrize("data", CORNERS.values(), ids=CORNERS)
def test_the_map_opens_on_odd_words(data):
    said = " ".join(c.value for c in opened(data).caption)
    assert "nothing is trained yet" in said


@pytest.mark.parametrize(
    "knobs", ["context=1, embedding=1, hidden=1", "context=8, batch=1024"]
)
def test_the_map_opens_at_both_ends_of_the_knobs(knobs):
    app = opened("names.local()", knobs)
    app.segmented_control("mlp plane").set_value("First two numbers").run()
    assert not app.exception


def test_another_letter_gets_its_own_neighbours(lecture_names):
    app = opened("names.local()")
    app.selectbox("mlp neighbour of").set_value("q").run()
    assert not app.exception
    generator = torch.Generator().manual_seed(2147483647)
    C = torch.randn(27, 10, generator=generator)  # the lecture's first draw
    q = LETTERS.index("q")
    order = cdist(C)[q].argsort()[1:9].tolist()
    [shown] = [t.value for t in app.table if "distance" in t.value]
    assert list(shown["letter"]) == [LETTERS[i] for i in order]


VIEWED = """
from core import mlp
from core.data import names
from core.runs import store
from drawing import draw_of
from pages.parts import live
from pages.sections.mlp import letter_map
run = store.Run("mlp", mlp.Config(steps=3, embedding=2), names.own("ab ba"))
tables = [[[0.0, 0.0], [0.0, s], [s, 0.0]] for s in (1.0, 2.0, 3.0)]
records = [{"step": i, "embedding": t} for i, t in enumerate(tables, 1)]
live.look = lambda run: ("done", records)
live.playhead(run).scrub(0)
letter_map.show(draw_of(run=run))
"""


def test_neighbours_are_of_the_newest_table_until_one_is_taken(monkeypatch):
    monkeypatch.setattr(live, "look", live.look)  # put back after the test
    app = AppTest.from_string(VIEWED, default_timeout=30).run()
    assert not app.exception
    assert "before step 3" in " ".join(c.value for c in app.caption)
    [button] = [b for b in app.button if b.label == "Take the table in view"]
    button.click().run()
    assert "before step 1" in " ".join(c.value for c in app.caption)
