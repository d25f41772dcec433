"""Characters as numbers: what a table of embeddings is looked up with."""

import torch
from torch import Tensor


def places(signs: str, letters: str, dtype=torch.long) -> Tensor:
    """The place (N,) among the letters of each of these characters, one at
    least; a strange one gets a place that no table has."""
    known = code_points(letters)
    place = torch.full((int(known.max()) + 1,), len(letters), dtype=dtype)
    place[known] = torch.arange(len(letters), dtype=dtype)
    return place.index_select(0, code_points(signs))


def entropy(tokens: Tensor) -> float:
    """Of one of these whole numbers (N,), from 0 on, by how common each is,
    in nats."""
    few = not len(tokens) or int(tokens.max()) < len(tokens)
    counts = tokens.bincount() if few else tokens.unique(return_counts=True)[1]
    return torch.special.entr(counts.double() / len(tokens)).sum().item()


def code_points(signs: str) -> Tensor:
    """The number of each character in Unicode."""
    content = bytearray(signs, "utf-32-le")
    return torch.frombuffer(content, dtype=torch.int32)
