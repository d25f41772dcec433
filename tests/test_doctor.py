"""The doctor on nets made ill on purpose, and on well ones."""

from dataclasses import replace

import pytest

from core import batchnorm, doctor

DEEP = batchnorm.PRESETS["deep"]
BARE = replace(DEEP, batchnorm=False)
WELL = replace(BARE, gain=5 / 3, last=1.0)


def findings(config, data, steps=1):
    """What the doctor says after so many steps, by chart."""
    *_, record = batchnorm.train(replace(config, steps=steps), data)
    found = doctor.examine(vars(record), config.nonlinearity)
    assert [each.chart for each in found] == [
        "activations",
        "gradients",
        "weights",
        "updates",
    ]
    for each in found:
        assert each.figure and each.rule
        assert each.ill == (each.name != "healthy") == bool(each.cure)
    return {each.chart: each.name for each in found}


@pytest.mark.parametrize(
    "change, chart, name",
    [
        ({"gain": 3.0}, "activations", "saturated"),
        ({"fan_in": False}, "activations", "saturated"),
        ({"gain": 0.5}, "activations", "vanishing"),
        ({"nonlinearity": "linear"}, "activations", "exploding"),
        ({"nonlinearity": "relu", "gain": 3.0}, "activations", "exploding"),
        ({"gain": 0.5}, "gradients", "vanishing"),
        ({"nonlinearity": "sigmoid"}, "gradients", "vanishing"),
        ({"fan_in": False}, "gradients", "exploding"),
        ({"last": 0.1}, "weights", "last layer learns too fast"),
        ({"rate": 10.0}, "updates", "learning rate too high"),
        ({"rate": 0.001}, "updates", "learning rate too low"),
    ],
)
def test_an_illness_is_named(change, chart, name, lecture_names):
    assert findings(replace(WELL, **change), lecture_names)[chart] == name


@pytest.mark.parametrize(
    "config",
    [
        DEEP,
        replace(WELL, rate=0.03),
        replace(DEEP, layers=10, rate=0.03),
        replace(DEEP, nonlinearity="relu"),
    ],
)
def test_a_well_net_is_called_healthy(config, lecture_names):
    for steps in (1, 300):
        found = findings(config, lecture_names, steps)
        assert set(found.values()) == {"healthy"}, steps


def test_the_last_layer_catches_up(lecture_names):
    # L4.19: it learns faster at first, and after a thousand steps no more
    late = findings(replace(BARE, gain=5 / 3), lecture_names, 1000)
    assert late["weights"] == "healthy"


def test_batchnorm_cures_what_the_gain_made_ill(lecture_names):
    for gain in (0.5, 3.0):
        sick = findings(replace(BARE, gain=gain), lecture_names)
        cured = findings(replace(DEEP, gain=gain), lecture_names)
        assert sick["activations"] != "healthy"
        assert cured["activations"] == cured["gradients"] == "healthy"


def test_forgotten_fan_in_under_batchnorm_is_a_rate_too_low(lecture_names):
    # claim 69: larger weights are changed less by steps as long
    found = findings(replace(DEEP, fan_in=False), lecture_names)
    assert found["activations"] == "healthy"
    assert found["updates"] == "learning rate too low"


def test_slopes_that_are_all_zero_are_no_division():
    found = doctor.gradients(((0.0, 0.0), (0.0, 0.0)))
    assert found.name == "healthy"
    found = doctor.gradients(((0.0, 1.0), (0.0, 0.0)))
    assert found.name == "exploding"
