"""Sums of two numbers as text: 47+85=132, every number at its full width."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

LETTERS = "0123456789+="  # the token of a digit is the digit


@dataclass(frozen=True)
class Sums:
    """All sums of two numbers of so many digits."""

    digits: int

    source = "made"
    letters = LETTERS
    kind = "sums"  # the module of core.data that reads the text again
    known = False  # a run keeps a copy

    @property
    def text(self) -> str:
        return str(self.digits)  # which says it all

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(f"sums\n{self.text}".encode()).hexdigest()


def load(config) -> Sums:
    """The sums that a run's Config asks for."""
    return Sums(config.digits)


def parse(text: str) -> Sums:
    """What Sums.text says, read again."""
    return Sums(int(text))


def line(a: int, b: int, digits: int, backwards: bool) -> str:
    """One sum; its answer has a digit more, and may start with the ones."""
    answer = f"{a + b:0{digits + 1}}"
    if backwards:
        answer = answer[::-1]
    return f"{a:0{digits}}+{b:0{digits}}={answer}"
