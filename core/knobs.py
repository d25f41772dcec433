"""A knob is a Config field that knows its range, unit and help.

From this one declaration come the widget in the sidebar, the parameter in the
address, the option on the command line and the check of all three.
"""

from dataclasses import MISSING, dataclass, field, fields
from functools import cache


@dataclass(frozen=True)
class Knob:
    name: str
    kind: type
    default: object
    low: float | None
    high: float | None
    help: str
    unit: str
    grain: float | None
    choices: tuple
    folded: bool


def knob(
    default,
    low=None,
    high=None,
    help="",
    unit="",
    grain=None,
    choices=(),
    folded=False,
):
    """Declare a Config field: a number in low..high, a choice or a switch.

    A slider moves by `grain`; a folded knob is shown only on demand."""
    return field(
        default=default,
        metadata={
            "low": low,
            "high": high,
            "help": help,
            "unit": unit,
            "grain": grain,
            "choices": tuple(choices),
            "folded": folded,
        },
    )


def knobs_of(config) -> tuple[Knob, ...]:
    """The knobs of a Config class or of one of its instances, in order."""
    return declared(config if isinstance(config, type) else type(config))


@cache
def declared(Config: type) -> tuple[Knob, ...]:
    return tuple(
        Knob(f.name, type(f.default), f.default, **f.metadata)
        for f in fields(Config)
        if f.default is not MISSING and f.metadata
    )


def values(config) -> dict:
    """What the knobs are set to; 50 and 50.0 are one setting of a float."""
    return {k.name: k.kind(getattr(config, k.name)) for k in knobs_of(config)}


def check(config):
    """Raise a ValueError, in a student's words, for a knob out of range."""
    for each in knobs_of(config):
        complaint = complain(each, getattr(config, each.name))
        if complaint:
            raise ValueError(complaint)


def complain(knob: Knob, value) -> str:
    """What is wrong with this value for this knob; empty if nothing is."""
    if knob.kind is float and type(value) is int:
        value = float(value)
    if type(value) is not knob.kind:
        return f"{knob.name} must be {kind_in_words(knob)}, not {value!r}."
    if knob.choices and value not in knob.choices:
        shown = str(value)[:20]
        return f"{knob.name} must be {kind_in_words(knob)}, not {shown!r}."
    if knob.low is not None and not knob.low <= value <= knob.high:
        return (
            f"{knob.name} must be between {show(knob.low)} and "
            f"{show(knob.high)}{' ' + knob.unit if knob.unit else ''}, not "
            f"{show(value)}."
        )
    return ""


def kind_in_words(knob: Knob) -> str:
    if knob.choices:
        return "one of " + ", ".join(str(choice) for choice in knob.choices)
    return {
        int: "a whole number",
        float: "a number",
        bool: "true or false",
        str: "a word",
    }[knob.kind]


def parse(knob: Knob, text: str):
    """Return (value, complaint); the default with a complaint if refused."""
    try:
        value = as_kind(knob.kind, text.strip())
    except ValueError:
        shown = text if len(text) <= 20 else text[:20] + "..."
        words = kind_in_words(knob)
        complaint = f"{knob.name} must be {words}, not {shown!r}."
    else:
        complaint = complain(knob, value)
    if complaint:
        return knob.default, f"{complaint} Using {show(knob.default)} instead."
    return value, ""


def as_kind(kind, text):
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    if not text.isascii() or "_" in text:
        raise ValueError(text)
    return kind(text)


def show(value) -> str:
    if type(value) is float:
        return f"{value:,.6g}"
    return f"{value:,}" if type(value) is int else str(value).lower()


def from_text(Config, texts: dict[str, str]):
    """Return (Config, complaints) from the texts of an address or a shell."""
    values, complaints = {}, []
    for each in knobs_of(Config):
        if each.name in texts:
            value, complaint = parse(each, texts[each.name])
            values[each.name] = value
            complaints += [complaint] if complaint else []
    try:
        return Config(**values), complaints
    except ValueError as trouble:  # knobs that do not fit each other
        return Config(), [*complaints, f"{trouble} Using the defaults instead."]
