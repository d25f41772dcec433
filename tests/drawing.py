"""Sections on a page without knobs or fragments."""

import inspect


def draw_of(**known):
    """What Page.draw does with a piece of a section: what its parameters
    name are these, and what is given."""

    def draw(piece, *knobs, **given):
        wanted = inspect.signature(piece).parameters
        piece(**{name: (known | given)[name] for name in wanted})

    return draw
