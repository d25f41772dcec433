"""Names, a word each: the lectures' list, a built-in one, or your own."""

import hashlib
import random
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from core.data import lecture_files

EDGE = "."  # stands before and after every word, as in the lectures
LECTURES = lecture_files.LectureFile(
    "names.txt",
    "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt",
    "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
    228_145,
)
BUILT_IN = Path(__file__).parents[2] / "assets" / "names.txt"

MAX_BYTES = 1_000_000
MAX_WORDS = 100_000
MAX_LENGTH = 40  # characters in a word
MIN_SPLIT = 10  # words, for a tenth of them to be one
MAX_LETTERS = 60  # different characters in all words together


@dataclass(frozen=True)
class Words:
    """A list of words and where it comes from."""

    source: str  # "lectures", "built-in" or "own"
    words: tuple[str, ...]

    kind = "names"  # the module of core.data that reads the text again

    @property
    def known(self) -> bool:
        """Whether a run can find them again by their digest."""
        return self.source != "own"

    @property
    def text(self) -> str:
        return "\n".join(self.words)

    @cached_property
    def digest(self) -> str:
        # what a visitor brings is never taken for a list that all share
        owner = "" if self.known else "own\n"
        return hashlib.sha256((owner + self.text).encode()).hexdigest()

    @cached_property
    def letters(self) -> str:
        """All characters, the edge '.' first: the index is the token."""
        return EDGE + "".join(sorted(set("".join(self.words))))

    @property
    def title(self) -> str:
        return {
            "lectures": f"the lectures' {len(self.words):,} names",
            "built-in": f"the built-in list of {len(self.words):,} names",
            "own": "your own word"
            if len(self.words) == 1
            else f"your own {len(self.words):,} words",
        }[self.source]


def load() -> Words:
    """The lectures' names if they can be had, else the built-in list."""
    lecture_files.fetch(LECTURES)
    return local()  # what could not be kept, a worker would not find


def local() -> Words:
    """As load, but never asks the network."""
    content = lecture_files.on_disk(LECTURES)
    if content is None:
        return built_in()
    return shared("lectures", content.decode())


@lru_cache(maxsize=2)  # pages read the file each minute: one copy for all
def shared(source: str, content: str) -> Words:
    """The list of these words that everybody has."""
    return Words(source, tuple(content.split()))


def parse(text: str) -> Words:
    """What Words.text says, read again."""
    return Words("own", tuple(text.split()))


def find(digest: str) -> Words:
    """The well-known list of this digest; a ValueError if it is gone."""
    for known in (local(), built_in()):
        if known.digest == digest:
            return known
    raise ValueError("The data for this run is gone: reload the page.")


def built_in() -> Words:
    return shared("built-in", BUILT_IN.read_text("utf-8"))


def own(content: str | bytes) -> Words:
    """A learner's words, lower-cased; a ValueError says what is wrong."""
    if len(content) > MAX_BYTES:  # characters, when it was typed
        raise ValueError("That is over 1 MB: keep it to a shorter list.")
    text = unicodedata.normalize("NFC", as_text(content).lower())
    words = tuple(text.replace(",", " ").split())
    if not words:
        raise ValueError("There is no word in it: write one word a line.")
    if len(words) > MAX_WORDS:
        raise ValueError(
            f"That is {len(words):,} words: keep it to {MAX_WORDS:,}."
        )
    letters = set("".join(words))
    if max(map(len, words)) > MAX_LENGTH or not all(map(belongs, letters)):
        for word in words:  # to say which
            check(word)
    if len(letters) == 1:
        raise ValueError("All words are one letter only: add other letters.")
    if len(letters) > MAX_LETTERS:
        raise ValueError(
            f"That is {len(letters)} different letters: the table has room "
            f"for {MAX_LETTERS}."
        )
    return Words("own", words)


@lru_cache(maxsize=4)  # every section of a page asks for the same
def split(words: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Train, dev and test: shuffled as in the lectures, then 80, 10, 10 %."""
    shuffled = list(words)
    random.Random(42).shuffle(shuffled)
    first, second = int(0.8 * len(words)), int(0.9 * len(words))
    parts = shuffled[:first], shuffled[first:second], shuffled[second:]
    return tuple(tuple(part) for part in parts)


def one(text: str, letters: str) -> str:
    """One word of these letters; a ValueError says why it is none."""
    word = unicodedata.normalize("NFC", text.strip().lower())
    if not word:
        raise ValueError("There is no word: type one.")
    check(word)
    for letter in word:
        if letter not in letters:
            raise ValueError(
                f"{letter} does not occur in the data: it has no row."
            )
    return word


def as_text(content: str | bytes) -> str:
    """What was typed or uploaded; a ValueError if it is no text."""
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    if b"\0" in content:
        raise ValueError("That is not a text file: save it as plain text.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(
            "The file is not in UTF-8: save it again with that encoding."
        ) from None


def check(word: str):
    """Raise a ValueError for a word that the lessons could not show."""
    if len(word) > MAX_LENGTH:
        raise ValueError(
            f"{word[:12]}... has {len(word):,} letters: keep words to "
            f"{MAX_LENGTH}."
        )
    for sign in word:
        if not belongs(sign):
            shown = sign if sign.isprintable() else f"U+{ord(sign):04X}"
            shown = "A space" if sign == " " else shown
            raise ValueError(
                f"{shown} is not a letter: words may hold letters, ' and -."
            )


@lru_cache(maxsize=1024)  # of each letter of a list
def belongs(sign: str) -> bool:
    """Letters, the vowel signs of scripts that write them so, ' and -."""
    return unicodedata.category(sign)[0] in "LM" or sign in "'-"
