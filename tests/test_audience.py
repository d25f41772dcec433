"""Who is there for a run, without a process; the clock is moved by hand."""

from types import SimpleNamespace

import pytest

from core.runs import audience as room
from core.runs import limits


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=1000.0)
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr(room, "time", clock)
    return clock


@pytest.fixture
def here():
    """The sessions that are connected."""
    return {"ann", "ben"}


@pytest.fixture
def audience(clock, here):
    return room.Audience(present=lambda who: who in here)


def test_a_run_is_of_the_first_who_asked_and_is_there(audience, here):
    assert audience.owner("run") == ""
    audience.ask("run", "ann")
    audience.ask("run", "ben")
    assert audience.owner("run") == "ann"
    here.remove("ann")
    assert audience.owner("run") == "ben"
    here.remove("ben")
    assert audience.owner("run") == "ann"


def test_others_are_who_looked_lately_and_are_there(audience, clock, here):
    audience.watch("run", "ann")
    audience.watch("run", "ben")
    assert audience.others("run", "ann") == 1
    assert audience.others("run", "cid") == 2
    here.remove("ben")
    assert audience.others("run", "ann") == 0
    here.add("ben")
    clock.now += room.AWAY
    assert audience.others("run", "ann") == 0


def test_who_leaves_is_not_there_for_the_run(audience):
    audience.ask("run", "ann")
    audience.watch("run", "ann")
    audience.leave("run", "ann")
    assert not audience.wanted("run") and audience.owner("run") == ""


def test_a_run_is_deserted_after_the_grace_and_not_before(
    audience, clock, here
):
    audience.ask("run", "ann")
    audience.watch("other", "ben")
    assert audience.deserted(["run", "other"]) == []
    here.remove("ann")
    assert audience.deserted(["run", "other"]) == []
    clock.now += limits.GONE
    assert audience.deserted(["run", "other"]) == []
    clock.now += 1
    assert audience.deserted(["run", "other"]) == ["run"]
    audience.watch("run", "ben")  # the grace begins anew
    assert audience.deserted(["run", "other"]) == []
    here.remove("ben")
    assert audience.deserted(["run", "other"]) == []


def test_who_does_not_look_is_forgotten_and_the_rest_are_counted(
    audience, clock
):
    audience.watch("first", "ann")
    clock.now += room.AWAY
    audience.watch("first", "ben")
    audience.watch("second", "ben")
    audience.forget([])
    assert audience.size == 2
    clock.now += 1
    audience.forget([])
    assert audience.size == 1 and "ann" not in audience.watchers["first"]
    clock.now += room.AWAY
    audience.forget([])
    assert audience.size == 0 and not audience.watchers


def test_who_asked_for_a_run_that_is_over_is_forgotten(audience):
    audience.ask("old", "ann")
    audience.ask("new", "ann")
    audience.forget(["new"])
    assert list(audience.asked) == ["new"]
