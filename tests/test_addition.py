"""The exercise: a GPT that adds, its data, its judge and its runs."""

import pytest
import torch
import torch.nn.functional as F

from core import addition, pace
from core.data import sums
from core.runs import store, worker


class Perfect(torch.nn.Module):
    """Adds by itself: what a trained network should do."""

    def __init__(self, config, spoil=-1):
        super().__init__()
        self.config, self.spoil = config, spoil
        self.unused = torch.nn.Parameter(torch.zeros(1))

    def forward(self, tokens):
        d, n = self.config.digits, 10**self.config.digits
        tens = 10 ** torch.arange(d - 1, -1, -1)
        a = (tokens[:, :d] * tens).sum(1)
        b = (tokens[:, d + 1 : 2 * d + 1] * tens).sum(1)
        whole = addition.write(a * n + b, self.config)
        if self.spoil >= 0:
            at = 2 * d + 2 + self.spoil
            whole[:, at] = (whole[:, at] + 1) % 10
        return F.one_hot(whole[:, 1 : tokens.shape[1] + 1], 12).float()


@pytest.mark.parametrize("digits", [1, 2, 3])
@pytest.mark.parametrize("back", [True, False])
def test_tokens_are_the_line_as_text(digits, back):
    config = addition.Config(digits=digits, reversed=back)
    most = 10**digits
    for a, b in [(0, 0), (most - 1, most - 1), (4, most // 2), (7, 5)]:
        [tokens] = addition.write(torch.tensor([a * most + b]), config)
        said = "".join(sums.LETTERS[token] for token in tokens)
        assert said == sums.line(a, b, digits, back)
        question, _, answer = said.partition("=")
        left, right = question.split("+")
        answer = answer[::-1] if back else answer
        assert int(left) + int(right) == int(answer) == a + b


def test_only_the_answer_counts_in_the_loss():
    config = addition.Config(digits=2)
    pairs = torch.tensor([4785, 1])
    X, Y = addition.examples(pairs, config)
    assert X.shape == Y.shape == (2, addition.network(config).block)
    logits = torch.randn(*X.shape, 12, generator=torch.Generator())
    expected = F.cross_entropy(
        logits[:, -3:].flatten(0, 1),
        addition.write(pairs, config)[:, -3:].flatten(),
    )
    found = addition.loss_of(lambda _: logits, X, Y)
    assert found.item() == pytest.approx(expected.item())
    # whatever the question's characters are thought to be
    logits[:, :-3] += 100 * torch.randn(12, generator=torch.Generator())
    assert addition.loss_of(lambda _: logits, X, Y).item() == found.item()


def test_held_back_pairs_are_never_learned_from():
    for digits in (1, 2, 3):
        config = addition.Config(digits=digits)
        known, held = addition.split(config)
        both = torch.cat([known, held]).sort().values
        assert torch.equal(both, torch.arange(100**digits))
        assert len(held) == 100**digits // 10
    other = addition.Config(digits=3, reversed=False)
    assert torch.equal(addition.split(other)[1], held)


def test_training_draws_no_held_back_pair(monkeypatch):
    config, drawn = addition.Config(steps=30, digits=1), []
    examples = addition.examples

    def watched(pairs, config):
        drawn.append(pairs)
        return examples(pairs, config)

    monkeypatch.setattr(addition, "examples", watched)
    monkeypatch.setattr(addition, "look", lambda *_: {})
    for _ in addition.train(config):
        held = addition.split(config)[1]
        assert not torch.isin(drawn[-1], held).any()


@pytest.mark.parametrize("back", [True, False])
def test_the_judge_knows_right_from_wrong_and_which_digit(back):
    config = addition.Config(digits=2, reversed=back)
    pairs = torch.arange(0, 10_000, 37)
    assert addition.right(Perfect(config), pairs, config).all()
    for place in range(3):
        found = addition.right(Perfect(config, place), pairs, config)
        ones_first = place if back else 2 - place
        assert not found[:, ones_first].any()
        assert found.sum() == 2 * len(pairs)


@pytest.mark.parametrize("back", [True, False])
def test_the_judge_agrees_with_writing_digit_by_digit(back):
    config = addition.Config(steps=150, reversed=back, rate=0.003)
    *_, result = whole(config)
    model = addition.learned_model(config, vars(result))
    pairs = torch.randperm(10_000, generator=torch.Generator())[:150]
    judged = addition.right(model, pairs, config).all(1).tolist()
    for pair, right in zip(pairs.tolist(), judged, strict=True):
        a, b = divmod(pair, 100)
        written = addition.answer(model, a, b, config)
        written = written[::-1] if back else written
        assert (written.isdigit() and int(written) == a + b) == right


def whole(config):
    training, records = addition.train(config), []
    while True:
        try:
            records.append(next(training))
        except StopIteration as end:
            return records, end.value


def test_one_digit_is_learned_and_carried_over():
    records, result = whole(addition.Config(steps=400, digits=1, batch=64))
    first = next(r for r in records if r.known is not None)
    assert first.known < 0.3
    assert records[-1].known > 0.9  # 90 pairs
    assert result.known >= records[-1].known - 0.05
    assert [r.step for r in records] == sorted(pace.recorded(400))


def test_the_grid_is_of_the_pairs_along_its_axis():
    config = addition.Config(digits=2)
    numbers = addition.axis(2)
    assert len(numbers) == 20 and numbers[0] == 0 and numbers[-1] == 99
    assert addition.axis(1) == list(range(10))
    held = set(addition.split(config)[1].tolist())
    rows = addition.held_back(config)
    for a, row in zip(numbers, rows, strict=True):
        for b, mark in zip(numbers, row, strict=True):
            assert (mark == "1") == (100 * a + b in held)


@pytest.mark.parametrize("back", [True, False])
def test_a_worker_s_run_is_the_very_run(back):
    config = addition.Config(steps=25, digits=1, reversed=back, batch=8)
    run = store.Run("addition", config, sums.load(config))
    store.make(run)
    worker.work(run.path)
    assert store.status(run.path) == "done", store.error(run.path)
    found = store.Tail(run.path).read()
    records, result = whole(config)
    assert found == [store.parse(store.line(r).encode()) for r in records]
    learned = store.result(run.path)
    assert all(map(torch.equal, learned["weights"], result.weights))


def test_a_rate_too_high_is_said_in_words():
    with pytest.raises(ValueError, match="digits must be between 1 and 3"):
        addition.Config(digits=4)


def test_sums_are_read_again_from_their_text():
    assert sums.parse(sums.Sums(3).text) == sums.Sums(3)
    digests = {sums.Sums(digits).digest for digits in (1, 2, 3)}
    assert len(digests) == 3
