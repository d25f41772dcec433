"""The server under load, and what it costs: read from /proc, so on Linux."""

import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from core.runs import store  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """streamlit run, as README says, on a fresh store in this folder."""

    def __init__(self, folder: Path, port: int):
        self.port, self.runs = port, folder / "runs"
        self.log = (folder / "server.log").open("w")
        command = [sys.executable, "-m", "streamlit", "run"]
        command += ["streamlit_app.py", "--server.headless", "true"]
        command += ["--server.address", "127.0.0.1"]
        self.process = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=ROOT,
            env={**os.environ, "PLAYGROUND_RUNS": str(self.runs)},
            stdout=self.log,
            stderr=self.log,
        )
        os.environ["PLAYGROUND_RUNS"] = str(self.runs)  # for store, here
        self.wait_until_it_answers()

    def wait_until_it_answers(self):
        for _ in range(600):
            try:
                address = f"http://127.0.0.1:{self.port}/_stcore/health"
                urllib.request.urlopen(address, timeout=5)
                return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError("the server did not start")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()

    def memory(self) -> tuple[int, int, int]:
        """Megabytes: the server's resident ones, its own share of those
        (pages that processes share are divided), and the workers' share."""
        resident, share = memory_of(self.process.pid)
        workers = sum(memory_of(pid)[1] for pid in self.workers())
        return resident, share, workers

    def workers(self) -> list[int]:
        """The process ids of the server's children."""
        found = []
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            with contextlib.suppress(OSError):  # a thread that has ended
                found += map(int, (task / "children").read_text().split())
        return found

    def seconds(self) -> float:
        """Processor time of the server itself so far."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / TICKS

    def training(self, lesson: str) -> Path | None:
        """The folder of a run of this lesson that is in work."""
        for path in store.runs_on_disk():
            state = store.status(path)
            if state == "running" and lesson_of(path) == lesson:
                return path
        return None

    def states(self) -> dict[str, str]:
        """Every run's state, by the text of its knobs."""
        return {
            (path / "config.json").read_text("utf-8"): store.status(path)
            for path in store.runs_on_disk()
        }


def lesson_of(path: Path) -> str:
    text = (path / "config.json").read_text("utf-8")
    return text.partition('"lesson": "')[2].partition('"')[0]


def memory_of(pid: int) -> tuple[int, int]:
    """Resident and proportional megabytes; none of a process that ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0, 0
    lines = dict(line.split(":") for line in text.splitlines()[1:])
    return tuple(int(lines[name].split()[0]) // 1024 for name in ("Rss", "Pss"))
