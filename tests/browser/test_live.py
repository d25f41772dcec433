"""Training watched by real visitors: live, shared, interrupted."""

import os
import signal
import time

from conftest import Server

from core import bigram
from core.data import names
from core.runs import store


def test_training_ends_at_the_loss_and_the_records_of_train(server, visitor):
    guest = visitor().visit(f"{server.url}/bigram?steps=60")
    guest.press("Train")
    guest.waits_for_status("Done: 60 steps")
    guest.press("Newest")
    guest.settle()
    config = bigram.Config(steps=60)
    records = list(bigram.train(config, names.local()))
    assert f"{records[-1].nll:.4f}" in guest.losses()
    for name in records[-1].samples:
        guest.sees(name)
    with guest.page.expect_download() as download:
        guest.press("Records (.csv)")
    rows = download.value.path().read_text().splitlines()
    assert len(rows) == 1 + len(records)
    [folder] = [f for f in server.runs.iterdir() if '"steps": 60' in asked(f)]
    stored = (folder / "records.jsonl").read_text().splitlines()
    assert stored == [store.line(record) for record in records]
    guest.is_well()


def asked(folder):
    return (folder / "config.json").read_text()


def test_polling_ends_when_the_run_ends(server, visitor):
    guest = visitor().visit(f"{server.url}/bigram?steps=40")
    guest.press("Train")
    guest.waits_for_status("Done")
    guest.press("Newest")
    time.sleep(2)
    guest.settle()
    heard = guest.heard
    time.sleep(4)  # eight polls, if there were any
    assert guest.heard == heard


def test_the_playhead_steps_scrubs_and_plays_again(server, visitor):
    guest = visitor().visit(f"{server.url}/bigram?steps=50")
    guest.press("Train")
    guest.waits_for_status("Done")
    guest.press("Newest")
    wait_until(lambda: guest.step() == 50)
    guest.press("Back")
    wait_until(lambda: guest.step() == 49)
    guest.press("Next")
    wait_until(lambda: guest.step() == 50)
    slider = guest.page.get_by_role("slider", name="Look at step")
    slider.focus()
    slider.press("Home")
    wait_until(lambda: guest.step() == 1)
    guest.settle()
    time.sleep(1.5)
    assert guest.step() == 1  # a scrubbed playhead stays
    guest.press("Play")
    wait_until(lambda: 1 < guest.step() < 50)
    guest.press("Pause")
    guest.page.get_by_role("button", name="Play", exact=True).wait_for()
    guest.settle()
    here = guest.step()
    time.sleep(1.5)
    assert guest.step() == here
    guest.is_well()


def wait_until(condition, seconds=20):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_reload_in_mid_run_finds_the_run_and_so_does_a_second_session(
    slow_server, visitor
):
    first = visitor().visit(f"{slow_server.url}/bigram?steps=4000")
    first.press("Train")
    first.waits_for_status("Step")
    first.page.reload()
    first.waits_for_status("Step")
    second = visitor().visit(f"{slow_server.url}/bigram?steps=4000")
    second.waits_for_status("1 more watching", timeout=20_000)
    second.press("Pause")  # holds up nobody else
    second.page.get_by_role("button", name="Play", exact=True).wait_for()
    wait_until(second.rests)
    here = second.step()
    wait_until(lambda: first.step() > here + 100)
    assert second.step() == here
    first.press("Stop")  # not while another looks
    first.sees("You stopped watching")
    second.press("Stop")
    second.waits_for_status("Stopped at step")
    first.waits_for_status("Stopped at step")
    first.is_well()
    second.is_well()


def test_a_page_at_rest_notices_the_run_that_another_starts(
    slow_server, visitor
):
    idle = visitor().visit(f"{slow_server.url}/bigram?steps=300")
    teacher = visitor().visit(f"{slow_server.url}/bigram?steps=300")
    teacher.press("Train")
    idle.waits_for_status("Step", timeout=10_000)
    idle.waits_for_status("Done")
    idle.is_well()


def test_a_killed_training_is_offered_again(slow_server, visitor):
    guest = visitor().visit(f"{slow_server.url}/bigram?steps=900")
    guest.press("Train")
    guest.waits_for_status("Step")
    for pid in slow_server.workers():
        os.kill(pid, signal.SIGKILL)
    guest.sees("The training process is gone")
    guest.page.get_by_role("button", name="Train", disabled=False).wait_for()
    guest.press("Train")
    guest.waits_for_status("Step")
    guest.is_well()


