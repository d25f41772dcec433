"""Claims as questions: arms to train, and a judge who reads their records."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    choice: int  # which of the experiment's choices turned out true
    said: str  # the numbers it rests on, in a sentence


@dataclass(frozen=True)
class Experiment:
    name: str
    question: str
    choices: tuple[str, ...]
    arms: dict[str, object]  # by name: a Config to train, or, where it takes
    # no time, a function from the data to the records
    judge: Callable[[dict[str, list]], Verdict]  # arm: its records
    why: str
