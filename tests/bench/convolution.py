"""One pass of dilated convolutions beside the loop over windows:

    python tests/bench/convolution.py

In pairs, one thread, an untrained net of the preset's sizes in evaluation.
Fails if the loop over an eleven-letter name is not at least three times as
slow.
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

from core import convolution, wavenet  # noqa: E402
from core.data import names  # noqa: E402

PAIRS, CALLS = 15, 20
WORDS = ("emma", "christopher", "christianalexander")
JUDGED, WANTED = "christopher", 3.0  # claim 90's eleven letters; issue 7


def seconds(way, *them) -> float:
    began = time.perf_counter()
    for _ in range(CALLS):
        way(*them)
    return (time.perf_counter() - began) / CALLS


def main():
    torch.set_num_threads(1)
    data, config = names.built_in(), wavenet.PRESETS["lecture"]
    net, T = convolution.untrained(config, data), wavenet.context(config)
    print(f"{'name':20}{'loop, ms':>10}{'once, ms':>10}{'ratio':>8}")
    for word in WORDS:
        tokens = convolution.text(word, data.letters, T)
        pairs = [
            (
                seconds(convolution.by_loop, net, tokens, T),
                seconds(convolution.at_once, net, tokens),
            )
            for _ in range(PAIRS)
        ]
        loop, once = (
            1000 * statistics.median(s) for s in zip(*pairs, strict=True)
        )
        ratio = statistics.median(loop / once for loop, once in pairs)
        print(f"{word:20}{loop:10.3f}{once:10.3f}{ratio:8.2f}")
        if word == JUDGED and ratio < WANTED:
            sys.exit(f"{ratio:.2f} times is less than {WANTED:g}")


if __name__ == "__main__":
    main()
