"""How soon a cold server shows a page: python tests/bench/cold.py

From the start of the server's process to the page's title in a Chromium that
runs already, each time with an empty store and an empty cache: with the
lectures' files at hand, without a network, and in one that never answers.
Fails when home takes longer than BOUND.
"""

import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from conftest import Server  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

BOUND = 3  # seconds to home's title, on two cores
ROUNDS = 5
NOBODY = "127.0.0.1:9"  # nothing listens on that port


def cold(chromium, address: str, environment: dict) -> list[float]:
    """Seconds until the server answers, until the page's title is there and
    until its script has run to its end."""
    folder = Path(tempfile.mkdtemp())
    if environment:  # another network: the files are not at hand
        environment = environment | {"PLAYGROUND_DATA": str(folder)}
    page, marks = chromium.new_page(), [time.perf_counter()]
    page.set_default_timeout(120_000)  # a busy machine is slow, not broken
    server = Server(folder, **environment)
    marks.append(time.perf_counter())
    page.goto(server.url + address, wait_until="commit")
    page.locator("h1").first.wait_for()
    marks.append(time.perf_counter())
    page.wait_for_selector("[data-test-script-state=notRunning]")
    marks.append(time.perf_counter())
    page.close()
    server.stop()
    return [mark - marks[0] for mark in marks[1:]]


def main():
    late = False
    with sync_playwright() as playwright, socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen()
        silent = f"127.0.0.1:{hole.getsockname()[1]}"
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        for address in ("/", "/gpt"):
            for network, environment in (
                ("files at hand", {}),
                ("no network", {"https_proxy": NOBODY}),
                ("a silent network", {"https_proxy": silent}),
            ):
                rounds = [
                    cold(chromium, address, environment) for _ in range(ROUNDS)
                ]
                answers, title, whole = map(
                    statistics.median, zip(*rounds, strict=True)
                )
                print(
                    f"{address:5} {network:17} answers {answers:.2f} s, "
                    f"title {title:.2f} s, whole page {whole:.2f} s "
                    f"(medians of {ROUNDS})"
                )
                late |= address == "/" and title > BOUND
        chromium.close()
    if late:
        sys.exit(f"home takes longer than {BOUND} s")


if __name__ == "__main__":
    main()
