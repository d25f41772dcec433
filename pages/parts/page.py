"""A page on which a knob draws again only what it has a say in.

A rerun of the whole page costs the server 50 to 150 ms, most of it for sections
that do not depend on the knob. So each one that does is a fragment by name.
"""

import inspect
from dataclasses import replace

import streamlit as st

from core import knobs
from core.runs.store import Run
from pages.parts import knobs as sidebar


class Page:
    """The knobs of a lesson in the sidebar, and the run that they ask for."""

    def __init__(self, lesson, data_of):
        """data_of(config) are the data of such a run."""
        self.lesson, self.data_of = lesson, data_of
        self.needs = {}  # name of a fragment: the knobs that it depends on
        sidebar.sidebar(lesson, self.turned)
        self.wrong = sidebar.complaints(lesson)
        self.run = self.asked()

    def asked(self) -> Run:
        config = sidebar.asked_or_default(self.lesson.Config)
        lesson = self.lesson.__name__.removeprefix("core.")
        return Run(lesson, config, self.data_of(config))

    def draw(self, section, *names: str, **given):
        """Draw a section with what its parameters name: the run, its config,
        its data, or what is given. With names, these knobs alone are told, and
        those of the others that it asks for are at their defaults."""
        key = f"{section.__module__}.{section.__name__}"
        self.needs[key] = names or tuple(knobs.values(self.run.config))
        st.fragment(self.fill, key=key)(section, names, given)

    def fill(self, section, names, given):
        config = self.run.config
        if names:
            told = {name: getattr(config, name) for name in names}
            config = replace(self.lesson.Config(), **told)
        known = {"run": self.run, "config": config, "data": self.run.data}
        wanted = inspect.signature(section).parameters
        known |= given
        section(**{name: known[name] for name in wanted if name in known})

    def turned(self):
        """A knob was turned: draw again what depends on it."""
        run, wrong = self.asked(), sidebar.complaints(self.lesson)
        before, now = knobs.values(self.run.config), knobs.values(run.config)
        changed = {name for name in now if now[name] != before[name]}
        again = [key for key, names in self.needs.items() if changed & {*names}]
        again += [sidebar.COMPLAIN] * (wrong != self.wrong)
        self.run, self.wrong = run, wrong
        if again:
            st.rerun(again)
