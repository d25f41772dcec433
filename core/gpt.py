"""GPT: every character asks those before it what they know.

Lecture 7, after Vaswani et al. 2017: a Transformer's decoder, with LayerNorm
before each branch, on characters. The classes stand in the order in which a
batch goes through them.

    python -m core gpt --steps 500
    python -m core gpt --preset published --device cuda
"""

import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from core import generation, knobs, pace
from core.data import text
from core.knobs import knob
from core.optimizers import AdamW
from core.tokens import places


@dataclass(frozen=True)
class Config:
    steps: int = knob(
        2_000, 1, 20_000, "how many batches the network learns from"
    )
    rate: float = knob(
        0.003,
        0.00001,
        1.0,
        "learning rate of AdamW, at its highest",
        grain=0.00001,
    )
    n_embd: int = knob(64, 4, 384, "channels per character")
    n_head: int = knob(4, 1, 16, "heads that attend side by side")
    n_layer: int = knob(4, 0, 12, "blocks on top of each other")
    block: int = knob(32, 1, 256, "characters that attention can look back on")
    batch: int = knob(
        16, 1, 128, "windows that one step learns from", folded=True
    )
    dropout: float = knob(
        0.0, 0.0, 0.9, "share of numbers put to zero in training", folded=True
    )
    mask: bool = knob(
        True, help="nobody sees what comes after them", folded=True
    )
    scale: bool = knob(
        True,
        help="affinities divided by the square root of the head size",
        folded=True,
    )
    positions: bool = knob(
        True, help="an embedding for each place in the window", folded=True
    )
    attention: bool = knob(
        True, help="each block lets characters attend to others", folded=True
    )
    feedforward: bool = knob(
        True, help="each block has a feed-forward net", folded=True
    )
    residual: bool = knob(
        True, help="a branch adds to its input, not replaces it", folded=True
    )
    norm: str = knob(
        "before",
        help="LayerNorm before each branch, after it, or nowhere",
        choices=("before", "after", "none"),
        folded=True,
    )
    nonlinearity: str = knob(
        "relu",
        help="the curve in the feed-forward net",
        choices=("relu", "gelu"),
        folded=True,
    )
    init: str = knob(
        "0.02",
        help="first weights: normal of this width, or as torch draws them",
        choices=("0.02", "torch"),
        folded=True,
    )
    warmup: int = knob(
        100, 0, 2_000, "steps in which the rate rises from zero", folded=True
    )
    cosine: bool = knob(
        True, help="the rate falls along a cosine to a tenth", folded=True
    )
    decay: float = knob(
        0.01,
        0.0,
        1.0,
        "weight decay of AdamW, on matrices only",
        grain=0.01,
        folded=True,
    )
    clip: float = knob(
        1.0,
        0.0,
        100.0,
        "longest gradient that is not cut; 0 cuts none",
        grain=0.1,
        folded=True,
    )
    switch: int = knob(
        20_000,
        0,
        20_000,
        "the step after which the second rate holds",
        folded=True,
    )
    second_rate: float = knob(
        0.0003,
        0.00001,
        1.0,
        "learning rate after the switch",
        grain=0.00001,
        folded=True,
    )
    device: str = knob(
        "cpu",
        help="where it is computed; cuda needs a GPU",
        choices=("cpu", "cuda"),
        folded=True,
    )
    seed: int = knob(
        1337, 0, 2**32 - 1, "where the random numbers start", folded=True
    )

    def __post_init__(self):
        knobs.check(self)
        if self.n_embd % self.n_head:
            raise ValueError(
                f"{self.n_head} heads cannot share {self.n_embd} channels: "
                f"pick a multiple of {self.n_head}."
            )


LADDER = {  # the lecture's milestones, at its small size
    "bigram": {"n_layer": 0, "positions": False, "norm": "none"},
    "one head": {"n_layer": 1, "n_head": 1, "feedforward": False},
    "four heads": {"n_layer": 1, "feedforward": False},
    "feed-forward": {"n_layer": 1},
    "residual": {"n_layer": 3, "residual": True},
    "LayerNorm": {"n_layer": 3, "residual": True, "norm": "before"},
}


