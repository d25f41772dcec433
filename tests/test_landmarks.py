"""The losses that need no training."""

import pytest
import torch
import torch.nn.functional as F

from core import landmarks
from core.data import names


def test_guessing_on_the_names_is_the_logarithm_of_27(lecture_names):
    # the course's figure, printed with four digits
    found = landmarks.guessing(lecture_names.letters)
    assert found == pytest.approx(3.2958, abs=5e-5)


def test_unigram_entropy_of_the_names_is_the_published_one(lecture_names):
    # the course's figure, printed with four digits; the GPT without
    # residuals ends there too
    found = landmarks.unigram(lecture_names.words)
    assert found == pytest.approx(2.8227, abs=5e-5)


@pytest.mark.parametrize("text", ["ab", "emma olivia ava", "анна иван"])
def test_guessing_is_torchs_loss_of_equal_logits(text):
    letters = names.own(text).letters
    logits = torch.zeros(1, len(letters), dtype=torch.float64)
    expected = F.cross_entropy(logits, torch.tensor([0])).item()
    # double precision: rounding alone, 1e-16 a term
    assert landmarks.guessing(letters) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("text", ["ab", "emma olivia ava", "анна иван"])
def test_unigram_is_torchs_entropy_of_the_letters_and_one_edge_a_word(text):
    words = names.own(text).words
    letters = "".join(words)
    counts = [letters.count(letter) for letter in sorted(set(letters))]
    chances = torch.tensor([len(words), *counts], dtype=torch.float64)
    chances /= chances.sum()
    expected = torch.distributions.Categorical(chances).entropy().item()
    # double precision: rounding alone, 1e-16 a term
    assert landmarks.unigram(words) == pytest.approx(expected, abs=1e-12)
