"""The lectures' own files: downloaded once, checked, kept on disk."""

import contextlib
import hashlib
import os
import threading
import time
import urllib.request
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException
from pathlib import Path

TIMEOUT = 2  # seconds that a download may keep a page waiting, all in all
PATIENCE = 30  # seconds that it may go on for with nobody waiting
RETRY = 600  # seconds until one that failed is tried again


@dataclass(frozen=True)
class LectureFile:
    name: str
    url: str
    sha256: str
    size: int  # bytes


def cache_folder() -> Path:
    """Where everything that the app keeps lives, outside the repository."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "zero-to-hero-playground"


def on_disk(file: LectureFile) -> bytes | None:
    """The file from PLAYGROUND_DATA or from the cache, if it is intact."""
    given = os.environ.get("PLAYGROUND_DATA")
    folders = [Path(given)] if given else []
    for folder in [*folders, cache_folder()]:
        try:
            content = (folder / file.name).read_bytes()
        except OSError:
            continue
        if hashlib.sha256(content).hexdigest() == file.sha256:
            return content
    return None


class Attempt(threading.Thread):
    """A download on a thread of its own: looking up an address, and headers
    that come byte by byte, heed no time limit."""

    def __init__(self, file: LectureFile):
        super().__init__(name=file.url, daemon=True)
        self.file, self.began = file, time.monotonic()
        self.start()

    def run(self):
        download(self.file)

    def wait(self):
        self.join(max(0, self.began + TIMEOUT - time.monotonic()))


@lru_cache(maxsize=8)  # a failure is remembered, so that only one waits
def attempt(file: LectureFile, period: int) -> Attempt:
    """The one attempt of this period, or one that is at it still."""
    at_it = (each for each in threading.enumerate() if each.name == file.url)
    return next(at_it, None) or Attempt(file)


def begin(file: LectureFile) -> Attempt | None:
    """Start to fetch the file, if it is not here; wait for nothing."""
    if on_disk(file) is not None:
        return None
    return attempt(file, int(time.monotonic() / RETRY))


def fetch(file: LectureFile):
    """See that the file is on disk if it can be had in time; when it comes
    later, the next who asks finds it."""
    if under_way := begin(file):
        under_way.wait()


def download(file: LectureFile):
    """Fetch and keep the file, if it is the one."""
    content, until = b"", time.monotonic() + PATIENCE
    try:
        with urllib.request.urlopen(file.url, timeout=PATIENCE) as answer:
            while len(content) <= file.size and (part := answer.read1()):
                content += part
                if time.monotonic() > until:
                    return
    except (OSError, ValueError, HTTPException):
        return
    if hashlib.sha256(content).hexdigest() == file.sha256:
        keep(content, cache_folder() / file.name)


def keep(content: bytes, path: Path):
    """Write by rename, so that nobody ever reads half a file."""
    half = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        half.write_bytes(content)
        half.replace(path)
    except OSError:  # a full or read-only disk
        with contextlib.suppress(OSError):
            half.unlink()
