"""What tests with real workers share: a slow lesson, and ways to wait."""

import time

from core import bigram, gpt
from core.data import names, text
from core.runs import store

WORDS = names.Words("own", ("emma", "olivia", "ava"))
TEXT = text.own("we few, we happy few, we band of brothers. " * 100)
BIGRAM = bigram.Config(steps=3000)
GPT = gpt.Config(steps=3000, n_embd=16, n_head=2, n_layer=2, block=8)


def asked() -> tuple[store.Run, ...]:
    """What a class asks for: a run that can be resumed, one that cannot."""
    return store.Run("gpt", GPT, TEXT), store.Run("bigram", BIGRAM, WORDS)


SLOW = """
import time
from dataclasses import dataclass
from core import pace
from core.knobs import knob

@dataclass(frozen=True)
class Config:
    steps: int = knob(2000, 1, 5000, "steps")
    seed: int = knob(1, 0, 9, "seed")

@dataclass
class Result:
    loss: float = 0.0

@dataclass(frozen=True)
class Record:
    step: int

def train(config, data):
    for step in range(1, config.steps + 1):
        time.sleep(0.01)
        if step in pace.recorded(config.steps):
            yield Record(step)
    return Result()
"""


def wait_for(condition, seconds=120):  # of a busy machine
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def is_(status, run):
    return lambda: store.status(run.path) == status


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
