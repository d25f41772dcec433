"""The parts of a block, against torch and the lecture's figures."""

import math

import pytest
import torch
from torch import nn

from core import blocks, gpt
from core.data import text

ABC = text.own("abc " * 1000)
CYRILLIC = text.own("мама мыла раму\n" * 300)


def reach(layers, residual, norm, init="torch", data=None):
    config = blocks.sized(layers, residual=residual, norm=norm, init=init)
    return blocks.gradients(config, data or text.local())


def test_without_residuals_twelve_blocks_leave_no_gradient():
    # facts.md, on L7.12: 8e-16 at the embedding; the order of magnitude
    bare = reach(12, False, "none").table
    assert 1e-17 < bare < 1e-14


def test_residual_and_layernorm_keep_the_gradient():
    # facts.md, on L7.12: 4e-2 at the embedding
    assert reach(12, True, "before").table == pytest.approx(4e-2, rel=0.5)


def test_residuals_alone_keep_the_gradient():
    # lectures.md, claim 108: .19 with skip connections and no LayerNorm
    assert 0.05 < reach(12, True, "none").table < 0.6


def test_the_gradient_of_each_stream_is_autograd_s():
    config = blocks.sized(3)
    found = blocks.gradients(config, ABC)
    model = blocks.first(config, ABC)
    generator = torch.Generator().manual_seed(config.seed)
    tokens = torch.tensor(text.encode(ABC.text, ABC.letters))
    X, Y = gpt.windows(
        tokens, gpt.random_starts(tokens, config, generator), config.block
    )
    arrived = []
    for block in model.blocks:
        block.register_full_backward_hook(
            lambda _, into, out: arrived.append(out[0].norm().item())
        )
    gpt.loss_of(model, X, Y).backward()
    assert found.streams[1:] == pytest.approx(arrived[::-1], rel=1e-4)
    at_table = model.characters.weight.grad.norm().item()
    assert found.table == pytest.approx(at_table, rel=1e-4)


def test_at_0_02_twelve_blocks_underflow():
    # 24 matrices each shrink it: no float32 is as small
    assert reach(12, False, "none", "0.02").table == 0


def test_plus_passes_the_gradient_on_to_both():
    a, b = (torch.tensor(n, requires_grad=True) for n in (2.0, -3.0))
    (a + b).backward()
    assert blocks.plus(2.0, -3.0) == (a.grad.item(), b.grad.item()) == (1, 1)


@pytest.mark.parametrize("data", [ABC, CYRILLIC], ids=["abc", "cyrillic"])
@pytest.mark.parametrize("place", [0, 3, 7])
def test_feedforward_moves_one_place_and_attention_no_earlier(data, place):
    found = blocks.moved(data, place)
    thought = found["feed-forward"]
    assert thought[place] > 0
    assert all(size == 0 for i, size in enumerate(thought) if i != place)
    heard = found["attention"]
    assert all(size == 0 for size in heard[:place])
    assert all(size > 0 for size in heard[place:])


def test_the_weights_of_a_block_are_counted_by_hand():
    C = 32
    attention = 3 * C * C + C * C + C  # L7.12: queries, keys, values without
    think = C * 4 * C + 4 * C + 4 * C * C + C  # bias; Linears with
    norms = 2 * 2 * C
    assert blocks.weights_in(blocks.sized()) == attention + think + norms
    bare = blocks.sized(norm="none", feedforward=False)
    assert blocks.weights_in(bare) == attention
    none = blocks.sized(norm="none", feedforward=False, attention=False)
    assert blocks.weights_in(none) == 0


@pytest.mark.parametrize("heads", [1, 2, 8])
def test_the_stages_of_the_heads_end_in_what_attention_answers(heads):
    model = blocks.first(blocks.sized(n_head=heads), ABC)
    x = torch.randn(2, 5, 32, generator=torch.Generator().manual_seed(1))
    found = list(blocks.shapes(model.blocks[0].attend, x).values())
    H = 32 // heads
    heard = (2, heads, 5, H)
    assert found == [
        (2, 5, 32),
        heard,
        (2, heads, 5, 5),
        heard,
        (2, 5, 32),
        tuple(model.blocks[0].attend(x).shape),
    ]


def test_the_quieter_start_has_nanogpts_spread():
    # nanoGPT's model.py: c_proj weights with std 0.02 / sqrt(2 n_layer)
    model = blocks.first(blocks.sized(6, init="0.02"), ABC)
    blocks.quieten(model)
    drawn = torch.cat(
        [b.think.projection.weight.flatten() for b in model.blocks]
    )
    assert drawn.std().item() == pytest.approx(0.02 / math.sqrt(12), rel=0.03)
    wide = torch.cat([b.think.wide.weight.flatten() for b in model.blocks])
    assert wide.std().item() == pytest.approx(0.02, rel=0.03)


def test_the_quieter_start_makes_every_branch_smaller():
    tokens = blocks.window(ABC)
    model = blocks.first(blocks.sized(6), ABC)
    before, longer = gpt.branches(model, tokens), blocks.growth(model, tokens)
    blocks.quieten(model)
    after = gpt.branches(model, tokens)
    assert all(b < a for a, b in zip(before, after, strict=True))
    assert 1 < blocks.growth(model, tokens) < longer


def test_layer_norm_is_torch_s():
    x = torch.randn(4, 8, 32, generator=torch.Generator().manual_seed(1)) * 3
    norm = nn.LayerNorm(32)
    with torch.no_grad():
        norm.weight.uniform_(0.5, 2)
        norm.bias.uniform_(-1, 1)
        found = blocks.layer_norm(x, norm.weight, norm.bias)
        torch.testing.assert_close(found, norm(x))


