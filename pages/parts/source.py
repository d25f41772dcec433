"""The very function that ran, with its file and line."""

import inspect
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).parents[2]


def show(*functions):
    """Show the source of functions or classes of core, highlighted."""
    for function in functions:
        lines, first = inspect.getsourcelines(function)
        file = Path(inspect.getsourcefile(function)).relative_to(ROOT)
        st.caption(f"`{file}`, line {first}")
        st.code("".join(lines).rstrip(), language="python")
