"""Characters as numbers, beside a plain loop."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.data import text
from core.tokens import places

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


@pytest.mark.parametrize("strange", "bz€")  # among the letters, and beyond
def test_a_strange_character_is_in_no_table(strange):
    with pytest.raises(IndexError):
        torch.eye(3)[places(f"a{strange}", ".ac")]
