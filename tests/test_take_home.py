"""What a visitor takes home works without the app."""

import ast
import csv
import io
import os
import subprocess
import sys
from functools import partial

import pytest

from core import COURSE, batchnorm, bigram, gpt, micrograd, mlp, wavenet
from core.data import names, points, text
from core.runs import script, store

OWN = names.own("zoë emma anne-marie o'neil")


def executed(text, folder):
    """Run the script in an empty folder that cannot see this project."""
    (folder / "run.py").write_text(text)
    answer = subprocess.run(
        [sys.executable, "-I", "run.py"],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.splitlines()


@pytest.mark.parametrize(
    "lesson, config",
    [
        (bigram, bigram.Config(steps=30)),
        (bigram, bigram.Config(steps=25, rate=3.5, decay=0.2, seed=7)),
        (mlp, mlp.Config(steps=25, only=2000)),
        (mlp, mlp.Config(steps=25, hidden=9, context=5, switch=12, batch=3)),
        (batchnorm, batchnorm.Config(steps=25, hidden=9, residual=True)),
        (
            batchnorm,
            batchnorm.Config(
                steps=25, layers=1, batchnorm=False, optimizer="adam", rate=0.01
            ),
        ),
        (wavenet, wavenet.Config(steps=25, hidden=9, embedding=4)),
        (wavenet, wavenet.Config(steps=25, hidden=9, over_time=False)),
        (wavenet, wavenet.Config(steps=25, hidden=9, unit="gated", fan="3")),
    ],
)
def test_the_script_prints_the_same_records(
    lesson, config, tmp_path, lecture_names
):
    for number, data in enumerate((lecture_names, OWN)):
        folder = tmp_path / str(number)
        folder.mkdir()
        run = store.Run(lesson.__name__.removeprefix("core."), config, data)
        expected = [store.line(r) for r in lesson.train(config, data)]
        assert executed(script.assemble(run), folder) == expected


@pytest.mark.parametrize(
    "knobs", [{}, {"dropout": 0.2, "norm": "after"}, {"n_layer": 0}]
)
def test_the_script_of_a_text_prints_the_same_records(knobs, tmp_path):
    small = {"steps": 25, "n_embd": 8, "n_head": 2, "n_layer": 1, "block": 8}
    config = gpt.Config(**(small | knobs))
    tricky = 'a\\b """ \'c\' {d}\t🙂 \x85 \u2028 end  \n\n' * 120
    expected = None
    for number, data in enumerate((text.local(), LINES(tricky))):
        folder = tmp_path / str(number)
        folder.mkdir()
        expected = [store.line(r) for r in gpt.train(config, data)]
        run = store.Run("gpt", config, data)
        assert executed(script.assemble(run), folder) == expected


LINES = partial(text.Text, "own")  # as it is: own() would refuse some of it


@pytest.mark.parametrize(
    "config, data",
    [
        (micrograd.Config(steps=8, data="spiral", batch=30), None),
        (
            micrograd.Config(steps=8, nonlinearity="tanh", width=4),
            points.own("0 0 1\n1 1 1\n0.5 -1.25 -1"),
        ),
        (micrograd.Config(steps=8, accumulate=False, start="zeros"), None),
    ],
)
def test_a_script_without_torch_needs_python_alone(config, data, tmp_path):
    data = data or points.load(config)
    text = script.assemble(store.Run("micrograd", config, data))
    assert "torch" not in text
    expected = [store.line(r) for r in micrograd.train(config, data)]
    assert executed(text, tmp_path) == expected


def test_the_script_imports_torch_and_the_standard_library_only():
    text = script.assemble(store.Run("bigram", bigram.Config(), OWN))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [node.module]
        else:
            continue
        for name in found:
            top = name.partition(".")[0]
            assert top == "torch" or top in sys.stdlib_module_names


def test_the_script_holds_the_lesson_word_for_word():
    text = script.assemble(store.Run("bigram", bigram.Config(), OWN))
    lesson = (store.ROOT / "core" / "bigram.py").read_text()
    loop = lesson[lesson.index("        # forward") :]
    loop = loop[: loop.index("        if step in recorded")]
    assert loop in text


def test_the_csv_has_a_row_a_record_and_its_numbers():
    records = list(bigram.train(bigram.Config(steps=30), OWN))
    rows = csv.DictReader(io.StringIO(store.as_csv([vars(r) for r in records])))
    found = [(int(r["step"]), float(r["loss"]), float(r["nll"])) for r in rows]
    assert found == [(r.step, r.loss, r.nll) for r in records]


def test_every_lesson_s_script_is_tried_above():
    # a lesson that is not would not show that its script is cut out whole
    tried = {bigram, mlp, batchnorm, wavenet, micrograd, gpt}
    assert {each.__name__ for each in tried} == {f"core.{s}" for s in COURSE}
