"""GPT against torch, the lecture's figures, and itself cut off half-way."""

import io
import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from core import gpt, landmarks
from core.data import text

DATA = text.own("the quick brown fox jumps over the lazy dog.\n" * 100)
SMALL = gpt.Config(
    steps=60, n_embd=16, n_head=4, n_layer=2, block=8, batch=4, dropout=0.1
)


def test_tokens_are_those_that_encode_gives():
    # letters of one to four bytes, in the order of Unicode
    signs = "\n\t az\u00e9\u05d0\u4e2d\uffff\U0001f600\U0010ffff"
    data = text.own(signs * 300)
    tokens = torch.cat(gpt.tokens_of(data))
    assert tokens.tolist() == text.encode(data.text, data.letters)
    assert tokens.dtype == torch.int64


def records(config, data=DATA, state=None):
    training, found = gpt.train(config, data, state), []
    while True:
        try:
            found.append(next(training))
        except StopIteration as end:
            return found, end.value


def test_the_published_size_has_the_lecture_s_parameters():
    # lecture 7 prints 10.788929 M parameters, and 0.209729 M for the small
    assert gpt.parameters(gpt.PRESETS["published"], 65) == 10_788_929
    assert gpt.parameters(gpt.PRESETS["lecture"], 65) == 209_729


def test_a_block_equals_torch_s_encoder_layer_with_its_weights():
    config = replace(SMALL, dropout=0.0)
    generator = torch.Generator().manual_seed(5)
    block = gpt.GPT(config, 7, generator).blocks[0]
    twin = nn.TransformerEncoderLayer(
        16, 4, 64, dropout=0.0, norm_first=True, batch_first=True
    )
    attend, think = block.attend, block.think
    twin.self_attn.in_proj_weight.data = attend.query_key_value.weight
    twin.self_attn.in_proj_bias.data.zero_()
    twin.self_attn.out_proj = attend.projection
    twin.linear1, twin.linear2 = think.wide, think.projection
    x = torch.randn(3, 8, 16, generator=generator)
    mask = gpt.future(x)
    theirs = twin(x, src_mask=mask, is_causal=True)
    assert torch.allclose(block(x), theirs, atol=1e-6)


def test_dropout_keeps_the_mean_and_is_off_in_evaluation():
    drop = gpt.Dropout(0.25, torch.Generator().manual_seed(1))
    x = torch.ones(200_000)
    dropped = drop(x)
    assert (dropped == 0).float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert dropped.mean().item() == pytest.approx(1, abs=0.01)
    assert drop.eval()(x) is x


def test_the_gradient_of_a_net_laid_end_to_end_is_autograd_s():
    plain = gpt.GPT(SMALL, 27, torch.Generator().manual_seed(2)).eval()
    flat = gpt.GPT(SMALL, 27, torch.Generator().manual_seed(2)).eval()
    whole = gpt.end_to_end(list(flat.parameters()))
    X = torch.randint(27, (4, 8), generator=torch.Generator().manual_seed(3))
    for model in (plain, flat):
        gpt.loss_of(model, X, X.roll(-1, 1)).backward()
    theirs = torch.cat([p.grad.flatten() for p in plain.parameters()])
    assert torch.allclose(whole.grad, theirs, atol=1e-7)


