"""Text as data: where it comes from, how it is checked and found again."""

import os
import re

import pytest

from core.data import names, text

LONG = "to be or not to be, that is the question. " * 100


@pytest.fixture
def shakespeare():
    found = text.local()
    if found.source != "lectures":
        said = "needs the lectures' tinyshakespeare.txt in PLAYGROUND_DATA"
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)
    return found


def test_shakespeare_is_the_lecture_s(shakespeare):
    # L7.1 and L7.2 of the lecture
    assert len(shakespeare.text) == 1_115_394
    assert len(shakespeare.letters) == 65
    at = int(0.9 * len(shakespeare.text))
    assert (at, len(shakespeare.text) - at) == (1_003_854, 111_540)


def test_a_phrase_becomes_the_lecture_s_tokens_and_comes_back(shakespeare):
    # L7.1: encode("hii there")
    tokens = text.encode("hii there", shakespeare.letters)
    assert tokens == [46, 47, 47, 1, 58, 46, 43, 56, 43]
    assert text.decode(tokens, shakespeare.letters) == "hii there"


def test_without_the_file_the_manual_stands_in(monkeypatch):
    monkeypatch.delenv("PLAYGROUND_DATA", raising=False)
    found = text.local()
    assert found.source == "built-in" and "Python" in found.title
    assert len(found.text) > 100_000 and text.find(found.digest) == found


def test_every_well_known_text_is_found_by_its_digest(shakespeare):
    for known in (shakespeare, text.manual(), text.from_names(names.local())):
        assert text.find(known.digest) == known
    assert text.local() is shakespeare and text.manual() is text.manual()
    with pytest.raises(ValueError, match="gone"):
        text.find("0" * 64)


def test_a_visitor_s_copy_of_a_known_text_is_still_their_own(shakespeare):
    copy = text.own(shakespeare.text)
    assert not copy.known and copy.digest != shakespeare.digest


def test_names_are_lines_in_the_order_of_the_split(lecture_names):
    lines = text.from_names(lecture_names).text.splitlines()
    assert lines[0] == "yuheng" and len(lines) == 32_033  # L6.1
    assert sorted(lines) == sorted(lecture_names.words)


def test_what_is_kept_with_a_run_is_read_again_as_it_was():
    mine = text.own("line\r\nline\rend\ttab 🙂 é" * 200)
    assert "\r" not in mine.text
    assert text.parse(mine.text).text == mine.text


@pytest.mark.parametrize(
    "content, said",
    [
        ("", "0 characters"),
        ("abc", "3 characters"),
        ("a" * 5000, "one character only"),
        (b"\xff\xfe" + b"a" * 5000, "UTF-8"),
        (b"a\0b" * 5000, "not a text file"),
        ("bell \x07 " * 1000, "U+0007"),
        ("half \ud83d " * 1000, "U+D83D"),
        ("a" * 5_000_001, "5 MB"),
        ("".join(chr(0x4E00 + i) for i in range(4000)), "different characters"),
    ],
)
def test_a_bad_text_gets_one_clear_sentence(content, said):
    with pytest.raises(ValueError, match=re.escape(said)) as refused:
        text.own(content)
    assert str(refused.value).count(". ") == 0
    assert len(str(refused.value)) < 120


def test_emoji_and_five_megabytes_are_texts():
    assert "🙂" in text.own("🙂🙃 are signs\n" * 300).letters
    whole = text.own((LONG * 1200)[: text.MAX_BYTES].encode())
    assert len(whole.text) == text.MAX_BYTES


def test_a_character_that_comes_late_is_a_letter_too():
    late = text.own("ab\n" * text.FIRST + "жc🙂" + "ba\n" * text.FIRST)
    assert late.letters == "\nabcж🙂"


def test_a_strange_character_is_named():
    with pytest.raises(ValueError, match="ß does not occur"):
        text.encode("ß", "abc")
    with pytest.raises(ValueError, match=r"U\+0007"):
        text.encode("\x07", "abc")
