"""The course as pages: their order, titles and icons, said once."""

from pathlib import Path

import streamlit as st

from core import COURSE, LECTURES

ICONS = {
    "micrograd": ":material/account_tree:",
    "bigram": ":material/grid_on:",
    "mlp": ":material/scatter_plot:",
    "batchnorm": ":material/monitor_heart:",
    "wavenet": ":material/park:",
    "gpt": ":material/hub:",
}


def pages() -> list:
    home = st.Page(
        "pages/lessons/home.py",
        title="Zero to Hero Playground",
        icon=":material/home:",
        default=True,
    )
    return [home, *(page(stem) for stem in COURSE)]


def page(stem: str):
    """The page of a built lesson; its address is /<stem>."""
    return st.Page(
        f"pages/lessons/{stem}.py",
        title=lecture(stem).title,
        icon=ICONS[stem],
        url_path=stem,
    )


def address(stem: str) -> str:
    """Where the page is, also on a server under a path of its own."""
    path = st.get_option("server.baseUrlPath").strip("/")
    return f"/{path}/{stem}" if path else f"/{stem}"


def lecture(stem: str):
    return next(each for each in LECTURES if each.stem == stem)


def number(stem: str) -> int:
    return 1 + [each.stem for each in LECTURES].index(stem)


def heading(stem: str):
    """Number, title and the idea in one sentence."""
    it = lecture(stem)
    favicon(stem)
    st.title(f"{number(stem)}. {it.title}", anchor=False)
    st.markdown(f"##### {it.idea}")


def favicon(stem: str):
    """Our own drawing: a page icon's would be fetched from the network, even
    from the entry's, unless one is set before st.navigation."""
    st.set_page_config(page_icon=Path("assets", "icons", f"{stem}.svg"))
