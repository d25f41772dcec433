"""python -m core LESSON [--preset NAME] [--knob value]

Prints one JSON record a line, last the result's figures. With no lesson it
lists them; --help after a lesson lists its knobs.
"""

import argparse
import importlib
import json
import os
import sys
import time
from dataclasses import asdict, fields

os.environ.setdefault("OMP_NUM_THREADS", "1")  # as every run of the app

from core import COURSE, LECTURES, knobs


def main(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help"):
        print(__doc__)
        for lecture in LECTURES:
            if lecture.stem in COURSE:
                print(f"  {lecture.stem:<12} {lecture.idea}")
        return 0
    if words[0] not in COURSE:
        print(
            f"There is no lesson {words[0]!r}: choose one of "
            f"{', '.join(COURSE)}.",
            file=sys.stderr,
        )
        return 2
    lesson = importlib.import_module(f"core.{words[0]}")
    config = configure(lesson, words)
    run(lesson, config)
    return 0


def configure(lesson, words: list[str]):
    """The preset with the knobs that were given; complaints on stderr."""
    given = vars(parser(lesson, words[0]).parse_args(words[1:]))
    preset = lesson.PRESETS.get(given.pop("preset", None), lesson.Config())
    texts = {name: str(value) for name, value in asdict(preset).items()}
    texts |= {name: text for name, text in given.items() if text is not None}
    config, complaints = knobs.from_text(lesson.Config, texts)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return config


def parser(lesson, stem: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m core {stem}", description=lesson.__doc__.split("\n")[0]
    )
    parser.add_argument(
        "--preset", choices=sorted(lesson.PRESETS), help="a named set of knobs"
    )
    for knob in knobs.knobs_of(lesson.Config):
        bounds = f", {knob.low} to {knob.high}" if knob.low is not None else ""
        if knob.choices:
            bounds = f", one of {', '.join(knob.choices)}"
        parser.add_argument(
            f"--{knob.name}",
            metavar=knob.kind.__name__,
            help=f"{knob.help} (default {knob.default}{bounds})",
        )
    return parser


def run(lesson, config):
    from core.runs import store

    training = lesson.train(config)
    began, step = None, 0
    while True:
        try:
            record = next(training)
        except StopIteration as end:
            result = end.value
            break
        began, step = began or time.perf_counter(), record.step
        print(store.line(record))
    speed = (step - 1) / (time.perf_counter() - began)
    print(json.dumps(figures(result) | {"steps_per_second": speed}))


def figures(result) -> dict:
    """The plain numbers of a Result: its losses, its parameters."""
    values = {f.name: getattr(result, f.name) for f in fields(result)}
    return {k: v for k, v in values.items() if type(v) in (int, float)}


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BrokenPipeError:  # the reader, say `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
