"""One run in a process of its own: python -m core.runs.worker

It imports torch and waits on its standard input for a run folder; so the
launcher keeps one warm. It is the only writer of that folder's
records. When its standard input ends, the server is gone, and so is it.
"""

import contextlib
import importlib
import io
import json
import os
import re
import sys
import threading
import time
import traceback
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # read by torch when it is imported

BEAT = 0.25  # seconds between heartbeats
PATIENCE = 2  # seconds that one step may take to notice a stop
SAVE = 5  # seconds at least between two checkpoints
SHARE = 20  # a checkpoint takes at most one part in so many of the time


def main():
    step_back()
    import torch

    torch.set_num_threads(1)
    cap_memory(allowed())
    told = sys.stdin.readline().strip()
    if told:
        ending = threading.Thread(
            target=end_with_the_server, args=(Path(told),), daemon=True
        )
        ending.start()
        work(Path(told))


def step_back():
    """Let pages go first: they stay quick while runs train."""
    if hasattr(os, "nice"):
        os.nice(10)
    # Linux may weigh sessions, not the processes in them; the launcher gave
    # us one of our own, else the server's would step back with us
    if hasattr(os, "getsid") and os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text("10")


def end_with_the_server(path: Path):
    """Without a heartbeat, so that the run is offered again at once."""
    sys.stdin.read()
    for beat in ("alive", "waiting"):
        (path / beat).unlink(missing_ok=True)
    os._exit(1)


def work(path: Path):
    """Train the run in this folder; leave its result, or a sentence."""
    from core.runs import store

    try:
        (path / "error.room").write_text(" " * 1000)  # for when disk is full
        train(path)
    except ValueError as trouble:
        leave_error(path, str(trouble))
    except OSError as trouble:
        leave_error(path, store.in_words(trouble))
    except Exception as trouble:
        name = type(trouble).__name__
        said = f"Training ended with an error: {name}: {trouble}"
        if out_of_memory(trouble):
            said = (
                f"This run needs more memory than the {allowed():,} MB that "
                "it may take: choose a smaller network, batch or block."
            )
        else:  # without its words, which could be a visitor's
            traceback.print_tb(trouble.__traceback__)
        leave_error(path, said)


def allowed() -> int:
    from core.runs import limits

    return limits.memory()


def cap_memory(megabytes: int):
    """Refuse this process more memory than that, beside what torch took: the
    run fails then, and not the machine. Where the system can."""
    import torch

    status = Path("/proc/self/status")
    if not status.exists() or torch.cuda.is_available():
        return  # CUDA reserves room that it never fills
    import resource

    [taken] = re.findall(r"VmData:\s+(\d+) kB", status.read_text("ascii"))
    most = 1024 * int(taken) + 10**6 * megabytes
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def out_of_memory(trouble: Exception) -> bool:
    """Python and each part of torch has words of its own for it."""
    words = ("allocate", "memory", "bad_alloc")
    return isinstance(trouble, MemoryError) or (
        isinstance(trouble, RuntimeError)
        and any(word in str(trouble) for word in words)
    )


def train(path: Path):
    """Write every record as the lesson yields it, then what it returns."""
    from core.runs import limits, store

    asked = json.loads((path / "config.json").read_text("utf-8"))
    if store.source_digest(asked["lesson"]) != asked["source"]:
        raise ValueError("The lesson's source was edited: press Train again.")
    lesson = importlib.import_module(f"core.{asked['lesson']}")
    config, examples = lesson.Config(**asked["knobs"]), data(path, asked)
    checkpoint = Checkpoint(path, lesson, config, examples)
    training = lesson.train(config, examples, *checkpoint.states)
    longest = limits.longest()

    heart = Heart(path, checkpoint.step, checkpoint.seconds)
    going_on = "r+b" if checkpoint.size else "wb"
    with (path / "records.jsonl").open(going_on) as records:
        if checkpoint.size:
            records.truncate(checkpoint.size)
            records.seek(checkpoint.size)
        while not heart.told_to_stop:
            heart.rest()
            if heart.seconds() > longest:
                raise ValueError(
                    f"Shared by many, this app ends a run after "
                    f"{longest / 60:,.0f} minutes: ask for fewer steps."
                )
            try:
                record = next(training)
            except StopIteration as end:
                heart.stop()
                return save(path, end.value)
            records.write(f"{store.line(record)}\n".encode())
            records.flush()
            heart.reach(record.step)
            checkpoint.keep(record.step, records.tell(), heart.seconds())
    size = (path / "records.jsonl").stat().st_size
    checkpoint.write(heart.step, size, heart.seconds())
    heart.stop()
    (path / "alive").unlink()


def data(path: Path, asked: dict):
    """The data kept with the run, or the well-known ones asked for."""
    kind = importlib.import_module(f"core.data.{asked['kind']}")
    kept = path / "data.txt"
    if kept.exists():
        return kind.parse(kept.read_text("utf-8"))
    return kind.find(asked["data"])


