"""Starts workers: as many runs at once as there are cores, others in line.

One launcher a server. It keeps a warm worker that has imported torch, so a
run starts at once. The audience knows who is there for which run, and turns
says who is served next.
"""

import atexit
import collections
import contextlib
import subprocess
import sys
import threading
import time

from core.runs import limits, store, turns
from core.runs.audience import Audience

TICK = 0.5  # seconds between looks at the workers
SWEEP = 60  # seconds between looks for visitors' data that are due to vanish


class Launcher:
    """present tells whether a session is still connected."""

    def __init__(self, seats: int | None = None, present=lambda who: True):
        self.seats = seats or limits.seats()
        self.line = collections.OrderedDict()  # run id -> Run, in order
        self.working = {}  # run id -> (Run, worker process)
        self.aside = {}  # run id -> its worker, which rests in mid-run
        self.audience = Audience(present)
        self.began, self.swept = time.monotonic(), 0.0
        self.spare = None
        self.closed = False
        self.lock = threading.RLock()
        self.bell = threading.Event()
        self.thread = None
        self.revive()
        atexit.register(self.close)

    def age(self) -> float:
        """Seconds since the server started."""
        return time.monotonic() - self.began

    def revive(self):
        """Begin to look after the workers, also if that was cut off."""
        if self.closed or (self.thread and self.thread.is_alive()):
            return
        self.thread = threading.Thread(target=self.tend, daemon=True)
        self.thread.start()

    def start(self, run: store.Run, who: str = ""):
        """Train this run unless it is done, in work or in line already.

        Raises OSError when the store cannot be written, ValueError when the
        host does not train such a run."""
        if refusal := limits.refusal(run):
            raise ValueError(refusal)
        with self.lock:
            state = store.status(run.path)
            if state != "done":
                self.audience.ask(run.id, who)
            if run.id in self.line or state in ("done", "running", "waiting"):
                return
            self.end(run.id)  # what is left of it: stopped, frozen, deleted
            store.sweep(spare=run.path)
            store.make(run)
            self.line[run.id] = run
            self.seat()
        self.revive()
        self.bell.set()

    def watch(self, run: store.Run, who: str):
        """Note that this session looks at the run now, without the lock."""
        self.audience.watch(run.id, who)
        self.revive()

    def stop(self, run: store.Run, who: str) -> bool:
        """This session wants no more; end the run if nobody else watches."""
        with self.lock:
            others = self.audience.others(run.id, who)
            self.audience.leave(run.id, who)
            if others:
                return False
            self.drop(run)
            return True

    def drop(self, run: store.Run):
        """Take the run out of the line or tell its worker to stop."""
        waited = self.line.pop(run.id, None)
        stop = run.path / "stop"
        if run.path.exists() and not stop.exists():
            stop.touch()  # once: a worker that hears nothing ends by its age
        if run.id in self.aside:
            self.wake(run)
        elif waited:
            (run.path / "waiting").unlink(missing_ok=True)
            self.tell_places()

    def tend(self):
        """Until closed: reap what ended, seat who waits, keep one warm."""
        while not self.closed:
            try:
                with self.lock:
                    self.look_after()
            except Exception as trouble:  # a full disk, no process to be had
                print(f"launcher: {trouble!r}", file=sys.stderr)
            self.bell.wait(TICK)
            self.bell.clear()

    def look_after(self):
        self.reap()
        self.audience.forget([*self.line, *self.working])
        if self.closed:
            return
        self.free()
        self.make_room()
        self.seat()
        self.tell_places()
        if time.monotonic() - self.swept > SWEEP:
            self.swept = time.monotonic()
            store.forget_own(limits.keep())
        if self.spare is None or self.spare.poll() is not None:
            self.spare = new_worker()

    def reap(self):
        for id, (_, worker) in list(self.working.items()):
            if worker.poll() is not None:
                self.end(id)
        for id, (_, worker) in list(self.aside.items()):
            if worker.poll() is not None:
                self.line.pop(id, None)
                self.end(id)

    def end(self, id: str):
        """Let go of a run's worker and of its heartbeats, if it has any."""
        held = self.aside if id in self.aside else self.working
        if id not in held:
            return
        run, worker = held.pop(id)
        worker.kill()
        worker.wait()
        with contextlib.suppress(BrokenPipeError):
            worker.stdin.close()
        for beat in ("alive", "waiting"):
            if store.status(run.path) not in ("done", "failed"):
                (run.path / beat).unlink(missing_ok=True)

    def seat(self):
        """Give free seats to those whose turn it is."""
        while self.line and len(self.working) < self.seats and not self.closed:
            run = self.in_turn()[0]
            if run.id in self.aside:
                self.wake(run)
            elif run.path.exists():  # else the store was deleted meanwhile
                store.write(run.path / "waiting", "0")
                self.working[run.id] = (run, self.take_spare())
                self.tell_folder(run)
            self.line.pop(run.id)

    def in_turn(self) -> list[store.Run]:
        """The line as it will be served."""
        ids = turns.order(self.line, self.working, self.audience.owner)
        return [self.line[id] for id in ids]

    def make_room(self):
        """Set a run aside if fairness to those who wait asks for it."""
        owner = self.audience.owner
        id = turns.to_rest(self.line, self.working, owner, self.seats)
        if id:
            self.set_aside(id)

    def set_aside(self, id: str):
        """Take the seat; the worker keeps all that it has and rests."""
        run, worker = self.working.pop(id)
        (run.path / "rest").touch()
        self.aside[id] = (run, worker)
        self.line[id] = run
        self.line.move_to_end(id, last=False)

    def wake(self, run: store.Run):
        """Give a run that rests a seat again."""
        self.working[run.id] = self.aside.pop(run.id)
        (run.path / "rest").unlink(missing_ok=True)

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
        for place, run in enumerate(self.in_turn(), start=1):
            try:
                store.write(run.path / "waiting", str(place))
            except OSError:
                continue  # the store was deleted; seat() passes it over
        for run, _ in self.working.values():
            if (run.path / "waiting").exists():  # its worker still imports
                (run.path / "waiting").touch()

    def free(self):
        """End what is only for sessions that have left."""
        work = {id: run for id, (run, _) in self.working.items()}
        there = {**self.line, **work}
        for id in self.audience.deserted(there):
            self.drop(there[id])

    def close(self):
        """End every worker; a run in work is lost and can be asked again."""
        with self.lock:
            self.closed = True
            for id in [*self.working, *self.aside]:
                self.end(id)
            for run in self.line.values():
                (run.path / "waiting").unlink(missing_ok=True)
            self.line.clear()
            if self.spare:
                self.spare.kill()
                self.spare.wait()
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
