"""How soon a run shows its first record: python tests/bench/start.py

In pairs: a warm worker of the launcher, and the plain way, a fresh process.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
PAIRS = 7


def warm(launcher, run) -> float:
    """Seconds from asking to the first record on disk."""
    from core.runs import store

    while launcher.spare is None:
        time.sleep(0.1)
    time.sleep(4)  # the spare has imported torch
    tail, began = store.Tail(run.path), time.perf_counter()
    launcher.start(run)
    while not tail.read():
        time.sleep(0.001)
    seconds = time.perf_counter() - began
    while store.status(run.path) != "done":
        time.sleep(0.05)
    return seconds


def plain(steps: int) -> float:
    """Seconds from starting python to its first record."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "core", "bigram", "--steps", str(steps)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    process.stdout.readline()
    seconds = time.perf_counter() - began
    process.communicate()
    return seconds


def main():
    os.environ["PLAYGROUND_RUNS"] = tempfile.mkdtemp()
    from core import bigram
    from core.data import names
    from core.runs import store
    from core.runs.launcher import Launcher

    launcher, words = Launcher(), names.local()
    pairs = []
    for steps in range(30, 30 + PAIRS):
        run = store.Run("bigram", bigram.Config(steps=steps), words)
        pairs.append((warm(launcher, run), plain(steps)))
    launcher.close()
    ratios = [slow / fast for fast, slow in pairs]
    fast, slow = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"first record, warm worker: {fast:.3f} s (median of {PAIRS})")
    print(f"first record, new process: {slow:.3f} s")
    print(f"ratio: {statistics.median(ratios):.1f} times sooner")


if __name__ == "__main__":
    main()
