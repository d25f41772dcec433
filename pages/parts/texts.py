"""Which text the lesson learns from: Shakespeare, the names, or your own."""

import streamlit as st

from core.data import text
from pages.parts import cached, words

CHOICES = ("shakespeare", "names", "own")


@st.cache_resource(ttl=words.RETRY, show_spinner="Fetching the text...")
def lecture_text() -> text.Text:
    return text.load()


@cached.resources(4)
def from_names(_names, digest: str) -> text.Text:
    return text.from_names(_names)


def sidebar() -> text.Text:
    """Say which text is in use, and let the learner choose or bring one."""
    complain()
    with st.sidebar:
        st.subheader("Data", anchor=False)
        choice = st.selectbox(
            "Text",
            CHOICES,
            key="text",
            bind="query-params",
            on_change=forget,
            help="Tiny Shakespeare, the names of the lessons before, or a "
            "text that you bring.",
        )
        data = chosen(choice)
        st.caption(
            f"In use: {data.title}, {len(data.text):,} characters, "
            f"{len(data.letters)} different ones.",
            help=why(data),
        )
    return data


def complain():
    """Streamlit drops a wrong word from the address without a word."""
    asked = st.query_params.get("text", CHOICES[0])
    if asked not in CHOICES:
        st.session_state["text refused"] = asked[:20]
    if refused := st.session_state.get("text refused"):
        st.warning(
            f"There is no text {words.plain(refused)}: pick one of "
            f"{', '.join(CHOICES)}.",
            icon=":material/tune:",
        )


def forget():
    st.session_state.pop("text refused", None)


def chosen(choice: str) -> text.Text:
    if choice == "own" and (found := bring()):
        return found
    if choice == "names":
        names = words.lecture_names()
        return from_names(names, names.digest)
    return lecture_text()


def why(data: text.Text) -> str:
    return {
        "lectures": "The very text that lecture 7 uses.",
        "built-in": "Tiny Shakespeare could not be downloaded or kept, so the "
        "manual that every Python carries stands in. Losses differ.",
        "names": "The names of lessons 2 to 5, shuffled, a line each; the "
        "line's end is the edge of a name.",
        "own": "Only who holds the same text can find runs on it.",
    }[data.source]


def bring() -> text.Text | None:
    """The learner's text from the box or a file; None if there is none."""
    typed = st.text_area(
        f"At least {text.MIN_LENGTH:,} characters",
        key="own text",
        placeholder="Paste a text here",
        persist_state="session",
    )
    file = st.file_uploader("or a text file, up to 5 MB")
    if not file and not typed.strip():
        st.caption(
            f"It is never listed. A run on it keeps a copy on this server, "
            f"{words.kept()}; only who holds the same text can find it."
        )
        return None
    contents = [file.getvalue()] if file else []
    contents += [typed] if typed.strip() else []
    for content in contents:  # a bad file does not lose what was pasted
        try:
            return read(content)
        except ValueError as trouble:
            st.error(
                f"{words.plain(str(trouble))} Using another text until then.",
                icon=":material/edit:",
            )
    return None


@cached.resources(4)
def read(content: str | bytes) -> text.Text:
    return text.own(content)
