"""Losses that need no training: what a model has to beat, in nats."""

import math
from collections import Counter
from itertools import pairwise

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


def bigram(text: str, others: str, V: int) -> float:
    """The loss on other text of the pairs counted here, one added to each."""
    pairs, firsts = Counter(pairwise(text)), Counter(text[:-1])
    chances = (
        count * math.log((pairs[pair] + 1) / (firsts[pair[0]] + V))
        for pair, count in Counter(pairwise(others)).items()
    )
    return -sum(chances) / (len(others) - 1)
