"""The deep net of lecture 4 with all its statistics, beside the lecture's loop
with its own:

    PLAYGROUND_DATA=../shared/data python tests/bench/batchnorm.py

In pairs, one thread: the lesson's own train, with all that it records, and
the lecture's loop in plain eager torch, which keeps the slope of every
layer's output and takes the update:data ratio of every parameter each step.
"""

import os
import statistics
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # read by torch when it is imported
ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

from core import batchnorm, mlp  # noqa: E402
from core.data import names  # noqa: E402

PAIRS, WANTED = 5, 1.3  # times the lecture's loop; issue 6


class Norm:
    """Lecture 4's BatchNorm1d, in training only, left to autograd."""

    def __init__(self, size):
        self.gamma, self.beta = torch.ones(size), torch.zeros(size)
        self.mean, self.var = torch.zeros(size), torch.ones(size)

    def __call__(self, x):
        mean, var = x.mean(0, keepdim=True), x.var(0, keepdim=True)
        normal = (x - mean) / torch.sqrt(var + 1e-5)
        with torch.no_grad():
            self.mean = 0.9 * self.mean + 0.1 * mean
            self.var = 0.9 * self.var + 0.1 * var
        return self.gamma * normal + self.beta


def lecture(config, X, y) -> float:
    """Steps per second of the lecture's loop; the data are ready."""
    generator = torch.Generator().manual_seed(config.seed)
    C = torch.randn(27, config.embedding, generator=generator)
    sizes = [config.context * config.embedding]
    sizes += [config.hidden] * config.layers + [27]
    weights, norms = [], []
    for fan_in, fan_out in zip(sizes, sizes[1:], strict=False):
        weight = torch.randn(fan_in, fan_out, generator=generator)
        weights.append(weight / fan_in**0.5)
        norms.append(Norm(fan_out))
    norms[-1].gamma *= 0.1
    parameters = [C, *weights]
    for each in norms:
        parameters += [each.gamma, each.beta]
    for each in parameters:
        each.requires_grad = True
    ratios = []
    began = time.perf_counter()
    for _ in range(config.steps):
        at = torch.randint(0, len(X), (config.batch,), generator=generator)
        x, outputs = C[X[at]].view(config.batch, -1), []
        for i, (weight, each) in enumerate(zip(weights, norms, strict=True)):
            outputs.append(x @ weight)
            outputs.append(each(outputs[-1]))
            if i < config.layers:
                outputs.append(torch.tanh(outputs[-1]))
            x = outputs[-1]
        loss = F.cross_entropy(x, y[at])
        for each in outputs:
            each.retain_grad()
        for each in parameters:
            each.grad = None
        loss.backward()
        for each in parameters:
            each.data += -config.rate * each.grad
        with torch.no_grad():
            ratios.append(
                [
                    ((config.rate * p.grad).std() / p.data.std()).log10().item()
                    for p in parameters
                ]
            )
    return config.steps / (time.perf_counter() - began)


def ours(config, data) -> float:
    """Steps per second of the lesson, from its first record to its end."""
    training = batchnorm.train(config, data)
    next(training)
    began = time.perf_counter()
    for _ in training:
        pass
    return (config.steps - 1) / (time.perf_counter() - began)


def main():
    torch.set_num_threads(1)
    data, config = names.local(), batchnorm.Config()
    X, y = mlp.windows(mlp.split(data).train, data.letters, config.context)
    pairs = [(lecture(config, X, y), ours(config, data)) for _ in range(PAIRS)]
    plain, lesson = zip(*pairs, strict=True)
    ratio = statistics.median(ours / plain for plain, ours in pairs)
    print(f"lecture's loop and statistics {statistics.median(plain):7,.0f} /s")
    print(f"core.batchnorm, all recorded  {statistics.median(lesson):7,.0f}")
    print(f"ratio                         {ratio:7.2f} (median of {PAIRS}")
    print(f"pairs of {config.steps:,} steps, batch {config.batch}, one thread)")
    if ratio < WANTED:
        sys.exit(f"{ratio:.2f} times is less than {WANTED:g}")


if __name__ == "__main__":
    main()
