"""The command line: python -m core LESSON, run as a student runs it."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from core import COURSE, bigram, knobs
from core.data import names

ROOT = Path(__file__).parents[1]
NOBODY = "http://127.0.0.1:9"  # no network: the words are on disk


def core(*words):
    return subprocess.run(
        [sys.executable, "-m", "core", *words],
        cwd=ROOT,
        env=os.environ | {"https_proxy": NOBODY},
        capture_output=True,
        text=True,
    )


def in_json(records):
    return [json.loads(json.dumps(asdict(record))) for record in records]


def trained(config):
    """The records and the Result of a run in this process."""
    records, training = [], bigram.train(config, names.local())
    while True:
        try:
            records.append(next(training))
        except StopIteration as end:
            return records, end.value


def test_it_lists_the_lessons():
    for words in ([], ["--help"]):
        told = core(*words)
        assert told.returncode == 0
        assert all(f"  {stem} " in told.stdout for stem in COURSE)


def test_help_lists_every_knob_with_its_default_and_range():
    told = core("bigram", "--help")
    said = " ".join(told.stdout.split())
    assert told.returncode == 0
    for knob in knobs.knobs_of(bigram.Config):
        told = f"(default {knob.default}, {knob.low} to {knob.high})"
        if knob.choices:
            told = f"(default {knob.default}, one of {', '.join(knob.choices)})"
        assert f"--{knob.name} " in said
        assert f"{knob.help} {told}" in said


def test_it_prints_the_records_and_the_result_that_train_gives():
    told = core("bigram", "--steps", "200")
    assert (told.returncode, told.stderr) == (0, "")
    *lines, figures = [json.loads(line) for line in told.stdout.splitlines()]
    steps = [line["step"] for line in lines]
    assert steps[:20] == list(range(1, 21)) and steps[-1] == 200
    records, result = trained(bigram.Config(steps=200))
    # same question, same answer: to the last bit, in another process too
    assert lines == in_json(records)
    assert figures["loss"] == result.loss
    assert figures["parameters"] == 729  # 27 x 27
    assert figures["steps_per_second"] > 0
    assert len(figures) == 3


def test_a_preset_sets_the_knobs_and_a_knob_overrides_it():
    for given, config in [
        ([], bigram.PRESETS["lecture"]),
        (["--steps", "30"], bigram.Config(steps=30)),
    ]:
        told = core("bigram", "--preset", "lecture", *given)
        *lines, _ = [json.loads(line) for line in told.stdout.splitlines()]
        assert lines == in_json(trained(config)[0])


@pytest.mark.parametrize("value", ["-5", "fast"])
def test_a_bad_value_is_said_in_a_sentence_and_the_default_runs(value):
    told = core("bigram", "--steps", "3", f"--rate={value}")
    assert told.returncode == 0
    (said,) = told.stderr.splitlines()
    assert "rate" in said and said.endswith("Using 50 instead.")
    *lines, _ = [json.loads(line) for line in told.stdout.splitlines()]
    assert lines == in_json(trained(bigram.Config(steps=3))[0])


def test_an_unknown_lesson_is_said_in_a_sentence():
    told = core("transformer")
    assert (told.returncode, told.stdout) == (2, "")
    (said,) = told.stderr.splitlines()
    assert "'transformer'" in said
    assert all(stem in said for stem in COURSE)


def test_a_reader_who_leaves_early_sees_no_traceback():
    command = f"{sys.executable} -m core bigram --steps 2000 | head -n 1"
    told = subprocess.run(
        command,
        shell=True,
        cwd=ROOT,
        env=os.environ | {"https_proxy": NOBODY},
        capture_output=True,
        text=True,
    )
    assert json.loads(told.stdout)["step"] == 1
    assert told.stderr == ""
