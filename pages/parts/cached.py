"""What pages keep between reruns: bounded, and forgotten after a day, as it may
come from a visitor's own data.

Values are copied for each reader, resources are shared as they are; what is
drawn once is sent again until its arguments change, so that a rerun of the
page costs nothing for it.
"""

import streamlit as st

from core import COURSE
from core.runs import limits

KEPT = {
    "ttl": limits.keep(),
    # a Config as part of a key: its repr says all of it, and takes a tenth of
    # the time that going through its fields does
    "hash_funcs": {f"core.{lesson}.Config": repr for lesson in COURSE},
}


def values(entries: int, said: str | bool = False):
    """st.cache_data for so many answers; said while one is computed."""
    return st.cache_data(max_entries=entries, show_spinner=said, **KEPT)


def resources(entries: int, said: str | bool = False):
    """st.cache_resource for so many answers."""
    return st.cache_resource(max_entries=entries, show_spinner=said, **KEPT)


drawn_once = values(16)
