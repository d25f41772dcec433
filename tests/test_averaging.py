"""Windows, the bigram on text and averages of the past, against torch and
the lecture."""

import math

import pytest
import torch
import torch.nn.functional as F

from core import averaging, gpt, landmarks
from core.data import text

SHAKESPEARE = text.local()
lecture = pytest.mark.skipif(
    SHAKESPEARE.source != "lectures", reason="the lecture's text is not here"
)


@pytest.fixture(scope="module")
def halves():
    return gpt.tokens_of(SHAKESPEARE)


@lecture
def test_the_lecture_s_text_has_its_sizes_and_tokens(halves):
    # L7.1 and L7.2; nanoGPT's prepare.py prints them
    letters = SHAKESPEARE.letters
    assert len(SHAKESPEARE.text) == 1_115_394 and len(letters) == 65
    assert [len(half) for half in halves] == [1_003_854, 111_540]
    hii = [46, 47, 47, 1, 58, 46, 43, 56, 43]
    assert text.encode("hii there", letters) == hii
    assert halves[0][:9].tolist() == [18, 47, 56, 57, 58, 1, 15, 47, 58]


@lecture
def test_the_lecture_s_batch_and_first_loss(halves):
    # as the lecture does it, with torch's global chance
    train, _ = halves
    torch.manual_seed(1337)
    starts = torch.randint(len(train) - 8, (4,))
    rows = [train[i : i + 8] for i in starts]
    later = [train[i + 1 : i + 9] for i in starts]
    X, Y = averaging.batch(train, 4, 8)
    assert X.equal(torch.stack(rows)) and Y.equal(torch.stack(later))
    assert X[0].tolist() == [24, 43, 58, 5, 57, 1, 46, 43]  # L7.4
    torch.manual_seed(1337)
    model = gpt.Bigram(65)
    ours = averaging.untrained(65)
    assert ours.table.weight.equal(model.table.weight)
    # L7.5: 4.8786, and here 4.878634929656982
    loss = gpt.loss_of(ours, X, Y).item()
    assert loss == pytest.approx(4.8786, abs=5e-5)
    assert math.log(65) == pytest.approx(4.1744, abs=5e-5)


@lecture
def test_counting_is_the_baseline(halves):
    # issue 8: "the baseline at about 2.48 dev"; nothing learned is lower
    train, dev = (averaging.count(half, 65) for half in halves)
    counted = averaging.counted(train)
    assert averaging.loss(counted, dev) == pytest.approx(2.48, abs=0.005)
    P = (train + 1e-12).double()
    P /= P.sum(1, keepdim=True)
    floor = -(train * P.log()).sum() / train.sum()
    assert floor < averaging.loss(counted, train) < floor + 0.004


def test_the_loss_of_pairs_is_the_loss_of_the_text():
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(5, (400,), generator=generator)
    for model in (
        averaging.untrained(7),
        averaging.counted(averaging.count(tokens, 7)),
    ):
        with torch.no_grad():
            long = F.cross_entropy(model(tokens[:-1]), tokens[1:]).item()
        ours = averaging.loss(model, averaging.count(tokens, 7))
        assert ours == pytest.approx(long, rel=1e-5)


def test_counted_pairs_cost_what_a_plain_loop_says():
    some, others = "abracadabra" * 9, "abracabad"
    V, letters = 5, "abcdr"
    table = torch.ones(V, V)
    for a, b in zip(some, some[1:], strict=False):
        table[letters.index(a), letters.index(b)] += 1
    P = table / table.sum(1, keepdim=True)
    nll = [
        -P[letters.index(a), letters.index(b)].log().item()
        for a, b in zip(others, others[1:], strict=False)
    ]
    train, dev = (
        averaging.count(torch.tensor(text.encode(each, letters)), V)
        for each in (some, others)
    )
    found = averaging.loss(averaging.counted(train), dev)
    assert found == pytest.approx(sum(nll) / len(nll), rel=1e-5)


def test_the_unigram_is_the_entropy_of_the_text():
    for known in (SHAKESPEARE, text.Text("own", "aab" * 7)):
        V = len(known.letters)
        found = averaging.unigram(gpt.tokens_of(known), V)
        assert found == pytest.approx(landmarks.entropy(known.text), abs=1e-9)
    assert averaging.unigram(gpt.tokens_of(text.Text("own", "aaaa")), 9) == 0


def test_counts_are_those_of_a_plain_loop():
    tokens = [0, 1, 1, 2, 0, 1]
    N = averaging.count(torch.tensor(tokens), 4)
    for i in range(4):
        for j in range(4):
            pairs = list(zip(tokens[:-1], tokens[1:], strict=True))
            assert N[i, j] == pairs.count((i, j))


