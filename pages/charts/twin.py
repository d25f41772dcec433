"""Our net and its twin in torch: the same losses, not the same time."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour

ENGINES = ["ours", "torch"]
TENS = range(-3, 5)  # powers of ten, milliseconds


def losses(ours: list[float], torch: list[float]) -> pa.Table:
    """One row a step, with the loss of either."""
    steps = range(1, len(ours) + 1)
    rows = zip(steps, ours, torch, strict=True)
    return arrow.table(rows, ["step", "ours", "torch"])


@lru_cache(maxsize=1)
def agreement() -> dict:
    """Our losses as a line, torch's as rings around its points."""
    x = alt.X("step:Q", title="step").axis(format="d", tickMinStep=1)
    tip = [
        "step:O",
        *(alt.Tooltip(f"{who}:Q", format=".12g") for who in ENGINES),
    ]
    axis = alt.Scale(zero=False)
    line = colour.means(alt.Chart(), "data").mark_line(strokeWidth=3)
    ring = colour.means(alt.Chart(), "second").mark_point(
        size=160, strokeWidth=2
    )
    chart = alt.layer(
        line.encode(x, alt.Y("ours:Q", title="loss", scale=axis), tooltip=tip),
        ring.encode(x, alt.Y("torch:Q", title="loss"), tooltip=tip),
        title="Does a ring of torch miss our line?",
    )
    return colour.spec(chart.properties(height=240))


def times(cases: list[tuple[str, float, float]]) -> pa.Table:
    """Two rows a case: milliseconds of a step in either engine."""
    rows = [
        (name, who, 1000 * seconds)
        for name, *both in cases
        for who, seconds in zip(ENGINES, both, strict=True)
    ]
    return arrow.table(rows, ["case", "engine", "time"])


@lru_cache(maxsize=16)
def race(cases: tuple[str, ...]) -> dict:
    """Each case a row: who is left of whom, and by how far."""
    x = alt.X("time:Q", title="milliseconds a step (log scale)")
    x = x.scale(type="log").axis(format="~g", values=[10**k for k in TENS])
    y = alt.Y("case:N", title=None).scale(domain=list(cases))
    y = y.axis(labelLimit=200, labelFontSize=12)
    tip = ["case:N", "engine:N", alt.Tooltip("time:Q", format=".3g")]
    base = alt.Chart().transform_calculate(
        said="datum.engine + ' ' + format(datum.time, '.2r')"
    )
    base = base.encode(x, y)
    layers = [base.mark_line(color="#8894a0").encode(detail="case:N")]
    for who, what, shape, below in (
        (ENGINES[0], "data", "circle", 18),
        (ENGINES[1], "second", "triangle-up", -14),
    ):
        its = base.transform_filter(f"datum.engine === '{who}'")
        its = colour.means(its.encode(tooltip=tip), what)
        layers.append(its.mark_point(size=140, filled=True, shape=shape))
        said = its.mark_text(dy=below, fontSize=12, tooltip=None)
        layers.append(said.encode(text="said:N"))
    chart = alt.layer(*layers, title="Further left is faster")
    return colour.spec(chart.properties(height=alt.Step(64)))
