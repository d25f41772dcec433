"""Sampling from a model of contexts, against chances known by hand."""

import math
from functools import partial

import pytest
import torch
import torch.nn.functional as F

from core import mlp, sampling
from core.data import names

LETTERS = ".ab"


def told(X):
    """Logits (B, 3) that depend on both letters and on their order."""
    code = (X[:, 0] * len(LETTERS) + X[:, 1]).double()
    return torch.stack([code * 0.1, 1.0 - code * 0.2, code.sin()], 1)


def test_temperature_divides_the_logits():
    X = torch.tensor([[0, 1], [2, 1]])
    for temperature in (0.5, 1.0, 3.0):
        found = sampling.chances(told, X, temperature)
        expected = F.softmax(told(X) / temperature, 1)
        assert torch.allclose(found, expected)


def test_a_word_is_drawn_as_the_lecture_s_loop_draws_it():
    # L3.18 written out: the window moves on by one, the edge ends the word
    drawn = sampling.sample_words(told, LETTERS, 2, seed=5, how_many=20)
    generator = torch.Generator().manual_seed(5 + 10)
    expected = []
    for _ in range(20):
        out, window = [], [0, 0]
        while True:
            P = F.softmax(told(torch.tensor([window])), dim=1)
            ix = torch.multinomial(P, 1, generator=generator).item()
            window = window[1:] + [ix]
            if ix == 0:
                break
            out.append(LETTERS[ix])
        expected.append("".join(out))
    assert list(drawn) == expected
    assert len(set(drawn)) > 5


def long_ones(X):
    """Logits (B, 3) of a model that seldom finds an end."""
    return told(X) - torch.tensor([1.5, 0.0, 0.0])


def beginning(words) -> tuple[str, ...]:
    """What is shown of these before a training."""
    cut = len(words[0]) >= 12
    return (f"{words[0][:12]}…" if cut else words[0],)


def test_in_brief_it_is_the_first_word_or_how_that_begins():
    shown = set()
    for seed in range(200):
        words = sampling.sample_words(long_ones, LETTERS, 2, seed)
        found = sampling.brief(long_ones, LETTERS, 2, seed)
        assert found == beginning(words)
        shown.add(found[0][-1:])
    assert shown == {"a", "b", "", "…"}, "also no letter, and too many"


def test_draws_come_as_often_as_their_chances():
    first = sampling.chances(told, torch.tensor([[0, 0]]))[0].tolist()
    words = sampling.sample_words(told, LETTERS, 2, seed=1, how_many=2000)
    for letter, chance in zip(LETTERS, first, strict=True):
        begin = sum((word or ".")[0] == letter for word in words) / 2000
        # five standard errors of a share among 2,000
        error = 5 * (chance * (1 - chance) / 2000) ** 0.5
        assert begin == pytest.approx(chance, abs=error)


def test_low_temperature_keeps_to_the_likeliest():
    words = sampling.sample_words(
        told, LETTERS, 2, seed=1, how_many=5, temperature=0.001
    )
    assert len(set(words)) == 1


def test_a_word_without_end_is_cut():
    def never(X):
        return torch.tensor([[-1e9, 1.0, 1.0]]).repeat(len(X), 1)

    [word] = sampling.sample_words(never, LETTERS, 2, seed=1, how_many=1)
    assert len(word) == names.MAX_LENGTH


@pytest.mark.parametrize("context", [1, 2, 5])
def test_surprises_are_the_cross_entropy_of_the_word(context):
    config = mlp.Config(context=context, hidden=7, embedding=3)
    generator = torch.Generator().manual_seed(1)
    weights = mlp.first_weights(config, 3, generator)
    model = partial(mlp.forward, weights)
    said = sampling.surprises("abba", model, LETTERS, context)
    X, y = mlp.windows(["abba"], LETTERS, context)
    each = F.cross_entropy(model(X), y, reduction="none")
    assert [s.nll for s in said] == pytest.approx(each.tolist(), rel=1e-4)
    assert "".join(s.next for s in said) == "abba."
    assert [s.context[-1] for s in said] == list(".abba")
    for s in said:
        assert s.chance == pytest.approx(math.exp(-s.nll), rel=1e-5)
