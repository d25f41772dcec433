"""The MLP lesson against lecture 3 and torch's own parts."""

import json
import math
from collections import Counter, defaultdict
from dataclasses import asdict, replace

import pytest
import torch
import torch.nn.functional as F
from test_sampling import beginning
from torch import nn

from core import knobs, landmarks, mlp, ngram, pace
from core.data import names

SEED = 2147483647  # the lecture's
TWENTY = names.own("emma olivia ava isabella sophia charlotte mia amelia "
                   "harper evelyn abigail emily ella elizabeth camila luna "
                   "sofia avery mila aria")  # fmt: skip


def trained(config, words):
    records, training = [], mlp.train(config, words)
    while True:
        try:
            records.append(next(training))
        except StopIteration as end:
            return records, end.value


def one_by_one(words, letters, context):
    """The windows as lecture 3 makes them, an example at a time."""
    for word in words:
        window = [0] * context
        for letter in word + ".":
            token = letters.index(letter)
            yield window, token
            window = window[1:] + [token]


def drawn(config, V=27, dtype=torch.float32):
    generator = torch.Generator().manual_seed(config.seed)
    weights = mlp.first_weights(config, V, generator)
    return mlp.Weights(*(each.to(dtype) for each in weights)), generator


def as_modules(weights, context):
    """The same network from torch.nn's parts."""
    C, W1, b1, W2, b2 = weights
    model = nn.Sequential(
        nn.Embedding.from_pretrained(C.clone(), freeze=False),
        nn.Flatten(),
        nn.Linear(*W1.shape),
        nn.Tanh(),
        nn.Linear(*W2.shape),
    ).to(C.dtype)
    with torch.no_grad():
        for layer, W, b in ((model[2], W1, b1), (model[4], W2, b2)):
            layer.weight.copy_(W.T)
            layer.bias.copy_(b)
    return model


def test_the_splits_have_the_lecture_s_sizes(lecture_names):
    words = mlp.split(lecture_names)
    # L3.12 and facts.md: windows of 3 give 182,625 / 22,655 / 22,866
    sizes = []
    for part in words:
        X, y = mlp.windows(part, lecture_names.letters, 3)
        assert X.shape == (len(y), 3)
        sizes.append(len(y))
    assert sizes == [182_625, 22_655, 22_866]


@pytest.mark.parametrize("context", [1, 2, 3, 8])
def test_windows_are_those_made_one_by_one(context):
    words, letters = TWENTY.words, TWENTY.letters
    X, y = mlp.windows(words, letters, context)
    expected = list(one_by_one(words, letters, context))
    assert X.tolist() == [window for window, _ in expected]
    assert y.tolist() == [token for _, token in expected]


def test_windows_of_no_words_are_none():
    X, y = mlp.windows((), ".ab", 3)
    assert X.shape == (0, 3) and y.shape == (0,)


def test_weights_are_drawn_in_the_lecture_s_order():
    weights, _ = drawn(mlp.Config())
    g = torch.Generator().manual_seed(SEED)
    shapes = [(27, 10), (30, 200), (200,), (200, 27), (27,)]
    for each, shape in zip(weights, shapes, strict=True):
        assert torch.equal(each, torch.randn(shape, generator=g))


@pytest.mark.parametrize(
    "embedding, hidden, published", [(10, 200, 11_897), (2, 100, 3_481)]
)
def test_parameters_are_the_lecture_s(embedding, hidden, published):
    config = mlp.Config(embedding=embedding, hidden=hidden)
    weights, _ = drawn(config)
    assert sum(each.numel() for each in weights) == published
    assert mlp.parameters(config, 27) == published


@pytest.mark.parametrize("knobs", [{}, {"context": 2, "only": 9, "rate": 1.0}])
def test_the_record_before_a_run_is_the_one_that_training_yields(knobs):
    config = mlp.Config(steps=1, seed=3, **knobs)
    words = mlp.split(TWENTY, config.only).train
    examples = mlp.windows(words, TWENTY.letters, config.context)
    shown = mlp.first_record(config, TWENTY.letters, *examples)
    trained = next(mlp.train(config, TWENTY))
    begun = beginning(trained.samples)
    assert shown == replace(trained, train=None, dev=None, samples=begun)


