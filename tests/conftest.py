"""What every test stands on: its own store, and the lectures' names."""

import os

import pytest

from core.data import names
from pages.charts import colour

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


@pytest.fixture(scope="session")
def lecture_names():
    words = names.local()
    if words.source != "lectures":
        said = "needs the lectures' names.txt in the folder PLAYGROUND_DATA"
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)
    return words
