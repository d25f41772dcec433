"""Draw parts of the page again, asked for by a callback."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


def redraw(*fragments: str):
    """Draw the fragments of these keys again, and nothing else.

    A run of the whole page draws them anyway; st.rerun would end it for them:
    a run that is done would not be offered, as its page is drawn once."""
    if get_script_run_ctx().fragment_ids_this_run:
        st.rerun(list(fragments))
