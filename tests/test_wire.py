"""A script may send what no browser does: the widget stands at its default
then, and no page shows an error. tests/load/wire.py tries all six lessons."""

import asyncio
import math
import socket
import sys
from types import SimpleNamespace

import pytest
import streamlit as st

from core.runs import store
from pages.parts import pressed
from pages.sections.micrograd import own_points
from pages.sections.mlp import rate
from pages.sections.wavenet import tree

sys.path.append(str(store.ROOT / "tests" / "load"))
import wire
from server import Server


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_no_forged_value_shows_an_error(tmp_path):
    server = Server(tmp_path, free_port())
    try:
        assert asyncio.run(wire.visit(server.port, "micrograd", few=True)) == []
    finally:
        server.stop()


@pytest.fixture
def press(monkeypatch):
    """Press a picture so that it says this."""

    def press(key, **selection):
        said = {key: SimpleNamespace(selection=selection)}
        monkeypatch.setattr(st, "session_state", said)
        return said

    return press


@pytest.mark.parametrize("place", [*wire.PLACES, [], {}, [{"x": 1}]])
def test_a_place_that_no_picture_has_is_no_press(press, place):
    press("board", place=place)
    found = pressed.point("board", "place", "x", "y")
    assert found is None or all(map(math.isfinite, found))
    assert pressed.point("board", "elsewhere", "x", "y") is None
    assert pressed.point("no board", "place", "x", "y") is None


def test_a_place_is_its_numbers(press):
    press("board", place=[{"x": 1, "y": -0.5, "other": "a"}])
    assert pressed.point("board", "place", "x", "y") == (1.0, -0.5)
    assert pressed.point("board", "place", "y") == (-0.5,)


@pytest.mark.parametrize("x, y", [(0, 99), (0.25, 1), (1e308, -1e308), (0, -1)])
def test_a_node_that_the_tree_has_not_is_no_press(press, x, y):
    said = press("board", node=[{"x": x, "y": y}])
    tree.press("board", (2, 2, 2))
    assert list(said) == ["board"]


@pytest.mark.parametrize("exponent", [-3.01, 0.5, 1e308])
def test_a_rate_that_was_not_tried_is_no_press(press, exponent):
    said = press(rate.PICTURE, rate=[{"exponent": exponent}])
    rate.press()
    assert list(said) == [rate.PICTURE]


def test_a_press_on_no_place_adds_no_point(press):
    said = press("board", place=[{}])
    own_points.press("board")
    assert list(said) == ["board"]
