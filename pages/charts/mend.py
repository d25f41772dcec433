"""Pictures of starts and repairs: by layer, over gains, from arm to arm."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arms, arrow, colour

NATS = "loss, nats"


def by_layer(arms: dict[str, list[float]]) -> pa.Table:
    """One row a layer of each arm; `apart` tells equal ones from each other,
    the later smaller."""
    rows = [
        (arm, layer, value, 250 - 100 * place)
        for place, (arm, values) in enumerate(arms.items())
        for layer, value in enumerate(values, 1)
    ]
    return arrow.table(rows, ["arm", "layer", "value", "apart"])


@lru_cache(maxsize=32)
def layers(
    names: tuple[str, ...], count: int, title: str, axis: str, percent: bool
) -> dict:
    """A number of each hidden layer, between 0 and 1, a line an arm."""
    x = alt.X("layer:O", title="hidden layer").axis(labelAngle=0)
    x = x.scale(domain=list(range(1, count + 1)))
    y = alt.Y("value:Q", title=axis).scale(domain=[0, 1], nice=False)
    y = y.axis(format="%") if percent else y
    hue, dash = arms.told_apart("arm", list(names))
    shown = ".1%" if percent else ".4f"
    tip = ["arm:N", "layer:O", alt.Tooltip("value:Q", format=shown)]
    base = alt.Chart().encode(x, y, hue, tooltip=tip)
    size = alt.Size("apart:Q", scale=None, legend=None)
    chart = alt.layer(
        base.mark_line(strokeWidth=2.5).encode(dash),
        base.mark_point(filled=True, opacity=1).encode(size),
        title=title,
    )
    return colour.spec(chart.properties(height=320))


def over_gains(found: dict[str, dict[str, float]]) -> pa.Table:
    """One row a gain of each way to start."""
    rows = [
        (way, gain, loss)
        for way, losses in found.items()
        for gain, loss in losses.items()
    ]
    return arrow.table(rows, ["way", "gain", "loss"])


@lru_cache(maxsize=32)
def tightrope(
    names: tuple[str, ...], gains: tuple[str, ...], low: float, high: float
) -> dict:
    """The loss at the end over the gains; the third name is a loss to
    compare with. What is beyond the axis lies on its edge."""
    x = alt.X("gain:O", title="gain").scale(domain=list(gains))
    x = x.axis(labelAngle=0)
    y = alt.Y("loss:Q", title=NATS)
    y = y.scale(domain=[low, high], nice=False, clamp=True)
    hue, dash = arms.told_apart("way", list(names))
    tip = ["way:N", "gain:O", alt.Tooltip("loss:Q", format=".4f")]
    base = alt.Chart().encode(x, y, hue, tooltip=tip)
    found = base.transform_filter(f"datum.way !== '{names[-1]}'")
    chart = alt.layer(
        base.mark_line(strokeWidth=2.5).encode(dash),
        found.mark_point(filled=True, size=80, opacity=1),
        title="Which line stays low?",
    )
    return colour.spec(chart.properties(height=340))


def log(rows: list[tuple]) -> pa.Table:
    """One row a dot: arm, split, loss, and who found it: ours or published."""
    return arrow.table(rows, ["arm", "split", "loss", "by"])


@lru_cache(maxsize=32)
def repairs(names: tuple[str, ...], low: float, high: float) -> dict:
    """Train and dev of each arm, one arm a row, published ones grey."""
    x = alt.X("loss:Q", title=NATS).axis(format=".2f", tickCount=5)
    x = x.scale(domain=[low, high], nice=False, clamp=True)
    y = alt.Y("arm:N", title=None).scale(domain=list(names))
    y = y.axis(labelLimit=120, labelFontSize=12, grid=True)
    kind = "datum.split == 'train' ? 'data' : 'second'"
    base = alt.Chart().encode(x, y)
    base = base.encode(
        tooltip=[
            "arm:N",
            "split:N",
            alt.Tooltip("loss:Q", format=".4f"),
            alt.Tooltip("by:N", title="found by"),
        ]
    )
    ours = base.transform_filter("datum.by == 'your run'")
    ours = ours.transform_calculate(means=kind).encode(
        alt.Color("means:N", legend=None).scale(domain=colour.MEANINGS),
        alt.Shape("split:N", legend=None).scale(
            domain=["train", "dev"], range=["circle", "diamond"]
        ),
    )
    theirs = base.transform_filter("datum.by == 'the lecture'")
    theirs = colour.means(theirs, "published")
    first = ours.transform_filter(f"datum.arm == '{names[0]}'")
    sides = {"train": ("right", -9), "dev": ("left", 9)}
    line = ours.transform_filter("datum.split == 'dev'").transform_calculate(
        place=f"indexof({list(names)}, datum.arm)"
    )
    chart = alt.layer(
        theirs.mark_tick(thickness=3, size=26),
        line.mark_line(strokeWidth=1.5, opacity=0.5, tooltip=None).encode(
            shape=alt.Undefined, order="place:Q"
        ),
        ours.mark_point(filled=True, size=130, opacity=1),
        *(
            text
            for split, (align, right) in sides.items()
            for text in colour.rimmed(
                first.transform_filter(f"datum.split == '{split}'").encode(
                    shape=alt.Undefined, text="split:N"
                ),
                align=align,
                dx=right,
                fontSize=12,
                tooltip=None,
            )
        ),
        title="Which repair moves the loss?",
    )
    return colour.spec(chart.properties(height=340))
