"""The table of contents: streamlit run streamlit_app.py

Streamlit imports this file once, when the server starts, and runs it again
as __main__ for every visit.
"""

import streamlit as st

from pages.parts import course, server

if __name__ == "__main__":
    course.favicon("home")
    server.greet()
    st.navigation(course.pages(), expanded=True).run()
else:
    app = st.App(__file__, lifespan=server.lifespan)
