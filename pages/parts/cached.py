"""What is drawn once is kept and sent again, until its arguments change: a
rerun of the page then costs nothing for it."""

import streamlit as st

drawn_once = st.cache_data(max_entries=64, show_spinner=False)
