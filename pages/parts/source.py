"""The very function that ran, with its file and line."""

import inspect
from functools import lru_cache
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).parents[2]


def show(*functions):
    """Show the source of functions or classes of core, highlighted."""
    for function in functions:
        where, text = read(function)
        st.caption(where)
        st.code(text, language="python")


@lru_cache(maxsize=256)
def read(function) -> tuple[str, str]:
    """Where a function stands, and its source."""
    function = inspect.unwrap(function)  # from torch.no_grad and its like
    lines, first = inspect.getsourcelines(function)
    file = Path(inspect.getsourcefile(function)).relative_to(ROOT)
    return f"`{file}`, line {first}", "".join(lines).rstrip()
