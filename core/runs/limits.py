"""What a run, a visitor and the store may take: every limit in one place.

A host sets them by environment variables; README's "Host it" lists them.
"""

import os
from pathlib import Path

BUDGET = 500  # MB of ended runs that are kept
HOURS = 24  # that a run on a visitor's own data is kept after its last write
GONE = 20  # seconds that a run goes on after all who asked for it have left
MINUTES = 10  # that one run may train on a hosted app
SERVER = 700  # MB that the app itself takes
LEAST = 400  # MB that one run may take wherever it trains

# On a hosted app no knob may be set higher than this.
HIGHEST = {
    "mlp": {"batch": 512},
    "batchnorm": {"batch": 512},
    "wavenet": {"batch": 128},
    "gpt": {
        "steps": 5_000,
        "n_embd": 128,
        "n_layer": 6,
        "block": 64,
        "batch": 64,
    },
    "addition": {"steps": 5_000},
}


def given(variable: str, default: int) -> int:
    """A whole number above 0 from the environment, or the default."""
    value = os.environ.get(f"PLAYGROUND_{variable}", "")
    usable = value.isascii() and value.isdigit() and len(value) < 10
    return int(value) or default if usable else default


def hosted() -> bool:
    """Whether strangers share this app, so that no one may take it all."""
    return os.environ.get("PLAYGROUND_HOSTED", "") not in ("", "0")


def seats() -> int:
    """How many runs train at once."""
    return given("SEATS", cores())


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def budget() -> int:
    """Bytes of ended runs that are kept; the oldest go first."""
    return given("STORE", BUDGET) * 10**6


def keep() -> int:
    """Seconds after which a run on a visitor's own data is deleted."""
    return given("HOURS", HOURS) * 3600


def longest() -> float:
    """Seconds that one run may train."""
    return given("MINUTES", MINUTES) * 60 if hosted() else float("inf")


def memory() -> int:
    """MB that one run may take: its part of what the app leaves free."""
    share = (machine() - SERVER) // seats()
    return given("MEMORY", max(LEAST, share))


def machine() -> int:
    """MB that this machine has, or the container that we are in."""
    found = []
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    try:
        text = Path("/sys/fs/cgroup/memory.max").read_text("ascii").strip()
    except OSError:
        text = ""
    if text.isdigit():  # else "max": the container has no limit of its own
        found.append(int(text))
    return min(found, default=4_000 * 10**6) // 10**6


def refusal(run) -> str:
    """Why a hosted app does not train this run; empty if it does."""
    if not hosted():
        return ""
    for knob, highest in HIGHEST.get(run.lesson, {}).items():
        if getattr(run.config, knob) > highest:
            return (
                f"Shared by many, this app trains with {knob} up to "
                f"{highest:,}: turn it down, or run the app on your own "
                "computer, where nothing is limited."
            )
    return ""
