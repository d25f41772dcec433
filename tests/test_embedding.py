"""The embedding against torch's own, and the strip against torch's strides."""

import inspect
import json
from itertools import product

import altair as alt
import pytest
import torch
import torch.nn.functional as F
from streamlit.testing.v1 import AppTest

from core import embedding, mlp
from core.data import names
from pages.charts import storage

SEED = 2147483647
VIEWS = embedding.strip_views()
APP = """
from core import mlp
from core.data import names
from drawing import draw_of
from pages.sections.mlp import embedding
data = names.{data}
embedding.show(data, draw_of(data=data, config=mlp.Config({knobs})))
"""


@pytest.fixture
def X():
    return mlp.windows(["emma", "ava"], ".aemv", 3)[0]


@pytest.fixture
def C():
    return embedding.first_table(5, 4, SEED)


def shown(data="local()", knobs=""):
    app = AppTest.from_string(
        APP.format(data=data, knobs=knobs), default_timeout=30
    ).run()
    assert not app.exception
    return app


def table(app, column):
    [found] = [t.value for t in app.table if column in t.value]
    return found


def text(app):
    return " ".join(m.value for m in app.markdown)


@pytest.mark.parametrize("knobs", [{}, {"context": 8, "embedding": 1}])
def test_the_table_is_the_one_that_the_network_begins_with(knobs):
    config = mlp.Config(**knobs)
    generator = torch.Generator().manual_seed(config.seed)
    C = mlp.first_weights(config, 27, generator).C
    ours = embedding.first_table(27, config.embedding, config.seed)
    assert torch.equal(ours, C)


@pytest.mark.parametrize("token", range(5))
def test_a_one_hot_row_times_C_is_the_row_that_torch_looks_up(C, token):
    bits, refused, product_, row = (
        ask for _, ask in embedding.one_letter(C, token)
    )
    module = torch.nn.Embedding.from_pretrained(C)
    expected = module(torch.tensor(token))
    assert bits().dtype == torch.int64  # lecture 3: so it needs .float()
    with pytest.raises(RuntimeError, match="dtype"):
        refused()
    assert torch.equal(product_(), expected)
    assert torch.equal(row(), expected)


def test_any_index_gives_the_rows_of_torchs_embedding(C, X):
    module = torch.nn.Embedding.from_pretrained(C)
    indices = [
        torch.tensor([1, 2, 2, 2]),
        torch.tensor([1, 2, 2, 2]),
        torch.tensor([[0, 1], [1, 2], [2, 2]]),
        X,
        X,
        X,
    ]
    asked = embedding.many_letters(C, X)
    for (code, ask), index in zip(asked, indices, strict=True):
        assert ask().shape == (*index.shape, 4), code
        assert torch.equal(ask(), module(index)), code


@pytest.mark.parametrize(
    "function, given",
    [
        (embedding.one_letter, (torch.randn(5, 4), 1)),
        (embedding.many_letters, (torch.randn(5, 4), torch.ones(2, 3).long())),
        (embedding.flat_again, (VIEWS["strip.view(3, 4).T"],)),
    ],
)
def test_what_is_shown_is_what_is_run(function, given):
    source = "".join(inspect.getsource(function).split())
    for code, _ in function(*given):
        bare = "".join(code.split())
        assert f'("{bare}",lambda:{bare}' in source


@pytest.mark.parametrize("context", [1, 3, 8])
@pytest.mark.parametrize("E", [1, 10])
def test_the_ways_join_as_a_plain_loop_does(context, E):
    X, _ = mlp.windows(["emma", "ava"], ".aemv", context)
    C = embedding.first_table(5, E, SEED)
    rows = C.tolist()
    expected = [[n for t in window for n in rows[t]] for window in X.tolist()]
    for way, joining in embedding.WAYS.items():
        assert joining(C[X]).tolist() == expected, way
        assert torch.equal(joining(C[X]), F.embedding(X, C).flatten(1)), way


