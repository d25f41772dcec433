"""Pictures: what a spec draws is in its frame, and its axes stand still."""

import json
import re

import altair as alt
import pandas as pd
import pytest

from pages.charts import (
    arms,
    colour,
    course,
    learning,
    loss,
    plane,
    row,
    smoothing,
    table,
)

MARKS = {"guessing": 3.2958, "unigram": 2.8227, "counted": 2.4540}
COUNTED = [[0.0, 0.5, 0.5], [0.25, 0.5, 0.25], [1.0, 0.0, 0.0]]
LEARNED = [[0.1, 0.4, 0.5], [0.25, 0.25, 0.5], [0.5, 0.25, 0.25]]
RECORDS = [{"step": s, "loss": 4 / s, "nll": 3 / s} for s in (1, 2, 4)]
ROWS = ((-1.0, 0.0, 1), (2.0, 1.0, -1))
STOPS = pd.DataFrame(
    [("guessing", 3.3, "here", ""), ("Bigram", 2.45, "there", "/bigram")],
    columns=["name", "loss", "source", "link"],
)


def cells():
    counts = [[0, 2, 2], [1, 2, 1], [4, 0, 0]]
    frame = table.frame(".ab", count=counts, counted=COUNTED)
    return table.compare(frame, LEARNED)


def maps():
    ramp = colour.ramp(0.5)
    return {
        "count": table.spec(".ab", colour.counts(4), ",d", "count", "t"),
        "filling": table.filling(".ab", 4),
        "learned": table.spec(".ab", ramp, ".2%", "learned", "t"),
        "difference": table.spec(
            ".ab", colour.signed(0.1), "+.2%", "difference", "t"
        ),
    }


