"""What the page says torch answers is what torch answers."""

import inspect
import math

import pytest
import torch

from core import bigram, tensors

# lecture 2, steps 19 and 20: whole numbers stay whole, one_hot gives int64
ANSWERS = [
    torch.int64,
    torch.float32,
    torch.int64,
    RuntimeError,
    RuntimeError,
    torch.float32,
    torch.float32,
    IndexError,
]


@pytest.mark.parametrize(
    "question, answer", list(zip(tensors.QUESTIONS, ANSWERS, strict=True))
)
def test_each_question_has_the_lectures_answer(question, answer):
    _, ask = question
    if isinstance(answer, torch.dtype):
        assert ask().dtype == answer
    else:
        with pytest.raises(answer):
            ask()


def test_what_is_shown_is_what_is_run():
    source = "".join(inspect.getsource(tensors).split())
    for text, _ in tensors.QUESTIONS:
        bare = "".join(text.split())
        assert f"lambda:{bare}" in source or f"lambda:({bare})" in source


def test_only_the_division_in_place_keeps_the_storage():
    N = torch.ones(27, 27, dtype=torch.int64)
    assert tensors.in_place(N) == {"P /= s": True, "P = P / s": False}


def test_counts_are_far_cheaper_than_one_hot_rows(lecture_names):
    x, y = bigram.pairs(lecture_names.words, lecture_names.letters)
    took = tensors.step_seconds(bigram.FORWARD, x, y, 27)
    # 47 ms against 0.05 ms in facts.md; a tenth of that ratio is no accident
    assert took["one-hot"] / took["counts"] > 90
    assert all(math.isfinite(seconds) for seconds in took.values())


def test_the_stages_of_a_softmax_are_torchs():
    row = bigram.first_weights(".abc", 5)[1]
    stages = bigram.stages(row)
    assert stages["chance"] == pytest.approx(row.softmax(0).tolist(), rel=1e-6)
    assert stages["count"] == pytest.approx(row.exp().tolist(), rel=1e-6)


def test_three_chances_are_those_of_the_lecture():
    chances, shares = tensors.three_chances(2147483647, 100)
    # L2.9: rand(3) normalised prints .6064, .3033, .0903
    assert chances == pytest.approx([0.6064, 0.3033, 0.0903], abs=5e-5)
    assert sum(shares) == pytest.approx(1)
    # 100 draws: four standard deviations of a share are below 0.2
    assert shares == pytest.approx(chances, abs=0.2)


def test_more_draws_come_nearer_to_the_chances():
    chances, shares = tensors.three_chances(2147483647, 100_000)
    assert shares == pytest.approx(chances, abs=4 * (0.25 / 100_000) ** 0.5)


def test_a_one_hot_row_picks_a_row_of_W():
    x, W = torch.tensor([0, 5, 13, 13, 1]), torch.randn(27, 27)
    shapes = dict(tensors.one_hot_shapes(x, W))
    # L2.20-21: (5, 27) rows, one neuron (27, 1), 27 neurons (27, 27)
    assert shapes["xenc = F.one_hot(xs, V).float()"].shape == (5, 27)
    assert shapes["W[:, :1], one neuron"].shape == (27, 1)
    assert shapes["xenc @ W[:, :1]"].shape == (5, 1)
    assert torch.equal(shapes["xenc @ W"], shapes["W[xs]"])


def test_divisors_are_read_as_torch_broadcasts_them():
    P = torch.rand(5, 5)
    for code, shape, read in tensors.divisors(P):
        s = eval(code, {"P": P})
        assert tuple(s.shape) == shape
        assert torch.equal(P / s, P / s.view(read))
        assert torch.equal(s.view(read).expand(5, 5), s.expand(5, 5))
