"""Which steps of a run are recorded: decided by step, never by the clock."""


def recorded(steps: int, at_most: int = 400, first: int = 20) -> frozenset[int]:
    """The first steps one by one, then evenly spaced ones, the last too."""
    opening = range(1, min(first, steps) + 1)
    rest = at_most - first
    evenly = (first + (steps - first) * i // rest for i in range(1, rest + 1))
    return frozenset(opening) | frozenset(s for s in evenly if s > first)


def pictured(steps: int) -> frozenset[int]:
    """The recorded steps, at most 60, that carry tables and samples too."""
    whole = sorted(recorded(steps))
    opening, rest = whole[:20], whole[20:]
    stride = -(-len(rest) // 40) or 1
    return frozenset(opening) | frozenset(rest[::-1][::stride])
