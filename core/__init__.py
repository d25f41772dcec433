"""The subject itself: standard library and torch, no screen, no files.

The contract that every lesson (core/<lesson>.py) keeps:

    Config   a frozen dataclass of knobs: each knows its default, its
             range and its help, and nonsense is refused in plain words
    Record   a frozen dataclass: `step` first, then what was measured there
    train    train(config, data) yields Records by step and returns a
             Result: what was learned, as tensors, and its figures
    PRESETS  named Configs; "lecture" is the lecture's own run

The page, the worker, the command line, a notebook and a test all do the same
thing: iterate train. Chance comes from the Config's seed alone, so the same
question has the same answer everywhere.

Shape letters: B examples in a batch, T positions in time, C channels,
H size of a head, V characters in the vocabulary.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Lecture:
    """One idea of the course, and the dev loss its lecture publishes."""

    stem: str
    title: str
    idea: str
    loss: float | None = None  # nats per character on the names


LECTURES = (
    Lecture(
        "micrograd",
        "micrograd",
        "A number that remembers how it was made can tell every input "
        "which way to move.",
    ),
    Lecture(
        "bigram",
        "Bigram",
        "Predict the next letter from this one alone.",
        2.4541,
    ),
    Lecture(
        "mlp",
        "MLP",
        "Look three letters up in a table that is learned too.",
        2.1701,
    ),
    Lecture(
        "batchnorm",
        "Activations and BatchNorm",
        "Keep every layer's numbers in a healthy range, and deep nets train.",
        2.1048,
    ),
    Lecture(
        "wavenet",
        "WaveNet",
        "Fuse eight letters two by two, like a tree.",
        1.9937,
    ),
    Lecture(
        "gpt",
        "GPT",
        "Let every letter ask the letters before it what they know.",
        1.92,  # makemore's transformer on the same names, from its README
    ),
)

COURSE = ("micrograd", "bigram", "mlp", "batchnorm", "wavenet", "gpt")  # built
