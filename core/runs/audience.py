"""Who asked for which run, who looks at it, and who of them is still there.

A class looks too often to wait for a lock, and the launcher holds its own
while it writes files: so watch and others take none, and whatever goes
through what they write to copies it first.
"""

import time
from collections import defaultdict
from collections.abc import Iterable

from core.runs import limits

AWAY = 20  # seconds without a look after which a session stopped watching


class Audience:
    """present tells whether a session is still connected."""

    def __init__(self, present=lambda who: True):
        self.present = present
        self.asked = defaultdict(dict)  # run id -> who, in order
        self.watchers = defaultdict(dict)  # run id -> who: when
        self.size = 0  # how many sessions look at any run
        self.alone = {}  # run id -> since when nobody is there for it

    def ask(self, id: str, who: str):
        self.asked[id][who] = True

    def watch(self, id: str, who: str):
        """Note that this session looks at the run now."""
        self.watchers[id][who] = time.monotonic()

    def others(self, id: str, who: str) -> int:
        """How many other sessions looked at the run lately."""
        now, seen = time.monotonic(), self.watchers.get(id, {}).copy()
        return sum(
            now - when < AWAY and self.present(other)
            for other, when in seen.items()
            if other != who
        )

    def leave(self, id: str, who: str):
        """This session wants no more of the run."""
        self.watchers[id].pop(who, None)
        self.asked[id].pop(who, None)

    def owner(self, id: str) -> str:
        """The first who asked for the run and is still there."""
        asked = list(self.asked.get(id, {}))
        return next(filter(self.present, asked), asked[0] if asked else "")

    def wanted(self, id: str) -> bool:
        """Whether anybody who asked for the run or looks at it is there."""
        who = [*self.asked.get(id, {}), *self.watchers.get(id, {})]
        return any(map(self.present, who))

    def deserted(self, ids: Iterable[str]) -> list[str]:
        """Those of these runs that are only for sessions that have left."""
        now, known = time.monotonic(), self.alone
        unwanted = [id for id in ids if not self.wanted(id)]
        self.alone = {id: known.get(id, now) for id in unwanted}
        return [id for id, t in self.alone.items() if now - t > limits.GONE]

    def forget(self, kept: Iterable[str]):
        """Drop sessions that have not looked for long, and count the rest;
        drop who asked for any but these runs."""
        now, every = time.monotonic(), set()
        for id, seen in list(self.watchers.items()):
            for who, when in seen.copy().items():
                if now - when > AWAY:
                    seen.pop(who, None)
            every.update(seen)
            if not seen:
                self.watchers.pop(id, None)
        self.size = len(every)
        for id in self.asked.keys() - set(kept):
            self.asked.pop(id)
