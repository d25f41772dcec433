"""The arrows of the design, read from the imports; see core/__init__.py."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import COURSE, LECTURES

ROOT = Path(__file__).parents[1]
STEMS = [lecture.stem for lecture in LECTURES]
LESSONS = [f"core.{stem}" for stem in STEMS]
# files beside a lesson that work on what it defines
COMPANIONS = {
    "expression.py": "engine",
    "slopes.py": "expression",
    "ngram.py": "bigram",
    "decision.py": "micrograd",
    "twin.py": "micrograd",
    "by_hand.py": "micrograd",
    "embedding.py": "mlp",
    "logits.py": "mlp",
    "noise.py": "mlp",
    "one_batch.py": "mlp",
    "rates.py": "mlp",
    "peeking.py": "mlp",
    "letter_map.py": "mlp",
    "doctor.py": "batchnorm",
    "first_loss.py": "batchnorm",
    "saturation.py": "batchnorm",
    "kaiming.py": "batchnorm",
    "batch_mates.py": "batchnorm",
    "running.py": "batchnorm",
    "folding.py": "batchnorm",
    "norms.py": "batchnorm",
    "convolution.py": "wavenet",
    "tree.py": "wavenet",
    "tour.py": "wavenet",
    "gated.py": "layers",
    "averaging.py": "gpt",
    "attention.py": "gpt",
    "blocks.py": "gpt",
    "inside.py": "gpt",
    "sizes.py": "gpt",
    "addition.py": "gpt",
}
TOOLS = ["core.knobs", "core.pace", "core.data", "core.landmarks"]
TOOLS += ["core.engine", "core.sampling", "core.layers"]
TOOLS += ["core.health", "core.optimizers", "core.gated"]
TOOLS += ["core.generation", "core.tokens"]
STANDARD = sys.stdlib_module_names


def imports(file):
    """Every name that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            yield from (f"{start}.{alias.name}" for alias in node.names)


def under(name, modules):
    return any(f"{name}.".startswith(f"{module}.") for module in modules)


def may(room, name):
    """Whether a file, by the parts of its path, may import this name."""
    lesson = under(name, LESSONS)
    match room:
        case ("core", *_) if not under(name, [*STANDARD, "torch", "core"]):
            return False
        case ("core", *_) if not under(name, ["core"]):
            return True
        case ("core", "runs", _):
            return under(name, ["core.runs", "core.data", "core.knobs"])
        case ("core", "data", _):
            return under(name, ["core.data"])
        case ("core", "experiments", _):
            beside = [f"core.{file[:-3]}" for file in COMPANIONS]
            return lesson or under(name, [*TOOLS, *beside, "core.experiments"])
        case ("core", file) if file.removesuffix(".py") in STEMS:
            before = STEMS.index(file.removesuffix(".py"))
            return under(name, [*LESSONS[:before], *TOOLS])
        case ("core", "__main__.py"):
            return not lesson
        case ("core", file) if file in COMPANIONS:
            of = COMPANIONS[file]  # it may import that, and what that may
            known = STEMS.index(of) + 1 if of in STEMS else 0
            return under(name, [f"core.{of}", *LESSONS[:known], *TOOLS])
        case ("core", _):
            return under(name, ["core.data"])
        case ("pages", "charts", _):
            ours = ["core", "pages", "streamlit_app"]
            refused = ["streamlit", "torch", "numpy", *ours]
            return under(name, ["pages.charts"]) or not under(name, refused)
        case ("pages", "parts", _):
            refused = ["pages.lessons", "pages.sections", "pages.charts"]
            refused.append("streamlit_app")
            return not lesson and not under(name, refused)
        case ("pages", "lessons", _):
            refused = ["pages.lessons", "streamlit_app", "torch", "numpy"]
            return not under(name, refused)
        case ("pages", "sections", stem, _) if stem in STEMS:
            if under(name, ["pages.sections"]):
                return under(name, [f"pages.sections.{stem}"])
            refused = ["pages.lessons", "streamlit_app", "torch", "numpy"]
            return not under(name, refused)
        case ("streamlit_app.py",):
            return under(name, ["streamlit", "pages.parts"])
    return False  # a file in a room that the design does not have


