"""Characters as numbers: what a table of embeddings is looked up with, and
how little is known of one that is to come."""

import torch
from torch import Tensor


def places(signs: str, letters: str, dtype=torch.long) -> Tensor:
    """The place (N,) among the letters of each of these characters, one at
    least; a strange one gets a place that no table has."""
    known = code_points(letters)
    place = torch.full((int(known.max()) + 1,), len(letters), dtype=dtype)
    place[known] = torch.arange(len(letters), dtype=dtype)
    return place.index_select(0, code_points(signs))


def entropy(numbers: Tensor) -> float:
    """How uncertain the next of these whole numbers (N,), none below 0, is if
    each comes as often as it has come so far: nats."""
    if len(numbers) and numbers.max() < len(
        numbers
    ):  # sooner than to sort them
        counts = numbers.bincount()
        counts = counts[counts > 0]
    else:
        counts = numbers.unique(return_counts=True)[1]
    return torch.special.entr(counts.double() / len(numbers)).sum().item()


def code_points(signs: str) -> Tensor:
    """The number of each character in Unicode."""
    content = bytearray(signs, "utf-32-le")
    return torch.frombuffer(content, dtype=torch.int32)
