"""Pictures: plain data in, a Vega-Lite spec out. Imports no streamlit.

A live picture is a spec made once and a frame made anew at each look: then
the browser changes the data in place and nothing flickers. Colours are the
theme's own (.streamlit/config.toml), taken by their place there.
"""