def test_a_text_follows_the_table():
    ring = torch.full((3, 3), 0)
    ring[0, 1] = ring[1, 2] = ring[2, 0] = 1  # 0, 1, 2, 0, ...
    model = averaging.counted(ring, smoothing=0.0)
    assert averaging.write(model, 7, seed=3) == [1, 2, 0, 1, 2, 0, 1]


@pytest.mark.parametrize("row, place", [(0, 0), (2, 5), (3, 7)])
def test_rows_never_talk_but_for_batchnorm(row, place):
    generator = torch.Generator().manual_seed(1)
    X = torch.randint(20, (4, 8), generator=generator)
    token = (X[row, place].item() + 1) % 20
    others = [b for b in range(4) if b != row]
    plain = averaging.moved(averaging.small(20, 8), X, row, place, token)
    assert plain[others].abs().max() == 0  # claim 100: exactly
    assert (plain[row, :place] == 0).all() and (plain[row, place:] > 0).all()
    norm = averaging.small(20, 8, over_batch=True)
    assert averaging.moved(norm, X, row, place, token)[others].min() > 0


def test_over_batch_is_torch_s_batchnorm():
    x = torch.randn(3, 5, 6, generator=torch.Generator().manual_seed(0))
    theirs = F.batch_norm(x.transpose(1, 2), None, None, training=True)
    ours = averaging.OverBatch(6)(x)
    assert torch.allclose(ours, theirs.transpose(1, 2), atol=1e-6)


def means(x):  # another way: running sums by how many they are of
    counts = torch.arange(1, x.shape[1] + 1)[:, None]
    return x.double().cumsum(1) / counts


@pytest.mark.parametrize("shape", [(4, 8, 2), (1, 1, 1), (2, 5, 3)])
@pytest.mark.parametrize("way", ["loop", "matmul", "softmax"])
def test_each_way_is_the_mean_of_the_past(way, shape):
    x = torch.randn(shape, generator=torch.Generator().manual_seed(2))
    ours = getattr(averaging, f"by_{way}")(x)
    assert torch.allclose(ours.double(), means(x), atol=1e-6)


def test_the_lecture_s_toy():
    # L7.9: its three rows, and what it prints of a @ b
    assert averaging.toy().tolist() == [[2, 7], [6, 4], [6, 5]]
    printed = torch.tensor([[2.0, 7.0], [4.0, 5.5], [4.6667, 5.3333]])
    ways = averaging.four_ways(averaging.toy(), seed=0)
    for name in ("loop", "matmul", "softmax"):
        assert torch.allclose(ways[name].out, printed, atol=1e-4)
        assert torch.allclose(
            ways[name].weights @ averaging.toy(), printed, atol=1e-4
        )


def test_allclose_says_false_of_the_lecture_s_batch():
    # facts.md: False at default tolerances, 3e-8 apart; True at atol 1e-6
    x = averaging.lecture_batch()
    torch.manual_seed(1337)
    assert x.equal(torch.randn(4, 8, 2))
    found = averaging.apart(averaging.by_loop(x), averaging.by_matmul(x))
    assert not found.close and found.close_enough
    assert found.largest < 1e-7
    assert found.difference > found.allowed
    assert found.allowed == pytest.approx(1e-8 + 1e-5 * abs(found.value))


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_attention_weighs_by_the_numbers_themselves(seed):
    x = averaging.lecture_batch()[0]
    way = averaging.four_ways(x, seed)["attention"]
    asks = averaging.head(2, seed)
    q, k, v = asks.query(x), asks.key(x), asks.value(x)
    theirs = F.scaled_dot_product_attention(
        q[None], k[None], v[None], is_causal=True
    )[0]
    assert torch.allclose(way.out, theirs, atol=1e-6)
    assert torch.allclose(way.weights @ way.averaged, way.out, atol=1e-6)
    assert torch.allclose(way.weights.sum(1), torch.ones(8))
    assert way.weights.triu(1).abs().max() == 0
    moved = x.clone()
    moved[2] += 1
    other = averaging.four_ways(moved, seed)
    assert not torch.allclose(other["attention"].weights, way.weights)
    even = averaging.four_ways(x, seed)["softmax"].weights
    assert other["softmax"].weights.equal(even)
    assert (way.weights[1:] - even[1:]).abs().amax(1).min() > 1e-3


def test_chance_of_the_server_is_not_reseeded():
    ours = averaging.untrained(9), averaging.head(2, 3), averaging.small(9, 4)
    torch.manual_seed(5)
    again = averaging.untrained(9), averaging.head(2, 3), averaging.small(9, 4)
    for one, other in zip(ours, again, strict=True):
        for a, b in zip(one.parameters(), other.parameters(), strict=True):
            assert a.equal(b)
