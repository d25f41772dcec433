"""More letters in sight, against the lecture's figures and by hand."""

import math
from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core import ngram
from core.data import names


def test_the_trigram_loss_is_the_published_one(lecture_names):
    # 2.2126 with one added to every count, on all names: lecture 2's exercise
    words, letters = lecture_names.words, lecture_names.letters
    [loss] = ngram.losses(words, words, letters, 3, [1])
    assert loss == pytest.approx(2.2126, abs=5e-5)


def test_order_two_is_the_bigram(lecture_names):
    words, letters = lecture_names.words, lecture_names.letters
    found = ngram.losses(words, words, letters, 2, [0, 1, 10])
    # facts.md: 2.4540, 2.4546, 2.462
    assert found == pytest.approx([2.4540, 2.4546, 2.462], abs=5e-4)


def test_a_small_trigram_is_as_counted_by_hand():
    letters, counted, scored = ".ab", ("ab", "aa"), ("ab", "b")
    seen = Counter()
    for word in counted:
        text = ".." + word + "."
        seen.update(zip(text, text[1:], text[2:], strict=False))
    expected = []
    for word in scored:
        text = ".." + word + "."
        for a, b, c in zip(text, text[1:], text[2:], strict=False):
            row = sum(seen[a, b, other] for other in letters)
            expected.append(-math.log((seen[a, b, c] + 1) / (row + 3)))
    [loss] = ngram.losses(counted, scored, letters, 3, [1])
    assert loss == pytest.approx(sum(expected) / len(expected))


@pytest.mark.parametrize("order", [2, 3, 4])
@given(words=st.lists(st.text("abc'", min_size=1), max_size=8))
def test_windows_are_those_cut_out_one_by_one(order, words):
    letters, contexts, following = ".'abc", [], []
    for word in words:
        text = "." * (order - 1) + word + "."
        tokens = [letters.index(letter) for letter in text]
        for at in range(order - 1, len(tokens)):
            digits = reversed(tokens[at - order + 1 : at])
            contexts.append(sum(d * 5**i for i, d in enumerate(digits)))
            following.append(tokens[at])
    x, y = ngram.windows(words, letters, order)
    assert (x.tolist(), y.tolist()) == (contexts, following)
    assert x.dtype == y.dtype == torch.long


def test_what_was_never_counted_is_infinitely_surprising():
    assert ngram.losses(["a"], ["b"], ".ab", 2, [0]) == [math.inf]


def test_the_split_is_the_lectures(lecture_names):
    parts = names.split(lecture_names.words)
    # facts.md: windows of any length give 182,625 / 22,655 / 22,866 examples
    examples = [sum(len(word) + 1 for word in part) for part in parts]
    assert examples == [182_625, 22_655, 22_866]
    whole = Counter(word for part in parts for word in part)
    assert whole == Counter(lecture_names.words)


def test_more_words_counted_lower_loss_on_all(lecture_names):
    words, letters = lecture_names.words, lecture_names.letters
    found = ngram.learning(words, letters, [0, 1, 100, 10_000, len(words)])
    assert found == sorted(found, reverse=True)
    assert found[0] == pytest.approx(math.log(27))  # none counted: guessing
    assert found[-1] == pytest.approx(2.4546, abs=1e-4)  # facts.md: +1
