"""Bad days of the network, each on a real server on this machine."""

import contextlib
import dataclasses
import hashlib
import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.data import lecture_files, names, text

ROOT = Path(__file__).parents[1]
WORDS = b"emma\nolivia\nava\n"
SHA256 = hashlib.sha256(WORDS).hexdigest()
GUARD = 60  # seconds after which something hangs

pytestmark = pytest.mark.filterwarnings(
    "error::pytest.PytestUnhandledThreadExceptionWarning"
)


@pytest.fixture(autouse=True)
def fresh_machine(monkeypatch):
    """Nothing on disk, nothing tried before, no proxy, little patience."""
    monkeypatch.delenv("PLAYGROUND_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(lecture_files, "TIMEOUT", 0.5)
    lecture_files.attempt.cache_clear()


@pytest.fixture
def serve():
    """serve(answer) starts a server whose answer(visitor, end) writes what
    it likes; end is set when the test is over."""
    with contextlib.ExitStack() as servers:
        end = threading.Event()

        def start(answer):
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    server.asked.append(self.path)
                    with contextlib.suppress(OSError):
                        answer(self, end)

                def log_message(self, *args):
                    return

            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            server.daemon_threads, server.asked = True, []
            server.url = f"http://127.0.0.1:{server.server_port}/names.txt"
            servers.enter_context(server)
            servers.callback(server.shutdown)
            threading.Thread(
                target=server.serve_forever, args=(0.02,), daemon=True
            ).start()
            return server

        yield start
        end.set()


@pytest.fixture
def names_from(monkeypatch):
    """names_from(url) makes that the lectures' file, three names long."""

    def redirect(url, **changes):
        changes = {"sha256": SHA256, "size": len(WORDS)} | changes
        file = dataclasses.replace(names.LECTURES, url=url, **changes)
        monkeypatch.setattr(names, "LECTURES", file)
        return file

    return redirect


def send(visitor, body=WORDS, status=200, **headers):
    visitor.send_response(status)
    for name, value in headers.items():
        visitor.send_header(name.replace("_", "-"), value)
    visitor.end_headers()
    visitor.wfile.write(body)


def loaded() -> names.Words:
    """names.load, for as long as a page waits; never for ever."""
    found = []
    page = threading.Thread(
        target=lambda: found.append(names.load()), daemon=True
    )
    page.start()
    page.join(GUARD)
    assert found, "the page hangs"
    assert found[0] == names.local()  # a worker has to find the same
    return found[0]


def at_it(file) -> list:
    return [each for each in threading.enumerate() if each.name == file.url]


def rest(file):
    """Wait until nothing fetches this file any more."""
    for attempt in at_it(file):
        attempt.join(GUARD)
    assert not at_it(file)


def nothing_is_kept():
    assert not list(lecture_files.cache_folder().glob("*"))


def slowly(content, visitor, end):
    """A byte, a pause, a byte."""
    for byte in content:
        if end.wait(0.05):
            return
        visitor.wfile.write(bytes([byte]))
        visitor.wfile.flush()


def endless():
    while True:
        yield 97


def bytewise(visitor, end):
    visitor.send_response(200)
    visitor.end_headers()
    slowly(endless(), visitor, end)


def headers_bytewise(visitor, end):
    visitor.wfile.write(b"HTTP/1.0 200 OK\r\nX: ")
    slowly(endless(), visitor, end)


def silent(visitor, end):
    end.wait(GUARD)


@pytest.mark.parametrize("answer", [bytewise, headers_bytewise, silent])
def test_a_page_does_not_wait_for_a_server_that_never_ends(
    serve, names_from, answer
):
    over = threading.Event()

    def told(visitor, end):
        answer(visitor, end)
        over.set()

    server = serve(told)
    file = names_from(server.url, size=10**9)
    assert loaded().source == "built-in"
    assert not over.is_set()  # it is still answering
    assert len(server.asked) == 1
    assert len(at_it(file)) <= 1


def test_a_page_does_not_wait_for_an_address_book_that_is_silent(
    names_from, monkeypatch
):
    answered, asked = threading.Event(), []
    plain = lecture_files.urllib.request.socket.getaddrinfo

    def never(host, *args, **others):
        asked.append(host)
        answered.wait(GUARD)
        return plain("127.0.0.1", *args[:1])

    monkeypatch.setattr("socket.getaddrinfo", never)
    names_from("http://names.example/names.txt")
    assert loaded().source == "built-in"
    assert asked == ["names.example"] and not answered.is_set()
    answered.set()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/names.txt",  # refused
        "http://nobody.invalid/names.txt",  # no such address, by RFC 2606
        "http://[::1/names.txt",  # no address at all
    ],
)
def test_without_a_network_the_built_in_names_stand_in(names_from, url):
    file = names_from(url)
    assert loaded() == names.built_in()
    rest(file)
    nothing_is_kept()


PORTAL = b"<html><form>Log in to the hotel's network</form></html>"
CUT = {"Content_Length": str(len(WORDS) + 1)}


