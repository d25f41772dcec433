"""Attention beside torch's own, and what lecture 7 says of it."""

import math
from itertools import islice

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from core import attention, gpt
from core.data import text

ATOL = 2e-6  # float32, in another order of sums


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def multi_head(n_head=4, mask=True, scale=True):
    config = gpt.Config(
        n_embd=32, n_head=n_head, mask=mask, scale=scale, init="torch"
    )
    model = gpt.GPT(config, 11, torch.Generator().manual_seed(3)).eval()
    return model.blocks[0].attend


def own_head(mask=True, scale=True):
    torch.manual_seed(5)
    return gpt.Head(32, 16, mask, scale)


@pytest.mark.parametrize("mask", [True, False])
@pytest.mark.parametrize("scale", [True, False])
def test_a_head_is_torch_s_scaled_dot_product_attention(mask, scale):
    head, x = own_head(mask, scale), random(3, 10, 32)
    theirs = F.scaled_dot_product_attention(
        head.query(x),
        head.key(x),
        head.value(x),
        is_causal=mask,
        scale=None if scale else 1.0,  # None: torch's own 1 / sqrt(H)
    )
    torch.testing.assert_close(head(x), theirs, atol=ATOL, rtol=0)


def torchs(ours: gpt.MultiHead) -> nn.MultiheadAttention:
    """The same weights in torch's own module."""
    C = ours.projection.in_features
    theirs = nn.MultiheadAttention(C, ours.heads, batch_first=True)
    theirs.in_proj_weight.data = ours.query_key_value.weight.data
    theirs.in_proj_bias.data.zero_()
    theirs.out_proj.weight.data = ours.projection.weight.data
    theirs.out_proj.bias.data = ours.projection.bias.data
    return theirs


@pytest.mark.parametrize("mask", [True, False])
@pytest.mark.parametrize("n_head", [1, 4, 16])
def test_heads_side_by_side_are_torch_s_multihead_attention(n_head, mask):
    ours, x = multi_head(n_head, mask), random(3, 10, 32)
    hidden = gpt.future(x) if mask else None  # true: not attended to
    out, weights = torchs(ours)(
        x, x, x, attn_mask=hidden, average_attn_weights=False
    )
    torch.testing.assert_close(ours(x), out, atol=ATOL, rtol=0)
    torch.testing.assert_close(ours.attention(x), weights, atol=ATOL, rtol=0)


