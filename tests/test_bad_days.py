"""What goes wrong on a server: nothing done is lost, the rest is offered
again, and one sentence says what happened."""

import ctypes
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from real_runs import BIGRAM, TEXT, WORDS, alive, asked, is_, wait_for
from streamlit.testing.v1 import AppTest

from core import bigram, gpt
from core.runs import launcher as launchers
from core.runs import limits, store, worker


def done(config=BIGRAM):
    """A run that has ended well, made in this process."""
    run = store.Run("bigram", replace(config, steps=30), WORDS)
    store.make(run)
    worker.work(run.path)
    assert store.status(run.path) == "done"
    return run


# a server with two seats, lean so that it starts at once, and with no torch in
# its spare worker; the others save as often as they can
SERVER = """
import json, subprocess, sys, time
from pathlib import Path
from types import SimpleNamespace
from core.runs import launcher as launchers, store
EAGER = "from core.runs import worker as w; w.SAVE = w.SHARE = 0; w.main()"
def eager():
    return subprocess.Popen([sys.executable, "-c", EAGER], cwd=store.ROOT,
        stdin=subprocess.PIPE, start_new_session=True, text=True)
launchers.new_worker = eager
launcher = launchers.Launcher(seats=2)
for told in json.loads(sys.argv[1]):
    told["path"] = Path(told["path"])
    told["data"] = SimpleNamespace(**told["data"], known=False)
    launcher.start(SimpleNamespace(**told))
EAGER = "input()"
time.sleep(100)
"""


def told(run) -> dict:
    return {
        "id": run.id,
        "lesson": run.lesson,
        "path": str(run.path),
        "question": run.question,
        "data": {"text": run.data.text},
    }


def expected(run):
    lesson = {"gpt": gpt, "bigram": bigram}[run.lesson]
    return [store.line(r) for r in lesson.train(run.config, run.data)]


def stored(run):
    return (run.path / "records.jsonl").read_text().splitlines()


@pytest.mark.slow
def test_a_server_killed_at_twenty_moments_loses_nothing_done():
    chance, done, went_on = random.Random(9), set(), 0
    long = asked()[0]
    for _ in range(20):
        kept = saved()
        command = [
            sys.executable,
            "-c",
            SERVER,
            json.dumps(list(map(told, asked()))),
        ]
        server = subprocess.Popen(command, cwd=store.ROOT)
        wait_for(lambda: store.status(long.path) in ("running", "done"))
        time.sleep(chance.uniform(0, 1))
        server.send_signal(signal.SIGKILL)
        server.wait()
        wait_for(nobody_works)
        states = {run.id: store.status(run.path) for run in asked()}
        assert set(states.values()) <= {"done", "lost"}
        assert done <= {id for id, state in states.items() if state == "done"}
        done = {id for id, state in states.items() if state == "done"}
        went_on += saved() > kept > 0
    for run in asked():
        if store.status(run.path) == "lost":
            store.make(run)
            worker.work(run.path)
        assert stored(run) == expected(run)
    assert went_on, "no checkpoint was ever gone on from"


def saved() -> int:
    """How far the GPT's last checkpoint is; 0 before it or after the end."""
    run = asked()[0]
    there = (run.path / "checkpoint.pt").exists()
    return len(stored(run)) if there else 0


def nobody_works():
    return not any(
        store.beats(run.path / beat)
        for run in asked()
        for beat in ("alive", "waiting")
    )


def test_a_launcher_that_is_killed_comes_to_life_when_a_page_looks(
    slow, launcher
):
    first, second = slow(1, steps=60), slow(2, steps=60)
    launcher.start(first)
    launcher.start(second)
    thread = launcher.thread
    killed = ctypes.py_object(SystemExit)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident), killed
    )
    wait_for(lambda: not thread.is_alive())
    launcher.watch(second, "me")
    wait_for(is_("done", second))
    assert launcher.thread.is_alive()


def test_the_launcher_outlives_what_nobody_foresaw(
    launcher, monkeypatch, capfd
):
    monkeypatch.setattr(launcher, "make_room", lambda: {}["nobody foresaw"])
    wait_for(lambda: "nobody foresaw" in capfd.readouterr().err)
    monkeypatch.undo()
    assert launcher.thread.is_alive()


READ_ONLY = OSError(30, "Read-only file system")


def refuse(*_, **__):
    raise READ_ONLY


def test_a_read_only_store_shows_what_it_has_and_says_the_rest(
    launcher, monkeypatch
):
    run = done()
    other = store.Run("bigram", replace(BIGRAM, steps=31), WORDS)
    for name in ("mkdir", "write_text", "write_bytes", "touch", "unlink"):
        monkeypatch.setattr(Path, name, refuse)
    launcher.start(run)  # done: nothing to write
    assert store.status(run.path) == "done"
    assert stored(run) == expected(run)
    assert store.result(run.path)["letters"] == WORDS.letters
    with pytest.raises(OSError) as trouble:
        launcher.start(other)
    said = store.in_words(trouble.value)
    assert "Read-only" in said and "press Train again" in said