def test_the_first_loss_is_the_published_one(lecture_names):
    records, _ = trained(mlp.Config(steps=1), lecture_names)
    # facts.md: first loss 27.8817 with all scales 1
    assert records[0].loss == pytest.approx(27.8817, abs=1e-4)


@pytest.mark.parametrize("context, batch", [(1, 1), (3, 32), (8, 7)])
def test_forward_is_that_of_torch_s_layers(context, batch):
    config = mlp.Config(context=context)
    weights, generator = drawn(config, dtype=torch.float64)
    X = torch.randint(0, 27, (batch, context), generator=generator)
    theirs = as_modules(weights, context)(X)
    # double precision: a sum of 200 terms of rounding 1e-16 each
    assert torch.allclose(mlp.forward(weights, X), theirs, atol=1e-12)


@pytest.mark.parametrize("step", [mlp.step, mlp.plain_step])
def test_a_hundred_steps_are_those_of_sgd_on_torch_s_layers(step):
    config = mlp.Config(hidden=20, embedding=4, context=3)
    weights, generator = drawn(config, dtype=torch.float64)
    model = as_modules(weights, config.context)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(100):
        X = torch.randint(0, 27, (32, 3), generator=generator)
        y = torch.randint(0, 27, (32,), generator=generator)
        ours = step(weights, X, y, 0.1)
        theirs = F.cross_entropy(model(X), y)
        optimizer.zero_grad()
        theirs.backward()
        optimizer.step()
        # double precision, rounding carried on over 100 steps
        assert ours.item() == pytest.approx(theirs.item(), abs=1e-9)
    assert torch.allclose(weights.C, model[0].weight, atol=1e-9)
    assert torch.allclose(weights.W1.T, model[2].weight, atol=1e-9)
    assert torch.allclose(weights.b2, model[4].bias, atol=1e-9)


def test_equal_contexts_counted_once_give_the_same_loss():
    config = mlp.Config(context=2)
    weights, _ = drawn(config, len(TWENTY.letters), torch.float64)
    X, y = mlp.windows(TWENTY.words, TWENTY.letters, 2)
    counted = mlp.count(X, y, len(TWENTY.letters))
    assert len(counted.contexts) == len({tuple(x) for x in X.tolist()}) < len(X)
    assert counted.share.sum() == pytest.approx(1, abs=1e-6)
    plain = F.cross_entropy(as_modules(weights, 2)(X), y).item()
    # share is kept in single precision
    assert mlp.loss(weights, counted) == pytest.approx(plain, rel=1e-6)


@pytest.mark.parametrize("context", [4, 5, 8, 16])
def test_long_contexts_are_counted_too(context, lecture_names):
    # 27 ** 16 is no int64: contexts are told apart part by part
    words = lecture_names.words[::40]
    X, y = mlp.windows(words, lecture_names.letters, context)
    counted = mlp.count(X, y, 27)
    pairs = Counter(zip(map(tuple, X.tolist()), y.tolist(), strict=True))
    contexts = [tuple(x) for x in counted.contexts.tolist()]
    assert len(contexts) == len(set(contexts))
    assert set(contexts) == {x for x, _ in pairs}
    found = (counted.share * len(y)).round().long()
    at = {x: i for i, x in enumerate(contexts)}
    for (x, token), n in pairs.items():
        assert found[at[x], token] == n
    assert found.sum() == len(y)


