"""Writing, against the lecture's plain loop and computations of our own."""

import itertools
import math
import random

import pytest
import torch

from core import generation, gpt

V = 11
KNOBS = {
    "as it is": {},
    "no positions": {"positions": False},
    "norm after": {"norm": "after"},
    "no norm, no residual": {"norm": "none", "residual": False},
    "mask off": {"mask": False},
    "no blocks": {"n_layer": 0},
    "one block": {"n_layer": 1},
    "no attention": {"attention": False},
    "no feed-forward": {"feedforward": False},
    "gelu, no scale": {"nonlinearity": "gelu", "scale": False},
    "block of 1": {"block": 1},
}


def net(norm="before", **knobs):
    """Weights as torch draws them, larger where a LayerNorm follows: chances
    that differ from context to context, and are no certainties."""
    given = {"n_embd": 16, "n_head": 2, "n_layer": 3, "block": 6}
    config = gpt.Config(**(given | {"init": "torch", "norm": norm} | knobs))
    model = gpt.GPT(config, V, torch.Generator().manual_seed(5)).eval()
    for each in model.parameters():
        each.data *= {"before": 3, "after": 1.5, "none": 1}[norm]
    return model


@torch.no_grad()
def lecture(model, tokens, count, generator):
    """generate() of the lecture's gpt.py, for one row."""
    index = torch.tensor([tokens])
    for _ in range(count):
        logits = model(index[:, -model.block :])[:, -1, :]
        probs = torch.softmax(logits, dim=-1)
        following = torch.multinomial(probs, 1, generator=generator)
        index = torch.cat((index, following), dim=1)
    return index[0, len(tokens) :].tolist()


@pytest.mark.parametrize("knobs", KNOBS.values(), ids=KNOBS)
@pytest.mark.parametrize("given", [1, 4, 6, 15])
def test_every_token_is_the_lecture_s_past_the_block_too(knobs, given):
    model = net(**knobs)
    prompt = [random.Random(given).randrange(V) for _ in range(given)]
    seeds = (torch.Generator().manual_seed(7) for _ in range(2))
    ours, theirs = seeds
    written = generation.generate(model, prompt, 40, ours)
    assert written == lecture(model, prompt, 40, theirs)
    assert len(set(written)) > 1


def test_keys_that_are_kept_give_the_logits_of_the_whole():
    model, tokens, past = net(), [3, 1, 4, 1, 5, 9, 2, 6, 5], None
    with torch.no_grad():
        for end in range(1, len(tokens) + 1):
            seen = tokens[:end]
            ours, past = generation.last_logits(model, seen, past, "cpu")
            whole = model(torch.tensor([seen[-6:]]))[0, -1]
            torch.testing.assert_close(ours, whole)


def test_a_stream_may_stop_and_go_on():
    model = net()
    seeds = [torch.Generator().manual_seed(2) for _ in range(2)]
    at_once = generation.generate(model, [1], 20, seeds[0])
    stream = generation.stream(model, [1], seeds[1])
    pieces = [list(itertools.islice(stream, 7)) for _ in range(3)]
    assert sum(pieces, [])[:20] == at_once


def some_logits(seed, count=V):
    return torch.randn(count, generator=torch.Generator().manual_seed(seed))


def by_hand(logits, temperature=1.0, top_k=0, top_p=1.0):
    """The same three filters with lists and a sort."""
    logits = [x / temperature for x in logits.tolist()]
    order = sorted(range(len(logits)), key=lambda i: -logits[i])
    kept = order[:top_k] if top_k else order
    high = logits[order[0]]
    weight = {i: math.exp(logits[i] - high) for i in kept}
    total, reached, nucleus = sum(weight.values()), 0.0, []
    for i in kept:
        if reached >= top_p:
            break
        nucleus.append(i)
        reached += weight[i] / total
    total = sum(weight[i] for i in nucleus)
    return [
        weight[i] / total if i in nucleus else 0.0 for i in range(len(logits))
    ]


@pytest.mark.parametrize("temperature", [0.1, 0.7, 1.0, 3.0])
@pytest.mark.parametrize("top_k", [0, 1, 3, V, 50])
@pytest.mark.parametrize("top_p", [0.05, 0.5, 0.9, 1.0])
def test_chances_are_those_computed_by_hand(temperature, top_k, top_p):
    for seed in range(5):
        logits = some_logits(seed)
        ours = generation.chances(logits, temperature, top_k, top_p)
        theirs = by_hand(logits, temperature, top_k, top_p)
        assert ours.tolist() == pytest.approx(theirs, abs=1e-6)
        assert ours.sum().item() == pytest.approx(1, abs=1e-6)


def test_a_low_temperature_sharpens_and_a_high_one_flattens():
    logits = some_logits(1)
    highest = [
        generation.chances(logits, temperature).max().item()
        for temperature in (0.01, 0.5, 1.0, 2.0, 100.0)
    ]
    assert highest == sorted(highest, reverse=True)
    assert highest[0] > 0.95
    assert highest[-1] == pytest.approx(1 / V, rel=0.05)


def cumulative(P, u):
    """The first token at whose end the sum is over u of the whole."""
    whole, reached = sum(P), 0.0
    for token, chance in enumerate(P):
        reached += chance
        if u * whole < reached:
            return token
    return max(token for token, chance in enumerate(P) if chance)


def test_the_needle_hits_what_a_loop_over_the_shares_hits():
    draw = random.Random(4)
    for seed in range(300):
        how = draw.choice([0.3, 1.0, 2.0]), draw.choice([0, 2, 5])
        P = generation.chances(some_logits(seed), *how, draw.choice([0.6, 1.0]))
        u = draw.random()
        assert generation.at_needle(P, u) == cumulative(P.tolist(), u)


@pytest.mark.parametrize(
    "P",
    [[0, 0, 1, 0], [0.5, 0, 0.5, 0], [0, 0.25, 0, 0.75], [1e-30, 0, 1, 0]],
)
@pytest.mark.parametrize("u", [0.0, 0.25, 0.5, 0.75, 0.999, 1 - 2**-53])
def test_the_needle_never_hits_a_token_of_chance_0(P, u):
    assert P[generation.at_needle(torch.tensor(P).float(), u)] > 0


def test_needles_hit_in_proportion():
    P = generation.chances(some_logits(3))
    needles = [(i + 0.5) / 5_000 for i in range(5_000)]
    hits = [generation.at_needle(P, u) for u in needles]
    for token, chance in enumerate(P.tolist()):
        # evenly spaced: off by at most one needle at each end
        assert abs(hits.count(token) - 5_000 * chance) <= 2


def test_what_was_filtered_is_never_drawn():
    model = net()
    generator = torch.Generator().manual_seed(0)
    greedy = generation.generate(model, [1], 12, generator, top_k=1)
    index = [1]
    with torch.no_grad():
        for _ in range(12):
            logits = model(torch.tensor([index[-6:]]))[0, -1]
            index.append(logits.argmax().item())
    assert greedy == index[1:]