def test_by_columns_it_is_torch_s_batchnorm():
    x = blocks.lectures_numbers()
    torch.testing.assert_close(
        blocks.layer_norm(x, over=0), nn.BatchNorm1d(100, affine=False)(x)
    )


def test_the_lectures_tensor_has_normal_rows_and_other_columns():
    # L7.14: the lecture prints 0.1469 and 0.8803, then 0 and 1
    x = blocks.layer_norm(blocks.lectures_numbers(), over=1, correction=1)
    found = blocks.lines(x)
    assert found["column"][0] == pytest.approx((0.1469, 0.8803), abs=5e-5)
    assert found["row"][0] == pytest.approx((0, 1), abs=1e-4)
    assert (len(found["column"]), len(found["row"])) == (100, 32)


def test_one_example_moves_others_under_batchnorm_only():
    found = blocks.raised(4, 5.0)
    assert all(size > 0 for size in found["BatchNorm"])
    others = [size for i, size in enumerate(found["LayerNorm"]) if i != 4]
    assert all(size == 0 for size in others)
    assert found["LayerNorm"][4] > 0


def test_a_character_s_features_spread_as_its_weights_do():
    # two embeddings added: of spread 1 and of 0.02 each
    for init, spread in (("torch", 1.0), ("0.02", 0.02)):
        x = blocks.token(ABC, 2, init)
        assert x.shape == (384,)
        assert x.std().item() == pytest.approx(2**0.5 * spread, rel=0.15)


def test_the_first_norm_of_a_model_is_torch_s_on_its_embedding():
    model = blocks.first(gpt.Config(block=4, n_layer=1), ABC)
    with torch.no_grad():
        model.blocks[0].norm1.weight.fill_(3.0)
    x, y = blocks.at_first_norm(model, ABC, 2)
    token, place = text.encode("abc", ABC.letters)[2], 2
    row = model.characters.weight[token] + model.places.weight[place]
    torch.testing.assert_close(x, row.detach())
    normal = torch.nn.functional.layer_norm(x, (64,))
    torch.testing.assert_close(y, 3 * normal)


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_what_dropout_leaves_is_larger_and_the_rest_zero(p):
    shares = []
    for times in range(1, 21):
        found = blocks.dropped(ABC, p, times)
        for before, after in (found.attention, found.heard, found.thought):
            stays = after != 0
            torch.testing.assert_close(after[stays], before[stays] / (1 - p))
        shares.append((found.thought[1] == 0).float().mean().item())
    assert sum(shares) / len(shares) == pytest.approx(p, abs=0.03)


def test_rows_with_holes_sum_to_1_only_in_the_mean():
    sums = torch.stack(
        [
            blocks.dropped(ABC, 0.2, n).attention[1].sum(-1)
            for n in range(1, 301)
        ]
    )
    assert sums.std(0).min() > 0.05
    # 300 draws of a row of one: spread 0.5 / sqrt(300) = 0.03
    assert sums.mean(0).tolist() == pytest.approx([1.0] * 8, abs=0.1)


def test_two_passes_have_two_masks():
    one, other = (blocks.dropped(ABC, 0.5, n).heard[1] == 0 for n in (1, 2))
    assert not torch.equal(one, other)
    again = blocks.dropped(ABC, 0.5, 1).heard[1] == 0
    assert torch.equal(one, again)


def test_units_stay_by_chance():
    stay = sum(blocks.thinned(50, 100, 0.3, 1), [])
    assert sum(stay) / len(stay) == pytest.approx(0.7, abs=0.02)


def test_evaluation_answers_the_same_and_training_does_not():
    dropping, whole = blocks.answers(ABC, 0.2, 5)
    assert torch.equal(whole, whole[:1].expand_as(whole))
    assert len({row[0].item() for row in dropping}) == 5
    assert whole.sum(-1).tolist() == pytest.approx([1.0] * 5)


def test_the_mean_of_many_passes_comes_near_the_whole_net():
    # claim 117; it comes closer, but the net bends, so it need not arrive
    dropping, whole = blocks.answers(text.local(), 0.2, 256)
    away = blocks.away(dropping, whole)
    alone = (dropping - whole).norm(dim=1).mean() / whole[0].norm()
    assert away[-1] < alone / 3
    by_hand = (dropping.mean(0) - whole[0]).norm() / whole[0].norm()
    assert away[-1] == pytest.approx(by_hand.item(), rel=1e-3)


def test_kept_bytes_are_those_that_the_way_back_needs():
    # Linear keeps its input, tanh its output: float32, 4 bytes a number
    x = torch.randn(16, 10, generator=torch.Generator().manual_seed(1))
    net = nn.Sequential(nn.Linear(10, 30), nn.Tanh(), nn.Linear(30, 5))
    # the last Linear keeps what tanh kept already
    assert blocks.kept_bytes(net, lambda: net(x)) == 4 * 16 * (10 + 30)
    with torch.no_grad():
        assert blocks.kept_bytes(net, lambda: net(x)) == 0


def test_no_grad_keeps_nothing_and_eval_keeps_almost_all():
    # claim 135: megabytes against 0
    found = blocks.memory(65, 0.2)
    (train, none), (evaluation, nothing) = found["train()"], found["eval()"]
    assert none == nothing == 0
    assert 5e6 < evaluation < train < 2 * evaluation
