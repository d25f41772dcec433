"""Characters as numbers, beside a plain loop."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.data import text
from core.tokens import entropy, places

SIGNS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(SIGNS)
def test_places_are_those_a_dictionary_gives(signs):
    letters = "".join(sorted(set(signs)))
    found = places(signs, letters)
    assert found.dtype == torch.long
    assert found.tolist() == text.encode(signs, letters)


def test_letters_stand_in_any_order():
    assert places("emma.", "xa.me").tolist() == [4, 3, 3, 1, 2]


def test_bytes_hold_the_places_too():
    found = places("zoë", ".zoë", torch.uint8)
    assert found.dtype == torch.uint8
    assert found.tolist() == [1, 2, 3]


@pytest.mark.parametrize("far", [1, 10**12])  # few numbers, and sparse ones
@given(numbers=st.lists(st.integers(0, 20), min_size=1))
def test_entropy_is_torchs_of_how_common_each_is(far, numbers):
    counts = torch.tensor([numbers.count(n) for n in set(numbers)])
    expected = torch.distributions.Categorical(counts.double()).entropy()
    found = entropy(torch.tensor(numbers) * far)
    # double precision: rounding alone
    assert found == pytest.approx(expected.item(), abs=1e-12)


@pytest.mark.parametrize("strange", "bz€")  # among the letters, and beyond
def test_a_strange_character_is_in_no_table(strange):
    with pytest.raises(IndexError):
        torch.eye(3)[places(f"a{strange}", ".ac")]
