"""What a callback asks to be drawn again, in a run of the whole page."""

from streamlit.testing.v1 import AppTest


def page():
    import streamlit as st

    from pages.parts.redraw import redraw

    @st.fragment(key="live")
    def live():
        st.button("Newest", on_click=redraw, args=("live",))

    live()
    st.session_state.drawn = st.session_state.get("drawn", 0) + 1
    st.markdown(f"drawn {st.session_state.drawn} times")


def test_a_run_of_the_whole_page_is_not_cut_short():
    at = AppTest.from_function(page).run()
    at.button[0].click().run()
    assert at.markdown[0].value == "drawn 2 times"
