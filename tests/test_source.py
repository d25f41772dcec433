"""The source on a page is the very function that ran."""

import ast
from pathlib import Path

from streamlit.testing.v1 import AppTest

from core import mlp
from pages.parts import source

ROOT = Path(__file__).parents[1]
NAMES = ["Config", "pairs", "count", "train"]


def page():
    from core import bigram
    from pages.parts import source

    source.show(bigram.Config, bigram.pairs, bigram.count, bigram.train)


def test_what_is_shown_is_the_functions_own_source_at_its_own_line():
    # read off the file by ast, where the page asks inspect
    text = (ROOT / "core" / "bigram.py").read_text()
    nodes = {getattr(n, "name", ""): n for n in ast.parse(text).body}
    shown = AppTest.from_function(page, default_timeout=30).run()
    assert not shown.exception
    for name, box, caption in zip(
        NAMES, shown.code, shown.caption, strict=True
    ):
        node = nodes[name]
        decorators = [each.lineno for each in node.decorator_list]
        first = min([node.lineno, *decorators])
        expected = text.splitlines()[first - 1 : node.end_lineno]
        assert box.value == "\n".join(expected)
        assert box.language == "python"
        assert caption.value == f"`core/bigram.py`, line {first}"


def test_a_decorated_function_is_shown_with_its_decorator():
    where, text = source.read(mlp.loss_of)
    assert where.startswith("`core/mlp.py`, line ")
    assert text.startswith("@torch.no_grad()\ndef loss_of(")
