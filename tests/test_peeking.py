"""Looks at the test split, against torch's loss and a plain simulation."""

import random

import pytest
import torch
import torch.nn.functional as F

from core import mlp, peeking
from core.data import names

WORDS = names.own(" ".join(f"{a}{b}{a}" for a in "abcde" for b in "fghi"))


def found_of(config, data):
    """What a run leaves, with weights nobody trained."""
    generator = torch.Generator().manual_seed(5)
    weights = mlp.first_weights(config, len(data.letters), generator)
    return weights._asdict() | {"letters": data.letters}, weights


def test_the_split_has_the_lectures_sizes(lecture_names):
    sizes = peeking.sizes(mlp.split(lecture_names))
    # L3.12: 182,625 / 22,655 / 22,866 examples
    assert [examples for *_, examples in sizes] == [182_625, 22_655, 22_866]
    assert sum(words for _, words, _ in sizes) == 32_033


@pytest.mark.parametrize("context, embedding", [(1, 1), (3, 10), (8, 2)])
def test_the_test_loss_is_torchs_over_all_windows(context, embedding):
    config = mlp.Config(context=context, embedding=embedding, hidden=20)
    found, weights = found_of(config, WORDS)
    test = mlp.split(WORDS).test
    X, y = mlp.windows(test, WORDS.letters, context)
    expected = F.cross_entropy(mlp.forward(weights, X), y).item()
    # sums in another order, float32
    assert peeking.test_loss(found, WORDS) == pytest.approx(expected, rel=1e-5)


def test_the_lectures_test_words_too(lecture_names):
    found, weights = found_of(mlp.Config(), lecture_names)
    X, y = mlp.windows(mlp.split(lecture_names).test, lecture_names.letters, 3)
    with torch.no_grad():
        expected = F.cross_entropy(mlp.forward(weights, X), y).item()
    told = peeking.test_loss(found, lecture_names)
    assert told == pytest.approx(expected, rel=1e-5)


def test_too_few_words_leave_no_test_loss():
    few = names.own("ab cd")
    found, _ = found_of(mlp.Config(hidden=3), few)
    assert peeking.test_loss(found, few) is None


def test_a_word_is_found_where_the_shuffle_put_it():
    shuffled = list(WORDS.words)
    random.Random(42).shuffle(shuffled)  # as the lecture does
    for place, word in enumerate(shuffled):
        part = "train" if place < 16 else "dev" if place < 18 else "test"
        assert peeking.places(mlp.split(WORDS), word) == [(part, place)]
    assert peeking.places(mlp.split(WORDS), "zz") == []


def test_words_that_stand_twice_are_found_in_train():
    parts = mlp.Split(("ab", "cd"), ("ab",), ("ab", "ef", "ab"))
    assert peeking.also_in_train(parts.test, parts) == 2
    assert peeking.also_in_train(parts.dev, parts) == 1


def test_the_nats_of_each_word_are_torchs():
    networks = peeking.small_networks(WORDS, 2)
    nats, lengths = peeking.word_losses(networks, WORDS.words, WORDS.letters)
    for row, weights in zip(nats, networks, strict=True):
        for word, told in zip(WORDS.words, row, strict=True):
            X, y = mlp.windows([word], WORDS.letters, 3)
            logits = mlp.forward(weights, X)
            nll = F.cross_entropy(logits, y, reduction="sum")
            assert told.item() == pytest.approx(nll.item(), rel=1e-4, abs=1e-5)
    assert lengths.tolist() == [len(word) + 1 for word in WORDS.words]


def test_networks_differ_by_their_seed_alone():
    one, other = peeking.small_networks(WORDS, 2)
    assert not torch.equal(one.C, other.C)
    again = peeking.small_networks(WORDS, 2)
    assert torch.equal(again[1].W1, other.W1)


def alike(spread, K=30, N=1000):
    """Nats of words under networks that are equally good in truth."""
    generator = torch.Generator().manual_seed(3)
    noise = torch.randn(K, N, generator=generator)
    return 10 + spread * noise, torch.ones(N)


def test_the_best_of_equals_looks_better_by_the_expected_minimum():
    nats, lengths = alike(1.0)
    last = peeking.best_of(nats, lengths, 25, 400, 1)[-1]
    # the mean of the least of 30 normal numbers is -2.0428 (tables of normal
    # order statistics); a mean of 25 words has a spread of 1/5
    assert last.gap == pytest.approx(2.0428 / 5, abs=0.05)
    first = peeking.best_of(nats, lengths, 25, 400, 1)[0]
    assert abs(first.gap) < 4 * first.error


def test_without_any_noise_there_is_no_gap():
    nats, lengths = alike(0.0)
    assert all(
        abs(peek.gap) < 1e-4
        for peek in peeking.best_of(nats, lengths, 25, 20, 1)
    )


def test_a_larger_test_set_closes_the_gap():
    nats, lengths = alike(1.0)
    gaps = [
        peeking.best_of(nats, lengths, size, 200, 1)[-1].gap
        for size in (20, 80, 320)
    ]
    # by the root of the size: a half each time, a little less for the last,
    # where the fresh words are few as well
    assert gaps[1] / gaps[0] == pytest.approx(0.5, abs=0.12)
    assert gaps[2] < 0.75 * gaps[1]


def test_the_selected_loss_only_falls_as_more_are_tried():
    nats, lengths = alike(1.0)
    selected = [p.selected for p in peeking.best_of(nats, lengths, 25, 50, 1)]
    assert selected == sorted(selected, reverse=True)


def test_on_the_lectures_names_twenty_words_choose_badly(lecture_names):
    networks = peeking.small_networks(lecture_names, 12)
    parts = mlp.split(lecture_names)
    nats, lengths = peeking.word_losses(
        networks, parts.test + parts.dev, lecture_names.letters
    )
    last = peeking.best_of(nats, lengths, 20, 200, 1)[-1]
    assert last.gap > 4 * last.error  # claim 46: it beats fresh data
