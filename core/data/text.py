"""Running text, a token a character: tiny Shakespeare, names, your own."""

import hashlib
import random
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

from core.data import lecture_files, names

SHAKESPEARE = lecture_files.LectureFile(
    "tinyshakespeare.txt",
    "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/"
    "tinyshakespeare/input.txt",
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    1_115_394,
)

MAX_BYTES = 5_000_000
MIN_LENGTH = 3_000  # characters: a tenth of them holds the longest block
MAX_LETTERS = 500  # different characters
FIRST = 100_000  # characters: those behind bring hardly a new one


@dataclass(frozen=True)
class Text:
    """A text and where it comes from."""

    source: str  # "lectures", "built-in", "names" or "own"
    text: str

    kind = "text"  # the module of core.data that reads the text again

    @property
    def known(self) -> bool:
        """Whether a run can find it again by its digest."""
        return self.source != "own"

    @cached_property
    def digest(self) -> str:
        # what a visitor brings is never taken for a text that all share
        owner = "own" if self.source == "own" else "shared"
        return hashlib.sha256(f"{owner}\n{self.text}".encode()).hexdigest()

    @cached_property
    def letters(self) -> str:
        """All characters that occur, in order: the index is the token."""
        # without what is known there is little left to go through
        known = set(self.text[:FIRST])
        rest = self.text.translate(dict.fromkeys(map(ord, known)))
        return "".join(sorted(known.union(rest)))

    @property
    def title(self) -> str:
        return {
            "lectures": "tiny Shakespeare",
            "built-in": "the Python manual",
            "names": "the names, a line each",
            "own": "your own text",
        }[self.source]


def load() -> Text:
    """Tiny Shakespeare if it can be had, else Python's own manual."""
    lecture_files.fetch(SHAKESPEARE)
    return local()  # what could not be kept, a worker would not find


def local() -> Text:
    """As load, but never asks the network."""
    content = lecture_files.on_disk(SHAKESPEARE)
    if content is None:
        return manual()
    return shared("lectures", content.decode())


@lru_cache(maxsize=2)  # pages read the file each minute: one copy for all
def shared(source: str, content: str) -> Text:
    """The text that everybody has."""
    return Text(source, content)


def manual() -> Text:
    """The manual that every Python carries; it differs from one version of
    Python to the next."""
    from pydoc_data.topics import topics  # half a megabyte: only on demand

    return shared("built-in", "\n".join(topics[key] for key in sorted(topics)))


def from_names(words: names.Words) -> Text:
    """Words as one text, shuffled as in the lectures, a line each."""
    shuffled = list(words.words)
    random.Random(42).shuffle(shuffled)
    return Text("names", "\n".join(shuffled) + "\n")


def parse(text: str) -> Text:
    """What Text.text says, read again."""
    return Text("own", text)


def find(digest: str) -> Text:
    """The well-known text of this digest; a ValueError if it is gone."""
    for known in (local, manual, lambda: from_names(names.local())):
        text = known()
        if text.digest == digest:
            return text
    raise ValueError("The text for this run is gone: reload the page.")


def own(content: str | bytes) -> Text:
    """A learner's text; a ValueError says what is wrong with it."""
    if len(content) > MAX_BYTES:  # characters, when it was typed
        raise ValueError("That is over 5 MB: keep it to a shorter text.")
    text = unicodedata.normalize("NFC", names.as_text(content))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = Text("own", text)
    for sign in found.letters:
        if unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t":
            raise ValueError(
                f"U+{ord(sign):04X} is no character of a text: save it as "
                "plain text."
            )
    if len(text) < MIN_LENGTH:
        raise ValueError(
            f"That is {len(text):,} characters: bring at least "
            f"{MIN_LENGTH:,}, so that a tenth can be held back."
        )
    letters = len(found.letters)
    if letters == 1:
        raise ValueError("The text is one character only: add other ones.")
    if letters > MAX_LETTERS:
        raise ValueError(
            f"That is {letters:,} different characters: keep it to "
            f"{MAX_LETTERS}."
        )
    return found


def encode(words: str, letters: str) -> list[int]:
    """The tokens of these characters; a ValueError for a strange one."""
    index = {letter: token for token, letter in enumerate(letters)}
    for sign in dict.fromkeys(words):  # each but once, in their order
        if sign not in index:
            shown = sign if sign.isprintable() else f"U+{ord(sign):04X}"
            raise ValueError(f"{shown} does not occur in the text.")
    return [index[sign] for sign in words]


def decode(tokens, letters: str) -> str:
    """The characters of these tokens."""
    return "".join(letters[token] for token in tokens)