def test_gradients_are_those_of_torch_s_multihead_attention():
    ours, x = multi_head(), random(3, 10, 32)
    theirs = torchs(multi_head())
    towards = random(3, 10, 32, seed=1)
    (ours(x) * towards).sum().backward()
    out, _ = theirs(x, x, x, attn_mask=gpt.future(x))
    (out * towards).sum().backward()
    for mine, other in (
        (ours.query_key_value.weight, theirs.in_proj_weight),
        (ours.projection.weight, theirs.out_proj.weight),
        (ours.projection.bias, theirs.out_proj.bias),
    ):
        torch.testing.assert_close(mine.grad, other.grad, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("mask", [True, False])
@pytest.mark.parametrize("scale", [True, False])
def test_plain_heads_concatenated_and_projected_are_the_batched(mask, scale):
    ours, x = multi_head(4, mask, scale), random(3, 10, 32)
    heads = ours.plain()
    joined = torch.cat([head(x) for head in heads], -1)
    torch.testing.assert_close(
        ours.projection(joined), ours(x), atol=ATOL, rtol=0
    )
    maps = torch.stack([head.attention(x) for head in heads], 1)
    torch.testing.assert_close(ours.attention(x), maps, atol=ATOL, rtol=0)


VARIANTS = [
    {"norm": norm, "residual": residual}
    for norm in ("before", "after", "none")
    for residual in (True, False)
]
VARIANTS += [{"positions": False}, {"feedforward": False}, {"scale": False}]
VARIANTS += [{"nonlinearity": "gelu"}, {"attention": False}, {"n_layer": 0}]


def before_and_after(t, **knobs):
    """Logits (2, T, V) of two texts that differ in the token at t alone."""
    small = dict(n_embd=16, n_head=2, n_layer=2, block=10, init="torch")
    config = gpt.Config(**(small | knobs))
    model = gpt.GPT(config, 7, torch.Generator().manual_seed(2)).eval()
    generator = torch.Generator().manual_seed(t)
    tokens = torch.randint(0, 7, (1, 10), generator=generator).repeat(2, 1)
    tokens[1, t] = (tokens[1, t] + 1) % 7
    with torch.no_grad():
        return model(tokens)


@pytest.mark.parametrize("knobs", VARIANTS, ids=str)
def test_a_change_never_moves_what_comes_before_it(knobs):
    for t in range(10):
        one, other = before_and_after(t, **knobs)
        # not to the last bit: rows of one product may round differently
        torch.testing.assert_close(one[:t], other[:t], atol=1e-6, rtol=0)
        assert (one[t] - other[t]).abs().max() > 1e-5


@pytest.mark.parametrize("knobs", VARIANTS[:6], ids=str)
def test_without_the_mask_a_change_moves_what_comes_before_it(knobs):
    one, other = before_and_after(9, mask=False, **knobs)
    apart = (one - other).abs().amax(-1)
    assert (apart[:9] > 1e-5).all(), apart


def test_the_batch_rows_never_talk():
    # claim 100: graphs of their own
    model = attention.born(7)
    tokens = torch.randint(
        0, 7, (4, 8), generator=torch.Generator().manual_seed(1)
    )
    changed = tokens.clone()
    changed[0] = (changed[0] + 1) % 7
    with torch.no_grad():
        torch.testing.assert_close(
            model(tokens)[1:], model(changed)[1:], atol=0, rtol=0
        )


@pytest.mark.parametrize("mask", [True, False])
@pytest.mark.parametrize("places", [True, False])
def test_the_stages_are_those_of_the_head(mask, places):
    model = attention.born(7)
    head = attention.first_head(model, mask)
    x = attention.heard(model, [0, 3, 1, 6, 3], places)
    found = attention.stages(head, x)
    torch.testing.assert_close(found.softmax, head.attention(x))
    torch.testing.assert_close(found.out, head(x))
    torch.testing.assert_close(found.raw, found.query @ found.key.T)
    assert attention.from_torch(found, mask, head.scale) < ATOL
    assert attention.from_torch(found, not mask, head.scale) > 1e-3
    future = gpt.future(x)
    assert (found.softmax[future] == 0).all() == mask
    for i, row in enumerate(found.softmax.tolist()):
        by_hand = attention.weighted(row, found.value.tolist())
        assert by_hand == pytest.approx(found.out[i].tolist(), abs=1e-6)


def test_what_the_head_hears_is_what_the_block_hands_it():
    model = attention.born(7)
    tokens, caught = [2, 5, 0, 1], []
    model.blocks[0].attend.register_forward_pre_hook(
        lambda module, given: caught.append(given[0])
    )
    with torch.no_grad():
        model(torch.tensor([tokens]))
    torch.testing.assert_close(caught[0][0], attention.heard(model, tokens))


def test_cross_attention_is_torch_s_with_keys_from_another_text():
    model = attention.born(7)
    head = attention.first_head(model)
    x, other = (
        attention.heard(model, tokens)
        for tokens in ([0, 1, 2], [5, 4, 3, 6, 0])
    )
    found = attention.stages(head, x, other)
    assert found.softmax.shape == (3, 5)
    theirs = nn.MultiheadAttention(
        32, 1, bias=False, kdim=32, vdim=32, batch_first=True
    )
    # one head as wide as the channels, of which half are zero; torch would
    # divide by sqrt(32) where the head has 16 numbers
    wide = torch.zeros(3, 32, 32)
    for row, part in zip(wide, (head.query, head.key, head.value), strict=True):
        row[:16] = part.weight.detach()
    wide[0] *= 2**0.5
    theirs.in_proj_weight.data = wide.flatten(0, 1)
    theirs.out_proj.weight.data = torch.eye(32)
    out, weights = theirs(x[None], other[None], other[None])
    torch.testing.assert_close(found.softmax, weights[0], atol=ATOL, rtol=0)
    torch.testing.assert_close(found.out, out[0, :, :16], atol=ATOL, rtol=0)


def test_affinities_at_birth_are_the_lecture_s():
    # claim 103 of shared/lectures.md: variance 16 vs 1, top .62 vs .16
    without, scaled = (attention.at_birth(16, s) for s in (False, True))
    assert without.variance == pytest.approx(16, rel=0.05)
    assert scaled.variance == pytest.approx(1, rel=0.05)
    assert without.ranks[0] == pytest.approx(0.62, abs=0.02)
    assert scaled.ranks[0] == pytest.approx(0.16, abs=0.01)


@pytest.mark.parametrize("H", [1, 4, 64, 256])
def test_the_variance_of_a_dot_product_is_the_head_size(H):
    # a sum of H products of two unit normals, each of variance 1
    assert attention.at_birth(H, False).variance == pytest.approx(H, rel=0.15)
    assert attention.at_birth(H, True).variance == pytest.approx(1, rel=0.15)


def test_entropy_is_that_of_torch_s_distributions():
    found = attention.at_birth(16, True)
    generator = torch.Generator().manual_seed(1)
    q, k = (
        torch.randn(attention.QUERIES, n, 16, generator=generator)
        for n in (1, attention.NEIGHBOURS)
    )
    affinity = (q * k).sum(-1) / 4
    theirs = torch.distributions.Categorical(logits=affinity).entropy().mean()
    assert found.entropy == pytest.approx(theirs.item(), abs=1e-5)
    assert found.entropy < math.log(attention.NEIGHBOURS)
    assert sum(found.ranks) == pytest.approx(1)


def test_softmax_times_eight_is_the_lecture_s():
    # printed in lecture 7's notebook, L7.11
    once, eight = attention.sharpened(1), attention.sharpened(8)
    assert once == pytest.approx(
        [0.1925, 0.1426, 0.2351, 0.1426, 0.2872], abs=6e-5
    )
    assert eight == pytest.approx(
        [0.0326, 0.0030, 0.1615, 0.0030, 0.8000], abs=6e-5
    )


TOKENS = [0, 3, 1, 6, 2, 4, 5, 0]


def moves(places, mask):
    order = attention.shuffle(len(TOKENS), 4)
    model = attention.born(7)
    return attention.moved(model, TOKENS, order, places, mask)


def test_without_mask_and_places_outputs_are_permuted():
    # claim 99: within 6e-8 there
    assert max(moves(False, False)) < 1e-6
    assert min(moves(True, False)) > 1e-3


def test_under_the_mask_the_order_leaks_through_which_past_each_sees():
    *others, last = moves(False, True)
    assert last < 1e-6 < 1e-3 < max(others)
    assert moves(True, True)[-1] > 1e-3


def test_from_two_masked_blocks_on_the_last_character_feels_the_order():
    order = attention.shuffle(len(TOKENS), 4)
    one, two = (
        attention.through_blocks(7, TOKENS, order, n, True) for n in (1, 2)
    )
    assert one < 1e-5 < 1e-3 < two
    assert attention.through_blocks(7, TOKENS, order, 2, False) < 1e-5


@pytest.mark.parametrize("count", range(1, 17))
def test_a_shuffle_leaves_the_last_in_its_place(count):
    order = attention.shuffle(count, 7)
    assert sorted(order) == list(range(count)) and order[-1] == count - 1
    assert (order != sorted(order)) == (count > 2)
    assert [order[i] for i in attention.back(order)] == list(range(count))


def test_generation_without_crop_fails_after_8_characters():
    # L7.13: commit 28e5fd7 has no crop
    model, drawn = attention.with_table(65), []
    with pytest.raises(IndexError):
        for token in attention.generate(model, [0], False):
            drawn.append(token)
    assert len(drawn) == 8


def test_with_crop_it_goes_on_and_the_first_8_are_the_same():
    model = attention.with_table(65)
    short, long = (
        list(islice(attention.generate(model, [0], crop), count))
        for crop, count in ((False, 8), (True, 40))
    )
    assert short == long[:8] and len(long) == 40


def test_a_short_training_lets_the_head_look_at_something():
    data = text.own("ab " * 2000)
    before, after = attention.born(3), attention.learned(data)
    tokens = torch.tensor(text.encode("ab ab ab", data.letters))
    with torch.no_grad():
        losses = [
            F.cross_entropy(model(tokens[None])[0, :-1], tokens[1:]).item()
            for model in (before, after)
        ]
    assert losses[1] < 0.1 < losses[0]
