"""Starts workers: as many runs at once as there are cores, others in line.

One launcher a server. It keeps a warm worker that has imported torch, so a
run starts at once, and it knows who is watching which run.
"""

import atexit
import collections
import contextlib
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
        self.seats = seats or cores()
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
            state = store.status(run.path)
            if run.id in self.line or state in ("done", "running", "waiting"):
                return
            self.end(run.id)  # what is left of it: stopped, frozen, deleted
            store.sweep(spare=run.path)
            store.make(run)
            self.line[run.id] = run
            self.seat()
        self.bell.set()

    def watch(self, run: store.Run, who: str):
        """Note that this session looks at the run now."""
        with self.lock:
            self.watchers[run.id][who] = time.monotonic()

    def others(self, run: store.Run, who: str) -> int:
        """How many other sessions looked at the run lately."""
        now = time.monotonic()
        with self.lock:
            seen = dict(self.watchers.get(run.id, {}))
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
            try:
                with self.lock:
                    self.look_after()
            except OSError as trouble:  # a full disk, no process to be had
                print(f"launcher: {trouble}", file=sys.stderr)
            self.bell.wait(TICK)
            self.bell.clear()

    def look_after(self):
        self.reap()
        self.forget()
        if self.closed:
            return
        self.seat()
        self.tell_places()
        if self.spare is None or self.spare.poll() is not None:
            self.spare = new_worker()

    def reap(self):
        for id, (_, worker) in list(self.working.items()):
            if worker.poll() is not None:
                self.end(id)

    def end(self, id: str):
        """Let go of a run's worker and of its heartbeats, if it has any."""
        if id not in self.working:
            return
        run, worker = self.working.pop(id)
        worker.kill()
        worker.wait()
        with contextlib.suppress(BrokenPipeError):
            worker.stdin.close()
        for beat in ("alive", "waiting"):
            if store.status(run.path) not in ("done", "failed"):
                (run.path / beat).unlink(missing_ok=True)

    def seat(self):
        """Give free seats to the runs that have waited longest."""
        while self.line and len(self.working) < self.seats and not self.closed:
            id, run = next(iter(self.line.items()))
            if run.path.exists():  # else the store was deleted meanwhile
                store.write(run.path / "waiting", "0")
                self.working[id] = (run, self.take_spare())
                self.tell_folder(run)
            self.line.pop(id)

    def tell_folder(self, run):
        _, worker = self.working[run.id]
        try:
            worker.stdin.write(f"{run.path.resolve()}\n")
            worker.stdin.flush()
        except BrokenPipeError:  # the spare died just now
            self.working[run.id] = (run, new_worker())
            self.tell_folder(run)

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
            for id in list(self.working):
                self.end(id)
            for run in self.line.values():
                (run.path / "waiting").unlink(missing_ok=True)
            self.line.clear()
            if self.spare:
                self.spare.kill()
                self.spare.wait()
        self.bell.set()


def cores() -> int:
    """PLAYGROUND_SEATS, or the cores that this process may use."""
    given = os.environ.get("PLAYGROUND_SEATS", "")
    if given.isdigit() and int(given):
        return int(given)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