class Checkpoint:
    """What a killed run goes on from, for a lesson that has a State: the
    state between two records, and how many bytes of records belong to it."""

    def __init__(self, path: Path, lesson, config, examples):
        self.path = path / "checkpoint.pt"
        self.step, self.size, self.seconds, self.states = 0, 0, 0.0, []
        self.due = time.monotonic() + SAVE
        if hasattr(lesson, "State"):
            self.states = [lesson.State(config, examples)]
            if self.path.exists() and not self.resumed():
                self.states = [lesson.State(config, examples)]

    def resumed(self) -> bool:
        """Whether the last one could be read whole; else it is as none."""
        import torch

        try:
            kept = torch.load(self.path, weights_only=True)
            records = self.path.with_name("records.jsonl")
            if kept["torch"] != torch.__version__:
                return False
            if records.stat().st_size < kept["size"]:
                return False
            self.states[0].load(kept["state"])
        except Exception:  # whatever a broken file may lead to
            return False
        self.step, self.size = kept["step"], kept["size"]
        self.seconds = kept["seconds"]
        return True

    def keep(self, step: int, size: int, seconds: float):
        """Write one when it is time, and not so often that it costs much."""
        began = time.monotonic()
        if self.states and began >= self.due:
            self.write(step, size, seconds)
            took = time.monotonic() - began
            self.due = began + max(SAVE, SHARE * took)

    def write(self, step: int, size: int, seconds: float):
        """By rename; without room for it the run goes on without."""
        if not self.states:
            return
        import torch

        told = {"step": step, "size": size, "seconds": seconds}
        told["torch"] = str(torch.__version__)
        whole, half = io.BytesIO(), self.path.with_suffix(".half")
        torch.save(told | {"state": self.states[0].save()}, whole)
        try:
            half.write_bytes(whole.getvalue())
            os.replace(half, self.path)
        except OSError:
            half.unlink(missing_ok=True)


class Heart:
    """Shows that the run is alive and how far it is; hears a stop."""

    def __init__(self, path: Path, step: int = 0, seconds: float = 0.0):
        self.path, self.step = path, step
        self.began = time.perf_counter() - seconds
        self.told_to_stop, self.stopped = False, threading.Event()
        self.told_to_rest, self.rests = False, False
        self.beat()
        (path / "waiting").unlink(missing_ok=True)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopped.wait(BEAT):
            self.beat_or_rest()
            if self.told_to_stop and self.stop_is_old():
                (self.path / "alive").unlink(missing_ok=True)
                os._exit(0)  # a step that takes too long to wait for
            self.told_to_stop = (self.path / "stop").exists()

    def beat_or_rest(self):
        """A run that rests waits in line: its place there is its heartbeat."""
        told, waiting = (self.path / "rest").exists(), self.path / "waiting"
        if told and self.rests and waiting.exists():
            (self.path / "alive").unlink(missing_ok=True)
        else:
            self.beat()
        if self.rests and not told:
            waiting.unlink(missing_ok=True)
        self.told_to_rest = told

    def rest(self):
        """Wait while someone else has the seat; the clock stands still."""
        if not self.told_to_rest:
            return
        came, self.rests = time.perf_counter(), True
        while self.told_to_rest and not self.told_to_stop:
            time.sleep(BEAT / 5)
        self.began += time.perf_counter() - came
        self.rests = False

    def reach(self, step: int):
        """The clock starts at the first record: what comes before is data."""
        if not self.step:
            self.began = time.perf_counter()
        self.step = step

    def beat(self):
        from core.runs import store

        seconds = round(self.seconds(), 4)
        told = json.dumps({"step": self.step, "seconds": seconds})
        try:
            store.write(self.path / "alive", told)
        except FileNotFoundError:
            os._exit(1)  # the store was deleted: nobody can read this run
        except OSError:
            if not (self.path / "alive").exists():
                raise
            os.utime(self.path / "alive")  # disk full: still alive

    def seconds(self) -> float:
        """Since the first record, without the time between two workers."""
        return time.perf_counter() - self.began

    def stop_is_old(self) -> bool:
        try:
            age = time.time() - (self.path / "stop").stat().st_mtime
        except OSError:
            return False
        return abs(age) > PATIENCE  # the clock may have been set back

    def stop(self):
        self.stopped.set()
        self.thread.join()
        self.beat()


def save(path: Path, result):
    """Write the result's tensors and figures; the rename says: done."""
    import torch

    whole = io.BytesIO()  # torch would name a full disk in words of its own
    torch.save(dict(vars(result)), whole)
    half = path / "result.half"
    half.write_bytes(whole.getvalue())
    os.replace(half, path / "result.pt")
    for kept in ("checkpoint.pt", "checkpoint.half"):
        (path / kept).unlink(missing_ok=True)


def leave_error(path: Path, sentence: str):
    """Overwrite the room kept free, which works on a full disk too. The
    sentence may hold a visitor's letters: it is not logged."""
    print(f"{path.name}: failed", file=sys.stderr)
    try:
        with (path / "error.room").open("r+", encoding="utf-8") as room:
            room.write(sentence[:900])
            room.truncate()
        os.replace(path / "error.room", path / "error.txt")
    except OSError:
        sys.exit(1)  # the folder is gone, and with it who would read this


if __name__ == "__main__":
    main()