def rung(**knobs) -> Config:
    """A milestone of the lecture: 32 channels, 8 characters, batch of 32."""
    small = dict(
        steps=5_000, rate=0.001, n_embd=32, block=8, batch=32, residual=False,
        norm="none", init="torch", warmup=0, cosine=False, clip=0.0,
    )  # fmt: skip
    return Config(**(small | knobs))


PRESETS = {
    **{f"ladder: {name}": rung(**knobs) for name, knobs in LADDER.items()},
    "lecture": Config(
        steps=5_000, rate=0.001, warmup=0, cosine=False, clip=0.0
    ),
    "published": Config(
        steps=5_000, rate=0.0003, n_embd=384, n_head=6, n_layer=6, block=256,
        batch=64, dropout=0.2, warmup=0, cosine=False, clip=0.0,
    ),
}  # fmt: skip


# knobs that say how a network gets on from its first step, not what it is
WAY = (
    "steps",
    "rate",
    "warmup",
    "cosine",
    "decay",
    "clip",
    "switch",
    "second_rate",
    "device",
)


def at_birth(config: Config) -> Config:
    """The same network, its knobs of the way at their defaults."""
    return replace(config, **{name: getattr(Config, name) for name in WAY})


# knobs that say how large it is: no other changes what is there to learn
SIZE = (
    "n_embd",
    "n_head",
    "n_layer",
    "block",
    "positions",
    "attention",
    "feedforward",
    "norm",
)


def of_size(config: Config) -> Config:
    """A network as large; all other knobs at their defaults."""
    return Config(**{name: getattr(config, name) for name in SIZE})


@dataclass(frozen=True)
class Record:
    step: int
    loss: float  # of this very batch, nats per character
    smooth: float  # mean loss since the record before
    rate: float
    norm: float  # length of the whole gradient, before it was cut
    train: float | None = None  # mean of JUDGED batches
    dev: float | None = None  # the same of the tenth held back
    branches: tuple[float, ...] = ()  # size of each branch beside its stream
    samples: tuple[str, ...] = ()  # one text


@dataclass(frozen=True)
class Result:
    weights: tuple[Tensor, ...]  # in the order of GPT(...).parameters()
    letters: str
    train: float  # mean of many batches after the last step
    dev: float
    parameters: int


class Bigram(nn.Module):
    """The baseline: a row of logits for each character, nothing else."""

    def __init__(self, V: int):
        super().__init__()
        self.table = nn.Embedding(V, V)

    def forward(self, tokens):  # (B, T) -> (B, T, V)
        return self.table(tokens)


class Head(nn.Module):
    """One head of self-attention, in the lecture's plain form."""

    def __init__(self, C: int, H: int, mask=True, scale=True):
        super().__init__()
        self.key = nn.Linear(C, H, bias=False)
        self.query = nn.Linear(C, H, bias=False)
        self.value = nn.Linear(C, H, bias=False)
        self.mask, self.scale = mask, H**-0.5 if scale else 1.0

    def attention(self, x):  # (B, T, C) -> (B, T, T), rows sum to 1
        q, k = self.query(x), self.key(x)  # (B, T, H) each
        affinity = q @ k.transpose(-2, -1) * self.scale
        if self.mask:
            affinity = affinity.masked_fill(future(x), -torch.inf)
        return affinity.softmax(-1)

    def forward(self, x):  # (B, T, C) -> (B, T, H)
        return self.attention(x) @ self.value(x)


def future(x) -> Tensor:  # (B, T, C) -> (T, T), true where j is after i
    T = x.shape[-2]
    return torch.ones(T, T, dtype=torch.bool, device=x.device).triu(1)


class Dropout(nn.Module):
    """Some numbers to zero, the others larger: the mean stays. Its chance
    comes from a generator of the run's own."""

    def __init__(self, p: float, generator: torch.Generator):
        super().__init__()
        self.p, self.generator = p, generator

    @property
    def active(self) -> bool:
        return self.training and self.p > 0

    def forward(self, x):
        if not self.active:
            return x
        chance = torch.rand(x.shape, generator=self.generator, device=x.device)
        return x * (chance >= self.p) / (1 - self.p)


