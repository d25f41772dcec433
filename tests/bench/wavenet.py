"""Steps per second of the WaveNet beside the bare loop of lecture 6:

    PLAYGROUND_DATA=../shared/data python tests/bench/wavenet.py

In pairs, one thread, at the preset's sizes: the lesson's own train, with all
that it records, and the lecture's loop in plain eager torch, which records
nothing.
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

from core import mlp, wavenet  # noqa: E402
from core.data import names  # noqa: E402

PAIRS, STEPS, WANTED = 5, 4000, 1.4  # times the lecture's loop; issue 7


class Norm:
    """Lecture 6's BatchNorm1d, in training only, left to autograd."""

    def __init__(self, size):
        self.gamma, self.beta = torch.ones(size), torch.zeros(size)
        self.mean, self.var = torch.zeros(size), torch.ones(size)

    def __call__(self, x):
        dim = 0 if x.ndim == 2 else (0, 1)
        mean, var = x.mean(dim, keepdim=True), x.var(dim, keepdim=True)
        normal = (x - mean) / torch.sqrt(var + 1e-5)
        with torch.no_grad():
            self.mean = 0.9 * self.mean + 0.1 * mean
            self.var = 0.9 * self.var + 0.1 * var
        return self.gamma * normal + self.beta


def bare(config, X, y) -> float:
    """Steps per second of the lecture's loop; the data are ready."""
    torch.manual_seed(config.seed)
    C, fan_in, layers = torch.randn(27, config.embedding), config.embedding, []
    for n in wavenet.fans(config):
        weight = torch.randn(n * fan_in, config.hidden)
        layers.append((n, weight / (n * fan_in) ** 0.5, Norm(config.hidden)))
        fan_in = config.hidden
    W, b = torch.randn(fan_in, 27) / fan_in**0.5 * 0.1, torch.zeros(27)
    parameters = [C, W, b]
    for _, weight, norm in layers:
        parameters += [weight, norm.gamma, norm.beta]
    for each in parameters:
        each.requires_grad = True
    began = time.perf_counter()
    for step in range(config.steps):
        at = torch.randint(0, X.shape[0], (config.batch,))
        x = C[X[at]]
        for n, weight, norm in layers:
            B, T, H = x.shape
            x = x.view(B, T // n, H * n)
            if x.shape[1] == 1:
                x = x.squeeze(1)
            x = torch.tanh(norm(x @ weight))
        loss = F.cross_entropy(x @ W + b, y[at])
        for each in parameters:
            each.grad = None
        loss.backward()
        rate = config.rate if step < config.switch else config.second_rate
        for each in parameters:
            each.data += -rate * each.grad
    return config.steps / (time.perf_counter() - began)


def ours(config, data) -> float:
    """Steps per second of the lesson, from its first record to its last."""
    training = wavenet.train(config, data)
    next(training)
    began = time.perf_counter()
    for record in training:
        if record.step == config.steps:
            return (config.steps - 1) / (time.perf_counter() - began)


def main():
    torch.set_num_threads(1)
    data = names.local()
    config = replace(wavenet.PRESETS["lecture"], steps=STEPS)
    words, T = mlp.split(data).train, wavenet.context(config)
    X, y = mlp.windows(words, data.letters, T)
    pairs = [(bare(config, X, y), ours(config, data)) for _ in range(PAIRS)]
    plain, lesson = zip(*pairs, strict=True)
    ratio = statistics.median(ours / bare for bare, ours in pairs)
    print(f"bare lecture loop       {statistics.median(plain):7,.0f} /s")
    print(f"core.wavenet, recorded  {statistics.median(lesson):7,.0f}")
    print(f"ratio                   {ratio:7.2f} (median of {PAIRS} pairs of")
    print(f"{config.steps:,} steps at the preset's sizes, one thread)")
    if ratio < WANTED:
        sys.exit(f"{ratio:.2f} times is less than {WANTED:g}")


if __name__ == "__main__":
    main()
