"""Where one visitor stands in the records of a run; no screen in here."""

from dataclasses import dataclass

WHOLE = 10  # seconds in which a run plays from start to end at speed 1


@dataclass
class Playhead:
    mode: str = "follow"  # follow the newest record, play on, or pause
    at: float = 0.0  # index of the record in view
    speed: float = 1.0
    looked: float | None = None  # when advance was called last, seconds
    turns: int = 0  # how often it was moved by anything but the slider
    last: int = -1  # index of the newest record when advance was called last

    def advance(self, now: float, last: int, total: int):
        """Move to the time now; last is the newest record's index."""
        seconds = now - self.looked if self.looked else 0
        self.looked, self.last = now, last
        if self.mode == "follow":
            self.at = last
        if self.mode == "play":
            self.at += seconds * self.speed * total / WHOLE
        self.at = max(0, min(self.at, last))

    def from_start(self):
        self.turn("play")
        self.at = 0

    def first(self):
        """Back to the first record, and stay there."""
        self.turn("pause")
        self.at = 0

    def play(self):
        """Play on from here; at the very end, again from the start."""
        self.turn("play")
        if self.at >= self.last:
            self.at = 0

    def pause(self):
        self.turn("pause")

    def follow(self):
        self.turn("follow")

    def step(self, by: int):
        """One record on or back, and stay there."""
        self.turn("pause")
        self.at = int(self.at) + by

    def scrub(self, to: int):
        self.mode, self.at = "pause", to

    def turn(self, mode: str):
        self.mode, self.looked = mode, None
        self.turns += 1

    def moves(self, last: int, growing: bool) -> bool:
        """Whether a later look could show something else."""
        return self.mode != "pause" and (growing or self.at < last)
