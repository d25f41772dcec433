"""Characters as labels: visible, and none taken for another."""

import unicodedata

SIGNS = {"\n": "⏎", " ": "␣", "\t": "⇥"}


def visible(character: str) -> str:
    """The character itself, or a sign or its number where it cannot be seen."""
    if character in SIGNS:
        return SIGNS[character]
    unseen = unicodedata.category(character)[0] in "MCZ"
    if unseen or character in SIGNS.values():
        return f"U+{ord(character):04X}"
    return character
