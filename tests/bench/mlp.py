"""Steps per second of the MLP beside the bare loop of lecture 3:

    PLAYGROUND_DATA=../shared/data python tests/bench/mlp.py

In pairs, one thread: the lesson's own train, with all that it records, and
the lecture's loop in plain eager torch, which records nothing.
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

from core import mlp  # noqa: E402
from core.data import names  # noqa: E402

PAIRS = 5


def bare(config, X, y) -> float:
    """Steps per second of the lecture's loop; the data are ready."""
    generator = torch.Generator().manual_seed(config.seed)
    C, W1, b1, W2, b2 = weights = mlp.first_weights(config, 27, generator)
    for each in weights:
        each.requires_grad = True
    began = time.perf_counter()
    for step in range(config.steps):
        at = torch.randint(0, X.shape[0], (config.batch,), generator=generator)
        embedded = C[X[at]]
        h = torch.tanh(embedded.view(-1, W1.shape[0]) @ W1 + b1)
        logits = h @ W2 + b2
        loss = F.cross_entropy(logits, y[at])
        for each in weights:
            each.grad = None
        loss.backward()
        rate = config.rate if step < config.switch else config.second_rate
        for each in weights:
            each.data += -rate * each.grad
    return config.steps / (time.perf_counter() - began)


def ours(config, data) -> float:
    """Steps per second of the lesson, from its first record to its end."""
    training = mlp.train(config, data)
    next(training)
    began = time.perf_counter()
    for _ in training:
        pass
    return (config.steps - 1) / (time.perf_counter() - began)


def main():
    torch.set_num_threads(1)
    data, config = names.local(), mlp.Config()
    X, y = mlp.windows(mlp.split(data).train, data.letters, config.context)
    pairs = [(bare(config, X, y), ours(config, data)) for _ in range(PAIRS)]
    plain, lesson = zip(*pairs, strict=True)
    ratio = statistics.median(ours / bare for bare, ours in pairs)
    print(f"bare lecture loop  {statistics.median(plain):8,.0f} steps a second")
    print(f"core.mlp, recorded {statistics.median(lesson):8,.0f}")
    print(f"ratio              {ratio:8.2f} (median of {PAIRS} pairs of")
    print(f"{config.steps:,} steps, batch {config.batch}, one thread)")


if __name__ == "__main__":
    main()
