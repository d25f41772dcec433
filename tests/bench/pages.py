"""How quick pages stay while every core trains: python tests/bench/pages.py

A real Chromium presses a button of the bigram page, at rest and while as many
runs train as there are cores; and presses Train on a warm server until the
first point is on the chart.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]
PRESSES = 20

ANSWER = """(name) => new Promise(done => {
    const app = document.querySelector('[data-testid=stApp]');
    const button = [...document.querySelectorAll('button')]
        .find(b => b.innerText.includes(name));
    const began = performance.now();
    let ran = false;
    const look = () => {
        const state = app.dataset.testScriptState;
        if (state !== 'notRunning') ran = true;
        if (ran && state === 'notRunning') done(performance.now() - began);
        else requestAnimationFrame(look);
    };
    button.click();
    look();
})"""

FIRST_POINT = """() => new Promise(done => {
    const button = [...document.querySelectorAll('button')]
        .find(b => b.innerText.includes('Train'));
    const began = performance.now();
    const look = () => {
        const said = document.querySelector('[data-testid=stProgress]');
        if (/^(Step|Done)/.test(said.innerText))  // drawn with the chart
            done(performance.now() - began);
        else requestAnimationFrame(look);
    };
    button.click();
    look();
})"""


def answers(visitor) -> float:
    """Median milliseconds from a press to the end of the script run."""
    page = visitor.page
    return statistics.median(
        page.evaluate(ANSWER, "Draw ten others") for _ in range(PRESSES)
    )


def first_points(chromium, server) -> list[float]:
    """Milliseconds from Train to a point, each time for knobs of its own."""
    from conftest import Visitor

    found = []
    for steps in range(300, 307):
        visitor = Visitor(chromium).visit(f"{server.url}/bigram?steps={steps}")
        visitor.page.get_by_role("button", name="Train").wait_for()
        time.sleep(4)  # charts are drawn and the next worker is warm
        found.append(visitor.page.evaluate(FIRST_POINT))
        visitor.context.close()
    return found


def main():
    from conftest import Server, Visitor
    from playwright.sync_api import sync_playwright

    from core import bigram
    from core.data import names
    from core.runs import store
    from core.runs.launcher import Launcher

    folder = Path(tempfile.mkdtemp())
    os.environ["PLAYGROUND_RUNS"] = str(folder / "other runs")
    server = Server(folder, PLAYGROUND_RUNS=str(folder / "runs"))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        points = first_points(chromium, server)
        visitor = Visitor(chromium).visit(f"{server.url}/bigram")
        visitor.page.get_by_role("button", name="Train").wait_for()
        rest = answers(visitor)
        launcher = Launcher()
        for seed in range(200):
            config = bigram.Config(steps=10_000, seed=seed)
            launcher.start(store.Run("bigram", config, names.local()))
        time.sleep(5)
        busy = answers(visitor)
        launcher.close()
    server.stop()
    print(f"Train to first point: {statistics.median(points):.0f} ms (median)")
    print(f"                      {max(points):.0f} ms (slowest of 7)")
    print(f"a press is answered in {rest:.0f} ms at rest, {busy:.0f} ms while")
    print(f"{os.cpu_count()} runs train: {busy / rest:.2f} times as long")


if __name__ == "__main__":
    main()
