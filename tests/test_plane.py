"""Points on a plane: what the browser makes of a spec that knows no points."""

import pytest

from pages.charts import plane

ROWS = ((-1.0, 0.0, 1), (2.0, 1.0, -1), (0.5, 4.0, 1))
OTHERS = ((0.0, 0.0, -1), (1.0, 1.0, 1))
COUNT = 4


def params(spec) -> dict[str, float]:
    return {each["name"]: each["value"] for each in spec["params"]}


def edges(spec, cell) -> dict[str, float]:
    """Where a cell begins and ends, as the browser reckons."""
    calculated = spec["layer"][0]["transform"]
    return {
        each["as"]: eval(each["calculate"], {"datum": cell, **params(spec)})
        for each in calculated
    }


def test_other_points_move_the_params_and_nothing_else():
    specs = [plane.decision(rows, "t", COUNT) for rows in (ROWS, OTHERS)]
    for spec, rows in zip(specs, (ROWS, OTHERS), strict=True):
        names = ("left", "right", "bottom", "top")
        told = dict(zip(names, plane.bounds(rows), strict=True))
        assert params(spec) == told
        shown = spec["layer"][-1]["data"]["values"]
        assert [(p["x"], p["y"], int(p["class"])) for p in shown] == [*rows]
    bare = []
    for spec in specs:
        ground, points = spec["layer"]
        assert (
            ground["encoding"]["x"]["scale"] == points["encoding"]["x"]["scale"]
        )
        points = {k: v for k, v in points.items() if k != "data"}
        bare.append(spec | {"layer": [ground, points], "params": []})
    assert bare[0] == bare[1]


def test_a_cell_lies_where_its_score_was_asked_for():
    spec = plane.decision(ROWS, "t", COUNT)
    left, right, bottom, top = plane.bounds(ROWS)
    xs = plane.grid(left, right, COUNT)
    ys = plane.grid(bottom, top, COUNT)
    places = [(x, y) for y in ys for x in xs]  # row by row, y by y
    frame = plane.cells([x + 10 * y for x, y in places], COUNT).to_pandas()
    for place, cell in zip(places, frame.itertuples(), strict=True):
        at = edges(spec, cell)
        middle = (at["x"] + at["x2"]) / 2, (at["y"] + at["y2"]) / 2
        assert middle == pytest.approx(place)
        assert cell.score == pytest.approx(place[0] + 10 * place[1], abs=1e-3)
        # wider than a cell, by no more than a seam
        assert at["x2"] - at["x"] == pytest.approx(1.04 * (xs[1] - xs[0]))
        assert at["y2"] - at["y"] == pytest.approx(1.04 * (ys[1] - ys[0]))


def test_a_neuron_s_map_stands_upright_beside_the_one_before():
    maps = [[1.0, 2.0, 3.0, -4.0], [0.0] * 4] * 5  # row by row, y by y
    frame = plane.neurons(maps, 2).to_pandas()
    first = frame[frame.neuron == 1].to_dict("records")
    by_place = {(c["x"], c["y"]): c["output"] for c in first}
    # the lower row of the plane is drawn below, where y is larger
    assert by_place == {(0, 1): 1, (1, 1): 2, (0, 0): 3, (1, 0): -4}
    assert [c["share"] for c in first] == [0.25, 0.5, 0.75, -1.0]
    ninth = frame[frame.neuron == 9]  # the first of the second line
    assert (ninth.x.min(), ninth.y.min()) == (0, 2 + plane.GAP)
    assert not frame[frame.neuron == 2].share.any()


def test_the_board_shows_the_points_under_its_cells():
    points, cells = plane.board(ROWS)["layer"]
    assert len(points["data"]["values"]) == len(ROWS)
    assert "data" not in cells  # but the frame
    [empty, _] = plane.empty_board()["layer"]
    assert "data" not in empty  # a board of others is not changed
