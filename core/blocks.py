"""What the parts of a block do before anything is learned: who hears whom,
how far the gradient reaches, what LayerNorm and dropout change.

All at the lecture's small size, and on the first characters of a text.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core import gpt
from core.data import text
from core.engine import Value

LOOKED = 5_000  # characters from which a batch is drawn
SHOWN = 8  # characters in a window


def sized(layers: int = 1, **knobs) -> gpt.Config:
    """The lecture's small net with all that its last milestone has."""
    best = {"residual": True, "norm": "before"}
    return gpt.rung(n_layer=layers, **(best | knobs))


def first(config: gpt.Config, data: text.Text) -> gpt.GPT:
    generator = torch.Generator().manual_seed(config.seed)
    return gpt.GPT(config, len(data.letters), generator)


def window(data: text.Text, start: int = 0) -> Tensor:  # (1, T)
    seen = data.text[start : start + SHOWN]
    return torch.tensor([text.encode(seen, data.letters)])


def weights_in(config: gpt.Config) -> int:
    """How many numbers one block of this kind learns."""
    block = gpt.Block(config, None)
    block.leave_out(config)
    return sum(each.numel() for each in block.parameters())


def shapes(attend: gpt.MultiHead, x: Tensor) -> dict[str, tuple]:
    """Of every stage of the heads, on their way from x to x."""
    q, _, v = attend.split(x)  # (B, heads, T, H) each
    affinity = attend.attention(x)  # (B, heads, T, T)
    heard = affinity @ v  # (B, heads, T, H)
    joined = heard.transpose(1, 2).flatten(2)  # (B, T, C)
    stages = {"the stream": x, "queries, keys, values": q}
    stages |= {"who listens to whom": affinity, "what each head heard": heard}
    stages |= {"side by side": joined, "mixed": attend.projection(joined)}
    return {name: tuple(each.shape) for name, each in stages.items()}


@torch.no_grad()
def moved(data: text.Text, place: int) -> dict[str, list[float]]:
    """How far the answer at each place moves when one character is another
    one: of the feed-forward net, and of attention."""
    model = first(sized(), data)
    given = window(data)
    changed = given.clone()
    changed[0, place] = (changed[0, place] + 1) % len(data.letters)
    [block] = model.blocks
    x, y = model.embed(given), model.embed(changed)  # (1, T, C)
    pairs = {
        "feed-forward": (block.think, block.norm2),
        "attention": (block.attend, block.norm1),
    }
    return {
        name: (of(norm(y)) - of(norm(x))).abs().amax(-1)[0].tolist()
        for name, (of, norm) in pairs.items()
    }


@dataclass(frozen=True)
class Reach:
    """The length of the loss's gradient."""

    streams: tuple[float, ...]  # behind the embedding and behind each block
    table: float  # at the table of the characters


def gradients(config: gpt.Config, data: text.Text) -> Reach:
    """Of one batch, before the first step."""
    model = first(config, data)
    generator = torch.Generator().manual_seed(config.seed)
    tokens = torch.tensor(text.encode(data.text[:LOOKED], data.letters))
    starts = gpt.random_starts(tokens, config, generator)
    X, Y = gpt.windows(tokens, starts, config.block)

    streams = [model.embed(X)]  # (B, T, C)
    for block in model.blocks:
        streams.append(block(streams[-1]))
    last = model.norm(streams[-1]) if model.norm else streams[-1]
    loss = F.cross_entropy(model.logits(last).flatten(0, 1), Y.flatten())
    of = [*streams, model.characters.weight]
    *found, table = torch.autograd.grad(loss, of)
    return Reach(tuple(g.norm().item() for g in found), table.norm().item())


def plus(a: float, b: float) -> tuple[float, float]:
    """What a + b passes on to each, in the engine of lecture 1."""
    a, b = Value(a), Value(b)
    (a + b).backward()
    return a.grad, b.grad


@torch.no_grad()
def quieten(model: gpt.GPT):
    """nanoGPT's start: each branch's last matrix by 1 / sqrt(2 L), for two
    branches in each of L blocks."""
    scale = (2 * len(model.blocks)) ** -0.5
    for block in model.blocks:
        block.attend.projection.weight *= scale
        block.think.projection.weight *= scale


@torch.no_grad()
def growth(model: gpt.GPT, tokens: Tensor) -> float:
    """How many times as long the stream is behind the last block."""
    x = start = model.embed(tokens)
    for block in model.blocks:
        x = block(x)
    return (x.norm() / start.norm()).item()


def layer_norm(x, gamma=1.0, beta=0.0, over=-1, correction=0) -> Tensor:
    """To mean 0 and spread 1 along each row; over=0 is BatchNorm's way."""
    mean = x.mean(over, keepdim=True)
    var = x.var(over, correction=correction, keepdim=True)
    return gamma * (x - mean) / (var + 1e-5).sqrt() + beta


