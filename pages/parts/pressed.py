"""Where a picture was pressed."""

import math

import streamlit as st


def point(key: str, name: str, *fields: str) -> tuple[float, ...] | None:
    """These numbers of the place that was pressed in the picture of this key;
    None if there is no such place, as in what a script sends by hand."""
    try:
        first, *_ = st.session_state[key].selection[name]
        found = tuple(float(first[field]) for field in fields)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return None
    return found if all(map(math.isfinite, found)) else None
