"""Where words come from, tried on real folders and a real local server."""

import dataclasses
import hashlib
import http.server
import re
import socket
import threading

import pytest

from core.data import lecture_files, names

WORDS = b"emma\nolivia\nava\n"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def fetched(monkeypatch):
    """A fresh machine: nothing on disk, the network is this machine only."""
    monkeypatch.delenv("PLAYGROUND_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    def from_(url, **changes):
        file = dataclasses.replace(names.LECTURES, url=url, **changes)
        monkeypatch.setattr(names, "LECTURES", file)
        return file

    return from_


@pytest.fixture
def server():
    """Serves WORDS and remembers who asked."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(WORDS)

        def log_message(self, *args):
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.asked = asked
        server.url = f"http://127.0.0.1:{server.server_port}/names.txt"
        yield server
        server.shutdown()


def test_the_lectures_list_is_the_published_one(lecture_names):
    # lecture 2 prints 32,033 words, the shortest of 2 letters, the longest 15
    lengths = [len(word) for word in lecture_names.words]
    assert (len(lengths), min(lengths), max(lengths)) == (32_033, 2, 15)
    assert lecture_names.words[:3] == ("emma", "olivia", "ava")
    assert lecture_names.letters == ".abcdefghijklmnopqrstuvwxyz"


def test_what_is_downloaded_once_is_read_from_disk_ever_after(fetched, server):
    fetched(server.url, sha256=sha256(WORDS))
    for _ in range(2):
        words = names.load()
        assert words.source == "lectures"
        assert words.words == ("emma", "olivia", "ava")
    assert len(server.asked) == 1
    assert names.local().words == ("emma", "olivia", "ava")


def test_a_file_that_is_not_the_lectures_is_neither_used_nor_kept(
    fetched, server
):
    file = fetched(server.url)
    assert names.load().source == "built-in"
    assert len(server.asked) == 1
    assert lecture_files.on_disk(file) is None
    assert not list(lecture_files.cache_folder().glob("*"))


def test_words_that_are_read_again_are_the_same_copy(fetched, server):
    """Pages read them every minute, and a session keeps what it has read."""
    fetched(server.url, sha256=sha256(WORDS))
    assert names.load() is names.local()
    assert names.built_in() is names.built_in()


def test_local_words_never_ask_the_network(fetched, server):
    fetched(server.url, sha256=sha256(WORDS))
    assert names.local().source == "built-in"
    assert server.asked == []


def test_without_a_network_the_built_in_list_stands_in(fetched):
    fetched("http://127.0.0.1:9/names.txt")  # nobody listens on port 9
    assert names.load() == names.built_in()
    assert names.load().source == "built-in"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"not HTTP at all\r\n\r\n",
        b"HTTP/1.1 500 Broken\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\ncut",
    ],
)
def test_a_server_that_answers_badly_is_as_no_network(fetched, answer):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        fetched(f"http://127.0.0.1:{port}/names.txt")

        def reply():
            visitor, _ = listener.accept()
            visitor.recv(4096)
            visitor.sendall(answer)
            visitor.close()

        threading.Thread(target=reply, daemon=True).start()
        assert names.load().source == "built-in"


def test_names_that_cannot_be_kept_are_not_used(fetched, server, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/cache")
    fetched(server.url, sha256=sha256(WORDS))
    # a worker, which never asks the network, has to find the same words
    assert names.load() == names.local() == names.built_in()


def test_a_file_with_a_wrong_checksum_is_passed_over(
    fetched, tmp_path, monkeypatch
):
    file = fetched("http://127.0.0.1:9/names.txt")
    (tmp_path / file.name).write_bytes(WORDS)
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    assert names.load().source == "built-in"
    right = fetched("http://127.0.0.1:9/names.txt", sha256=sha256(WORDS))
    assert lecture_files.on_disk(right) == WORDS


def test_the_built_in_list_is_long_clean_and_sorted():
    words = names.built_in().words
    assert len(words) == len(set(words)) >= 4_000
    assert all(re.fullmatch("[a-z]{2,15}", word) for word in words)
    assert list(words) == sorted(words)
    assert names.built_in().letters == ".abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    "content, words",
    [
        ("emma olivia", ("emma", "olivia")),
        (b"emma\r\nolivia\r\n", ("emma", "olivia")),
        (b"\xef\xbb\xbfemma\nolivia", ("emma", "olivia")),  # a BOM first
        ("Emma,OLIVIA, ava", ("emma", "olivia", "ava")),
        ("Jean-Luc O'Brien", ("jean-luc", "o'brien")),
        ("José 李雷 анна", ("josé", "李雷", "анна")),
        ("a" * 39 + "b", ("a" * 39 + "b",)),
    ],
)
def test_own_words_are_split_and_lower_cased(content, words):
    own = names.own(content)
    assert (own.source, own.words) == ("own", words)
    assert own.letters[0] == names.EDGE
    assert set(own.letters[1:]) == set("".join(words))


MANY = [
    f"{a}{b}{c}{d}"
    for a in "abcdefghij"
    for b in "abcdefghijklmnopqrst"
    for c in "abcdefghijklmnopqrstuvwxyz"
    for d in "abcdefghijklmnopqrst"
]
EVERY = [chr(code) for code in range(0x4E00, 0x4E00 + 61)]


@pytest.mark.parametrize(
    "content, about",
    [
        ("", "no word"),
        (b"", "no word"),
        (" \n\t,, ", "no word"),
        (b"\xef\xbb\xbf", "no word"),  # nothing but a BOM
        (b"\x89PNG\r\n\0\0", "not a text file"),
        ("emma".encode("utf-16"), "not a text file"),
        ("josé".encode("latin-1"), "UTF-8"),
        ("aaa aa A", "one letter"),
        ("ab " * 333_334, "1 MB"),
        (b"ab " * 333_334, "1 MB"),
        (" ".join(MANY), "104,000 words"),
        ("emma " + "a" * 41, "41 letters"),
        ("".join(EVERY[:40]) + " " + "".join(EVERY[40:]), "61 different"),
        ("emma r2d2", "2 is not a letter"),
        ("emma 😀", "😀 is not a letter"),
        ("em\x07ma", "U+0007 is not a letter"),
        ("em\u200bma", "U+200B is not a letter"),  # a space without width
        ("em\u202ema", "U+202E is not a letter"),  # turns text around
        ("<b>emma</b>", "< is not a letter"),
        ("**emma**", "* is not a letter"),
        ("emma.", ". is not a letter"),  # the edge itself
        ("em`ma", "` is not a letter"),
    ],
)
def test_bad_words_get_one_clear_sentence(content, about):
    with pytest.raises(ValueError) as refusal:
        names.own(content)
    said = str(refusal.value)
    assert about in said
    assert len(said) < 120 and said.isprintable()
    assert re.fullmatch(r".+[^.]\.", said)
    assert not re.search(r"[a-z]\. [A-Z]", said), "more than one sentence"


def test_the_digest_tells_any_two_lists_apart():
    lists = [("ab", "c"), ("a", "bc"), ("abc",), ("c", "ab")]
    assert len({names.Words("own", each).digest for each in lists}) == 4


def test_what_a_visitor_brings_is_never_taken_for_a_shared_list():
    shared = names.built_in()
    brought = names.own(shared.text)
    assert brought.words == shared.words
    assert brought.digest != shared.digest and not brought.known
    assert names.find(shared.digest).source == "built-in"
