"""The measures of lecture 4 beside plain torch, and their pictures."""

import pytest
import torch

from core import health
from core.layers import Nonlinearity
from pages.charts import health as charts


def drawn(*shape, seed=1):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    "name, flat",
    [
        ("tanh", lambda out: out.abs() > 0.97),
        ("sigmoid", lambda out: (2 * out - 1).abs() > 0.97),
        ("relu", lambda out: out == 0),
        ("leaky_relu", lambda out: out < 0),
        ("elu", lambda out: out < -(0.97**2)),
        ("linear", lambda out: out != out),
    ],
)
def test_saturated_is_where_the_function_is_flat(name, flat):
    layer = Nonlinearity(name)
    out = layer(4 * drawn(64, 30))
    expected = flat(out).float().mean().item()
    assert health.saturated(layer) == pytest.approx(expected, abs=2e-3)


def test_a_change_next_to_the_data_is_a_logarithm():
    data = drawn(50, 50)
    assert health.compared(data / 1000, data) == pytest.approx(-3, abs=1e-4)
    assert health.compared(torch.zeros(3, 3), data) == health.LEAST
    assert health.compared(data, torch.zeros(3, 3)) == health.MOST
    assert health.compared(torch.zeros(2), torch.zeros(2)) == health.LEAST


def test_a_histogram_counts_every_number_once():
    x = torch.tensor([-9.0, -1.0, -0.1, 0.1, 0.2, 0.9, 1.0, 44.0])
    shares = health.histogram(x, -1, 1, bins=2)
    assert shares == (3 / 8, 5 / 8)
    assert sum(health.histogram(drawn(9, 9), -5, 5)) == pytest.approx(1, 1e-2)


def test_reach_holds_four_spreads_and_is_round():
    for scale in (1e-6, 3e-3, 0.7, 40.0):
        tensors = [scale * drawn(100), 0.1 * scale * drawn(100, seed=2)]
        reach = health.reach(tensors)
        widest = 4 * tensors[0].std().item()
        assert widest <= reach <= 2.5 * widest
        assert f"{reach:.0e}"[0] in "125"
    assert health.reach([torch.zeros(4)]) == 1.0


def test_one_number_has_no_spread():
    assert health.spread(torch.tensor([[3.0]])) == 0.0


NAMES = ("hidden 1", "hidden 2")


def test_the_highest_bin_of_each_row_reaches_equally_high():
    shapes = [[0.1, 0.8, 0.1], [0.3, 0.4, 0.3]]
    frame = charts.shapes(NAMES, shapes, ["a", "b"], -1.0, 1.0).to_pandas()
    bins = frame[frame["what"] == "bin"]
    for name, base, most in (("hidden 1", 1, 0.8), ("hidden 2", 0, 0.4)):
        rows = bins[bins["layer"] == name]
        assert set(rows["base"]) == {base}
        assert rows["top"].max() == pytest.approx(base + charts.TALL)
        assert rows["share"].max() == most
    ends = frame[frame["what"] == "end"]
    assert list(ends["said"]) == ["-1", "0", "1"]
    figures = frame[frame["what"] == "figures"]
    assert list(figures["said"]) == ["a", "b"]
    charts.ridge(NAMES, "t", "data")  # checked against the schema


def test_update_lines_are_thinned_but_keep_the_playhead():
    records = [
        {"step": n, "updates": [-3.0, -2.5, -2.0, -1.0]} for n in range(1, 401)
    ]
    frame = charts.changes(records, 301).to_pandas()
    assert len(frame) <= 4 * (charts.POINTS + 1)
    assert 302 in set(frame["step"])
    assert set(frame[frame["seen"]]["step"]) == {
        step for step in frame["step"] if step <= 302
    }
    kinds = frame.groupby("weight")["kind"].first()
    assert list(kinds) == [
        "letters' table",
        "hidden layers",
        "hidden layers",
        "last layer",
    ]
    charts.ratio(400, "t")


def test_gamma_and_beta_lie_on_their_spans():
    frame = charts.learned([0.0, 1.0, 0.0], [0.5, 0.5]).to_pandas()
    gamma = frame[frame["which"] == "gamma"]
    assert (gamma["left"].min(), gamma["right"].max()) == (0, 3)
    beta = frame[frame["which"] == "beta"]
    assert (beta["left"].min(), beta["right"].max()) == (-2, 2)
    charts.trained_away("gamma", 1, 0, 3)
