"""Points on a plane in two classes: made to order, or your own.

Moons and circles are those of scikit-learn, to the last digit: its numbers
come from numpy's RandomState, which is Python's generator seeded otherwise.
"""

import hashlib
import math
import random
from dataclasses import dataclass
from functools import cached_property, lru_cache

KINDS = ("moons", "circles", "xor", "spiral")
MAX_POINTS = 300
REACH = 10  # own points lie between -REACH and REACH
MAX_CHARACTERS = 20_000  # of own points as text

Row = tuple[float, float, int]  # x, y, and the class: 1 or -1


@dataclass(frozen=True)
class Points:
    """Points, each with its class, and where they come from."""

    source: str  # "made" or "own"
    rows: tuple[Row, ...]

    kind = "points"  # the module of core.data that reads the text again
    known = False  # a run keeps a copy

    @cached_property
    def text(self) -> str:
        return "\n".join(f"{x!r} {y!r} {label}" for x, y, label in self.rows)

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def load(config) -> Points:
    """The points that a lesson's Config asks for."""
    return make(config.data, config.examples, config.noise, config.seed)


def parse(text: str) -> Points:
    """What Points.text says, read again."""
    numbers = text.split()
    columns = numbers[::3], numbers[1::3], numbers[2::3]
    rows = zip(*columns, strict=True)
    return Points(
        "own", tuple((float(x), float(y), int(c)) for x, y, c in rows)
    )


@lru_cache(maxsize=64)  # a page asks for the same a score of times
def make(kind: str, count: int, noise: float, seed: int) -> Points:
    """So many points in two classes, moved about by noise."""
    chance = RandomState(seed)
    rows = {"moons": moons, "circles": circles, "xor": xor, "spiral": spiral}[
        kind
    ](count, chance)
    chance.shuffle(rows)
    moved = [
        (x + chance.normal(noise), y + chance.normal(noise), label)
        for x, y, label in rows
    ]
    return Points("made", tuple(moved))


def moons(count: int, chance) -> list[Row]:
    """Two half circles, each reaching into the other."""
    above, below = spaced(math.pi, count // 2), spaced(math.pi, -(-count // 2))
    upper = [(math.cos(t), math.sin(t), -1) for t in above]
    return upper + [(1 - math.cos(t), 1 - math.sin(t) - 0.5, 1) for t in below]


def circles(count: int, chance) -> list[Row]:
    """A circle and one of half its size within."""
    outside = turned(count // 2)
    inside = turned(count - count // 2)
    outer = [(math.cos(t), math.sin(t), -1) for t in outside]
    return outer + [(0.5 * math.cos(t), 0.5 * math.sin(t), 1) for t in inside]


def xor(count: int, chance) -> list[Row]:
    """Four squares; those that touch at a corner belong together."""
    rows = []
    for _ in range(count):
        x, y = 2 * chance.uniform() - 1, 2 * chance.uniform() - 1
        rows.append((x, y, 1 if x * y < 0 else -1))
    return rows


def spiral(count: int, chance) -> list[Row]:
    """Two arms, wound about each other once and a half."""
    rows = []
    for label, half in ((-1, count // 2), (1, count - count // 2)):
        for t in spaced(3 * math.pi, half):
            r = 0.1 + 1.1 * t / (3 * math.pi)
            rows.append(
                (label * r * math.cos(t), label * r * math.sin(t), label)
            )
    return rows


def spaced(end: float, count: int) -> list[float]:
    """So many numbers from 0 to the end, both included."""
    return [end * i / max(1, count - 1) for i in range(count)]


def turned(count: int) -> list[float]:
    """So many angles once round, the end left out."""
    return [2 * math.pi * i / count for i in range(count)]


class RandomState:
    """numpy.random.RandomState: the same numbers from the same seed."""

    def __init__(self, seed: int):
        state = [seed]
        for i in range(1, 624):
            last = state[-1]
            state.append((1812433253 * (last ^ last >> 30) + i) % 2**32)
        self.generator = random.Random()
        self.generator.setstate((3, (*state, 624), None))
        self.second = None  # normal numbers come in twos

    def uniform(self) -> float:
        return self.generator.random()

    def normal(self, scale: float) -> float:
        """A normal number by the polar method of Marsaglia."""
        if self.second is not None:
            drawn, self.second = self.second, None
            return scale * drawn
        r = 0
        while not 0 < r < 1:
            x, y = 2 * self.uniform() - 1, 2 * self.uniform() - 1
            r = x * x + y * y
        stretch = math.sqrt(-2 * math.log(r) / r)
        self.second = stretch * x
        return scale * (stretch * y)

    def shuffle(self, items: list):
        for i in range(len(items) - 1, 0, -1):
            j = self.up_to(i)
            items[i], items[j] = items[j], items[i]

    def up_to(self, highest: int) -> int:
        """A whole number from 0 to the highest, that one too."""
        bits = highest.bit_length()
        drawn = highest + 1
        while drawn > highest:
            drawn = self.generator.getrandbits(32) % 2**bits
        return drawn


def own(text: str) -> Points:
    """Points a learner wrote, x y class a line; a ValueError says what is
    wrong with them."""
    if len(text) > MAX_CHARACTERS:
        raise ValueError("That is too long: keep it to 300 lines.")
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > MAX_POINTS:
        raise ValueError(
            f"That is {len(lines):,} points: keep it to {MAX_POINTS}."
        )
    rows = tuple(row(line) for line in lines)
    if len({label for _, _, label in rows}) < 2:
        raise ValueError("There must be a point of each class, 1 and -1.")
    return Points("own", rows)


def readable(text: str) -> tuple[Row, ...]:
    """The lines that are points; a list in the making is worth showing."""
    found = []
    for line in text.splitlines()[:MAX_POINTS]:
        try:
            found.append(row(line))
        except ValueError:
            continue
    return tuple(found)


def toggled(text: str, x: float, y: float, label: int, near: float) -> str:
    """The list with a point more, or without the one that lies there."""
    kept = [line for line in text.splitlines() if not at(line, x, y, near)]
    if len(kept) == len(text.splitlines()):
        kept.append(f"{x:g} {y:g} {label}")
    return "\n".join(kept)


def at(line: str, x: float, y: float, near: float) -> bool:
    """Whether this line is a point no further away than that."""
    return any(
        abs(x - a) < near and abs(y - b) < near for a, b, _ in readable(line)
    )


def row(line: str) -> Row:
    """One line: x, y and the class, with spaces or commas between."""
    words = line.replace(",", " ").split()
    shown = line.strip()[:30]
    if len(words) != 3:
        raise ValueError(f"{shown!r} is not a point: write x, y and 1 or -1.")
    x, y = coordinate(words[0]), coordinate(words[1])
    if words[2] not in ("1", "+1", "-1"):
        raise ValueError(f"The class in {shown!r} must be 1 or -1.")
    return x, y, int(words[2])


def coordinate(word: str) -> float:
    try:
        number = float(word)
    except ValueError:
        raise ValueError(f"{word[:20]!r} is not a number.") from None
    if not -REACH <= number <= REACH:  # nan is not, either
        raise ValueError(f"{word[:20]} is too far out: keep to ±{REACH}.")
    return number
