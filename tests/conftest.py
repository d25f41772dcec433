"""What every test stands on: its own store, and the lectures' names."""

import importlib.util
import os
import shutil
import sys

import pytest
import streamlit as st

from core.data import names
from core.runs import store
from core.runs.launcher import Launcher
from pages.charts import colour
from pages.parts import later
from pages.parts.page import Page

# as every run of the app; read by torch when a test file imports it
os.environ["OMP_NUM_THREADS"] = "1"


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """No test touches the user's runs or cache."""
    monkeypatch.setenv("PLAYGROUND_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(autouse=True)
def checked_charts(monkeypatch):
    """Every chart that a test draws is checked against Vega-Lite's schema."""
    monkeypatch.setattr(colour, "CHECKED", True)


@pytest.fixture(autouse=True)
def whole_pages(monkeypatch):
    """A knob draws the whole page: an AppTest knows of no element that its
    last run has not drawn."""
    monkeypatch.setattr(Page, "turned", lambda page: st.rerun())


@pytest.fixture(autouse=True)
def nothing_comes_later(monkeypatch):
    """A page waits for all that it computes: an AppTest never looks again."""
    monkeypatch.setattr(later, "PATIENCE", 600)
    monkeypatch.setattr(later, "DRAWN", 0)


@pytest.fixture(scope="session")
def lecture_names():
    words = names.local()
    if words.source != "lectures":
        said = "needs the lectures' names.txt in the folder PLAYGROUND_DATA"
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)
    return words


@pytest.fixture
def slow(tmp_path, monkeypatch):
    """A copy of core with one more lesson that takes twenty seconds."""
    from real_runs import SLOW, WORDS  # here, as it imports torch

    shutil.copytree(store.ROOT / "core", tmp_path / "core")
    file = tmp_path / "core" / "slow.py"
    file.write_text(SLOW)
    monkeypatch.setattr(store, "ROOT", tmp_path)
    spec = importlib.util.spec_from_file_location("slow", file)
    lesson = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "slow", lesson)
    spec.loader.exec_module(lesson)
    return lambda seed=1, steps=2000: store.Run(
        "slow", lesson.Config(steps, seed), WORDS
    )


@pytest.fixture
def launcher():
    launcher = Launcher(seats=1)
    yield launcher
    launcher.close()
