"""Runs as processes: every claim is tried on real workers and real folders."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from itertools import islice

import pytest
import torch
from real_runs import GPT as LONGER
from real_runs import TEXT, WORDS, alive, is_, wait_for

from core import bigram, gpt
from core.data import names
from core.runs import store, worker
from core.runs.launcher import Launcher

SHORT = bigram.Config(steps=30)
GPT = replace(LONGER, steps=1500)


def ask(config=SHORT, data=WORDS):
    return store.Run("bigram", config, data)


def test_a_run_leaves_the_records_that_train_yields(launcher):
    run = ask()
    assert store.status(run.path) == "new"
    launcher.start(run)
    wait_for(is_("done", run))
    stored = (run.path / "records.jsonl").read_text().splitlines()
    assert stored == [store.line(r) for r in bigram.train(SHORT, WORDS)]


def test_a_result_comes_back_as_its_tensors(launcher):
    run = ask()
    launcher.start(run)
    wait_for(is_("done", run))
    training = bigram.train(SHORT, WORDS)
    while True:
        try:
            next(training)
        except StopIteration as end:
            expected = end.value
            break
    found = torch.load(run.path / "result.pt", weights_only=True)
    assert torch.equal(found["W"], expected.W)
    assert found["letters"] == expected.letters
    assert found["loss"] == expected.loss


def test_a_restarted_server_finds_the_run_done(launcher):
    run = ask()
    launcher.start(run)
    wait_for(is_("done", run))
    launcher.close()
    second = Launcher(seats=1)
    second.start(run)
    assert run.id not in second.line and run.id not in second.working
    second.close()
    assert store.status(run.path) == "done"


def test_the_question_decides_the_run():
    run = ask()
    assert run.id == ask().id
    assert ask(bigram.Config(rate=5)).id == ask(bigram.Config(rate=5.0)).id
    assert run.id != ask(bigram.Config(steps=31)).id
    assert run.id != ask(data=names.Words("own", ("emma",))).id


def test_the_source_of_a_lesson_is_all_it_imports_from_core():
    read = {path.relative_to(store.ROOT) for path in store.sources("bigram")}
    assert {str(path) for path in read} == {
        "core/bigram.py",
        "core/knobs.py",
        "core/pace.py",
        "core/tokens.py",
        "core/data/names.py",
        "core/data/lecture_files.py",
    }


def test_a_worker_refuses_a_lesson_edited_since_it_was_asked_for(capfd):
    run = ask()
    store.make(run)
    asked = json.loads((run.path / "config.json").read_text())
    asked["source"] = "of yesterday"
    (run.path / "config.json").write_text(json.dumps(asked))
    worker.work(run.path)
    assert store.status(run.path) == "failed"
    assert "edited" in store.error(run.path)


def test_a_half_written_line_is_left_for_later():
    run = ask()
    store.make(run)
    file = run.path / "records.jsonl"
    file.write_bytes(b'{"step":1}\n{"st')
    tail = store.Tail(run.path)
    assert [r["step"] for r in tail.read()] == [1]
    with file.open("ab") as more:
        more.write(b'ep":2}\n')
    assert [r["step"] for r in tail.read()] == [1, 2]


def test_a_run_made_again_is_read_from_its_start():
    run = ask()
    store.make(run)
    tail = store.Tail(run.path)
    (run.path / "records.jsonl").write_text('{"step":1}\n{"step":2}\n')
    assert len(tail.read()) == 2
    store.make(run)
    assert tail.read() == []
    (run.path / "records.jsonl").write_text('{"step":1}\n')
    assert len(tail.read()) == 1


@pytest.mark.parametrize("bad", [b"\xff\xfe", b"nonsense", b"[1]", b"{}", b"1"])
def test_damaged_records_are_named_so(bad):
    run = ask()
    store.make(run)
    (run.path / "records.jsonl").write_bytes(b'{"step":1}\n' + bad + b"\n")
    with pytest.raises(store.Damaged):
        store.Tail(run.path).read()


def test_a_killed_run_is_lost_and_can_start_again(slow, launcher):
    run = slow()
    launcher.start(run)
    wait_for(lambda: len(store.Tail(run.path).read()) > 3)
    os.kill(launcher.working[run.id][1].pid, signal.SIGKILL)
    wait_for(is_("lost", run), seconds=3)  # long before the heartbeat is old
    launcher.start(run)
    wait_for(is_("running", run))
    launcher.stop(run, "me")


def test_stop_ends_the_run_only_when_nobody_else_watches(slow, launcher):
    run = slow()
    launcher.start(run)
    launcher.watch(run, "me")
    launcher.watch(run, "you")
    wait_for(is_("running", run))
    assert not launcher.stop(run, "me")
    time.sleep(1)
    assert store.status(run.path) == "running"
    assert launcher.stop(run, "you")
    wait_for(is_("stopped", run), seconds=5)
    wait_for(lambda: run.id not in launcher.working)
    assert store.Tail(run.path).read(), "what was trained stays to be seen"


def test_runs_wait_in_order_and_see_their_place(slow, launcher):
    first, second, third = slow(seed=1), slow(seed=2), slow(seed=3)
    for run in (first, second, third):
        launcher.start(run)
    wait_for(is_("running", first))
    wait_for(lambda: store.place(third.path) == 2)
    assert store.status(second.path) == "waiting"
    launcher.stop(second, "me")
    assert store.status(second.path) == "stopped"
    wait_for(lambda: store.place(third.path) == 1)
    launcher.stop(first, "me")
    wait_for(is_("running", third))
    launcher.stop(third, "me")


def test_many_who_ask_at_once_train_once(slow, launcher):
    run = slow()
    askers = [
        threading.Thread(target=launcher.start, args=(run,)) for _ in range(30)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert list(launcher.working) == [run.id] and not launcher.line
    launcher.stop(run, "me")


SERVER = """
import sys, time
from core import slow
from core.data import names
from core.runs import store
from core.runs.launcher import Launcher
launcher = Launcher(seats=1)
words = names.Words("own", ("emma", "olivia", "ava"))
run = store.Run("slow", slow.Config(), words)
launcher.start(run)
until = time.monotonic() + 30
while store.status(run.path) != "running" or launcher.spare is None:
    assert time.monotonic() < until, store.status(run.path)
    time.sleep(0.02)
