"""One declaration of a knob, and all that is checked by it."""

import importlib
import math
from dataclasses import FrozenInstanceError, asdict, dataclass, replace

import pytest

from core import COURSE, knobs
from core.knobs import knob


@dataclass(frozen=True)
class Config:
    channels: int = knob(30, 1, 5000, "width", unit="channels")
    heads: int = knob(3, 1, 8, "attention heads")
    rate: float = knob(0.1, 0.0, 1.0, "learning rate")
    mask: bool = knob(True, help="hide the future")
    kind: str = knob("tanh", help="squash", choices=("tanh", "relu"))

    def __post_init__(self):
        knobs.check(self)
        if self.channels % self.heads:
            raise ValueError(
                f"{self.heads} heads cannot share {self.channels} channels."
            )


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"channels": 0}, ["channels", "1", "5,000", "not 0"]),
        ({"channels": 5001}, ["channels", "5,000 channels", "not 5,001"]),
        ({"channels": 3.0}, ["channels", "a whole number", "3.0"]),
        ({"channels": True}, ["channels", "a whole number", "True"]),
        ({"rate": -0.1}, ["rate", "between 0 and 1", "-0.1"]),
        ({"rate": math.nan}, ["rate", "between 0 and 1", "nan"]),
        ({"rate": math.inf}, ["rate", "between 0 and 1", "inf"]),
        ({"rate": "0.1"}, ["rate", "a number"]),
        ({"rate": None}, ["rate", "a number"]),
        ({"mask": 1}, ["mask", "true or false"]),
        ({"kind": "gelu"}, ["kind", "tanh, relu", "gelu"]),
        ({"heads": 4}, ["4 heads cannot share 30 channels"]),
    ],
)
def test_nonsense_is_refused_in_words(wrong, words):
    with pytest.raises(ValueError) as refusal:
        Config(**wrong)
    assert all(word in str(refusal.value) for word in words)


def test_both_ends_of_a_range_and_a_whole_number_as_rate_are_taken():
    for rate in (0.0, 1.0, 0, 1):
        assert Config(rate=rate).rate == rate


def test_a_config_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Config().rate = 0.5


def test_texts_become_the_config_they_say():
    texts = {"channels": " 60 ", "rate": "5e-1", "mask": "False"}
    config, complaints = knobs.from_text(Config, texts | {"kind": "relu"})
    assert config == Config(60, rate=0.5, mask=False, kind="relu")
    assert complaints == []


def test_a_config_written_as_text_reads_back_the_same():
    config = Config(1000, 8, 1 / 3, False, "relu")
    texts = {name: str(value) for name, value in asdict(config).items()}
    assert knobs.from_text(Config, texts) == (config, [])


@pytest.mark.parametrize(
    "name, text, default",
    [
        ("channels", "many", "30"),
        ("channels", "", "30"),
        ("channels", "1e3", "30"),
        ("channels", "1_000", "30"),
        ("channels", "٣", "30"),  # a digit to Python's int
        ("channels", "9" * 5000, "30"),  # more than Python's int reads
        ("channels", "5001", "30"),
        ("rate", "nan", "0.1"),
        ("rate", "1e999", "0.1"),
        ("mask", "yes", "true"),
        ("kind", "TANH", "tanh"),
    ],
)
def test_a_bad_text_gets_one_complaint_and_the_default(name, text, default):
    config, complaints = knobs.from_text(Config, {name: text})
    assert config == Config()
    (said,) = complaints
    assert said.startswith(f"{name} must be ") and len(said) < 120
    assert said.endswith(f"Using {default} instead.")


def test_knobs_that_do_not_fit_each_other_become_the_defaults():
    config, complaints = knobs.from_text(Config, {"heads": "4"})
    assert config == Config()
    assert "cannot share" in complaints[0] and len(complaints) == 1


def test_one_bad_knob_leaves_the_others_and_strangers_are_passed_over():
    texts = {"channels": "x", "rate": "0.5", "utm_source": "mail"}
    config, complaints = knobs.from_text(Config, texts)
    assert config == Config(rate=0.5) and len(complaints) == 1


@pytest.mark.parametrize("stem", COURSE)
def test_every_knob_of_a_lesson_explains_itself_and_takes_its_ends(stem):
    lesson = importlib.import_module(f"core.{stem}")
    declared = knobs.knobs_of(lesson.Config)
    assert [each.name for each in declared] == list(asdict(lesson.Config()))
    for each in declared:
        assert each.help
        for end in (each.low, each.high):
            if end is not None:
                replace(lesson.Config(), **{each.name: end})
                with pytest.raises(ValueError, match=each.name):
                    beyond = end + (1 if end == each.high else -1)
                    replace(lesson.Config(), **{each.name: beyond})


@pytest.mark.parametrize("stem", COURSE)
def test_every_lesson_has_the_lectures_own_run(stem):
    lesson = importlib.import_module(f"core.{stem}")
    assert isinstance(lesson.PRESETS["lecture"], lesson.Config)
