"""All examples of the words in use, made once for the lessons on them."""

from core import mlp
from pages.parts import cached


def prepared(data, context: int, only: int = 0) -> mlp.Prepared:
    return cut(data, data.digest, context, only)


@cached.resources(3)  # large where the context is long
def cut(_data, digest: str, context: int, only: int):
    return mlp.prepare(_data, context, only)