worker = launcher.working[run.id][1]
print(worker.pid, launcher.spare.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    "signal_", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT]
)
def test_no_process_outlives_the_server(signal_, slow):
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        cwd=store.ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    pids = [int(pid) for pid in server.stdout.readline().split()]
    assert len(pids) == 2 and all(alive(pid) for pid in pids)
    server.send_signal(signal_)
    server.wait()
    wait_for(lambda: not any(alive(pid) for pid in pids), seconds=10)


def test_a_closed_launcher_leaves_no_process(slow, launcher):
    run = slow()
    launcher.start(run)
    wait_for(is_("running", run))
    wait_for(lambda: launcher.spare)
    working = launcher.working[run.id][1]
    pids = [working.pid, launcher.spare.pid]
    launcher.close()
    wait_for(lambda: not any(alive(pid) for pid in pids), seconds=5)


def test_a_store_that_cannot_be_made_is_an_oserror(launcher, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_RUNS", "/dev/null/runs")
    with pytest.raises(OSError) as trouble:
        launcher.start(ask())
    assert "press Train again" in store.in_words(trouble.value)


def test_a_store_deleted_under_a_run_serves_again(slow, launcher):
    run = slow()
    launcher.start(run)
    wait_for(is_("running", run))
    store.remove(run)
    wait_for(lambda: run.id not in launcher.working, seconds=5)
    assert store.status(run.path) == "new"
    launcher.start(run)
    wait_for(is_("running", run))
    launcher.stop(run, "me")


def test_own_words_stay_out_of_what_is_asked():
    run = ask()
    store.make(run)
    assert "emma" not in (run.path / "config.json").read_text()
    assert (run.path / "data.txt").read_text() == "emma\nolivia\nava"


def test_the_oldest_ended_runs_go_first():
    runs = [ask(bigram.Config(steps=steps)) for steps in (1, 2, 3)]
    for age, run in zip((300, 200, 100), runs, strict=True):
        store.make(run)
        (run.path / "result.pt").write_bytes(b"x" * 1000)
        then = time.time() - age
        os.utime(run.path, (then, then))
    waiting = ask(bigram.Config(steps=4))
    store.make(waiting)
    store.write(waiting.path / "waiting", "1")
    store.sweep(budget=store.size(runs[1].path) + store.size(runs[2].path))
    there = [store.status(run.path) for run in [*runs, waiting]]
    assert there == ["new", "done", "done", "waiting"]


def test_what_is_no_run_is_never_swept():
    run = ask()
    store.make(run)
    (run.path / "waiting").unlink()
    (store.folder() / "thesis").mkdir()
    (store.folder() / "thesis" / "config.json").write_text("{}")
    (store.folder() / "stray.txt").write_text("a file between the folders")
    store.sweep(budget=0)
    left = {path.name for path in store.folder().iterdir()}
    assert left == {"thesis", "stray.txt"}


def test_train_pressed_at_once_after_stop_starts_again(slow, launcher):
    run = slow()
    launcher.start(run)
    wait_for(is_("running", run))
    launcher.stop(run, "me")
    wait_for(is_("stopped", run))
    launcher.start(run)  # the old process may not be reaped yet
    wait_for(is_("running", run))
    launcher.stop(run, "me")


def test_a_frozen_worker_can_be_replaced(slow, launcher):
    run = slow()
    launcher.start(run)
    wait_for(is_("running", run))
    frozen = launcher.working[run.id][1].pid
    os.kill(frozen, signal.SIGSTOP)  # as a laptop that slept
    long_ago = time.time() - store.STALE - 1
    os.utime(run.path / "alive", (long_ago, long_ago))
    assert store.status(run.path) == "lost"
    launcher.start(run)
    wait_for(is_("running", run))
    assert not alive(frozen)
    launcher.stop(run, "me")


def test_a_healthy_run_never_looks_lost(launcher):
    runs = [ask(bigram.Config(steps=steps)) for steps in range(1, 9)]
    seen, over = set(), threading.Event()

    def watch():
        while not over.is_set():
            seen.update(store.status(run.path) for run in runs)
            time.sleep(0.001)  # leaves the core to the runs

    watcher = threading.Thread(target=watch)
    watcher.start()
    for run in runs:
        launcher.start(run)
    wait_for(lambda: all(store.status(run.path) == "done" for run in runs), 180)
    over.set()
    watcher.join()
    assert seen <= {"new", "waiting", "running", "done"}


def test_the_launcher_outlives_a_failed_start(launcher, monkeypatch, capfd):
    wait_for(lambda: launcher.spare)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    launcher.spare.kill()
    time.sleep(1.5)  # a few ticks without a process to be had
    assert launcher.thread.is_alive()
    monkeypatch.undo()
    wait_for(lambda: launcher.spare and launcher.spare.poll() is None)


def refuse(*_, **__):
    raise BlockingIOError("Resource temporarily unavailable")


@pytest.mark.parametrize("file", ["records.jsonl", "result.half"])
def test_a_disk_full_at_any_write_is_said_in_words(file, capfd):
    run = ask()
    store.make(run)
    (run.path / file).symlink_to("/dev/full")  # refuses all writes
    worker.work(run.path)
    assert store.status(run.path) == "failed"
    assert "disk is full" in store.error(run.path)


def test_a_disk_full_at_the_first_heartbeat_is_said_in_words(capfd):
    run = ask()
    store.make(run)
    (run.path / "alive.half").symlink_to("/dev/full")
    worker.work(run.path)
    assert "disk is full" in store.error(run.path)


EAGER = "from core.runs import worker as w; w.SAVE = w.SHARE = 0; w.main()"


def worker_on(run):
    """A worker that keeps a checkpoint at every record."""
    process = subprocess.Popen(
        [sys.executable, "-c", EAGER],
        cwd=store.ROOT,
        stdin=subprocess.PIPE,
        text=True,
    )
    process.stdin.write(f"{run.path.resolve()}\n")
    process.stdin.flush()
    return process


def test_a_gpt_killed_in_mid_training_goes_on_exactly():
    run = store.Run("gpt", GPT, TEXT)
    expected = [store.line(record) for record in gpt.train(GPT, TEXT)]
    store.make(run)
    records = run.path / "records.jsonl"
    for kept in (60, 200):
        process = worker_on(run)
        wait_for(lambda n=kept: lines_of(records) > n)
        process.kill()  # SIGKILL: nothing can be said good-bye to
        process.wait()
        assert lines_of(records) < len(expected)
        with records.open("ab") as file:
            file.write(b'{"step": 99')  # cut in the middle of a line
        (run.path / "alive").unlink()
        assert store.status(run.path) == "lost" and store.resumable(run.path)
        # a mark on what is there: who begins again would write it anew
        marked = records.read_bytes().replace(b'"step":1,', b'"step":0,', 1)
        records.write_bytes(marked)
        store.make(run)
    assert worker_on(run).wait(120) == 0
    found = records.read_text().splitlines()
    assert found[0] == expected[0].replace('"step":1,', '"step":0,', 1)
    assert found[1:] == expected[1:] and store.status(run.path) == "done"
    assert not (run.path / "checkpoint.pt").exists()


def lines_of(file):
    return file.read_bytes().count(b"\n") if file.exists() else 0


def broken(kept):
    return b"no checkpoint"


def without_its_optimizer(kept):
    kept["state"]["optimizer"] = {"state": {}, "param_groups": []}
    return kept


def of_another_torch(kept):
    return kept | {"torch": "1.0"}


def longer_than_its_records(kept):
    return kept | {"size": 10**9}


@pytest.mark.parametrize(
    "harm",
    [broken, without_its_optimizer, of_another_torch, longer_than_its_records],
)
def test_a_checkpoint_that_cannot_be_used_is_as_none(harm):
    config = replace(GPT, steps=30)
    run = store.Run("gpt", config, TEXT)
    store.make(run)
    first = worker.Checkpoint(run.path, gpt, config, TEXT)
    records = list(islice(gpt.train(config, TEXT, first.states[0]), 25))
    first.write(25, 100, 1.0)
    kept = harm(torch.load(run.path / "checkpoint.pt", weights_only=True))
    if isinstance(kept, bytes):
        (run.path / "checkpoint.pt").write_bytes(kept)
    else:
        torch.save(kept, run.path / "checkpoint.pt")
    lines = "".join(f"{store.line(record)}\n" for record in records)
    (run.path / "records.jsonl").write_text(lines)
    (run.path / "waiting").unlink()
    store.make(run)
    worker.work(run.path)
    expected = [store.line(record) for record in gpt.train(config, TEXT)]
    found = (run.path / "records.jsonl").read_text().splitlines()
    assert found == expected and store.status(run.path) == "done"


def test_a_run_about_to_go_on_is_not_swept():
    run = store.Run("gpt", GPT, TEXT)
    store.make(run)
    (run.path / "waiting").unlink()
    store.sweep(0, spare=run.path)
    assert run.path.exists()
    store.sweep(0)
    assert not run.path.exists()


def test_a_closed_launcher_leaves_no_run_that_looks_alive(slow, launcher):
    first, second = slow(seed=1), slow(seed=2)
    launcher.start(first)
    launcher.start(second)
    wait_for(is_("running", first))
    launcher.close()
    assert store.status(first.path) == store.status(second.path) == "lost"