class MultiHead(nn.Module):
    """Heads side by side, as one more dimension, then a projection: what as
    many Heads compute, in one go."""

    def __init__(self, config: Config, generator):
        super().__init__()
        C = config.n_embd
        self.heads, self.mask = config.n_head, config.mask
        self.scale = (C // config.n_head) ** -0.5 if config.scale else 1.0
        self.query_key_value = nn.Linear(C, 3 * C, bias=False)
        self.projection = nn.Linear(C, C)
        self.drop_affinity = Dropout(config.dropout, generator)
        self.drop = Dropout(config.dropout, generator)

    def split(self, x):  # (B, T, C) -> three of (B, heads, T, H)
        B, T, C = x.shape
        each = self.query_key_value(x).view(B, T, 3 * self.heads, -1)
        return each.transpose(1, 2).chunk(3, 1)

    def attention(self, x):  # (B, T, C) -> (B, heads, T, T)
        q, k, _ = self.split(x)
        affinity = q @ k.transpose(-2, -1) * self.scale
        if self.mask:
            affinity = affinity.masked_fill(future(x), -torch.inf)
        return affinity.softmax(-1)

    def forward(self, x, past=None, last=False):  # (B, T, C) -> (B, T, C)
        q, k, v = self.split(x)
        if past is not None:
            k, v = past.join(k, v)
        if last:
            q = q[:, :, -1:]
        if self.drop_affinity.active:
            out = self.drop_affinity(self.attention(x)) @ v
        else:
            causal = self.mask and q.shape[2] > 1
            out = F.scaled_dot_product_attention(
                q, k, v, is_causal=causal, scale=self.scale
            )
        out = out.transpose(1, 2).flatten(2)  # (B, T, C)
        return self.drop(self.projection(out))

    def plain(self) -> list[Head]:
        """The same weights as Heads of their own."""
        C = self.projection.in_features
        H, found = C // self.heads, []
        rows = self.query_key_value.weight.view(3, self.heads, H, C)
        for i in range(self.heads):
            head = Head(C, H, self.mask)
            head.scale = self.scale
            for part, row in zip(("query", "key", "value"), rows, strict=True):
                getattr(head, part).weight.data = row[i].detach()
            found.append(head)
        return found


class FeedForward(nn.Module):
    """Each character by itself: think on what you heard."""

    def __init__(self, config: Config, generator):
        super().__init__()
        C = config.n_embd
        curves = {"relu": nn.ReLU(inplace=True), "gelu": nn.GELU()}
        self.wide = nn.Linear(C, 4 * C)
        self.curve = curves[config.nonlinearity]
        self.projection = nn.Linear(4 * C, C)
        self.drop = Dropout(config.dropout, generator)

    def forward(self, x):  # (B, T, C) -> (B, T, C)
        return self.drop(self.projection(self.curve(self.wide(x))))


class Block(nn.Module):
    """Communication, then computation; each a branch off the stream."""

    def __init__(self, config: Config, generator):
        super().__init__()
        self.residual, self.norm = config.residual, config.norm
        self.norm1 = nn.LayerNorm(config.n_embd)
        self.attend = MultiHead(config, generator)
        self.norm2 = nn.LayerNorm(config.n_embd)
        self.think = FeedForward(config, generator)

    def leave_out(self, config: Config):
        """After all weights are drawn: those of two nets that differ in a
        switch are then the same."""
        if not config.attention:
            self.attend = None
        if not config.feedforward:
            self.think = None
        if config.norm == "none" or self.attend is None:
            self.norm1 = None
        if config.norm == "none" or self.think is None:
            self.norm2 = None

    def branch(self, x, of, norm, *how):
        heard = of(norm(x) if norm and self.norm == "before" else x, *how)
        x = x[:, -heard.shape[1] :] + heard if self.residual else heard
        return norm(x) if norm and self.norm == "after" else x

    def forward(self, x, past=None, last=False):  # (B, T, C) -> (B, T, C)
        if self.attend:
            x = self.branch(x, self.attend, self.norm1, past, last)
        if self.think:
            x = self.branch(x, self.think, self.norm2)
        return x


class GPT(nn.Module):
    """Characters and their places, blocks, logits of what comes next."""

    def __init__(self, config: Config, V: int, generator=None):
        super().__init__()
        C, generator = config.n_embd, generator or torch.Generator()
        there = config.device if torch.cuda.is_available() else "cpu"
        chance = torch.Generator(there).manual_seed(config.seed)
        self.block, self.mask = config.block, config.mask
        self.characters = nn.Embedding(V, C)
        self.places = nn.Embedding(config.block, C)
        self.drop_chance = chance
        self.blocks = nn.ModuleList(
            Block(config, chance) for _ in range(config.n_layer)
        )
        self.norm = nn.LayerNorm(C)
        self.logits = nn.Linear(C, V)
        draw(self, config.init, generator)
        for each in self.blocks:
            each.leave_out(config)
        if not config.positions:
            self.places = None
        if config.norm != "before":
            self.norm = None

    def embed(self, tokens, start: int = 0):  # (B, T) -> (B, T, C)
        x = self.characters(tokens)
        if self.places is None:
            return x
        return x + self.places.weight[start : start + tokens.shape[1]]

    def forward(self, tokens, past=None, last=False):  # (B, T) -> (B, T, V)
        x = self.embed(tokens, 0 if past is None else len(past))
        for i, block in enumerate(self.blocks):
            final = last and i == len(self.blocks) - 1
            x = block(x, None if past is None else past.layer(i), final)
        return self.logits(self.norm(x) if self.norm else x)


def draw(model: nn.Module, init: str, generator):
    """First weights, module by module, from the run's own chance."""
    for each in model.modules():
        if isinstance(each, nn.Embedding):
            nn.init.normal_(each.weight, 0, spread(init, 1), generator)
        if isinstance(each, nn.Linear):
            bound = each.in_features**-0.5
            nn.init.uniform_(each.weight, -bound, bound, generator)
            if each.bias is not None:
                nn.init.uniform_(each.bias, -bound, bound, generator)
            if init != "torch":
                nn.init.normal_(each.weight, 0, spread(init, 1), generator)
                if each.bias is not None:
                    nn.init.zeros_(each.bias)


def spread(init: str, default: float) -> float:
    return default if init == "torch" else float(init)


def parameters(config: Config, V: int) -> int:
    """How many numbers the network learns."""
    return sum(shape.numel() for shape in shapes(config, V).values())


def shapes(config: Config, V: int) -> dict[str, torch.Size]:
    """The shape of each tensor that is learned, by its name: all blocks are
    as large as one, and all places as wide."""
    one, found = replace(of_size(config), n_layer=1, block=1), {}
    for name, shape in shapes_of(one, V).items():
        if name == "places.weight":
            shape = torch.Size((config.block, *shape[1:]))
        blocks = config.n_layer if name.startswith("blocks.") else 1
        for i in range(blocks):
            found[name.replace("blocks.0.", f"blocks.{i}.")] = shape
    return found


class Unfilled(TorchFunctionMode):
    """Leaves new weights as they are: on the meta device they have a shape
    and no numbers, and to fill them torch would import its compiler."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if getattr(function, "__module__", "") == "torch.nn.init":
            return (kwargs or {}).get("tensor", args and args[0])
        return function(*args, **(kwargs or {}))


@lru_cache(maxsize=256)
def shapes_of(config: Config, V: int) -> dict[str, torch.Size]:
    with torch.device("meta"), Unfilled():
        learned = GPT(config, V).named_parameters()
        return {name: each.shape for name, each in learned}


def windows(tokens: Tensor, starts: Tensor, T: int) -> tuple[Tensor, Tensor]:
    """Inputs and targets (B, T): each target stands one place later."""
    found = tokens[starts[:, None] + torch.arange(T + 1)]
    return found[:, :-1], found[:, 1:].contiguous()


def loss_of(model, X: Tensor, Y: Tensor) -> Tensor:
    """Mean surprise, nats per character, over all B x T examples."""
    return F.cross_entropy(model(X).flatten(0, 1), Y.flatten())


JUDGED = 20  # batches in an estimate while a run goes on
FINALLY = 200  # and after its last step


@torch.no_grad()
def estimate_loss(model, tokens: Tensor, config: Config, batches: int) -> float:
    """The mean loss over batches that are the same at every look."""
    generator = torch.Generator().manual_seed(config.seed)
    model.eval()
    total = 0.0
    for _ in range(batches):
        starts = random_starts(tokens, config, generator)
        X, Y = windows(tokens, starts, config.block)
        total += loss_of(model, X.to(config.device), Y.to(config.device)).item()
    model.train()
    return total / batches


def random_starts(tokens: Tensor, config: Config, generator) -> Tensor:
    return torch.randint(
        len(tokens) - config.block, (config.batch,), generator=generator
    )


@lru_cache(maxsize=2)  # every section of a page asks for the same
def tokens_of(data: text.Text) -> tuple[Tensor, Tensor]:
    """The first nine tenths to learn from, and the rest."""
    tokens = places(data.text, data.letters)  # as text.encode says
    return tokens.tensor_split([int(0.9 * len(tokens))])


def rate_at(step: int, config: Config) -> float:
    """Up from zero in the warm-up, then along a cosine to a tenth."""
    peak = config.rate if step <= config.switch else config.second_rate
    if step <= config.warmup:
        return peak * step / (config.warmup + 1)
    if not config.cosine:
        return peak
    way = (step - config.warmup) / max(1, config.steps - config.warmup)
    return peak * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * way)))


def end_to_end(parameters: list[nn.Parameter]) -> nn.Parameter:
    """One long vector that all these tensors and gradients are views of: an
    optimizer has one tensor to move instead of many."""
    joined = torch.cat([each.detach().flatten() for each in parameters])
    whole = nn.Parameter(joined)
    whole.grad = torch.zeros_like(whole)
    sizes = [each.numel() for each in parameters]
    pieces = zip(whole.data.split(sizes), whole.grad.split(sizes), strict=True)
    for each, (data, grad) in zip(parameters, pieces, strict=True):
        each.data, each.grad = data.view(each.shape), grad.view(each.shape)
    return whole


class State:
    """All that a run carries from one step to the next: with what save gives,
    load goes on as if nothing had been in between."""

    def __init__(self, config: Config, data: text.Text):
        if config.device == "cuda" and not torch.cuda.is_available():
            raise ValueError("This machine has no GPU: choose the device cpu.")
        self.generator = torch.Generator().manual_seed(config.seed)
        self.model = GPT(config, len(data.letters), self.generator)
        self.model.to(config.device)
        learned = list(self.model.parameters())
        matrices = end_to_end([p for p in learned if p.dim() > 1])
        vectors = end_to_end([p for p in learned if p.dim() == 1])
        self.vectors = [matrices, vectors]
        self.optimizer = AdamW(self.vectors, [config.decay, 0.0])
        self.step, self.judged = 0, 1 - JUDGE
        self.total, self.since = torch.zeros(()), 0

    def save(self) -> dict:
        return {
            "learned": [each.data for each in self.vectors],
            "optimizer": self.optimizer.memory(),
            "chance": self.generator.get_state(),
            "drop_chance": self.model.drop_chance.get_state(),
            "counts": (self.step, self.judged, self.since),
            "total": self.total,
        }

    def load(self, saved: dict):
        kept = [each.data for each in self.vectors] + self.optimizer.memory()
        told = [*saved["learned"], *saved["optimizer"]]
        for each, data in zip(kept, told, strict=True):
            each.copy_(data)
        self.generator.set_state(saved["chance"])
        self.model.drop_chance.set_state(saved["drop_chance"])
        self.step, self.judged, self.since = saved["counts"]
        self.total = saved["total"]


def train(
    config: Config, data: text.Text | None = None, state: State | None = None
) -> Generator[Record, None, Result]:
    """Learn from windows drawn by chance; go on from a state, if there is
    one. Between two records the state is whole and can be saved."""
    data = data or text.load()
    on_train, on_dev = tokens_of(data)
    state = state or State(config, data)
    model, optimizer = state.model, state.optimizer

    recorded = pace.recorded(config.steps)
    pictured = pace.pictured(config.steps)
    for n in range(state.step + 1, config.steps + 1):
        picture = {}
        due = n >= state.judged + JUDGE or n == config.steps
        if n in pictured and due:
            picture = look(model, data, on_train, on_dev, config)
            state.judged = n
        starts = random_starts(on_train, config, state.generator)
        X, Y = windows(on_train, starts, config.block)
        loss = loss_of(model, X.to(config.device), Y.to(config.device))

        for vector in state.vectors:
            vector.grad.zero_()
        loss.backward()
        if config.clip or n in recorded:
            norm = nn.utils.get_total_norm([v.grad for v in state.vectors])
        if config.clip:
            nn.utils.clip_grads_with_norm_(state.vectors, config.clip, norm)
        optimizer.step(rate_at(n, config))

        state.step, state.since = n, state.since + 1
        state.total = state.total + loss.detach().cpu()
        if n in recorded:
            smooth = state.total.item() / state.since
            if not math.isfinite(smooth):
                raise ValueError(too_far(n, rate_at(n, config)))
            state.total, state.since = torch.zeros(()), 0
            rate = rate_at(n, config)
            yield Record(n, loss.item(), smooth, rate, norm.item(), **picture)

    losses = [
        estimate_loss(model, tokens, config, FINALLY)
        for tokens in (on_train, on_dev)
    ]
    weights = tuple(p.detach().cpu().clone() for p in model.parameters())
    count = sum(each.numel() for each in weights)
    return Result(weights, data.letters, *losses, count)


JUDGE = 100  # steps at least between two looks at both losses
SAMPLE = 200  # characters of a sample
BRIEF = 12  # of one by a net that nobody has trained


def look(model, data, on_train, on_dev, config: Config) -> dict:
    """Both losses, what each branch adds, and a text."""
    train, dev = (
        estimate_loss(model, tokens, config, JUDGED)
        for tokens in (on_train, on_dev)
    )
    if not math.isfinite(train):
        return {}
    observed = observe(model, data, on_dev, config, SAMPLE)
    return {"train": train, "dev": dev, **observed}


def observe(model, data, on_dev, config: Config, count: int) -> dict:
    """What each branch adds, and a text from the first character on."""
    model.eval()
    generator = torch.Generator().manual_seed(config.seed)
    drawn = generation.generate(model, [0], count, generator)
    sample = text.decode(drawn, data.letters)
    sizes = branches(model, on_dev[None, : config.block].to(config.device))
    model.train()
    return {"branches": sizes, "samples": (sample,)}


def first_record(config: Config, data: text.Text) -> Record:
    """What train records first, with a shorter text and before the losses
    are estimated: what a page shows while nobody has trained."""
    on_train, on_dev = tokens_of(data)
    generator = torch.Generator().manual_seed(config.seed)
    model = GPT(config, len(data.letters), generator)
    observed = observe(model, data, on_dev, config, BRIEF)
    starts = random_starts(on_train, config, generator)
    loss = loss_of(model, *windows(on_train, starts, config.block))
    loss.backward()
    norm = nn.utils.get_total_norm([p.grad for p in model.parameters()])
    numbers = loss.item(), loss.item(), rate_at(1, config), norm.item()
    return Record(1, *numbers, **observed)


@torch.no_grad()
def branches(model: GPT, tokens: Tensor) -> tuple[float, ...]:
    """The size of what each branch adds, beside that of its stream; none
    where nothing is added to."""
    x, found = model.embed(tokens), []
    for block in model.blocks:
        for of, norm in (
            (block.attend, block.norm1),
            (block.think, block.norm2),
        ):
            if of is None or not block.residual:
                continue
            heard = of(norm(x) if norm and block.norm == "before" else x)
            found.append((heard.norm() / x.norm()).item())
            x = block.branch(x, of, norm)
    return tuple(found)


def too_far(step: int, rate: float) -> str:
    return (
        f"At step {step:,} the loss left all bounds: a rate of {rate:g} is too "
        "high here. Choose a lower one, or clip the gradient."
    )


def learned_model(config: Config, result: dict) -> GPT:
    """The network that a run has learned, in evaluation, on the CPU."""
    on_cpu = Config(**{**knobs.values(config), "device": "cpu"})
    model = GPT(on_cpu, len(result["letters"]))
    for each, weight in zip(model.parameters(), result["weights"], strict=True):
        each.data = weight
    return model.eval()
