"""The section on the four norms, as Streamlit runs it."""

import re

import pytest
from streamlit.testing.v1 import AppTest
from test_one_batch import TEXTS

SECTION = """
from core.data import names
from pages.sections.batchnorm import norms
norms.show({data})
"""


def section(data):
    code = SECTION.format(data=data)
    app = AppTest.from_string(code, default_timeout=30).run()
    assert not app.exception
    return app


def text(app):
    return " ".join(m.value for m in app.markdown)


@pytest.mark.parametrize(
    "norm, mates, others",
    # 4 examples, 4 places, 6 channels, 2 groups: counted by hand
    [
        ("BatchNorm", 4 * 4, 3 * 4),
        ("LayerNorm", 6, 0),
        ("InstanceNorm", 4, 0),
        ("GroupNorm", 4 * 3, 0),
    ],
)
def test_mates_and_movers_are_counted(norm, mates, others):
    app = section("names.own('emma olivia ava isabella')")
    app.segmented_control("bn norm").set_value(norm).run()
    app.segmented_control("bn norm example").set_value(2).run()
    app.slider("bn norm place").set_value(1).run()
    app.slider("bn norm channel").set_value(6).run()
    assert not app.exception
    said = text(app)
    assert f"**{mates}** of the 96 cells" in said
    assert f"**{others}** of the others" in said
    assert ("coupled" in said) == (norm == "BatchNorm")


def test_columns_and_rows_are_told_in_numbers():
    app = section("names.own('emma olivia ava isabella')")
    rows = app.table[0].value.set_index("norm")
    assert list(rows.loc["BatchNorm"])[:2] == ["0.00", "1.00"]
    assert list(rows.loc["LayerNorm"])[2:] == ["0.00", "1.00"]
    assert list(rows.loc["BatchNorm"])[2:] != ["0.00", "1.00"]
    assert list(rows.loc["LayerNorm"])[:2] != ["0.00", "1.00"]


def test_the_tour_is_a_table_of_torch_s_own_words():
    [*_, tour] = (each.value for each in section("names.own('ab')").table)
    torchs = " ".join(tour["torch.nn's"])
    assert "momentum=0.1" in torchs and "track_running_stats=True" in torchs
    bound, drawn = re.search(
        r"= ([\d.]+); the largest drawn ([\d.]+)", torchs
    ).groups()
    assert float(drawn) <= float(bound) == pytest.approx(200**-0.5, abs=1e-4)


@pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS)
def test_the_section_stands_on_any_words(words):
    app = section(f"names.Words('own', tuple({words!r}.split()))")
    for norm in ("LayerNorm", "InstanceNorm", "GroupNorm"):
        app.segmented_control("bn norm").set_value(norm).run()
        assert not app.exception
    app.segmented_control("bn norm groups").set_value(6).run()
    assert not app.exception