@pytest.mark.parametrize("context", [1, 3])
def test_only_view_needs_no_memory(C, context):
    X, _ = mlp.windows(["emma", "ava"], ".aemv", context)
    found = {each.way: each for each in embedding.join(C, X)}
    # 9 examples of T times 4 numbers of 4 bytes
    copied = 9 * context * 4 * 4
    assert {way: each.new_bytes for way, each in found.items()} == {
        "torch.cat of slices": copied,
        "torch.cat of torch.unbind": copied,
        ".view": 0,
    }
    assert all(each.equal for each in found.values())
    embedded = C[X]
    there = embedded.untyped_storage().data_ptr()
    assert embedding.view(embedded).untyped_storage().data_ptr() == there


def test_view_is_far_quicker_on_all_examples(lecture_names):
    words = mlp.split(lecture_names).train
    X, _ = mlp.windows(words, lecture_names.letters, 3)
    C = embedding.first_table(27, 10, SEED)
    found = {e.way: e.seconds for e in embedding.join(C, X)}
    # published: 25,783 us against 3.7 us, 7,000 times; a busy machine with
    # cold caches was seen to take 40 us and 6,300 us
    assert found["torch.cat of slices"] > 20 * found[".view"]
    assert found["torch.cat of torch.unbind"] > 20 * found[".view"]


def test_what_is_measured_fits_in_memory():
    X = torch.zeros(1, 8, dtype=torch.int64).expand(4_000_000, 8)
    C = torch.zeros(27, 32)
    rows = len(embedding.measurable(C, X))
    assert 0 < rows * 8 * 32 * 4 <= 40e6  # bytes
    few = torch.zeros(5, 3, dtype=torch.int64)
    assert len(embedding.measurable(C, few)) == 5


@pytest.mark.parametrize("code", VIEWS)
def test_a_view_reads_the_strip_where_its_strides_say(code):
    tensor = eval(code, {"strip": torch.arange(12)})
    assert torch.equal(tensor, VIEWS[code])
    strip = VIEWS["strip"]
    start = strip.untyped_storage().data_ptr()
    assert VIEWS[code].untyped_storage().data_ptr() == start
    found = embedding.places(VIEWS[code])
    outer = tensor.shape[:-1]
    assert list(found) == list(product(*map(range, outer)))
    for index, places in found.items():
        # the strip counts from 0: a number is its own place
        assert places == tensor[index].tolist()
    assert embedding.ahead(VIEWS[code], strip) == 8 * tensor.min()


def test_a_copy_does_not_share_memory():
    strip = VIEWS["strip"]
    assert embedding.shared(strip, strip.view(3, 4))
    assert not embedding.shared(strip, strip.clone())


def test_view_refuses_what_is_turned_and_reshape_copies_it():
    strip = VIEWS["strip"]
    turned = VIEWS["strip.view(3, 4).T"]
    view, *copies = (ask for _, ask in embedding.flat_again(turned))
    with pytest.raises(RuntimeError, match="Use .reshape"):
        view()
    expected = [row + 4 * column for row in range(4) for column in range(3)]
    for copy in copies:
        assert copy().tolist() == expected
        there = copy().untyped_storage().data_ptr()
        assert there != strip.untyped_storage().data_ptr()


@pytest.mark.parametrize("code", VIEWS)
def test_the_strip_is_bracketed_by_rows(code):
    rows = embedding.places(VIEWS[code])
    frame = storage.strip(rows, 12).to_pandas()
    cells = frame[frame["part"] == "place"]
    assert list(cells["said"]) == [str(n) for n in range(12)]
    read = {place for places in rows.values() for place in places}
    assert set(cells[cells["read"]]["start"]) == read
    marks = frame[frame["part"] == "row"]
    covered = {}
    for mark in marks.itertuples():
        covered.setdefault(mark.said, []).extend(range(mark.start, mark.end))
    assert covered == {storage.named(row): at for row, at in rows.items()}


