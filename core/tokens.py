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


def code_points(signs: str) -> Tensor:
    """The number of each character in Unicode."""
    content = bytearray(signs, "utf-32-le")
    return torch.frombuffer(content, dtype=torch.int32)
