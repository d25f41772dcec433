"""A costly picture is of a net that was asked for: at first the lesson's own,
which a whole class shares, then the visitor's, at the press of a button. A
moved knob computes nothing and draws the picture no more; which net it is of
is said in a sentence."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import streamlit as st

from core import knobs

KEPT = 8  # nets that a picture goes back to without being asked again
NAMED = 3  # knobs that the sentence names


class Net(NamedTuple):
    config: object
    digest: str  # of its data
    trained: bool = False


def untrained(usual, *names: str) -> Callable:
    """Gives a run's net as it starts: only the knobs of these names matter to
    it, or to the picture."""

    def mine(run) -> Net:
        told = {name: getattr(run.config, name) for name in names}
        return Net(replace(usual, **told), run.data.digest)

    return mine


@dataclass(frozen=True)
class Choice:
    """Which net the picture `key` is of: `usual` is the config of the
    lesson's own, mine(run) the net of the visitor's knobs. A trained one may
    be shown at once; `like` leaves the knobs that matter untrained."""

    verb: str
    key: str
    usual: object
    mine: Callable
    at_once: bool = False
    like: Callable | None = None

    def shown(self, run) -> Net:
        """The net that the picture is of, of a run of these knobs."""
        own = self.mine(run)
        known = [Net(self.usual, own.digest)]
        known += [each for each in self.before() if each.digest == own.digest]
        at_once = self.at_once and own.trained
        return own if at_once or own in known else known[-1]

    def offer(self, run):
        """A button that takes the visitor's net, and a line that says whose
        is shown; to be drawn again where mine(run) is another."""
        if st.session_state.pop(f"{self.key} asked", False):
            st.rerun()  # the whole page: the picture is a part of its own
        shown, own = self.shown(run), self.mine(run)
        self.remember(shown)
        st.button(
            f"{self.verb} my network",
            key=f"{self.key} mine",
            icon=":material/refresh:",
            disabled=shown == own,
            on_click=self.ask,
            args=(own,),
            help="Computes this anew for the knobs in the sidebar.",
        )
        # a line of its own, as it may be long: so nothing shifts
        usual = shown == Net(self.usual, own.digest)
        st.caption(which(shown, own, usual, self.like))

    def ask(self, net: Net):
        self.remember(net)
        st.session_state[f"{self.key} asked"] = True

    def before(self) -> list[Net]:
        """The nets shown to this visitor, the last one at the end."""
        return st.session_state.get(self.key, [])

    def remember(self, net: Net):
        others = [each for each in self.before() if each != net]
        st.session_state[self.key] = [*others, net][-KEPT:]


def which(shown: Net, own: Net, usual: bool, like) -> str:
    """Whose net is shown, and how the visitor's is another."""
    if shown == own:
        return (
            "Shown as your finished run left it."
            if own.trained
            else "Shown with your knobs."
        )
    whose = "the lesson's own network" if usual else "an earlier one"
    other = []
    if shown.trained != own.trained:
        other += [f"is {'trained' if own.trained else 'not trained'}"]
    changes = changed(shown, own, like)
    if changes:
        more = len(changes) - NAMED
        rest = f" and {more} more" if more > 0 else ""
        other += [f"has {', '.join(changes[:NAMED])}{rest}"]
    return f"Shown is {whose}, not yours: yours {' and '.join(other)}."


def changed(shown: Net, own: Net, like) -> list[str]:
    """The knobs that make the visitor's net another one."""
    configs = shown.config, own.config
    if like and not (shown.trained and own.trained):
        configs = map(like, configs)
    theirs, mine = map(knobs.values, configs)
    return [
        f"{name.replace('_', ' ')} {knobs.show(mine[name])} instead of "
        f"{knobs.show(value)}"
        for name, value in theirs.items()
        if mine[name] != value
    ]
