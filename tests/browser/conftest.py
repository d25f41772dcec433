"""A real server and a real Chromium: python -m pytest tests/browser"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ROOT = Path(__file__).parents[2]
PARTS = (".streamlit", "assets", "core", "pages", "streamlit_app.py")
BUNDLED = "/_stcore/"  # Streamlit asks here first when a page is deep


def skip_or_fail(said):
    if os.environ.get("CI") == "true":
        pytest.fail(said)
    pytest.skip(said)


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        skip_or_fail("needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


class Server:
    """streamlit run, as README says, on a free port and a fresh store."""

    def __init__(self, folder, root=ROOT, options=(), **environment):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.runs = folder / "runs"
        self.log = (folder / "server.log").open("w")
        command = [sys.executable, "-m", "streamlit", "run"]
        command += ["streamlit_app.py", "--server.headless", "true"]
        command += ["--server.address", "127.0.0.1"]
        command += ["--server.port", str(self.port), *options]
        self.process = subprocess.Popen(
            command,
            cwd=root,
            env={
                **os.environ,
                "PLAYGROUND_RUNS": str(self.runs),
                "XDG_CACHE_HOME": str(folder / "cache"),
                **environment,
            },
            stdout=self.log,
            stderr=self.log,
        )
        self.wait_until_it_answers()

    def wait_until_it_answers(self):
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5)
                return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError("the server did not start")

    def workers(self) -> list[int]:
        """The process ids of this server's workers, the warm one too."""
        found = subprocess.run(
            ["pgrep", "-P", str(self.process.pid), "-f", "core.runs.worker"],
            capture_output=True,
            text=True,
        )
        return [int(pid) for pid in found.stdout.split()]

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        try:
            self.process.wait(15)
        finally:
            self.process.kill()
            self.log.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.stop()


@pytest.fixture
def slowed(tmp_path):
    """A copy of the project whose bigram lesson makes 100 steps a second:
    time to interfere with a run."""
    for part in PARTS:
        source = ROOT / part
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / part)
    lesson = tmp_path / "core" / "bigram.py"
    text = lesson.read_text()
    start = "        # forward\n"
    assert text.count(start) == 1
    nap = f"        __import__('time').sleep(0.01)\n{start}"
    lesson.write_text(text.replace(start, nap))
    return tmp_path


@pytest.fixture
def slow_server(slowed):
    server = Server(slowed, slowed)
    yield server
    server.stop()


class Visitor:
    """One browser session: its page, and what went wrong in it."""

    def __init__(self, chromium, **settings):
        settings.setdefault("viewport", {"width": 1440, "height": 900})
        self.context = chromium.new_context(**settings)
        self.page = self.context.new_page()
        self.troubles, self.heard = [], 0
        self.page.on("console", self.console)
        self.page.on("pageerror", lambda error: self.troubles.append(error))
        self.page.on("websocket", self.listen)

    def console(self, message):
        known = BUNDLED in message.location.get("url", "")
        if message.type == "error" and not known:
            self.troubles.append(f"{message.text} {message.location}")

    def listen(self, websocket):
        websocket.on("framereceived", self.hear)

    def hear(self, frame):
        self.heard += 1
        message = ForwardMsg.FromString(frame)
        if message.WhichOneof("type") == "ref_hash":
            self.troubles.append("refers to what a browser may have forgotten")

    def visit(self, url):
        self.page.goto(url)
        self.page.locator("h1").first.wait_for(timeout=60_000)
        self.settle()
        return self

    def settle(self):
        """Wait until the script has run to its end."""
        self.page.wait_for_timeout(300)
        self.page.wait_for_selector(
            "[data-testid=stApp][data-test-script-state=notRunning]",
            timeout=60_000,
        )

    def stands_still(self, seconds=2):
        """Wait until the browser has drawn all: the page grows no more."""
        main, height = self.page.get_by_test_id("stMain"), 0
        while height != (height := main.evaluate("e => e.scrollHeight")):
            time.sleep(seconds)

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def sees(self, text, timeout=60_000):
        self.page.get_by_text(text).first.wait_for(timeout=timeout)

    def status(self) -> str:
        return self.page.get_by_test_id("stProgress").inner_text()

    def waits_for_status(self, part, timeout=60_000):
        progress = self.page.get_by_test_id("stProgress")
        # a plain text would match in any case: "Step" in "900 steps" too
        said = re.compile(re.escape(part))
        progress.filter(has_text=said).wait_for(timeout=timeout)

    def step(self) -> int:
        """The step under the playhead."""
        slider = self.page.get_by_role("slider", name="Look at step")
        return int(slider.get_attribute("aria-valuetext").replace(",", ""))

    def rests(self, seconds=1.5) -> bool:
        """Whether the playhead stays where it is for so long: on a busy
        machine a step may still come in after its button has changed."""
        self.settle()
        here = self.step()
        time.sleep(seconds)
        return self.step() == here

    def losses(self) -> list[str]:
        """The texts of the loss chart: landmarks, axes, the loss in view."""
        chart = self.page.locator("[aria-label^='The loss over the steps']")
        return chart.locator("svg text").all_text_contents()

    def is_well(self):
        assert self.page.get_by_test_id("stException").count() == 0
        assert not self.troubles


@pytest.fixture
def visitor(chromium):
    visitors = []

    def arrive(**settings):
        visitors.append(Visitor(chromium, **settings))
        return visitors[-1]

    yield arrive
    for each in visitors:
        each.context.close()
