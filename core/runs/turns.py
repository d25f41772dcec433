"""Whose turn it is, and who must rest: seats go round, so that who has fewer
runs in work is served first.

Runs are named by their ids, in the order in which they came; owner tells
whose a run is.
"""

from collections import Counter
from collections.abc import Callable, Iterable

Owner = Callable[[str], str]


def order(line: Iterable[str], working: Iterable[str], owner: Owner) -> list:
    """The line as it will be served: whoever has fewer runs in work or
    before this one comes first, then who has waited longer."""
    held, before = Counter(map(owner, working)), {}
    for id in line:
        before[id] = held[owner(id)]
        held[owner(id)] += 1
    return sorted(before, key=before.get)


def to_rest(
    line: Iterable[str], working: Iterable[str], owner: Owner, seats: int
) -> str | None:
    """While others wait, a session with over half of the seats lets the run
    that it began last rest, until its turn comes again."""
    working = list(working)
    held, half = Counter(map(owner, working)), (seats + 1) // 2
    if len(working) < seats:
        return None
    for id in reversed(working):
        rich = owner(id)
        if held[rich] > half:
            others = set(map(owner, line)) - {rich}
            poorer = any(held[who] < half for who in others)
            return id if poorer else None
    return None