def pictures():
    """Every spec with the frame that the page gives it."""
    curve = loss.spec(1000, MARKS, "t")
    yield "loss", curve, loss.frame(RECORDS, 1)
    yield "walk", smoothing.spec(MARKS), smoothing.frame([0, 1], [2.4, 3], 1)
    yield "draws", row.twice(), row.drawn([0.6, 0.3, 0.1], [0.5, 0.5, 0.0])
    yield "fall", row.falling(), row.fall([(0.5, 0.7), (1.0, 0.0)], 0.0, 9e9)
    yield (
        "one-hot",
        table.one_hot_spec(".ab", ".ab"),
        table.one_hot(".ab", ".ab", [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
    )
    yield "course", course.line(STOPS).to_dict(), STOPS
    yield "decision", plane.decision(ROWS, "t", 2), plane.cells([0.0] * 4, 2)
    yield "neurons", plane.small_maps(1, 2), plane.neurons([[0.0] * 4], 2)
    yield "board", plane.board(ROWS), plane.places()
    for name, spec in maps().items():
        yield name, spec, cells()


PICTURES = pytest.mark.parametrize(
    "spec, frame", [pytest.param(s, f, id=name) for name, s, f in pictures()]
)


def walk(node):
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node:
        if isinstance(child, dict | list):
            yield from walk(child)


@PICTURES
def test_a_spec_is_vega_lite(spec, frame):
    kind = alt.LayerChart if "layer" in spec else alt.Chart
    kind.from_dict(json.loads(json.dumps(spec)))  # checked by its schema


def names_of(frame):
    """The columns, of a DataFrame or of a pyarrow.Table."""
    return getattr(frame, "column_names", None) or frame.columns


@PICTURES
def test_what_is_drawn_is_in_the_frame(spec, frame):
    for view in spec.get("layer", [spec]):
        rows = view.get("data", {}).get("values")
        there = set(rows[0] if rows else names_of(frame))
        there |= {step["as"] for step in walk(view) if "calculate" in step}
        drawn = {n["field"] for n in walk(view["encoding"]) if "field" in n}
        said = json.dumps(view.get("transform", []))
        drawn |= set(re.findall(r"datum\.(\w+)", said))
        assert drawn and drawn <= there


@PICTURES
def test_no_scale_depends_on_the_data(spec, frame):
    for view in spec.get("layer", [spec]):
        for channel in ("x", "y", "color"):
            how = view["encoding"].get(channel, {})
            if how.get("type") == "quantitative":
                assert len(how["scale"]["domain"]) == 2
            elif channel != "color" and "field" in how:
                assert how["scale"]["domain"], "letters keep their order"


def test_the_loss_axes_hold_every_step_and_every_landmark():
    for steps in (1, 2, 1000, 10_000):
        spec = loss.spec(steps, MARKS, "t")
        told = {each["name"]: each["value"] for each in spec["params"]}
        for view in spec["layer"]:
            x, y = view["encoding"].get("x", {}), view["encoding"]["y"]
            low, high = (told[end["expr"]] for end in y["scale"]["domain"])
            assert low < min(MARKS.values()) and max(MARKS.values()) < high
            if "field" in x:
                assert 0 < x["scale"]["domain"][0] <= 1  # a log axis
                end = x["scale"]["domain"][1]["expr"]  # as the browser reads it
                assert eval(end, {"max": max, **told}) >= max(2, steps)


@pytest.mark.parametrize("spec", [loss.spec, learning.spec])
def test_another_length_or_landmark_needs_no_other_spec(spec):
    higher = {name: 2 * value for name, value in MARKS.items()}
    both = [spec(10, MARKS, "t"), spec(900, higher, "t")]
    assert both[0]["layer"] is both[1]["layer"]
    for each, steps, marks in zip(
        both, (10, 900), (MARKS, higher), strict=True
    ):
        told = {param["name"]: param["value"] for param in each["params"]}
        assert told["steps"] == steps and told["landmarks"] == marks
        low, high = loss.reach(marks)
        assert (told["low"], told["high"]) == (low, high)


def test_a_loss_row_is_a_record_and_knows_where_the_playhead_is():
    frame = loss.frame(RECORDS, 1, "nll").to_pandas()
    assert list(frame["step"]) == [1, 2, 4]
    assert list(frame["loss"]) == [3.0, 1.5, 0.75]
    assert list(frame["seen"]) == [True, True, False]
    assert list(frame["here"]) == [False, True, False]


def test_before_the_first_record_the_loss_frame_is_empty_but_whole():
    frame = loss.frame([], -1)
    assert frame.num_rows == 0
    assert frame.column_names == loss.frame(RECORDS, 0).column_names


def test_a_map_has_a_row_a_cell_with_this_letter_and_the_next():
    frame = table.frame(".ab", count=[[0, 1, 2], [3, 4, 5], [6, 7, 8]])
    assert len(frame) == 9
    row = frame[(frame["this"] == "a") & (frame["next"] == "b")]
    assert row["count"].item() == 5  # row a, column b


def test_the_difference_is_learned_minus_counted():
    frame = cells()
    row = frame[(frame["this"] == "a") & (frame["next"] == "b")].iloc[0]
    assert (row["counted"], row["learned"]) == (0.25, 0.5)
    assert row["difference"] == 0.25  # quarters are exact in binary
    assert list(frame["difference"][:3]) == pytest.approx([0.1, -0.1, 0])


def test_before_the_first_step_the_learned_map_is_empty():
    frame = table.frame(".ab", counted=COUNTED)
    empty = table.compare(frame, None)
    assert set(empty) == set(table.compare(frame, LEARNED))
    assert empty["learned"].isna().all() and empty["difference"].isna().all()


def test_a_map_orders_rows_and_columns_as_the_tokens_are():
    for spec in maps().values():
        assert spec["encoding"]["x"]["scale"]["domain"] == [".", "a", "b"]
        assert spec["encoding"]["y"]["scale"]["domain"] == [".", "a", "b"]


def test_signed_colours_are_symmetric_about_zero():
    scale = maps()["difference"]["encoding"]["color"]["scale"]
    assert (scale["domain"], scale["domainMid"]) == ([-0.1, 0.1], 0)


def test_data_gradient_and_published_take_the_first_three_colours():
    # the order that .streamlit/config.toml promises beside the colours
    for place, meaning in enumerate(("data", "gradient", "published")):
        spec = colour.means(alt.Chart(STOPS).mark_point(), meaning).to_dict()
        assert spec["transform"] == [
            {"calculate": f"'{meaning}'", "as": "means"}
        ]
        domain = spec["encoding"]["color"]["scale"]["domain"]
        assert domain[place] == meaning
        # .streamlit/config.toml has four: a fifth would repeat the first
        assert len(domain) == 4


def test_an_infinite_surprise_is_drawn_at_the_top_and_called_so():
    points = [(0.5, 0.7), (1.0, 0.0)]
    frame = row.fall(points, 0.0, float("inf")).to_pandas()
    here = frame[frame["here"]].iloc[0]
    assert (here["nll"], here["said"]) == (row.HIGHEST, "infinite")
    there = row.fall([(1.0, 0.0)], 0.5, 0.69314).to_pandas()
    assert there[there["here"]].iloc[0]["said"] == "0.6931"


def test_a_loss_of_nothing_is_drawn_and_one_not_measured_is_not():
    records = [
        {"step": 1, "train": 0.0, "dev": 2.0},
        {"step": 2, "train": None, "dev": None},
        {"step": 3, "train": 0.0, "dev": None},
    ]
    frame = learning.frame(records, 2).to_pandas()
    train = frame[frame["split"] == "train"]
    assert list(train["step"]) == [1, 3]
    assert list(train["here"]) == [False, True]
    assert list(frame[frame["split"] == "dev"]["step"]) == [1]


def test_the_lowest_arm_is_told_apart():
    arms_of = {
        "one": [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 3.0}],
        "two": [{"step": 1, "loss": 4.0}, {"step": 2, "loss": 1.0}],
        "none yet": [],
    }
    frame = arms.frame(arms_of, "loss").to_pandas()
    assert set(frame[frame["lowest"]]["arm"]) == {"two"}
    assert list(frame[frame["end"]]["loss"]) == [3.0, 1.0]
