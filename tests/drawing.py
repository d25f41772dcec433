"""Sections on a page without knobs or fragments."""

import inspect

from core.runs.store import Run


def draw_of(**known):
    """What Page.draw does with a piece of a section: what its parameters
    name are these, a run of them, and what is given."""
    if known.keys() >= {"config", "data"}:
        lesson = type(known["config"]).__module__.removeprefix("core.")
        run = Run(lesson, known["config"], known["data"])
        known = {"run": run} | known
    known = {"now": lambda: known["run"]} | known

    def draw(piece, *knobs, **given):
        wanted = inspect.signature(piece).parameters
        piece(**{name: (known | given)[name] for name in wanted})

    return draw
