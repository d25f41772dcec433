"""How quick pages stay while every core trains: python tests/bench/pages.py

A real Chromium presses a button of the bigram page, at rest and while as many
runs train as there are cores; presses Train on a warm server until the first
point is on the chart; and turns two sliders of the micrograd page by a key.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from conftest import Server, Visitor  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from core import bigram  # noqa: E402
from core.data import names  # noqa: E402
from core.runs import store  # noqa: E402
from core.runs.launcher import Launcher  # noqa: E402

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

WATCH = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    window.seen = [];
    const note = what => window.seen.push([what, performance.now()]);
    new MutationObserver(() => note(app.dataset.testScriptState))
        .observe(app, {attributes: true});
    addEventListener('keydown', () => note('key'), true);
}"""
SLIDERS = {"knob": ".st-key-rate", "leaf": "[class*='st-key-leaf']"}


def turned(visitor, place: str) -> float:
    """Median milliseconds from an arrow key to the end of the script run."""
    page, found = visitor.page, []
    slider = page.locator(place).first.get_by_role("slider").first
    for _ in range(PRESSES):
        page.evaluate("window.seen = []")
        slider.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(900)
        seen = page.evaluate("window.seen")
        began = next(at for what, at in seen if what == "key")
        ran = next(at for what, at in seen if what == "running")
        ended = [at for what, at in seen if what == "notRunning" and at > ran]
        found.append(ended[0] - began)
    return statistics.median(found)


def sliders(chromium, server) -> dict[str, float]:
    """The two kinds: a whole rerun, and one of a fragment with its graphs."""
    visitor = Visitor(chromium).visit(f"{server.url}/micrograd")
    visitor.page.locator(SLIDERS["leaf"]).first.wait_for()
    visitor.page.wait_for_timeout(5000)  # the charts are drawn
    visitor.page.evaluate(WATCH)
    found = {what: turned(visitor, at) for what, at in SLIDERS.items()}
    visitor.context.close()
    return found


def answers(visitor) -> float:
    """Median milliseconds from a press to the end of the script run."""
    page = visitor.page
    return statistics.median(
        page.evaluate(ANSWER, "Draw ten others") for _ in range(PRESSES)
    )


def first_points(chromium, server) -> list[float]:
    """Milliseconds from Train to a point, each time for knobs of its own."""
    found = []
    for steps in range(300, 307):
        visitor = Visitor(chromium).visit(f"{server.url}/bigram?steps={steps}")
        visitor.page.get_by_role("button", name="Train").wait_for()
        time.sleep(4)  # charts are drawn and the next worker is warm
        found.append(visitor.page.evaluate(FIRST_POINT))
        visitor.context.close()
    return found


def main():
    folder = Path(tempfile.mkdtemp())
    os.environ["PLAYGROUND_RUNS"] = str(folder / "other runs")
    server = Server(folder, PLAYGROUND_RUNS=str(folder / "runs"))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        points = first_points(chromium, server)
        moved = sliders(chromium, server)
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
    for what, milliseconds in moved.items():
        print(f"a {what} of micrograd is answered in {milliseconds:.0f} ms")
    print(f"a press is answered in {rest:.0f} ms at rest, {busy:.0f} ms while")
    print(f"{os.cpu_count()} runs train: {busy / rest:.2f} times as long")


if __name__ == "__main__":
    main()