def test_a_killed_server_leaves_no_process_and_its_runs_are_offered_again(
    slowed, visitor
):
    server = Server(slowed, slowed)
    guest = visitor().visit(f"{server.url}/bigram?steps=900")
    guest.press("Train")
    guest.waits_for_status("Step")
    workers = server.workers()
    assert workers
    server.stop(signal.SIGKILL)
    wait_until(lambda: not any(os.path.exists(f"/proc/{p}") for p in workers))
    again = Server(slowed, slowed)
    time.sleep(store.STALE)  # until then it might still be alive elsewhere
    guest = visitor().visit(f"{again.url}/bigram?steps=900")
    guest.sees("The training process is gone")
    guest.press("Train")
    guest.waits_for_status("Step")
    guest.is_well()
    again.stop()


def test_a_store_deleted_under_the_app_is_said_and_mended(slow_server, visitor):
    guest = visitor().visit(f"{slow_server.url}/bigram?steps=900")
    guest.press("Train")
    guest.waits_for_status("Step")
    # at once: file by file, the worker's next heartbeat could come between
    slow_server.runs.rename(slow_server.runs.with_name("gone"))
    guest.sees("The records were deleted from disk")
    guest.press("Train")
    guest.waits_for_status("Step")
    guest.is_well()


def test_damaged_records_are_said_and_made_again(server, visitor):
    guest = visitor().visit(f"{server.url}/bigram?steps=45")
    guest.press("Train")
    guest.waits_for_status("Done")
    [folder] = [f for f in server.runs.iterdir() if '"steps": 45' in asked(f)]
    (folder / "records.jsonl").write_text("nonsense\n")
    guest.page.reload()
    guest.sees("The records on disk are damaged")
    guest.press("Train")
    guest.waits_for_status("Done: 45 steps")
    guest.is_well()


def test_a_store_that_cannot_be_written_is_said(tmp_path, visitor):
    (tmp_path / "file").write_text("")
    store_in_a_file = str(tmp_path / "file" / "runs")
    server = Server(tmp_path, PLAYGROUND_RUNS=store_in_a_file)
    guest = visitor().visit(f"{server.url}/bigram")
    guest.press("Train")
    guest.sees("The run could not be written")
    guest.is_well()
    server.stop()


LAYOUT = """() => {
    window.seen = new Set();
    const main = document.querySelector('[data-testid=stMain]');
    const look = () => {
        window.seen.add(main.scrollHeight);
        requestAnimationFrame(look);
    };
    look();
}"""


def test_the_layout_never_shifts_when_a_run_starts_plays_or_ends(
    server, visitor
):
    guest = visitor().visit(f"{server.url}/bigram?steps=70")
    guest.stands_still()
    guest.page.evaluate(LAYOUT)
    guest.press("Train")
    guest.waits_for_status("Done")
    guest.press("Newest")
    time.sleep(1)
    guest.press("Play")
    time.sleep(2)
    guest.press("Pause")
    guest.settle()
    heights = guest.page.evaluate("() => [...window.seen]")
    assert len(heights) == 1, heights


def test_an_experiment_keeps_the_guess_and_gives_a_verdict(server, visitor):
    guest = visitor().visit(f"{server.url}/bigram")
    page = guest.page
    page.get_by_text("At different tables").click()
    guest.settle()
    page.get_by_role("button", name="Commit and run").first.click()
    guest.sees("You said")
    guest.sees("the runs say")
    page.get_by_role("button", name="Skip the guess").nth(2).click()
    guest.sees("The runs say")
    guest.settle()
    heard = guest.heard
    time.sleep(3)
    assert guest.heard == heard  # no polling once the verdict is there
    guest.is_well()


def test_what_takes_no_time_has_its_verdict_at_once(server, visitor):
    guest = visitor().visit(f"{server.url}/bigram")
    guest.page.get_by_text("It falls clearly").click()
    guest.settle()
    ready = guest.page.get_by_role("button", name="Commit and run")
    ready = [b for b in ready.all() if b.is_enabled()]
    assert len(ready) == 1
    ready[0].click()
    guest.sees("You said it: It falls clearly")
    guest.sees("2.4546")  # lecture 2: the bigram, one added
    guest.sees("2.2126")  # and the trigram
    guest.settle()
    heard = guest.heard
    time.sleep(2)
    assert guest.heard == heard  # nothing to poll
    guest.is_well()


def test_an_experiment_that_cannot_run_says_why_and_is_at_rest(
    tmp_path, visitor
):
    (tmp_path / "file").write_text("")
    store_in_a_file = str(tmp_path / "file" / "runs")
    server = Server(tmp_path, PLAYGROUND_RUNS=store_in_a_file)
    guest = visitor().visit(f"{server.url}/bigram?steps=1000")
    guest.page.get_by_role("button", name="Skip the guess").first.click()
    guest.sees("The run could not be written")
    guest.page.get_by_role("button", name="Run again").wait_for()
    guest.is_well()
    server.stop()
