"""Thirty share the seats: by turns, and nobody holds what they left."""

import re
import time
from importlib import import_module

import pytest
from real_runs import WORDS, is_, wait_for

from core import COURSE, bigram, gpt, knobs
from core.data import names
from core.runs import limits, store, worker
from core.runs.launcher import Launcher


@pytest.fixture
def here():
    """The sessions that are connected."""
    return {"ann", "ben", "cid"}


@pytest.fixture
def two_seats(here):
    launcher = Launcher(seats=2, present=lambda who: who in here)
    yield launcher
    launcher.close()


def test_a_session_with_all_seats_lets_one_go_when_another_waits(
    slow, two_seats
):
    first, second, other = (slow(seed, steps=250) for seed in (1, 2, 3))
    two_seats.start(first, "ann")
    two_seats.start(second, "ann")
    wait_for(is_("running", second))
    seen = wait_for_records(second, 3)
    two_seats.start(other, "ben")
    wait_for(is_("running", other))
    wait_for(is_("waiting", second))
    assert store.status(first.path) == "running"
    assert store.place(second.path) == 1
    wait_for(is_("done", other))
    wait_for(is_("done", second))
    steps = [record["step"] for record in store.Tail(second.path).read()]
    assert steps == sorted(set(steps)) and len(steps) > seen
    made, seconds = store.progress(second.path)
    assert made == 249
    # the rest, as long as the other run, does not count
    assert seconds < 1.6 * store.progress(first.path)[1]


def wait_for_records(run, count):
    wait_for(lambda: len(store.Tail(run.path).read()) > count)
    return len(store.Tail(run.path).read())


def test_a_session_alone_may_have_every_seat(slow, two_seats):
    runs = [slow(seed, steps=200) for seed in (1, 2, 3)]
    for run in runs:
        two_seats.start(run, "ann")
    wait_for(is_("running", runs[1]))
    time.sleep(1.5)
    assert set(two_seats.working) == {runs[0].id, runs[1].id}


def test_the_line_is_served_by_turns(slow, two_seats):
    mine = [slow(seed) for seed in range(4)]
    for run in mine:
        two_seats.start(run, "ann")
    theirs, hers = slow(5), slow(6)
    two_seats.start(theirs, "ben")
    two_seats.start(hers, "cid")
    wait_for(is_("running", theirs))
    # ann has one seat and ben the other: cid, who has none, is the next
    # and mine[1] rests, and goes on first; when it came to rest while its
    # worker was still at the start, that has taken its place away for a tick
    line = [hers, *mine[1:]]
    places = range(1, 5)
    wait_for(lambda: [store.place(run.path) for run in line] == [*places])


def test_a_run_that_rests_can_be_given_up(slow, two_seats):
    first, second, other = slow(1), slow(2), slow(3)
    two_seats.start(first, "ann")
    two_seats.start(second, "ann")
    wait_for_records(second, 1)
    two_seats.start(other, "ben")
    wait_for(is_("waiting", second))
    assert two_seats.stop(second, "ann")
    wait_for(is_("stopped", second))
    wait_for(lambda: second.id not in two_seats.working)
    assert not two_seats.line and not two_seats.aside


def test_who_leaves_frees_what_only_they_asked_for(
    slow, two_seats, here, monkeypatch
):
    monkeypatch.setattr(limits, "GONE", 1)
    alone, shared, waiting = slow(1), slow(2), slow(3)
    two_seats.start(alone, "ann")
    two_seats.start(shared, "ann")
    two_seats.start(shared, "ben")  # joins what is in work
    two_seats.start(waiting, "ann")
    wait_for(is_("running", shared))
    here.remove("ann")
    wait_for(is_("stopped", alone), seconds=10)
    wait_for(is_("stopped", waiting), seconds=10)
    assert store.status(shared.path) == "running"
    here.remove("ben")
    two_seats.watch(shared, "cid")  # never asked, but looks
    time.sleep(2)
    assert store.status(shared.path) == "running"
    here.remove("cid")
    wait_for(is_("stopped", shared), seconds=15)


def test_a_reload_within_the_grace_loses_nothing(
    slow, two_seats, here, monkeypatch
):
    monkeypatch.setattr(limits, "GONE", 3)
    run = slow()
    two_seats.start(run, "ann")
    wait_for(is_("running", run))
    here.remove("ann")
    time.sleep(1)
    two_seats.watch(run, "ben")  # the same person, a new session
    time.sleep(4)
    assert store.status(run.path) == "running"


def test_what_a_visitor_brought_vanishes_after_the_stated_time():
    own = ended(WORDS)
    known = ended(names.built_in())
    store.forget_own(limits.keep())
    assert own.path.exists()
    store.forget_own(0)
    assert not own.path.exists() and known.path.exists()
    store.make(own)  # in line: not ended, so it may stay
    store.forget_own(0)
    assert own.path.exists()


def ended(data):
    run = store.Run("bigram", bigram.Config(steps=30), data)
    store.make(run)
    worker.work(run.path)
    return run


def test_a_hosted_app_refuses_what_is_too_large(monkeypatch, two_seats):
    big = store.Run("gpt", gpt.PRESETS["published"], WORDS)
    assert limits.refusal(big) == ""
    monkeypatch.setenv("PLAYGROUND_HOSTED", "1")
    assert "n_embd up to 128" in limits.refusal(big)
    with pytest.raises(ValueError, match="your own computer"):
        two_seats.start(big, "ann")
    assert not big.path.exists()


def test_a_hosted_app_ends_what_takes_too_long(monkeypatch):
    monkeypatch.setattr(limits, "longest", lambda: 0.0)
    run = ended(WORDS)
    assert store.status(run.path) == "failed"
    assert "ask for fewer steps" in store.error(run.path)


@pytest.mark.parametrize("lesson", COURSE)
def test_a_hosted_app_trains_all_that_a_page_asks_for(lesson, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_HOSTED", "1")
    module = import_module(f"core.experiments.{lesson}")
    arms = [
        arm
        for experiment in module.EXPERIMENTS
        for arm in experiment.arms.values()
        if not callable(arm)
    ]
    default = import_module(f"core.{lesson}").Config()
    for config in [default, *arms]:
        assert not limits.refusal(store.Run(lesson, config, WORDS))


def test_each_limit_is_on_a_knob_and_below_its_end():
    for lesson, highest in limits.HIGHEST.items():
        module = import_module(f"core.{lesson}")
        ends = {knob.name: knob.high for knob in knobs.knobs_of(module.Config)}
        for knob, high in highest.items():
            assert high < ends[knob]


@pytest.mark.parametrize("value", ["", "0", "-3", "many", "٣", "1" * 30])
def test_a_variable_that_says_nothing_leaves_the_default(value, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_HOURS", value)
    assert limits.keep() == 24 * 3600
    monkeypatch.setenv("PLAYGROUND_HOURS", "2")
    assert limits.keep() == 7200


def test_readme_lists_every_variable_of_the_limits():
    source = (store.ROOT / "core" / "runs" / "limits.py").read_text()
    read = set(re.findall(r'given\("([A-Z]+)"', source)) | {"HOSTED"}
    told = (store.ROOT / "README.md").read_text()
    assert all(f"`PLAYGROUND_{name}`" in told for name in read)
