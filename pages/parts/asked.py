"""A costly picture is of a net that was asked for: at first the lesson's own,
which a whole class shares, then the visitor's, at the press of a button. A
moved knob computes nothing; which net is shown is said in a sentence."""

from typing import NamedTuple

import streamlit as st

from core import knobs

KEPT = 8  # nets that a picture goes back to without being asked again
NAMED = 3  # knobs that the sentence names


class Net(NamedTuple):
    config: object
    trained: bool = False


def net(
    verb: str,
    key: str,
    digest: str,
    usual,
    mine,
    trained=False,
    at_once=False,
    like=None,
) -> Net:
    """The net that a picture is of, on the data with this digest; a button
    that takes the visitor's, and a line that says whose it is. A trained one
    may be shown at once; `like` leaves the knobs that matter untrained."""
    own, usual = Net(mine, trained), Net(usual)
    before = st.session_state.get(key, [])
    known = [usual, *(each for where, each in before if where == digest)]
    shown = own if at_once or own in known else known[-1]
    remember(key, digest, shown)
    st.button(
        f"{verb} my network",
        key=f"{key} mine",
        icon=":material/refresh:",
        disabled=shown == own,
        on_click=remember,
        args=(key, digest, own),
        help="Computes this anew for the knobs in the sidebar.",
    )
    # a line of its own, as it may be long: so nothing shifts
    st.caption(which(shown, own, shown == usual, like))
    return shown


def remember(key: str, digest: str, net: Net):
    """The nets shown to this visitor, the last one at the end."""
    now = digest, net
    others = [each for each in st.session_state.get(key, []) if each != now]
    st.session_state[key] = [*others, now][-KEPT:]


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
