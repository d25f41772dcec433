"""What a GPT is made of in numbers: parameters, work, memory, and what
nanoGPT and GPT-3 do otherwise.
"""

import statistics
import time
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core import gpt
from core.data import text

PARTS = {  # by the names of gpt.GPT's attributes, in forward order
    "characters": "characters",
    "places": "places",
    "attend": "attention",
    "think": "feed-forward",
    "norm": "LayerNorm",
    "logits": "logits",
}


def part_of(name: str) -> str:
    """blocks.3.think.wide.weight is of the feed-forward part."""
    first = next(each for each in name.split(".") if part_key(each))
    return PARTS[part_key(first)]


def part_key(name: str) -> str:
    return name.rstrip("12") if name.rstrip("12") in PARTS else ""


def parts(config: gpt.Config, V: int) -> dict[str, int]:
    """How many numbers each part learns, over all blocks."""
    counts = dict.fromkeys(PARTS.values(), 0)
    for name, shape in gpt.shapes(config, V).items():
        counts[part_of(name)] += shape.numel()
    return counts


def rule(layers: int, channels: int) -> int:
    """The weights of the blocks alone: 4 C x C in attention (query, key,
    value, projection) and 8 in feed-forward (C to 4C and back)."""
    return 12 * layers * channels**2


# layers, channels, heads, block and vocabulary as their papers give them
KNOWN = {
    "GPT-2, the smallest": (12, 768, 12, 1_024, 50_257),
    "GPT-3": (96, 12_288, 96, 2_048, 50_257),
}


def with_embeddings(layers, channels, heads, block, V) -> int:
    """The rule, and the tables of tokens and places; no bias, no norm."""
    return rule(layers, channels) + (V + block) * channels


def groups(config: gpt.Config, V: int) -> dict[str, tuple[int, int]]:
    """Tensors and numbers that weight decay pulls at, and the others."""
    found = list(gpt.shapes(config, V).values())
    decayed = [shape.numel() for shape in found if len(shape) > 1]
    spared = [shape.numel() for shape in found if len(shape) == 1]
    return {
        "decayed": (len(decayed), sum(decayed)),
        "not decayed": (len(spared), sum(spared)),
    }


def groups_in_nanogpt(config: gpt.Config, V: int) -> dict:
    """The same net as nanoGPT has it on characters: no bias anywhere, and
    the logits' matrix is the characters' table."""
    C, L = config.n_embd, config.n_layer
    matrices = rule(L, C) + (V + config.block) * C
    return {
        "decayed": (4 * L + 2, matrices),
        "not decayed": (2 * L + 1, (2 * L + 1) * C),
    }


def work(config: gpt.Config, V: int) -> dict[str, int]:
    """Multiply-adds for one character of a full window, forward: once for
    each weight of a Linear, and twice for each character attended to."""
    weights = sum(
        shape.numel()
        for name, shape in gpt.shapes(config, V).items()
        if len(shape) > 1 and part_of(name) not in ("characters", "places")
    )
    layers = config.n_layer if config.attention else 0
    talk = 2 * config.block * config.n_embd * layers
    return {"weights": weights, "attention's pairs": talk}


def training(config: gpt.Config, V: int) -> int:
    """Floating-point operations, about: 2 for each parameter and token on
    the way forward, 4 on the way back."""
    tokens = config.steps * config.batch * config.block
    return 6 * gpt.parameters(config, V) * tokens


def memory(config: gpt.Config, V: int) -> dict[str, int]:
    """Bytes in training, at 4 a number; what the forward pass keeps for the
    way back comes on top."""
    N = gpt.parameters(config, V)
    return {"weights": 4 * N, "gradients": 4 * N, "AdamW's two means": 8 * N}


def schedule(config: gpt.Config, points: int = 300) -> list:
    """(step, rate) over the whole run."""
    steps = {1 + (config.steps - 1) * i // (points - 1) for i in range(points)}
    corners = {config.warmup, config.warmup + 1, config.switch + 1}
    steps |= {step for step in corners if 1 <= step <= config.steps}
    return [(step, gpt.rate_at(step, config)) for step in sorted(steps)]


def curves(xs: list[float]) -> dict[str, list[tuple[float, float, float]]]:
    """relu and gelu: (x, value, slope) of each."""
    found = {}
    for name, curve in {"relu": F.relu, "gelu": F.gelu}.items():
        x = torch.tensor(xs, requires_grad=True)
        y = curve(x)
        y.sum().backward()
        columns = zip(xs, y.tolist(), x.grad.tolist(), strict=True)
        found[name] = list(columns)
    return found


def one_by_one(heads: list[gpt.Head], projection: nn.Linear, x: Tensor):
    """The lecture's way: each head in its turn, then side by side."""
    return projection(torch.cat([head(x) for head in heads], -1))


SAMPLE = 16, 32  # B and T of what the two ways are tried on


def both_ways(config: gpt.Config):
    """One module, its heads as modules of their own, and numbers for both."""
    generator = torch.Generator().manual_seed(config.seed)
    module = gpt.MultiHead(replace(config, dropout=0.0), generator)
    gpt.draw(module, "torch", generator)
    x = torch.randn(*SAMPLE, config.n_embd, generator=generator)
    return module, module.plain(), x


@torch.no_grad()
def apart(config: gpt.Config) -> float:
    """The largest difference between the two ways."""
    module, heads, x = both_ways(config)
    looped = one_by_one(heads, module.projection, x)
    return (looped - module(x)).abs().max().item()


@torch.no_grad()
def times_faster(config: gpt.Config, pairs: int = 30) -> tuple[float, float]:
    """Milliseconds looped and at once, by turns in this very process: the
    median of each."""
    module, heads, x = both_ways(config)
    looped, at_once = [], []
    for _ in range(pairs):
        began = time.perf_counter()
        one_by_one(heads, module.projection, x)
        between = time.perf_counter()
        module(x)
        at_once.append(time.perf_counter() - between)
        looped.append(between - began)
    return 1000 * statistics.median(looped), 1000 * statistics.median(at_once)


@torch.no_grad()
def trace(config: gpt.Config) -> list[tuple[str, tuple[int, ...]]]:
    """What each line of MultiHead makes of a batch, and its shape."""
    module, _, x = both_ways(config)
    joined = module.query_key_value(x)
    q, k, v = module.split(x)
    A = module.attention(x)
    out = A @ v
    beside = out.transpose(1, 2).flatten(2)
    steps = {
        "x": x,
        "query, key and value in one Linear": joined,
        "q, and k and v alike: a head is one more dimension": q,
        "attention = softmax(q @ k, scaled and masked)": A,
        "attention @ v": out,
        "the heads side by side again": beside,
        "projection": module.projection(beside),
    }
    return [(what, tuple(each.shape)) for what, each in steps.items()]


@torch.no_grad()
def first_loss(config: gpt.Config, data: text.Text, init: str) -> float:
    """The loss before anything is learned, on a few windows."""
    small = replace(
        gpt.Config(), init=init, n_layer=config.n_layer and 2, batch=8
    )
    generator = torch.Generator().manual_seed(config.seed)
    model = gpt.GPT(small, len(data.letters), generator).eval()
    tokens, _ = gpt.tokens_of(text.Text("own", data.text[:20_000]))
    starts = gpt.random_starts(tokens, small, generator)
    return gpt.loss_of(model, *gpt.windows(tokens, starts, small.block)).item()


def gpu() -> bool:
    """Whether this machine has a GPU that torch can use."""
    return torch.cuda.is_available()
