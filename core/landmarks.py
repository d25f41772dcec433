"""Losses that need no training: what a model has to beat, in nats."""

import math
from collections import Counter

from core.data.names import EDGE


def guessing(letters: str) -> float:
    """Every letter equally likely."""
    return math.log(len(letters))


def unigram(words: tuple[str, ...]) -> float:
    """Each letter as likely as it is common: the entropy of one letter."""
    return entropy(EDGE.join(words) + EDGE)


def entropy(text: str) -> float:
    """Of one character, by how common each is."""
    seen = Counter(text)
    total = seen.total()
    return -sum(n / total * math.log(n / total) for n in seen.values())