@pytest.mark.parametrize(
    "spec, frame",
    [
        (storage.storage(12), storage.strip({(0,): [0, 1]}, 12)),
        (
            storage.lookup(".ab"),
            storage.table(".ab", [[0, 1], [2, 3], [4, 5]], "a"),
        ),
    ],
    ids=["storage", "lookup"],
)
def test_the_pictures_are_vega_lite_and_draw_what_is_in_the_frame(spec, frame):
    alt.LayerChart.from_dict(json.loads(json.dumps(spec)))  # by its schema
    for view in spec["layer"]:
        made = {s["as"] for s in view.get("transform", []) if "as" in s}
        channels = view["encoding"].values()
        fields = {c["field"] for c in channels if "field" in c}
        assert fields <= made | set(frame.column_names)


def test_only_the_row_of_the_letter_is_framed():
    frame = storage.table(".ab", [[0, 1], [2, 3], [4, 5]], "a").to_pandas()
    assert list(frame[frame["picked"]]["number"]) == [2, 3]


def test_the_section_shows_equal_rows_and_torchs_refusal():
    app = shown()
    answers = list(app.table[0].value["torch says"])
    assert answers[0].startswith("torch.int64")
    assert answers[1].startswith("RuntimeError") and "dtype" in answers[1]
    assert answers[2] == answers[3]
    assert "**equal**" in text(app)
    # lecture 3: C[X] of the five examples of emma
    shapes = table(app, "shape of what you get").set_index("you write")
    assert shapes.loc["`C[X]`"].item() == "(5, 3, 10)"


def test_another_letter_has_another_row():
    app = shown()
    before = app.table[0].value["torch says"][3]
    app.selectbox("mlp embedding letter").set_value("z").run()
    assert not app.exception
    after = app.table[0].value["torch says"]
    assert after[2] == after[3] != before
    row = mlp.first_weights(
        mlp.Config(), 27, torch.Generator().manual_seed(SEED)
    ).C[26]
    assert after[3].split()[1:] == [f"{n:.4f}" for n in row.tolist()]


def test_all_examples_are_joined_when_asked():
    app = shown()
    assert "300 examples" in table(app, "way")
    assert set(table(app, "way")["all examples"]) == {"…"}
    app.button("mlp embedding join").click().run()
    assert not app.exception
    found = table(app, "way").set_index("way")["all 182,625 examples"]
    # 182,625 x 30 numbers of 4 bytes
    assert "21.9 MB" in found["`torch.cat of slices`"]
    assert found["`.view`"].endswith(" 0 bytes")
    assert "the same numbers" in text(app)
    app.run()  # what was asked for stays
    assert "all 182,625 examples" in table(app, "way")


@pytest.mark.parametrize("code", VIEWS)
def test_the_strip_is_described_as_torch_describes_it(code):
    app = shown()
    app.selectbox("mlp embedding strip").set_value(code).run()
    assert not app.exception
    tensor = eval(code, {"strip": torch.arange(12)})
    found = table(app, "asked of").set_index("asked of")["as you read it"]
    assert found["`.shape`"] == f"{tuple(tensor.shape)}"
    assert found["`.stride()`"] == f"{tensor.stride()}"
    assert found["`.storage_offset()`"] == f"{tensor.storage_offset()}"
    assert found["its storage"] == "the same"
    assert any(each.value == f"{tensor}" for each in app.code)


EVERY = "".join(chr(0x4E00 + i) for i in range(names.MAX_LETTERS))
ODD = ["ab", "a b", "ab " * 20, "анна иван ольга", f"{EVERY[:30]} {EVERY[30:]}"]
ENDS = ["context=1, embedding=1", "context=8, embedding=32, only=1"]


@pytest.mark.parametrize("words", ODD)
@pytest.mark.parametrize("knobs", ENDS)
def test_the_section_holds_with_any_words(words, knobs):
    app = shown(f"own({words!r})", knobs)
    app.button("mlp embedding join").click().run()
    assert not app.exception
    assert "the same numbers" in text(app)
