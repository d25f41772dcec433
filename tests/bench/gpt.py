"""GPT beside lecture 7's own code, one thread, in pairs:

    PLAYGROUND_DATA=../shared/data python tests/bench/gpt.py

Training at 64 channels, 4 heads, 4 layers, block 32, batch 16: the loop alone
against the loop alone, then both with all that they tell on the way (ours
its records, the lecture estimate_loss every 100 steps). Writing: 500
characters at block 256, the same ones.
"""

import os
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # read by torch when it is imported
ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

from core import generation, gpt  # noqa: E402
from core.data import text  # noqa: E402

PAIRS, STEPS = 5, 400
WANTED = {"training": 1.6, "writing": 5.0}  # times the lecture's code; issue 8
CONFIG = replace(gpt.PRESETS["lecture"], steps=STEPS, init="torch")


class Attend(nn.Module):
    """Heads in a list, each with its own layers and its own triangle."""

    def __init__(self, C, heads, T):
        super().__init__()
        H = C // heads
        self.heads = nn.ModuleList(
            nn.ModuleList(nn.Linear(C, H, bias=False) for _ in range(3))
            for _ in range(heads)
        )
        self.out = nn.Linear(C, C)
        self.register_buffer("past", torch.tril(torch.ones(T, T)))

    def head(self, x, key, query, value):
        T = x.shape[1]
        k, q = key(x), query(x)
        weights = q @ k.transpose(-2, -1) * k.shape[-1] ** -0.5
        weights = weights.masked_fill(self.past[:T, :T] == 0, float("-inf"))
        return F.dropout(F.softmax(weights, dim=-1), 0.0) @ value(x)

    def forward(self, x):
        joined = torch.cat([self.head(x, *head) for head in self.heads], -1)
        return F.dropout(self.out(joined), 0.0)


class Block(nn.Module):
    def __init__(self, C, heads, T):
        super().__init__()
        self.attend = Attend(C, heads, T)
        self.think = nn.Sequential(
            nn.Linear(C, 4 * C), nn.ReLU(), nn.Linear(4 * C, C), nn.Dropout(0.0)
        )
        self.norm1, self.norm2 = nn.LayerNorm(C), nn.LayerNorm(C)

    def forward(self, x):
        x = x + self.attend(self.norm1(x))
        return x + self.think(self.norm2(x))


class Lecture(nn.Module):
    """The lecture's model, as its script has it."""

    def __init__(self, config, V):
        super().__init__()
        C, self.T = config.n_embd, config.block
        self.characters = nn.Embedding(V, C)
        self.places = nn.Embedding(self.T, C)
        self.blocks = nn.Sequential(
            *(Block(C, config.n_head, self.T) for _ in range(config.n_layer))
        )
        self.norm, self.logits = nn.LayerNorm(C), nn.Linear(C, V)

    def forward(self, X, Y=None):
        places = self.places(torch.arange(X.shape[1]))
        x = self.blocks(self.characters(X) + places)
        logits = self.logits(self.norm(x))
        if Y is None:
            return logits, None
        B, T, V = logits.shape
        return logits, F.cross_entropy(logits.view(B * T, V), Y.view(B * T))

    def generate(self, tokens, count):
        for _ in range(count):
            logits, _ = self(tokens[:, -self.T :])
            P = F.softmax(logits[:, -1, :], dim=-1)
            tokens = torch.cat((tokens, torch.multinomial(P, 1)), dim=1)
        return tokens

    def take(self, model):
        """The weights of our model."""
        self.characters.weight.data = model.characters.weight.data
        self.places.weight.data = model.places.weight.data
        self.norm, self.logits = model.norm, model.logits
        for mine, theirs in zip(self.blocks, model.blocks, strict=True):
            plain = theirs.attend.plain()
            for head, other in zip(mine.attend.heads, plain, strict=True):
                for to, name in zip(
                    head, ("key", "query", "value"), strict=True
                ):
                    to.weight = getattr(other, name).weight
            mine.attend.out = theirs.attend.projection
            mine.think[0] = theirs.think.wide
            mine.think[2] = theirs.think.projection
            mine.norm1, mine.norm2 = theirs.norm1, theirs.norm2
        return self


