"""Take the run home: a link, its records, its weights, a script."""

from urllib.parse import urlsplit

import streamlit as st

from core import knobs
from core.runs import script, store
from pages.parts import live


def show(page):
    """What a visitor can take of this run; the script needs no training."""
    st.markdown(
        "Everything of this run is yours. The link opens this page with these "
        "knobs; the script is the code you read above, in one file with its "
        "data, and prints the very same records on any machine that has what "
        "its first lines name."
    )
    page.draw(address)
    page.draw(files, of=there, page=page)


def address(run: store.Run):
    st.code(link(run), language=None, wrap_lines=True)
    if run.data.source == "own":
        st.caption("The link does not hold your own data: send them along.")


def there(run) -> tuple[bool, bool]:
    """Whether there are records, and weights."""
    state, records = live.look(run)
    return bool(records), state == "done"


def files(run, page):
    """They are made of the run that the page shows when they are asked for:
    so the buttons stay as they are while a knob turns."""
    records, weights = there(run)
    with st.container(horizontal=True):
        offer(run, "csv", "Records", lambda: table(page.run), records)
        offer(run, "pt", "Weights", lambda: learned(page.run), weights)
        offer(run, "py", "Script", lambda: script.assemble(page.run), True)
    st.caption(
        "Records and weights are those of the finished run."
        if weights
        else "Records and weights come with a run: press Train above."
    )


def offer(run, ending, label, content, there):
    st.download_button(
        f"{label} (.{ending})",
        content if there else "",
        file_name=f"{run.lesson}_run.{ending}",
        icon=":material/download:",
        disabled=not there,
        on_click="ignore",
        key=f"take {ending}",
    )


def table(run) -> str:
    return store.as_csv(live.tail(run.path).read())


def learned(run) -> bytes:
    return (run.path / "result.pt").read_bytes()


def link(run) -> str:
    """The address of this page with the knobs that are not at default."""
    url = urlsplit(st.context.url or f"http://localhost:8501/{run.lesson}")
    turned = [
        f"{knob.name}={value}"
        for knob, value in zip(
            knobs.knobs_of(run.config),
            knobs.values(run.config).values(),
            strict=True,
        )
        if value != knob.default
    ]
    if run.data.kind == "text" and run.data.source == "names":
        turned.append("text=names")
    return f"{url.scheme}://{url.netloc}{url.path}" + (
        "?" + "&".join(turned) if turned else ""
    )