def test_contexts_that_no_int64_holds_are_told_apart():
    # 32 ** 16 is 2 ** 80: the last letters would be lost
    V, generator = 32, torch.Generator().manual_seed(1)
    X = torch.randint(1, V, (2000, 16), generator=generator)
    X[1000:, :-1] = X[:1000, :-1]  # a thousand that differ there alone
    expected = len({tuple(x) for x in X.tolist()})
    assert len(mlp.codes(X, V).unique()) == expected > 1900
    y = torch.arange(2000) // 1000  # what comes next hangs on the last one
    twice = len(X) - expected  # where that is the same by chance
    assert mlp.floor(X, y, V) == pytest.approx(twice / 1000 * math.log(2))


def test_more_contexts_than_are_taken_at_a_time(lecture_names):
    letters = lecture_names.letters
    X, y = mlp.windows(mlp.split(lecture_names).train, letters, 3)
    counted = mlp.count(X, y, 27)
    assert len(counted.contexts) > 4096
    weights, _ = drawn(mlp.Config(hidden=20, embedding=3))
    plain = F.cross_entropy(as_modules(weights, 3)(X), y).item()
    assert mlp.loss(weights, counted) == pytest.approx(plain, rel=1e-5)


def test_the_floor_is_the_entropy_of_what_follows_each_context():
    letters = TWENTY.letters
    X, y = mlp.windows(TWENTY.words, letters, 2)
    after = defaultdict(Counter)
    for context, token in one_by_one(TWENTY.words, letters, 2):
        after[tuple(context)][token] += 1
    expected = -math.fsum(
        n * math.log(n / each.total())
        for each in after.values()
        for n in each.values()
    )
    found = mlp.floor(X, y, len(letters))
    assert found == pytest.approx(expected / len(y), rel=1e-12)


def test_the_floor_of_bytes_is_that_of_every_context_counted(lecture_names):
    X, y = mlp.examples(lecture_names, 8)
    share = mlp.count(X, y, 27).share.double()  # (K, 27)
    chances = share / share.sum(1, keepdim=True)
    expected = -torch.xlogy(share, chances).sum().item()
    found = mlp.floor(*mlp.packed(lecture_names, 8), 27)
    # shares are kept in single precision
    assert found == pytest.approx(expected, rel=1e-6)


def test_the_baselines_are_those_of_lecture_2(lecture_names):
    words, letters = lecture_names.words, lecture_names.letters
    [bigram] = ngram.losses(words, words, letters, 2, [0])
    # double precision: sums in another order
    assert mlp.baselines(lecture_names) == {
        "guessing": landmarks.guessing(letters),
        "unigram": pytest.approx(landmarks.unigram(words), rel=1e-12),
        "bigram": pytest.approx(bigram, rel=1e-12),
    }


def test_records_come_by_step_and_carry_both_losses(lecture_names):
    config = mlp.Config(steps=600)
    records, result = trained(config, lecture_names)
    assert [r.step for r in records] == sorted(pace.recorded(600))
    with_picture = [r.step for r in records if r.embedding]
    assert with_picture == sorted(pace.pictured(600))
    for record in records:
        assert (record.train is None) == (record.dev is None)
        assert (record.train is None) == (not record.embedding)
    # what the first record shows is the network before any step
    weights, _ = drawn(config)
    X, y = mlp.windows(
        mlp.split(lecture_names).dev, lecture_names.letters, config.context
    )
    untrained = F.cross_entropy(as_modules(weights, 3)(X), y).item()
    assert records[0].dev == pytest.approx(untrained, rel=1e-5)
    assert records[0].embedding[1] == pytest.approx(
        weights.C[1].tolist(), abs=5e-4
    )
    assert result.parameters == 11_897
    last = mlp.Weights(*(getattr(result, n) for n in mlp.Weights._fields))
    X, y = mlp.examples(lecture_names, config.context)
    ended = F.cross_entropy(as_modules(last, 3)(X), y).item()
    assert result.train == pytest.approx(ended, rel=1e-5)