def batch(tokens, config):
    at = torch.randint(len(tokens) - config.block, (config.batch,))
    X = torch.stack([tokens[i : i + config.block] for i in at])
    Y = torch.stack([tokens[i + 1 : i + config.block + 1] for i in at])
    return X, Y


@torch.no_grad()
def estimate(model, splits, config):
    model.eval()
    for tokens in splits:
        losses = torch.zeros(200)
        for k in range(200):
            losses[k] = model(*batch(tokens, config))[1].item()
    model.train()
    return losses.mean()


def lecture(config, data, every: int = 0) -> float:
    """Steps per second of the lecture's loop; it looks every so many."""
    torch.manual_seed(config.seed)
    splits = gpt.tokens_of(data)
    model = Lecture(config, len(data.letters))
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.rate)
    began = time.perf_counter()
    for step in range(config.steps):
        if every and (step % every == 0 or step == config.steps - 1):
            estimate(model, splits, config)
        _, loss = model(*batch(splits[0], config))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    return config.steps / (time.perf_counter() - began)


def ours(config, data, looks: bool) -> float:
    """Steps per second of the lesson, from its first record to its last."""
    state = gpt.State(config, data)
    if not looks:
        state.judged = config.steps  # the last step's look alone is left
    training = gpt.train(config, data, state)
    next(training)
    began = time.perf_counter()
    for record in training:
        last = config.steps - 1 if looks else config.steps - 2
        if record.step >= last:
            return (record.step - 1) / (time.perf_counter() - began)


def writing(data) -> tuple[float, float]:
    """Seconds for 500 characters: the lecture's generate and ours."""
    config, V = replace(CONFIG, block=256), len(data.letters)
    model = gpt.GPT(config, V, torch.Generator().manual_seed(1)).eval()
    theirs = Lecture(config, V).take(model)
    torch.manual_seed(5)
    began = time.perf_counter()
    expected = theirs.generate(torch.zeros(1, 1, dtype=torch.long), 500)
    between = time.perf_counter()
    generator = torch.Generator().manual_seed(5)
    found = generation.generate(model, [0], 500, generator)
    ended = time.perf_counter()
    if expected[0, 1:].tolist() != found:
        sys.exit("the characters differ")
    return between - began, ended - between


def median(pairs, ratio) -> float:
    return statistics.median(ratio(*pair) for pair in pairs)


def main():
    torch.set_num_threads(1)
    data, faster, found = text.local(), lambda a, b: b / a, {}
    for name, every in (("training", 0), ("all told", 100)):
        pairs = [
            (lecture(CONFIG, data, every), ours(CONFIG, data, bool(every)))
            for _ in range(PAIRS)
        ]
        found[name] = median(pairs, faster)
        theirs, mine = map(statistics.median, zip(*pairs, strict=True))
        print(f"{name:<10} lecture {theirs:6.1f}, core.gpt {mine:6.1f} steps/s:"
              f" {found[name]:.2f} times")  # fmt: skip
    pairs = [writing(data) for _ in range(PAIRS)]
    found["writing"] = median(pairs, lambda a, b: a / b)
    theirs, mine = map(statistics.median, zip(*pairs, strict=True))
    print(f"writing    lecture {theirs:6.2f}, core {mine:6.2f} s for 500 "
          f"characters at block 256: {found['writing']:.2f} times")  # fmt: skip
    short = [f"{n}: {found[n]:.2f} of {w:g}" for n, w in WANTED.items()
             if found[n] < w]  # fmt: skip
    if short:
        sys.exit("less than asked: " + ", ".join(short))


if __name__ == "__main__":
    main()