def strays(root):
    """The imports that go against an arrow, as "file imports name"."""
    files = [root / "streamlit_app.py"]
    files += [*root.glob("core/**/*.py"), *root.glob("pages/**/*.py")]
    for file in files:
        path = file.relative_to(root)
        for name in imports(file):
            if not may(path.parts, name):
                yield f"{path} imports {name}"


def test_every_import_follows_the_arrows():
    assert list(strays(ROOT)) == []


@pytest.mark.parametrize(
    "file, line",
    [
        ("core/bigram.py", "import streamlit"),
        ("core/bigram.py", "import numpy as np"),
        ("core/bigram.py", "from core import mlp"),
        ("core/bigram.py", "from core.mlp import train"),
        ("core/mlp.py", "def train():\n    from core.runs import store"),
        ("core/mlp.py", "from . import knobs"),
        ("core/data/names.py", "from core import bigram"),
        ("core/runs/worker.py", "import core.bigram"),
        ("core/__main__.py", "from core.gpt import Config"),
        ("core/knobs.py", "import pages.parts.knobs"),
        ("pages/charts/table.py", "from streamlit import cache_data"),
        ("pages/charts/table.py", "from core import bigram"),
        ("pages/parts/live.py", "from core import bigram"),
        ("pages/parts/live.py", "from pages.charts import loss"),
        ("pages/lessons/mlp.py", "from pages.lessons import bigram"),
        ("pages/lessons/mlp.py", "import torch"),
        ("pages/sections/mlp/split.py", "from pages.lessons import mlp"),
        ("pages/sections/mlp/split.py", "from pages.sections.gpt import head"),
        ("pages/sections/mlp/split.py", "import torch"),
        ("pages/sections/elsewhere/split.py", "import streamlit"),
        ("pages/parts/live.py", "from pages.sections.mlp import split"),
        ("core/twin.py", "from core import bigram"),
        ("streamlit_app.py", "from core import bigram"),
        ("pages/elsewhere/utils.py", "import os"),
    ],
)
def test_an_import_against_an_arrow_is_found(file, line, tmp_path):
    (tmp_path / "streamlit_app.py").write_text("import streamlit as st")
    assert list(strays(tmp_path)) == []
    bad = tmp_path / file
    bad.parent.mkdir(parents=True, exist_ok=True)
    bad.write_text(line)
    found = list(strays(tmp_path))
    assert len(found) == 1 and found[0].startswith(f"{file} imports ")


def test_core_fits_the_box_a_page_shows_it_in():
    for file in ROOT.glob("core/**/*.py"):
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            assert len(line) <= 80, f"{file}:{number}"


@pytest.mark.parametrize("stem", COURSE)
def test_a_built_lesson_has_its_files(stem):
    places = ["core", "pages/lessons"]
    experiments = ROOT / "core" / "experiments"
    if any((experiments / f"{each}.py").exists() for each in STEMS):
        places.append("core/experiments")
    for place in places:
        assert (ROOT / place / f"{stem}.py").exists(), place
    assert (ROOT / "tests" / f"test_{stem}.py").exists()


def test_the_course_follows_the_lectures():
    assert list(COURSE) == [stem for stem in STEMS if stem in COURSE]


HOME = """
import sys
from streamlit.testing.v1 import AppTest
home = AppTest.from_file("streamlit_app.py", default_timeout=30).run()
assert not home.exception, home.exception
assert home.title, "home was not reached"
print([name for name in ("torch", "core.bigram") if name in sys.modules])
"""


def test_home_does_not_wait_for_torch():
    nobody = "http://127.0.0.1:9"  # no network: the words are on disk
    env = os.environ | {"https_proxy": nobody, "PYTHONPATH": "."}
    home = subprocess.run(
        [sys.executable, "-c", HOME],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
    )
    assert home.returncode == 0, home.stderr
    assert home.stdout.strip() == "[]"
