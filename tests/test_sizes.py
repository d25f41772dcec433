"""A GPT in numbers, against published figures and torch's own counters."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from core import gpt, inside, knobs, sizes
from core.data import text
from pages.sections.gpt import bigger
from pages.sections.gpt.inside import as_drawn

SMALL = gpt.Config(n_embd=64, n_head=4, n_layer=4, block=32)
V = 65  # of tiny Shakespeare


def test_the_ledger_sums_to_the_published_counts():
    # lectures.md, claim 124: 0.209729 M small, 10.788929 M published
    assert sum(sizes.parts(SMALL, V).values()) == 209_729
    published = sizes.parts(gpt.PRESETS["published"], V)
    assert sum(published.values()) == 10_788_929


def test_each_part_is_as_counted_by_hand():
    C, T, L = 64, 32, 4
    assert sizes.parts(SMALL, V) == {
        "characters": V * C,
        "places": T * C,
        "attention": L * (4 * C * C + C),
        "feed-forward": L * (8 * C * C + 5 * C),
        "LayerNorm": (2 * L + 1) * 2 * C,
        "logits": C * V + V,
    }


@pytest.mark.parametrize(
    "off", ["attention", "feedforward", "positions", "norm"]
)
def test_a_switch_takes_its_part_out(off):
    config = gpt.Config(**{off: "none" if off == "norm" else False})
    found = sizes.parts(config, V)
    assert sum(found.values()) == gpt.parameters(config, V)
    gone = {"feedforward": "feed-forward", "positions": "places"}
    gone["norm"] = "LayerNorm"
    assert found[gone.get(off, off)] == 0


def test_the_rule_gives_the_sizes_of_gpt_2_and_gpt_3():
    small, large = sizes.KNOWN.values()
    # Hugging Face's gpt2 has 124,439,808 parameters; the rule leaves out
    # biases and LayerNorm: 13 C a block and 2 C at the end
    left_out = 12 * 13 * 768 + 2 * 768
    assert sizes.with_embeddings(*small) + left_out == 124_439_808
    # "175 billion", Brown et al. 2020, table 2.1: 96 layers, 12,288 wide
    assert sizes.with_embeddings(*large) == pytest.approx(175e9, rel=0.005)


def test_the_rule_is_the_blocks_matrices():
    found = sizes.parts(SMALL, V)
    biases = 4 * (64 + 5 * 64)
    assert (
        sizes.rule(4, 64) == found["attention"] + found["feed-forward"] - biases
    )


def test_nanogpt_s_decay_groups_are_the_lecture_s():
    # lectures.md, claim 129: 18 tensors 802,944 / 9 tensors 1,152, which is
    # nanoGPT's size for a CPU: 4 layers, 4 heads, 128 channels, block 64
    config = gpt.Config(n_embd=128, n_head=4, n_layer=4, block=64)
    found = sizes.groups_in_nanogpt(config, V)
    assert found == {"decayed": (18, 802_944), "not decayed": (9, 1_152)}


def test_the_decay_groups_are_those_of_the_optimizer():
    data = text.own("abcdefgh" * 500)
    state = gpt.State(SMALL, data)
    groups = sizes.groups(SMALL, len(data.letters))
    moved = zip(groups, state.optimizer.parameters, strict=True)
    for name, vector in moved:
        assert vector.numel() == groups[name][1]
    learned = list(gpt.GPT(SMALL, len(data.letters)).parameters())
    assert sum(tensors for tensors, _ in groups.values()) == len(learned)


@pytest.mark.parametrize("name", ["lecture", "ladder: LayerNorm"])
def test_the_work_is_what_torch_counts(name):
    config = gpt.PRESETS[name]
    model = gpt.GPT(config, V).eval()
    tokens = torch.zeros(1, config.block, dtype=torch.long)
    counter = FlopCounterMode(display=False)  # it knows no fused attention
    with sdpa_kernel(SDPBackend.MATH), counter, torch.no_grad():
        model(tokens)
    counted = counter.get_total_flops() / 2 / config.block
    assert sum(sizes.work(config, V).values()) == counted


def test_memory_is_what_adamw_keeps():
    data = text.own("abcdefgh" * 500)
    state = gpt.State(SMALL, data)
    kept = [*state.optimizer.means, *state.optimizer.squares]
    found = sizes.memory(SMALL, len(data.letters))
    assert found["AdamW's two means"] == sum(each.nbytes for each in kept)
    assert found["weights"] == sum(each.nbytes for each in state.vectors)


def test_training_takes_six_operations_a_parameter_and_token():
    config = gpt.PRESETS["published"]
    tokens = 5_000 * 64 * 256
    assert sizes.training(config, V) == 6 * 10_788_929 * tokens


def test_the_schedule_has_the_corners_of_the_rate():
    config = gpt.Config(steps=2_000, rate=0.003, warmup=100)
    points = dict(sizes.schedule(config))
    assert points[100] < points[101] == pytest.approx(0.003, rel=1e-4)
    assert points[2_000] == pytest.approx(0.0003)
    assert len(points) <= 303 and min(points) == 1
    assert dict(sizes.schedule(gpt.Config(steps=1))).keys() == {1}


def test_gelu_is_x_times_the_chance_to_be_below_x():
    for x, y, slope in sizes.curves([-2.0, -0.5, 0.0, 1.0])["gelu"]:
        below = (1 + math.erf(x / 2**0.5)) / 2
        density = math.exp(-x * x / 2) / (2 * math.pi) ** 0.5
        assert y == pytest.approx(x * below, abs=1e-6)
        assert slope == pytest.approx(below + x * density, abs=1e-6)


def test_heads_one_by_one_are_torch_s_multihead_attention():
    config = gpt.Config(n_embd=24, n_head=3)
    module, heads, x = sizes.both_ways(config)
    twin = nn.MultiheadAttention(24, 3, bias=True, batch_first=True)
    with torch.no_grad():
        twin.in_proj_weight.copy_(module.query_key_value.weight)
        twin.in_proj_bias.zero_()
        twin.out_proj.weight.copy_(module.projection.weight)
        twin.out_proj.bias.copy_(module.projection.bias)
        future = torch.ones(32, 32, dtype=torch.bool).triu(1)
        expected, _ = twin(x, x, x, attn_mask=future)
        looped = sizes.one_by_one(heads, module.projection, x)
    assert torch.allclose(looped, expected, atol=1e-6)
    assert sizes.apart(config) < 1e-6


def test_the_trace_shows_heads_as_one_more_dimension():
    shapes = [shape for _, shape in sizes.trace(SMALL)]
    assert (16, 4, 32, 16) in shapes and (16, 4, 32, 32) in shapes
    assert shapes[0] == shapes[-1] == (16, 32, 64)


def test_first_weights_guess_about_evenly():
    data = text.own("".join(chr(97 + i * i % 26) for i in range(6_000)))
    even = math.log(len(data.letters))
    # width 0.02 gives logits of about 0.02 * sqrt(64): guessing, almost
    found = sizes.first_loss(gpt.Config(), data, "0.02")
    assert found == pytest.approx(even, abs=0.08)


def moved() -> list[gpt.Config]:
    """One knob after another at another value."""
    found = []
    for knob in knobs.knobs_of(gpt.Config):
        ends = knob.choices or (knob.low, knob.high)
        ends = (True, False) if knob.kind is bool else ends
        other = next(end for end in ends if end != knob.default)
        found.append(gpt.Config(**{knob.name: other}))
    return found


@pytest.mark.parametrize("config", moved())
def test_what_a_page_keeps_by_some_knobs_hangs_on_no_other(config):
    with torch.device("meta"):
        built = dict(gpt.GPT(config, V).named_parameters())
    assert gpt.shapes(config, V) == {n: p.shape for n, p in built.items()}
    size = gpt.of_size(config)
    kept = replace(size, steps=config.steps, batch=config.batch)
    assert bigger.counts([config], V) == bigger.counts([kept], V)
    theirs = sizes.groups_in_nanogpt(size, V)
    assert sizes.groups_in_nanogpt(config, V) == theirs
    schedule = {name: getattr(config, name) for name in bigger.SCHEDULE}
    kept = gpt.Config(**schedule)
    assert sizes.schedule(config) == sizes.schedule(kept)
    assert config.clip == kept.clip
    one, other = (
        inside.untrained(each, V) for each in (config, as_drawn(config))
    )
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    assert all(torch.equal(mine, theirs) for mine, theirs in pairs)
    logits = [inside.next_logits(each, [1, 2, 3]) for each in (one, other)]
    assert torch.equal(*logits)
