"""Points in two classes: made ones, and a learner's own."""

import numpy
import pytest

from core.data import points


def sklearn_moons(count, noise, seed):
    """make_moons as scikit-learn documents it, with numpy's numbers."""
    state = numpy.random.RandomState(seed)
    outer = numpy.linspace(0, numpy.pi, count // 2)
    inner = numpy.linspace(0, numpy.pi, count - count // 2)
    x = numpy.append(numpy.cos(outer), 1 - numpy.cos(inner))
    y = numpy.append(numpy.sin(outer), 0.5 - numpy.sin(inner))
    label = numpy.append(-numpy.ones(len(outer)), numpy.ones(len(inner)))
    order = numpy.arange(count)
    state.shuffle(order)
    places = numpy.stack([x, y], axis=1)[order]
    places += state.normal(scale=noise, size=places.shape)
    return places, label[order]


@pytest.mark.parametrize("count, noise, seed", [(100, 0.1, 1337), (31, 0.3, 5)])
def test_moons_are_those_of_numpy_to_the_last_digit(count, noise, seed):
    places, labels = sklearn_moons(count, noise, seed)
    rows = points.make("moons", count, noise, seed).rows
    # numpy's cos and sin may differ from Python's in the last bit
    assert [(x, y) for x, y, _ in rows] == [
        pytest.approx(tuple(place), abs=1e-14) for place in places
    ]
    assert [label for *_, label in rows] == labels.tolist()


def test_random_numbers_are_numpys():
    ours, theirs = points.RandomState(7), numpy.random.RandomState(7)
    assert [ours.uniform() for _ in range(5)] == theirs.random_sample(
        5
    ).tolist()
    drawn = [ours.normal(2.0) for _ in range(5)]
    assert drawn == pytest.approx(theirs.normal(scale=2.0, size=5), rel=1e-15)
    mine, other = list(range(50)), numpy.arange(50)
    ours.shuffle(mine)
    theirs.shuffle(other)
    assert mine == other.tolist()


@pytest.mark.parametrize("kind", points.KINDS)
@pytest.mark.parametrize("count", [10, 11, 300])
def test_every_kind_gives_the_points_asked_for(kind, count):
    rows = points.make(kind, count, 0.1, 1).rows
    assert len(rows) == count
    assert {label for *_, label in rows} == {1, -1}
    assert points.make(kind, count, 0.1, 1).rows == rows
    assert points.make(kind, count, 0.1, 2).rows != rows


@pytest.mark.parametrize("kind", points.KINDS)
def test_text_is_read_back_to_the_last_digit(kind):
    made = points.make(kind, 20, 0.2, 3)
    read = points.parse(made.text)
    assert read.rows == made.rows and read.digest == made.digest


def test_xor_says_1_where_the_signs_differ():
    for x, y, label in points.make("xor", 100, 0.0, 1).rows:
        assert label == (1 if x * y < 0 else -1)


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "a point of each class"),
        ("1 2 1", "a point of each class"),
        ("1 2\n3 4 1", "'1 2' is not a point"),
        ("1 2 3\n1 1 1", "must be 1 or -1"),
        ("one 2 1\n1 1 -1", "'one' is not a number"),
        ("nan 2 1\n1 1 -1", "too far out"),
        ("1e9 2 1\n1 1 -1", "too far out"),
        ("0 0 1\n" * 301, "301 points: keep it to 300"),
        ("0" * 20_001, "too long"),
        ("0\0 0 1\n1 1 -1", "is not a number"),
    ],
)
def test_bad_points_get_one_clear_sentence(text, said):
    with pytest.raises(ValueError) as trouble:
        points.own(text)
    assert said in str(trouble.value)
    assert "\n" not in str(trouble.value)


def test_own_points_may_have_commas_and_empty_lines():
    assert points.own("1, 2, +1\n\n -1.5 0 -1 ").rows == (
        (1.0, 2.0, 1),
        (-1.5, 0.0, -1),
    )


def test_a_press_adds_a_point_and_a_second_takes_it_away():
    text = "1 1 1\nnot yet a point"
    more = points.toggled(text, 0.5, -0.5, -1, near=0.1)
    assert more == f"{text}\n0.5 -0.5 -1"
    assert points.toggled(more, 0.52, -0.5, 1, near=0.1) == text


def test_what_can_be_read_is_read():
    assert points.readable("1 1 1\nx\n0 0 -1") == ((1, 1, 1), (0, 0, -1))
