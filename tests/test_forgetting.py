"""What a visitor brought is in no cache for longer than README says."""

import asyncio
import functools
import gc
import sys
import weakref
from types import SimpleNamespace

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.state.session_state import SessionState, WStates
from streamlit.testing.v1 import AppTest

from core.data import lecture_files, names
from core.runs import limits, store
from pages.charts import table
from pages.parts import mended, server, texts

KEPT_BY_FUNCTOOLS = type(functools.lru_cache(len))
OWN = "ðøþ œßħ ŋøð þþœ ħŋß ßøð œœð ðŋħ øøþ þœŋ ßßħ"  # signs that no page has


def lru_caches():
    """Every lru_cache of the app."""
    for name, module in list(sys.modules.items()):
        if server.ours(name):
            for each in vars(module).values():
                if isinstance(each, KEPT_BY_FUNCTOOLS):
                    yield each


def texts_in(cache):
    """All texts in the keys and in the answers that it holds."""
    found = [each for each in gc.get_referents(cache) if type(each) is dict]
    while found:
        each = found.pop()
        if isinstance(each, str):
            yield each
        elif type(each).__name__ in ("_lru_list_elem", "dict", "list", "tuple"):
            found += gc.get_referents(each)


def holders():
    return {
        cache.__name__
        for cache in lru_caches()
        if any(set(text) & set(OWN) - {" "} for text in texts_in(cache))
    }


def test_no_cache_of_a_page_keeps_the_words_that_a_visitor_brought():
    entry = str(store.ROOT / "streamlit_app.py")
    app = AppTest.from_file(entry, default_timeout=60).run()
    app.switch_page("pages/lessons/bigram.py").run()
    app.text_area("own words").set_value(OWN).run()
    assert not app.exception
    assert "split" in holders() and len(holders()) > 1
    server.forget()
    assert holders() == set()
    assert not app.run().exception


def test_a_text_is_let_go_of_although_nothing_new_comes():
    text = weakref.ref(texts.read("to be or not to be " * 200))
    gc.collect()
    assert text() is not None
    server.forget()
    gc.collect()
    assert text() is None


def test_a_chart_of_a_visitor_s_word_is_let_go_of():
    table.one_hot_spec(".zoë", "zoë")
    assert table.one_hot_spec.cache_info().currsize
    server.forget()
    assert table.one_hot_spec.cache_info().currsize == 0


def test_the_one_launcher_stays():
    launcher = server.launcher()
    server.forget()
    assert server.launcher() is launcher


@pytest.fixture
def bare(monkeypatch):
    """A server that starts nothing, and forgets without pause."""
    idle = SimpleNamespace(close=lambda: None)
    monkeypatch.setattr(server, "Launcher", lambda present: idle)
    server.launcher.clear()
    monkeypatch.setattr(server, "load_torch", lambda: None)
    monkeypatch.setattr(lecture_files, "begin", lambda file: None)
    monkeypatch.setattr(limits, "keep", lambda: 0.01)
    # these the start of a server sets
    mode = PagesManager.uses_pages_directory
    monkeypatch.setattr(PagesManager, "uses_pages_directory", mode)
    state = SessionState.filtered_state
    monkeypatch.setattr(SessionState, "filtered_state", state)
    monkeypatch.setattr(WStates, "__getitem__", WStates.__getitem__)
    yield
    server.launcher.clear()


def test_a_server_forgets_in_time_again_and_again(bare):
    async def serve():
        async with server.lifespan(None):
            for _ in range(2):
                names.split(("emma", "olivia"))
                async with asyncio.timeout(10):
                    while names.split.cache_info().currsize:
                        await asyncio.sleep(0.01)

    asyncio.run(serve())


def test_the_texts_of_charts_are_let_go_of():
    mended.spec_text({"layer": [{"title": OWN}]})
    assert any(OWN in str(part) for _, part in mended.PARTS.late.values())
    server.forget()
    assert not mended.PARTS.late and not mended.PARTS.before