def test_a_step_is_torch_s_adamw_with_decay_on_matrices_only():
    config = replace(
        SMALL, steps=1, decay=0.5, clip=0.01, warmup=0, cosine=False
    )
    state = gpt.State(config, DATA)
    twin = gpt.State(config, DATA).model
    learned = list(twin.parameters())
    # before training loosens them: a module's own parameters again
    for each in learned:
        each.grad = None
    groups = [
        {"params": [p for p in learned if p.dim() > 1], "weight_decay": 0.5},
        {"params": [p for p in learned if p.dim() == 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, config.rate, foreach=False)
    generator = torch.Generator().manual_seed(config.seed)
    gpt.GPT(config, len(DATA.letters), generator)  # draws its weights first
    tokens, _ = gpt.tokens_of(DATA)
    starts = gpt.random_starts(tokens, config, generator)
    X, Y = gpt.windows(tokens, starts, config.block)
    list(gpt.train(config, DATA, state))
    # the look before the step draws no dropout: both begin alike
    F.cross_entropy(twin(X).flatten(0, 1), Y.flatten()).backward()
    nn.utils.clip_grad_norm_(learned, 0.01)
    optimizer.step()
    for one, other in zip(state.model.parameters(), learned, strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_the_rate_climbs_and_falls_as_said():
    config = replace(SMALL, steps=100, rate=0.01, warmup=9, clip=0.0)
    assert gpt.rate_at(5, config) == pytest.approx(0.005)
    assert gpt.rate_at(10, config) == pytest.approx(0.01, rel=0.01)
    assert gpt.rate_at(100, config) == pytest.approx(0.001)
    middle = gpt.rate_at(9 + 91 // 2, config)
    assert middle == pytest.approx(0.0055, rel=0.02)
    assert gpt.rate_at(77, replace(config, cosine=False, warmup=0)) == 0.01


def test_a_run_saved_between_two_records_goes_on_as_if_never_cut_off():
    whole, result = records(SMALL)
    first = gpt.State(SMALL, DATA)
    training = gpt.train(SMALL, DATA, first)
    begun = [next(training) for _ in range(33)]
    file = io.BytesIO()  # through a file, as the worker does
    torch.save(first.save(), file)
    file.seek(0)
    second = gpt.State(SMALL, DATA)
    second.load(torch.load(file, weights_only=True))
    rest, again = records(SMALL, DATA, second)
    assert begun + rest == whole
    assert all(
        torch.equal(a, b)
        for a, b in zip(result.weights, again.weights, strict=True)
    )


def test_the_same_question_has_the_same_answer_whatever_chance_did_before():
    first, _ = records(replace(SMALL, steps=25))
    torch.manual_seed(99)
    second, _ = records(replace(SMALL, steps=25))
    assert first == second


def test_nets_that_differ_in_a_switch_begin_with_the_same_weights():
    V = len(DATA.letters)

    def drawn(**switches):
        config = replace(SMALL, **switches)
        model = gpt.GPT(config, V, torch.Generator().manual_seed(1))
        return dict(model.named_parameters())

    whole = drawn()
    for cut in (
        {"positions": False}, {"attention": False}, {"feedforward": False},
        {"norm": "none"}, {"residual": False}, {"n_head": 1}, {"mask": False},
    ):  # fmt: skip
        for name, weight in drawn(**cut).items():
            assert torch.equal(weight, whole[name])


@pytest.mark.parametrize(
    "knobs",
    [
        {"n_layer": 0, "positions": False, "norm": "none"}, {"init": "torch"},
        {"attention": False}, {"feedforward": False}, {"norm": "after"},
        {"mask": False, "scale": False, "nonlinearity": "gelu"},
        {"attention": False, "feedforward": False}, {"block": 1},
    ],
)  # fmt: skip
def test_every_switch_trains_and_comes_back_from_its_result(knobs):
    config = replace(SMALL, steps=22, **knobs)
    found, result = records(config)
    assert found[-1].step == 22 and math.isfinite(result.dev)
    model = gpt.learned_model(config, vars(result))
    tokens, _ = gpt.tokens_of(DATA)
    again = gpt.estimate_loss(model, tokens, config, gpt.FINALLY)
    assert again == pytest.approx(result.train, abs=1e-6)


def test_it_learns_what_is_there_to_learn():
    # the text repeats every 45 characters: with eight of them all is known
    config = replace(SMALL, steps=400, rate=0.01, n_embd=32, dropout=0.0)
    _, result = records(config)
    assert result.dev < 0.25 < landmarks.entropy(DATA.text)


def test_heads_that_cannot_share_the_channels_are_refused_in_words():
    with pytest.raises(ValueError, match="5 heads cannot share 64 channels"):
        gpt.Config(n_head=5)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_said_in_words():
    with pytest.raises(ValueError, match="no GPU"):
        next(gpt.train(replace(SMALL, device="cuda"), DATA))


def test_a_rate_that_is_far_too_high_is_said_in_words():
    wild = replace(
        SMALL, rate=1.0, clip=0.0, warmup=0, cosine=False, norm="none",
        n_layer=8, steps=400, init="torch",
    )  # fmt: skip
    with pytest.raises(ValueError, match="left all bounds.*a rate of 1 is"):
        records(wild)


@pytest.mark.parametrize(
    "knobs",
    [{}, {"block": 4, "batch": 3}, {"n_layer": 0}, {"positions": False}],
)
def test_the_record_before_a_run_is_the_one_that_training_yields(knobs):
    config = replace(SMALL, steps=1, **knobs)
    shown = gpt.first_record(config, DATA)
    trained = next(gpt.train(config, DATA))
    [sample] = trained.samples
    brief = {"train": None, "dev": None, "samples": (sample[: gpt.BRIEF],)}
    # train keeps its weights end to end: the length is another sum
    norm = pytest.approx(trained.norm, rel=1e-5)
    assert shown == replace(trained, norm=norm, **brief)
