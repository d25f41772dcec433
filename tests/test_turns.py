"""Whose turn it is, without a process: a run's first letter is whose it is."""

import pytest

from core.runs import turns


def owner(id):
    return id[0]


@pytest.mark.parametrize(
    "line, working, served",
    [
        ("", "", ""),
        ("a1 a2 b1 c1", "", "a1 b1 c1 a2"),  # each once, then again
        ("a1 a2 b1", "a3", "b1 a1 a2"),  # a run in work counts
        ("a1 a2 b1 b2", "b3 b4", "a1 a2 b1 b2"),
        ("b1 a1", "a2 b2", "b1 a1"),  # as rich as each other: as they came
    ],
)
def test_the_line_goes_round(line, working, served):
    found = turns.order(line.split(), working.split(), owner)
    assert found == served.split()


@pytest.mark.parametrize(
    "line, working, seats, rests",
    [
        ("b1", "a1 a2", 2, "a2"),  # the one that began last
        ("b1", "a1 b2 a2 a3", 4, "a3"),
        ("b1", "a1 a2 a3 b2", 4, "a3"),  # the rich one's, not the last
        ("", "a1 a2", 2, None),  # nobody waits
        ("a3", "a1 a2", 2, None),  # nobody else waits
        ("b1", "a1", 2, None),  # there is a seat
        ("b1", "a1", 1, None),  # one seat is not over half of one
        ("c1", "a1 b1", 2, None),  # nobody has too many
        ("b1", "a1 a2 c1", 3, None),  # two of three are its half, rounded up
        ("b3", "a1 a2 a3 b1 b2", 4, None),  # b has its half
    ],
)
def test_only_who_has_over_half_lets_one_rest(line, working, seats, rests):
    found = turns.to_rest(line.split(), working.split(), owner, seats)
    assert found == rests
