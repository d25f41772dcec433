"""The whole network's curve beside that of one with parts cut out."""

from functools import lru_cache

from pages.charts import arms

WHOLE, CUT = "whole", "cut"
frame = arms.frame


@lru_cache(maxsize=32)
def curves(steps: int, low: float, high: float) -> dict:
    """Both losses over the steps, on axes that no other cut moves."""
    found = arms.spec([WHOLE, CUT], steps, "dev loss, nats", high, low, True)
    return found | {"title": "Does the cut net stay above?"}
