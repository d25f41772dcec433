"""Starts workers: as many runs at once as there are cores, others in line.

One launcher a server. It keeps a warm worker that has imported torch, so a
run starts at once, and it knows who is watching which run.
"""

import atexit
import collections
import os
import subprocess
import sys
import threading
import time

from core.runs import store

TICK = 0.5  # seconds between looks at the workers
AWAY = 8  # seconds without a look after which a session stopped watching


class Launcher:
    """present tells whether a session is still connected."""

    def __init__(self, seats: int | None = None, present=lambda who: True):
        self.present = present
        self.seats = seats or os.cpu_count() or 1
        self.line = collections.OrderedDict()  # run id -> Run, in order
        self.working = {}  # run id -> (Run, worker process)
        self.watchers = collections.defaultdict(dict)  # run id -> who: when
        self.spare = None
        self.closed = False
        self.lock = threading.RLock()
        self.bell = threading.Event()
        self.thread = threading.Thread(target=self.tend, daemon=True)
        self.thread.start()
        atexit.register(self.close)

    def start(self, run: store.Run):
        """Train this run unless it is done, in work or in line already.

        Raises OSError when the store cannot be written."""
        with self.lock:
            if run.id in self.line or run.id in self.working:
                return
            if store.status(run.path) in ("done", "running", "waiting"):
                return
            store.sweep()
            store.make(run)
            self.line[run.id] = run
            self.seat()
        self.bell.set()

    def watch(self, run: store.Run, who: str):
        """Note that this session looks at the run now."""
        self.watchers[run.id][who] = time.monotonic()

    def others(self, run: store.Run, who: str) -> int:
        """How many other sessions looked at the run lately."""
        now = time.monotonic()
        seen = dict(self.watchers[run.id])
        return sum(
            now - when < AWAY and self.present(other)
            for other, when in seen.items()
            if other != who
        )

    def stop(self, run: store.Run, who: str) -> bool:
        """This session wants no more; end the run if nobody else watches."""
        with self.lock:
            others = self.others(run, who)
            self.watchers[run.id].pop(who, None)
            if others:
                return False
            waited = self.line.pop(run.id, None)
            if run.path.exists():
                (run.path / "stop").touch()
            if waited:
                (run.path / "waiting").unlink(missing_ok=True)
                self.tell_places()
            return True

    def tend(self):
        """Until closed: reap what ended, seat who waits, keep one warm."""
        while not self.closed:
            with self.lock:
                self.reap()
                self.seat()
                self.tell_places()
                self.forget()
                if self.spare is None and not self.closed:
                    self.spare = new_worker()
            self.bell.wait(TICK)
            self.bell.clear()

    def reap(self):
        for id, (run, worker) in list(self.working.items()):
            if worker.poll() is None:
                continue
            worker.stdin.close()
            del self.working[id]
            if store.status(run.path) in ("running", "waiting"):  # killed
                (run.path / "alive").unlink(missing_ok=True)
                (run.path / "waiting").unlink(missing_ok=True)

    def seat(self):
        """Give free seats to the runs that have waited longest."""
        while self.line and len(self.working) < self.seats and not self.closed:
            id, run = self.line.popitem(last=False)
            if not run.path.exists():  # the store was deleted meanwhile
                continue
            worker = self.take_spare()
            (run.path / "waiting").write_text("0")
            worker.stdin.write(f"{run.path.resolve()}\n")
            worker.stdin.flush()
            self.working[id] = (run, worker)

    def take_spare(self) -> subprocess.Popen:
        worker, self.spare = self.spare, None
        if worker is None or worker.poll() is not None:
            return new_worker()
        return worker

    def tell_places(self):
        for place, run in enumerate(self.line.values(), start=1):
            try:
                store.write(run.path / "waiting", str(place))
            except OSError:
                continue  # the store was deleted; seat() passes it over
        for run, _ in self.working.values():
            if (run.path / "waiting").exists():  # its worker still imports
                (run.path / "waiting").touch()

    def forget(self):
        """Drop sessions that have not looked for long."""
        now = time.monotonic()
        for id, seen in list(self.watchers.items()):
            for who, when in list(seen.items()):
                if now - when > AWAY:
                    seen.pop(who, None)
            if not seen:
                self.watchers.pop(id, None)

    def close(self):
        """End every worker; a run in work is lost and can be asked again."""
        with self.lock:
            self.closed = True
            workers = [worker for _, worker in self.working.values()]
            for worker in [*workers, *filter(None, [self.spare])]:
                worker.kill()
        self.bell.set()


def new_worker() -> subprocess.Popen:
    """A worker that waits to be told a folder. Its own session keeps Ctrl-C
    from reaching it before the server; the end of its input ends it."""
    return subprocess.Popen(
        [sys.executable, "-m", "core.runs.worker"],
        cwd=store.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    )
