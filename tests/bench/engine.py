"""Steps per second on micrograd's own demo, beside the package micrograd:

    pip install micrograd && python tests/bench/engine.py

100 points of two moons, 337 parameters, max-margin loss, full batch; both in
this process, one after the other, garbage collection on as it is for users.
"""

import random
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

STEPS = 100


def theirs(rows, steps: int):
    """The demo's loop on the package: a loss a step, and the seconds."""
    from micrograd import nn

    random.seed(1337)
    model = nn.MLP(2, [16, 16, 1])
    for k in range(steps):
        began = time.perf_counter()
        scores = [model((x, y)) for x, y, _ in rows]
        hinge = [
            (1 + -label * score).relu()
            for (_, _, label), score in zip(rows, scores, strict=True)
        ]
        pull = 1e-4 * sum(p * p for p in model.parameters())
        loss = sum(hinge) * (1.0 / len(hinge)) + pull
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * k / STEPS) * p.grad
        yield loss.data, time.perf_counter() - began


def ours(config):
    """The lesson's own loop, records included."""
    from core import micrograd

    began = time.perf_counter()
    for record in micrograd.train(config):
        yield record.loss, time.perf_counter() - began
        began = time.perf_counter()


def main():
    from core import micrograd
    from core.data import points

    config = micrograd.PRESETS["lecture"]
    rows = points.load(config).rows
    plain = list(theirs(rows, STEPS))
    lean = list(ours(config))
    apart = max(abs(a - b) for (a, _), (b, _) in zip(plain, lean, strict=True))
    slow, quick = (sum(s for _, s in each) for each in (plain, lean))
    print(f"package micrograd  {STEPS / slow:8.2f} steps a second")
    print(f"core.micrograd     {STEPS / quick:8.2f} steps a second")
    print(f"ratio              {slow / quick:8.1f}")
    print(f"largest difference of the losses over {STEPS} steps: {apart:.1e}")


if __name__ == "__main__":
    main()
