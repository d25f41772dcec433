"""Runs on disk, for readers: what a run is, its status, its records.

<id>/config.json    lesson, knobs, data digest
     data.txt       the data; absent for those that are well known
     waiting        heartbeat of a run in line; holds its place
     alive          heartbeat of a run in work; holds step and seconds
     stop           left by the launcher; the run then ends
     rest           left by the launcher; the run then waits for its turn
     records.jsonl  one line a Record, append-only
     checkpoint.pt  what a run that was cut off goes on from
     result.pt      arrives by rename: done
     error.txt      what went wrong, in a sentence: failed
"""

import ast
import csv
import errno
import hashlib
import importlib
import io
import json
import os
import re
import shutil
import time
from dataclasses import asdict, dataclass, fields
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock

from core import knobs
from core.data import lecture_files
from core.runs import limits

STALE = 10  # seconds without a heartbeat after which a run counts as lost
ROOT = Path(__file__).parents[2]


def folder() -> Path:
    """Where runs live: PLAYGROUND_RUNS, or a folder in the user's cache."""
    given = os.environ.get("PLAYGROUND_RUNS")
    return Path(given) if given else lecture_files.cache_folder() / "runs"


@dataclass(frozen=True)
class Run:
    """A question: this lesson with these knobs on this data."""

    lesson: str
    config: object
    data: object  # of core.data: has kind, known, digest and text

    @cached_property
    def question(self) -> dict:
        """What decides the answer, and nothing else."""
        return {
            "lesson": self.lesson,
            "knobs": knobs.values(self.config),
            "kind": self.data.kind,
            "data": self.data.digest,
            "source": source_digest(self.lesson),
        }

    @cached_property
    def id(self) -> str:
        text = json.dumps(self.question, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    @property
    def path(self) -> Path:
        return folder() / self.id


def sources(lesson: str) -> list[Path]:
    """The files of core that a lesson is made of: its own and its imports."""
    found, to_read = [], [f"core.{lesson}"]
    while to_read:
        path = module_file(to_read.pop())
        if path is None or path in found:
            continue
        found.append(path)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                to_read += [f"{node.module}.{n.name}" for n in node.names]
                to_read.append(node.module)
    return sorted(found)


def module_file(name: str) -> Path | None:
    if not name.startswith("core."):
        return None
    stem = ROOT.joinpath(*name.split("."))
    path = stem.with_suffix(".py")
    return path if path.exists() else None


def source_digest(lesson: str) -> str:
    return digest_at(lesson, newest_edit())


def newest_edit() -> int:
    return newest_within(ROOT, int(time.monotonic()))


@lru_cache(maxsize=2)
def newest_within(root: Path, second: int) -> int:
    """Looked up once a second: a page asks for a score of runs at a time."""
    files = (root / "core").rglob("*.py")
    return max(file.stat().st_mtime_ns for file in files)


@lru_cache(maxsize=32)
def digest_at(lesson: str, edited: int) -> str:
    digest = hashlib.sha256()
    for path in sources(lesson):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def status(path: Path) -> str:
    """new, waiting, running, done, failed, stopped or lost."""
    if not (path / "config.json").exists():
        return "new"
    if (path / "result.pt").exists():
        return "done"
    if (path / "error.txt").exists():
        return "failed"
    # a worker makes `alive` before it removes `waiting`: look in that order
    if beats(path / "waiting") and not beats(path / "alive"):
        return "waiting"
    if beats(path / "alive"):
        return "running"
    return "stopped" if (path / "stop").exists() else "lost"


def beats(path: Path) -> bool:
    try:
        return abs(time.time() - path.stat().st_mtime) < STALE
    except OSError:
        return False


def progress(path: Path) -> tuple[int, float]:
    """Steps made and seconds taken since the first record."""
    try:
        told = json.loads((path / "alive").read_text("utf-8"))
        return max(0, told["step"] - 1), told["seconds"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0, 0.0


def place(path: Path) -> int:
    """The run's place in line, 1 for the next; 0 once it has a seat."""
    try:
        return int((path / "waiting").read_text("utf-8"))
    except (OSError, ValueError):
        return 0


def error(path: Path) -> str:
    """The sentence a failed run left behind."""
    try:
        return (path / "error.txt").read_text("utf-8").strip()
    except (OSError, ValueError):
        return "The run left an error that cannot be read. Press Train again."


def columns(lesson: str) -> set[str]:
    """The names of what a Record of this lesson holds."""
    module = importlib.import_module(f"core.{lesson}")
    return {field.name for field in fields(module.Record)}


def result(path: Path) -> dict | None:
    """What a finished run's Result holds, by name; None before it is done."""
    import torch

    try:
        return torch.load(path / "result.pt", weights_only=True)
    except Exception:  # not there yet, swept, or broken by something else
        return None


class Damaged(Exception):
    """A run folder that was altered or broken by something else."""


class Tail:
    """The records of one run, read on from where the last look ended."""

    def __init__(self, path: Path):
        self.path = path / "records.jsonl"
        self.records, self.offset, self.inode = [], 0, None
        self.looked = 0.0  # when
        self.lock = Lock()

    def read(self, age: float = 0) -> list[dict]:
        """All records so far, or as they were at most `age` seconds ago; a
        half-written last line is left for later."""
        with self.lock:
            if time.monotonic() - self.looked < age:
                return list(self.records)
            self.looked = time.monotonic()
            try:
                self.read_on()
            except FileNotFoundError:
                self.records, self.offset, self.inode = [], 0, None
            return list(self.records)

    def read_on(self):
        with self.path.open("rb") as file:
            state = os.fstat(file.fileno())
            if state.st_ino != self.inode or state.st_size < self.offset:
                self.records, self.offset = [], 0
                self.inode = state.st_ino
            file.seek(self.offset)
            whole = file.read().rpartition(b"\n")[0]
        if whole:
            self.records += [parse(line) for line in whole.split(b"\n")]
            self.offset += len(whole) + 1


def parse(line: bytes) -> dict:
    try:
        record = json.loads(line)
        record["step"]
    except (ValueError, TypeError, KeyError):
        raise Damaged(
            "This run's records are damaged on disk: press Train to make "
            "them again."
        ) from None
    return record


def line(record) -> str:
    """A Record as one line of JSON: what is stored and what is printed."""
    return json.dumps(asdict(record), separators=(",", ":"))


def as_csv(records: list[dict]) -> str:
    """The numbers of the records, a row each; tables and samples stay out."""
    numbers = [
        {k: v for k, v in record.items() if type(v) in (int, float)}
        for record in records
    ]
    columns = list(dict.fromkeys(k for row in numbers for k in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(numbers)
    return text.getvalue()


def make(run: Run):
    """Lay out the folder of a run that is to start. Any remains go first,
    but for those of a run that was cut off and can go on."""
    if resumable(run.path):
        again = run.path / "records.jsonl"
        records = again.read_bytes()
        again.unlink()  # a new file: a frozen worker writes to the old one
        again.write_bytes(records)
        for left in LEFT:
            (run.path / left).unlink(missing_ok=True)
    else:
        remove(run)
        run.path.mkdir(mode=0o700, parents=True)
    if not run.data.known:
        (run.path / "data.txt").write_text(run.data.text, "utf-8")
    write(run.path / "waiting", "0")
    write(run.path / "config.json", json.dumps(run.question))


LEFT = (
    "stop",
    "rest",
    "alive",
    "error.txt",
    "error.room",
    "checkpoint.half",
)


def resumable(path: Path) -> bool:
    """Whether a run was cut off and left a checkpoint to go on from."""
    files = (path / "checkpoint.pt", path / "records.jsonl")
    there = all(file.exists() for file in files)
    return there and status(path) in ("lost", "stopped", "failed")


def remove(run: Run):
    shutil.rmtree(run.path, ignore_errors=True)


def in_words(trouble: OSError | ValueError) -> str:
    """What a failed write means and what to do, in a sentence."""
    if isinstance(trouble, ValueError):
        return str(trouble)
    if trouble.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full: free some space, then press Train again."
    return (
        f"The run could not be written ({trouble.strerror}): check the folder "
        f"{folder()}, then press Train again."
    )


def write(path: Path, text: str):
    """Write by rename: readers see the old text or the new, never half."""
    half = path.with_name(path.name + ".half")
    half.write_text(text, "utf-8")
    os.replace(half, path)


def size(path: Path) -> int:
    total = 0
    for file in path.glob("*"):
        try:
            total += file.stat().st_size
        except OSError:
            continue  # deleted while we looked
    return total


def sweep(budget: int | None = None, spare: Path | None = None):
    """Delete the runs that ended longest ago until the rest fit, but for one
    that is about to go on."""
    budget = limits.budget() if budget is None else budget
    ended = [(at, size(path), path) for at, path in ended_runs()]
    ended = [run for run in ended if run[2] != spare]
    total = sum(bytes for _, bytes, _ in ended)
    for _, bytes, path in sorted(ended):
        if total <= budget:
            return
        shutil.rmtree(path, ignore_errors=True)
        total -= bytes


def forget_own(seconds: float):
    """Delete the runs that keep a copy of their data and ended so long ago:
    what a visitor brought does not stay."""
    for at, path in ended_runs():
        private = (path / "data.txt").exists()
        if private and abs(time.time() - at) > seconds:
            shutil.rmtree(path, ignore_errors=True)


def ended_runs() -> list[tuple[float, Path]]:
    """The runs that are not in work, each with the time of its last write."""
    ended = []
    for path in runs_on_disk():
        try:
            if status(path) not in ("waiting", "running"):
                ended.append((path.stat().st_mtime, path))
        except OSError:
            continue  # deleted while we looked
    return ended


def runs_on_disk() -> list[Path]:
    """The folders that are runs; whatever else lies there is not ours."""
    found = (file.parent for file in folder().glob("*/config.json"))
    return [path for path in found if re.fullmatch("[0-9a-f]{24}", path.name)]