def test_smooth_is_the_mean_of_the_batches_since_the_last_record():
    config = mlp.Config(steps=450, hidden=5)
    records, _ = trained(config, TWENTY)
    every = [r.loss for r in trained(config, TWENTY)[0]][:20]
    assert [r.smooth for r in records[:20]] == pytest.approx(every, rel=1e-6)
    # the loop again, each loss kept
    X, y = mlp.windows(mlp.split(TWENTY).train, TWENTY.letters, 3)
    weights, generator = drawn(config, len(TWENTY.letters))
    losses = []
    for _ in range(450):
        at = torch.randint(0, len(X), (32,), generator=generator)
        losses.append(mlp.step(weights, X[at], y[at], 0.1).item())
    before, last = records[-2].step, records[-1].step
    mean = math.fsum(losses[before:last]) / (last - before)
    assert records[-1].smooth == pytest.approx(mean, rel=1e-6)


def test_the_same_question_has_the_same_answer():
    one, other = (trained(mlp.Config(steps=60), TWENTY) for _ in range(2))
    assert one[0] == other[0]
    assert torch.equal(one[1].W1, other[1].W1)


def test_a_fork_is_the_first_run_until_the_switch():
    first, _ = trained(mlp.Config(steps=300), TWENTY)
    config = mlp.Config(steps=300, switch=120, second_rate=0.01)
    forked, _ = trained(config, TWENTY)
    for record, other in zip(first, forked, strict=True):
        # the loss of step 121 is still that of weights made by equal steps
        same = record.loss == other.loss
        assert same == (record.step <= 121) or record.step > 121
        assert other.rate == (0.1 if record.step <= 120 else 0.01)
    assert first[-1].loss != forked[-1].loss


def test_fewer_words_for_training_leave_dev_as_it_was(lecture_names):
    every, few = mlp.split(lecture_names), mlp.split(lecture_names, 500)
    assert few.train == every.train[:500]
    assert (few.dev, few.test) == (every.dev, every.test)


@pytest.mark.parametrize("text", ["ab", "a b", "zoë ada", "ab " * 20])
def test_few_words_train_too(text):
    data = names.own(text)
    records, result = trained(mlp.Config(steps=30, hidden=5), data)
    assert math.isfinite(records[-1].loss)
    held_back = len(data.words) >= names.MIN_SPLIT
    assert (result.dev is not None) == held_back
    assert (records[0].dev is not None) == held_back
    json.dumps(asdict(records[-1]), allow_nan=False)


def test_knobs_at_both_ends_train():
    for side in ("low", "high"):
        small = {
            k.name: getattr(k, side)
            for k in knobs.knobs_of(mlp.Config)
            if k.name in ("context", "hidden", "embedding", "batch")
        }
        records, _ = trained(mlp.Config(steps=5, **small), TWENTY)
        assert math.isfinite(records[-1].loss)


def test_weights_out_of_bounds_end_the_run_in_a_sentence(monkeypatch):
    first = mlp.first_weights

    def broken(*arguments):
        weights = first(*arguments)
        weights.W2[0, 0] = math.inf
        return weights

    monkeypatch.setattr(mlp, "first_weights", broken)
    with pytest.raises(ValueError, match="left all bounds by step 1"):
        trained(mlp.Config(steps=5), TWENTY)


def test_a_short_run_beats_the_counted_bigram(lecture_names):
    config = mlp.Config(steps=6000, switch=4000, rate=0.3, second_rate=0.03)
    _, result = trained(config, lecture_names)
    # L2.13: the counted bigram's 2.4541, there on the words it has counted
    assert result.dev < 2.4541


@pytest.mark.slow
def test_the_preset_ends_where_the_lecture_does(lecture_names):
    _, result = trained(mlp.PRESETS["lecture"], lecture_names)
    # L3.17 prints train 2.1260 and dev 2.1701, its code run today 2.1276
    # and 2.1702: rounding, carried over 200,000 steps, moves the third digit
    assert result.train == pytest.approx(2.126, abs=0.006)
    assert result.dev == pytest.approx(2.170, abs=0.008)
    assert result.parameters == 11_897
