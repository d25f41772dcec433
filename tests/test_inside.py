"""What is read out of a GPT, against torch's own attention and plain heads."""

import math

import pytest
import torch
import torch.nn.functional as F

from core import gpt, inside
from core.data import text

TEXT = text.own("the cat sat on the mat, and the dog sat on the cat. " * 90)
KNOBS = {
    "as it is": {},
    "norm after": {"norm": "after"},
    "no norm": {"norm": "none"},
    "no positions": {"positions": False},
    "no mask": {"mask": False},
    "no scale": {"scale": False},
    "no residual": {"residual": False},
    "no feed-forward": {"feedforward": False},
    "dropout": {"dropout": 0.5},
}


def drawn(**knobs):
    """A net whose weights are large enough for maps that differ."""
    given = {"n_embd": 16, "n_head": 4, "n_layer": 3, "block": 8}
    config = gpt.Config(**(given | {"init": "torch", "seed": 3} | knobs))
    return config, inside.untrained(config, len(TEXT.letters))


def some(count=8):
    return text.encode(TEXT.text[:count], TEXT.letters)


@pytest.mark.parametrize("knobs", KNOBS.values(), ids=KNOBS)
def test_maps_are_what_torch_s_attention_used(knobs, monkeypatch):
    config, model = drawn(**knobs)
    asked, attention = [], F.scaled_dot_product_attention

    def listening(q, k, v, **how):
        # an identity for values makes the output the weights themselves
        one = torch.eye(k.shape[2]).expand(*k.shape[:2], -1, -1)
        asked.append(attention(q, k, one, **how)[0])
        return attention(q, k, v, **how)

    monkeypatch.setattr(F, "scaled_dot_product_attention", listening)
    with torch.no_grad():
        model(torch.tensor([some()]))
    used = list(asked)
    found = inside.maps(model, some())
    assert len(found) == len(used) == config.n_layer
    for ours, torchs in zip(found, used, strict=True):
        assert ours.shape == (config.n_head, 8, 8)
        torch.testing.assert_close(ours, torchs)


def test_maps_of_the_first_layer_are_those_of_plain_heads():
    _, model = drawn()
    block, x = model.blocks[0], model.embed(torch.tensor([some()]))
    [first, *_] = inside.maps(model, some())
    for ours, head in zip(first, block.attend.plain(), strict=True):
        torch.testing.assert_close(ours, head.attention(block.norm1(x))[0])


def test_rows_sum_to_1_and_nothing_comes_from_the_future():
    _, model = drawn()
    for layer in inside.maps(model, some()):
        torch.testing.assert_close(layer.sum(-1), torch.ones(4, 8))
        assert not layer.triu(1).any()
    _, blind = drawn(mask=False)
    assert all(layer.triu(1).any() for layer in inside.maps(blind, some()))


@pytest.mark.parametrize("off", [{"n_layer": 0}, {"attention": False}])
def test_without_attention_there_are_no_maps(off):
    assert inside.maps(drawn(**off)[1], some()) == []


def test_shares_are_counted_cell_by_cell():
    weights = torch.rand(6, 6).softmax(1)
    found = inside.shares(weights)
    for back, share in found.items():
        by_hand = sum(
            weights[i, j].item()
            for i in range(1, 6)
            for j in range(6)
            if i - j == back
        )
        assert share == pytest.approx(by_hand / 5, abs=1e-6)
    assert sum(found.values()) == pytest.approx(1)
    assert set(found) == set(range(-4, 6))


def test_a_head_that_looks_one_back_is_named_so():
    one_back = torch.eye(7).roll(1, 0)
    one_back[0] = torch.eye(7)[0]
    back, share, flat = inside.favourite(one_back)
    assert (back, share) == (1, 1.0)
    assert flat == pytest.approx(sum(1 / (t + 1) for t in range(1, 7)) / 6)
    layer = torch.stack([inside.even(7), one_back, torch.eye(7)])
    assert inside.favourite(layer[2])[0] == 0
    assert inside.clearest(torch.stack([inside.even(7), one_back])) == 1
    ahead = torch.eye(7).roll(-1, 0)
    ahead[6] = inside.even(7)[6]
    assert inside.favourite(ahead, mask=False)[0] == -1


def test_an_even_map_has_no_favourite():
    for mask in (True, False):
        _, share, flat = inside.favourite(inside.even(9, mask), mask)
        assert share == pytest.approx(flat)


def test_the_strongest_look_is_not_the_first_row_s():
    weights = inside.even(5)
    weights[3] = torch.tensor([0.1, 0.7, 0.1, 0.1, 0])
    row, column, weight = inside.strongest(weights)
    assert (row, column) == (3, 1)
    assert weight == pytest.approx(0.7)


def test_the_start_is_the_one_that_a_run_has():
    config, model = drawn(steps=1)
    state = gpt.State(config, TEXT)
    for ours, theirs in zip(
        model.parameters(), state.model.parameters(), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_a_net_meant_for_a_gpu_is_looked_at_on_the_cpu():
    config = gpt.Config(n_layer=1, device="cuda")
    assert inside.untrained(config, 5).characters.weight.device.type == "cpu"


def test_logits_are_of_the_last_character_within_the_block():
    _, model = drawn()
    long = some(20)
    with torch.no_grad():
        whole = model(torch.tensor([long[-8:]]))[0, -1]
    torch.testing.assert_close(inside.next_logits(model, long), whole)


def test_choices_count_equally_likely_characters():
    assert inside.choices(torch.full((9,), 1 / 9)) == pytest.approx(9)
    assert inside.choices(torch.tensor([1.0, 0, 0])) == pytest.approx(1)
    P = [0.5, 0.25, 0.25]
    surprise = -sum(p * math.log(p) for p in P)
    assert inside.choices(torch.tensor(P)) == pytest.approx(math.exp(surprise))


def test_the_quick_net_beats_guessing_and_its_own_start():
    found = inside.quick(TEXT)
    guessing = math.log(len(TEXT.letters))
    # the text repeats 52 characters: 400 steps are plenty to know it
    assert found.dev < guessing / 4
    assert not found.model.training


@pytest.mark.slow
def test_on_shakespeare_it_beats_the_bigram_and_some_head_looks_back():
    data = text.local()
    if data.source != "lectures":
        pytest.skip("needs tinyshakespeare.txt in PLAYGROUND_DATA")
    found = inside.quick(data)
    # facts.md: the bigram of the ladder ends at 2.49
    assert found.dev < 2.49
    tokens = text.encode(data.text[:14], found.letters)
    [layer] = inside.maps(found.model, tokens)
    back, share, flat = inside.favourite(layer[inside.clearest(layer)])
    assert back == 1 and share > 2 * flat