def test_a_store_that_is_no_folder_still_opens_the_page(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_RUNS", "/dev/null/runs")
    app = AppTest.from_file("../streamlit_app.py", default_timeout=60).run()
    assert not app.exception
    assert store.runs_on_disk() == []
    store.sweep(0)


OLDER = [  # files as no version of today leaves them
    ("config.json", "not json"),
    ("config.json", json.dumps({"lesson": "gone", "knobs": {}})),
    ("config.json", json.dumps([1])),
    ("records.jsonl", '{"step": 1, "an old name": 2}\n'),
    ("result.pt", "not a tensor"),
    ("checkpoint.pt", "not a state"),
    ("alive", "[]"),
    ("waiting", "first"),
]


@pytest.mark.parametrize("name, content", OLDER)
def test_a_store_from_an_older_version_is_offered_again(
    name, content, launcher
):
    run = done()
    (run.path / name).write_text(content)
    if name == "checkpoint.pt":
        (run.path / "result.pt").unlink()
    (run.path / "folder").mkdir()
    (run.path / "folder" / "file").write_text("of another version")
    app = AppTest.from_function(watched, args=(bigram.Config(steps=30),))
    app.default_timeout = 60
    app.run()
    assert not app.exception
    again = store.Run("bigram", replace(BIGRAM, steps=30), WORDS)
    store.remove(again)
    launcher.start(again)
    wait_for(is_("done", again))
    assert stored(again) == expected(again)
    store.sweep(0)
    assert not again.path.exists()


def watched(config):
    """A page that shows one run and nothing else."""
    from real_runs import WORDS

    from core.runs import store
    from pages.parts import live

    run = store.Run("bigram", config, WORDS)
    live.watch(run, lambda: run, lambda view, run: None)


def test_a_record_file_cut_anywhere_is_damaged_or_waits_for_more():
    run = done()
    file = run.path / "records.jsonl"
    whole, marks = file.read_bytes(), len(stored(run))
    half = whole.rindex(b"\n", 0, len(whole) - 1) - 200
    for end in range(half, len(whole)):
        file.write_bytes(whole[:end])
        records = store.Tail(run.path).read()
        assert len(records) == whole[:end].count(b"\n") < marks
    app = AppTest.from_function(watched, args=(bigram.Config(steps=30),))
    app.default_timeout = 60
    app.run()
    assert "Train to make them again" in app.warning[0].value
    assert not app.exception


def test_a_line_cut_in_a_character_is_damaged_once_more_follows():
    run = done()
    file = run.path / "records.jsonl"
    cut = '{"step":1,"samples":["zoë'.encode()[:-1]
    file.write_bytes(cut)
    assert store.Tail(run.path).read() == []  # it may still be written
    file.write_bytes(cut + b'"]}\n')
    with pytest.raises(store.Damaged):
        store.Tail(run.path).read()


def test_a_clock_that_is_set_back_stops_nothing(slow, launcher):
    run, ahead = slow(), time.time() + 3600
    launcher.start(run)
    wait_for(is_("running", run))
    os.utime(run.path / "alive", (ahead, ahead))
    wait_for(is_("running", run), seconds=5)  # at the next heartbeat
    launcher.stop(run, "me")
    os.utime(run.path / "stop", (ahead, ahead))
    wait_for(is_("stopped", run), seconds=10)
    wait_for(lambda: not launcher.working)
    store.sweep(0)
    assert not run.path.exists()


def test_a_run_that_takes_too_much_memory_says_so(launcher, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_MEMORY", "150")
    with launcher.lock:  # its spare may have the old cap
        launcher.take_spare().kill()
    big = gpt.Config(
        steps=3, n_embd=384, n_head=6, n_layer=12, block=256, batch=128
    )
    run = store.Run("gpt", big, TEXT)
    launcher.start(run)
    wait_for(is_("failed", run), seconds=120)
    said = store.error(run.path)
    assert "more memory than the 150 MB" in said and "smaller" in said
    small = store.Run("bigram", BIGRAM, WORDS)
    launcher.start(small)  # nobody else is harmed
    wait_for(is_("done", small))


def test_the_cap_of_memory_is_what_the_app_leaves_free(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_SEATS", "2")
    monkeypatch.setattr(limits, "machine", lambda: 2_700)
    assert limits.memory() == 1_000  # (2,700 - 700) / 2
    monkeypatch.setattr(limits, "machine", lambda: 1_000)
    assert limits.memory() == limits.LEAST  # less trains nothing
    monkeypatch.setenv("PLAYGROUND_MEMORY", "3000")
    assert limits.memory() == 3_000
    assert 200 < limits_machine() < 10**8


limits_machine = limits.machine  # before a test takes its place


def test_what_a_visitor_brought_stays_out_of_the_log(monkeypatch, capfd):
    run = store.Run("bigram", replace(BIGRAM, steps=30), WORDS)
    for trouble in (ValueError("emma"), RuntimeError("emma")):
        store.make(run)
        with monkeypatch.context() as patch:
            patch.setattr(bigram, "train", lambda *_, t=trouble: fail(t))
            worker.work(run.path)
        assert "emma" in store.error(run.path)
        out, log = capfd.readouterr()
        assert run.id in log and "emma" not in log + out


def fail(trouble):
    raise trouble


def test_no_process_is_left_of_a_worker_whose_server_is_gone(slow):
    run = slow()
    store.make(run)
    worker_ = launchers.new_worker()
    worker_.stdin.write(f"{run.path.resolve()}\n")
    worker_.stdin.flush()
    wait_for(is_("running", run))
    worker_.stdin.close()
    wait_for(is_("lost", run), seconds=3)  # at once, not when it is stale
    wait_for(lambda: not alive(worker_.pid))