@pytest.mark.parametrize(
    "answer",
    [
        lambda visitor, end: send(visitor, PORTAL, Content_Type="text/html"),
        lambda visitor, end: send(visitor, b""),
        lambda visitor, end: send(visitor, WORDS[:-1]),
        lambda visitor, end: send(visitor, WORDS[:-1], **CUT),
        lambda visitor, end: send(visitor, WORDS.replace(b"a", b"e")),
        lambda visitor, end: send(visitor, WORDS, status=500),
        lambda visitor, end: send(visitor, WORDS, status=404),
        lambda visitor, end: send(visitor, b"", 302, Location="/names.txt"),
        lambda visitor, end: send(visitor, b"", 302, Location="file:///etc"),
        lambda visitor, end: visitor.wfile.write(b"\0\xff no HTTP\r\n\r\n"),
        lambda visitor, end: None,
    ],
    ids=["portal", "empty", "shorter", "cut", "wrong", "broken", "missing"]
    + ["circle", "file", "noise", "closed"],
)
def test_what_is_not_the_file_is_neither_used_nor_kept(
    serve, names_from, answer
):
    server = serve(answer)
    file = names_from(server.url)
    assert loaded().source == "built-in"
    rest(file)
    assert server.asked
    nothing_is_kept()


def test_an_answer_far_too_large_is_cut_off(serve, names_from):
    written, closed = [], threading.Event()

    def flood(visitor, end):
        visitor.send_response(200)
        visitor.end_headers()
        try:
            while not end.is_set():
                visitor.wfile.write(b"emma\n" * 2000)
                written.append(10_000)
        except OSError:
            closed.set()
            raise

    file = names_from(serve(flood).url)
    assert loaded().source == "built-in"
    rest(file)
    assert closed.wait(GUARD)  # by us; the rest lay in the sockets' buffers
    assert sum(written) < 100_000_000


def test_a_file_that_comes_late_is_used_from_then_on(serve, names_from):
    go = threading.Event()

    def late(visitor, end):
        go.wait(GUARD)
        send(visitor)

    server = serve(late)
    file = names_from(server.url)
    assert loaded().source == "built-in"
    go.set()
    rest(file)
    assert loaded().words == ("emma", "olivia", "ava")
    assert len(server.asked) == 1


def test_a_slow_file_ends_with_our_patience(serve, names_from, monkeypatch):
    monkeypatch.setattr(lecture_files, "PATIENCE", 1)
    file = names_from(serve(bytewise).url, size=10**9)
    assert loaded().source == "built-in"
    rest(file)
    nothing_is_kept()


def test_a_failure_is_remembered_so_that_only_one_waits(serve, names_from):
    server = serve(lambda visitor, end: send(visitor, status=500))
    file = names_from(server.url)
    for _ in range(10):
        assert loaded().source == "built-in"
    rest(file)
    assert len(server.asked) == 1
    lecture_files.attempt(file, -1)  # another period
    rest(file)
    assert len(server.asked) == 2


def test_one_attempt_at_a_time_even_in_the_next_period(serve, names_from):
    server = serve(silent)
    file = names_from(server.url)
    first = lecture_files.begin(file)
    assert lecture_files.attempt(file, -1) is first
    assert at_it(file) == [first]


def test_begun_when_the_server_starts_a_page_waits_only_for_the_rest(
    serve, names_from, monkeypatch
):
    monkeypatch.setattr(lecture_files, "TIMEOUT", 2 * GUARD)
    names_from(serve(silent).url)
    begun = lecture_files.begin(names.LECTURES)
    begun.began -= 2 * GUARD
    assert loaded().source == "built-in" and begun.is_alive()


def test_text_and_names_share_how_they_are_fetched(serve, monkeypatch):
    server = serve(lambda visitor, end: send(visitor))
    file = dataclasses.replace(text.SHAKESPEARE, url=server.url, sha256=SHA256)
    monkeypatch.setattr(text, "SHAKESPEARE", file)
    assert text.load().text == WORDS.decode()
    assert text.load().source == "lectures"
    assert len(server.asked) == 1
    rest(file)


LOAD = """
import dataclasses, sys
from core.data import lecture_files, names
names.LECTURES = dataclasses.replace(
    names.LECTURES, url=sys.argv[1], sha256=sys.argv[2]
)
lecture_files.TIMEOUT, lecture_files.PATIENCE = float(sys.argv[3]), 600
print(names.load().source)
"""


def elsewhere(url, before="", wait=GUARD) -> subprocess.Popen:
    """names.load in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", before + LOAD, url, SHA256, str(wait)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_that_download_at_once_keep_one_whole_file(serve):
    both = threading.Barrier(2, timeout=GUARD)

    def together(visitor, end):
        both.wait()
        send(visitor)

    url = serve(together).url
    processes = [elsewhere(url) for _ in range(2)]
    said = [process.communicate(timeout=GUARD)[0] for process in processes]
    assert said == ["lectures\n"] * 2
    kept = list(lecture_files.cache_folder().glob("*"))
    assert [file.name for file in kept] == ["names.txt"]
    assert kept[0].read_bytes() == WORDS


def test_a_process_ends_though_its_download_has_not(serve):
    process = elsewhere(serve(silent).url, wait=0.1)
    said, _ = process.communicate(timeout=GUARD / 2)
    assert said == "built-in\n"


SMALL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
"""


def test_a_full_disk_leaves_no_half_file(serve):
    server = serve(lambda visitor, end: send(visitor))
    said, _ = elsewhere(server.url, SMALL_DISK).communicate(timeout=GUARD)
    assert said == "built-in\n"
    assert len(server.asked) == 1
    nothing_is_kept()


def test_a_cache_that_cannot_be_written_is_not_asked_for_again_and_again(
    serve, names_from, tmp_path, monkeypatch
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    server = serve(lambda visitor, end: send(visitor))
    file = names_from(server.url)
    for _ in range(3):
        assert loaded() == names.built_in()
    rest(file)
    assert len(server.asked) == 1