def lectures_numbers() -> Tensor:  # (32, 100), examples and features
    generator = torch.Generator().manual_seed(1337)
    return torch.randn(32, 100, generator=generator)


def lines(x: Tensor) -> dict[str, list[tuple[float, float]]]:
    """Mean and spread of every column and of every row."""
    return {
        name: list(
            zip(x.mean(over).tolist(), x.std(over).tolist(), strict=True)
        )
        for name, over in (("column", 0), ("row", 1))
    }


def raised(example: int, by: float) -> dict[str, list[float]]:
    """How far each example's outputs move, at most, when the first feature
    of one of them is raised."""
    x = lectures_numbers()
    y = x.clone()
    y[example, 0] += by
    return {
        name: (layer_norm(y, over=over) - layer_norm(x, over=over))
        .abs()
        .amax(1)
        .tolist()
        for name, over in (("BatchNorm", 0), ("LayerNorm", 1))
    }


def token(data: text.Text, place: int, init: str) -> Tensor:  # (C,)
    """The stream at one place before the first block, at published width."""
    config = gpt.Config(n_layer=0, n_embd=384, block=SHOWN, init=init)
    return first(config, data).embed(window(data))[0, place].detach()


@torch.no_grad()
def at_first_norm(model: gpt.GPT, data: text.Text, place: int):
    """A character's features (C,) before the first LayerNorm and after."""
    x = model.embed(window(data)[:, : model.block])[0, place]
    return x, model.blocks[0].norm1(x)


@dataclass(frozen=True)
class Dropped:
    """Before and after dropout at its places, in one pass."""

    attention: tuple[Tensor, Tensor]  # (T, T), one head
    heard: tuple[Tensor, Tensor]  # (T, C), what attention adds
    thought: tuple[Tensor, Tensor]  # (T, C), what the feed-forward net adds


@torch.no_grad()
def dropped(data: text.Text, p: float, times: int) -> Dropped:
    """The first block as the pass of this number through it finds it."""
    model = first(sized(dropout=p), data)
    model.drop_chance.manual_seed(times)
    [block] = model.blocks
    x = block.norm1(model.embed(window(data)))  # (1, T, C)
    attention = block.attend.attention(x)[0, 0]  # (T, T)
    model.eval()
    heard, thought = block.attend(x)[0], block.think(x)[0]  # (T, C) each
    model.train()
    return Dropped(
        (attention, block.attend.drop_affinity(attention)),
        (heard, block.attend.drop(heard)),
        (thought, block.think.drop(thought)),
    )


def thinned(layers: int, units: int, p: float, times: int) -> list[list[bool]]:
    """Which units of each layer stay in this pass."""
    chance = torch.Generator().manual_seed(times)
    drop = gpt.Dropout(p, chance)
    return [(drop(torch.ones(units)) > 0).tolist() for _ in range(layers)]


@torch.no_grad()
def answers(data: text.Text, p: float, passes: int) -> tuple[Tensor, Tensor]:
    """Chances of the next character (passes, V): each pass in training,
    where dropout has its own mask, and each in evaluation."""
    model = first(sized(3, dropout=p), data)
    same = window(data).expand(passes, -1)  # masks are drawn for each row
    dropping = model.train()(same)[:, -1].softmax(-1)
    return dropping, model.eval()(same)[:, -1].softmax(-1)


def away(dropping: Tensor, whole: Tensor) -> list[float]:
    """How far the mean of the first 1, 2, 3... passes is from the pass of
    the whole net, as a share of it."""
    counts = torch.arange(1, len(dropping) + 1)[:, None]
    means = dropping.cumsum(0) / counts
    return ((means - whole).norm(dim=1) / whole[0].norm()).tolist()


def kept_bytes(model: nn.Module, forward: Callable) -> int:
    """Bytes that a forward pass keeps for the way back, without those of
    the parameters, which are there anyway; each memory is counted once."""
    own = {each.untyped_storage().data_ptr() for each in model.parameters()}
    kept = {}

    def keep(tensor):
        memory = tensor.untyped_storage()
        if memory.data_ptr() not in own:
            kept[memory.data_ptr()] = memory.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda each: each):
        out = forward()  # held, so that no memory is given out twice
    del out
    return sum(kept.values())


def memory(V: int, p: float) -> dict[str, tuple[int, int]]:
    """Bytes that one forward pass keeps in training and in evaluation, each
    with gradients and under no_grad, where there are V characters."""
    config = gpt.Config(n_layer=4, dropout=p, init="torch")
    generator = torch.Generator().manual_seed(config.seed)
    model = gpt.GPT(config, V, generator)
    x = torch.randint(V, (config.batch, config.block), generator=generator)
    found = {}
    for mode in ("train()", "eval()"):
        model.train(mode == "train()")
        kept = kept_bytes(model, lambda: model(x))
        with torch.no_grad():
            found[mode] = kept, kept_bytes(model, lambda: model(x))
    return found
