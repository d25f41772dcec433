"""The lectures' own files: downloaded once, checked, kept on disk."""

import hashlib
import os
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

TIMEOUT = 5  # seconds that a download may keep a page waiting


@dataclass(frozen=True)
class LectureFile:
    name: str
    url: str
    sha256: str


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


def download(file: LectureFile) -> bytes | None:
    """Fetch and keep the file; None if it cannot be had or is not the one."""
    content, until = b"", time.monotonic() + TIMEOUT
    try:
        with urllib.request.urlopen(file.url, timeout=TIMEOUT) as answer:
            while part := answer.read1():
                content += part
                if time.monotonic() > until:
                    return None
    except (OSError, ValueError, HTTPException):
        return None
    if hashlib.sha256(content).hexdigest() != file.sha256:
        return None
    keep(content, cache_folder() / file.name)
    return content


def keep(content: bytes, path: Path):
    """Write by rename, so that nobody ever reads half a file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as half:
            half.write(content)
        os.replace(half.name, path)
    except OSError:
        return  # a full or read-only disk: it is downloaded again next time
