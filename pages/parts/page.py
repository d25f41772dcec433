"""A page on which a knob draws again only what it has a say in.

A rerun of the whole page costs the server 50 to 150 ms, most of it for sections
that do not depend on the knob. So each one that does is a fragment by name.
"""

import inspect
from dataclasses import replace
from functools import partial

import streamlit as st

from core.runs.store import Run
from pages.parts import knobs as sidebar
from pages.parts.redraw import redraw


class Page:
    """The knobs of a lesson in the sidebar, and the run that they ask for."""

    def __init__(self, lesson, data_of):
        """data_of(config) are the data of such a run."""
        self.lesson, self.data_of = lesson, data_of
        self.needs = {}  # name of a fragment: what it shows of a run
        self.shown = {}  # the same, as it was drawn last
        sidebar.sidebar(lesson, self.turned)
        self.run, self.wrong = self.asked()

    def asked(self) -> tuple[Run, list[str]]:
        """The run that the knobs ask for now, and what is wrong with them."""
        config, trouble = sidebar.asked(self.lesson.Config)
        lesson = self.lesson.__name__.removeprefix("core.")
        run = Run(lesson, config, self.data_of(config))
        return run, sidebar.complaints(self.lesson, trouble)

    def now(self) -> Run:
        """The same run, for who is told of a press before the page knows of a
        knob that was turned with it."""
        return self.asked()[0]

    def draw(self, section, *names: str, of=None, **given):
        """Draw a section with what its parameters name: the run, its config,
        its data, now, which gives the run at any later time, or what is given.
        With names, these knobs alone are told, and those of the others that it
        asks for are at their defaults. A section that says so itself is drawn
        again where of(run) is another."""
        key = f"{section.__module__}.{section.__name__}"
        self.needs[key] = of or partial(told, names)
        st.fragment(self.fill, key=key)(key, section, names, given)

    def fill(self, key, section, names, given):
        self.shown[key] = self.needs[key](self.run)
        config = self.run.config
        if names:
            config = replace(self.lesson.Config(), **told(names, self.run))
        known = {"run": self.run, "config": config, "data": self.run.data}
        known["now"] = self.now
        wanted = inspect.signature(section).parameters
        known |= given
        section(**{name: known[name] for name in wanted if name in known})

    def turned(self):
        """A knob was turned: draw again what depends on it."""
        run, wrong = self.asked()
        now = {key: shown(run) for key, shown in self.needs.items()}
        again = [key for key in now if now[key] != self.shown.get(key)]
        again += [sidebar.COMPLAIN] * (wrong != self.wrong)
        self.run, self.wrong = run, wrong
        if again:
            redraw(*again)


def told(names, run) -> dict:
    """The knobs of these names; all of them if there are none."""
    every = vars(run.config)
    return {name: every[name] for name in names or every}
