"""Train and dev over the steps, and a run that leaves another half-way."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arms, arrow, colour, loss

SERIES = {"train": "data", "dev": "second"}  # and what their colour means


def frame(records: list[dict], at: int) -> pa.Table:
    """One row for train and one for dev of each record that has them; `here`
    on the last one up to the playhead."""
    measured = [
        i for i, record in enumerate(records) if record["train"] is not None
    ]
    here = max((i for i in measured if i <= at), default=-1)
    rows = [
        (split, records[i]["step"], records[i][split], i <= at, i == here)
        for i in measured
        for split in SERIES
        if records[i][split] is not None
    ]
    columns = ["split", "step", "loss", "seen", "here"]
    return arrow.table(rows, columns)


def spec(steps: int, landmarks: dict[str, float], title: str) -> dict:
    """Both curves on the axes of the loss, named where the playhead is; what
    is beyond the axes runs along their edge."""
    spec = of_any_length(tuple(landmarks))
    return loss.for_landmarks(spec, steps, landmarks) | {"title": title}


@lru_cache(maxsize=64)
def of_any_length(names: tuple[str, ...]) -> dict:
    x = loss.along(even=True)
    y = loss.vertical("loss", loss.LOW, loss.HIGH, clamp=True)
    hue = alt.Color("means:N", legend=None).scale(domain=colour.MEANINGS)
    dash = alt.StrokeDash("split:N", legend=None)
    dash = dash.scale(domain=list(SERIES), range=[[1, 0], [6, 3]])
    which = " : ".join(
        f"datum.split == '{k}' ? '{m}'" for k, m in SERIES.items()
    )
    tip = [alt.Tooltip("split:N"), alt.Tooltip("step:Q", format=",d")]
    tip.append(alt.Tooltip("loss:Q", format=".4f"))
    base = alt.Chart().transform_calculate(means=f"{which} : ''")
    base = base.encode(x, y, hue)
    beyond = "datum.loss > high ? ' (off the chart)' : ''"
    number = f"datum.split + '  ' + format(datum.loss, '.4f') + ({beyond})"
    here = base.transform_filter("datum.here").transform_calculate(said=number)
    labels = here.encode(alt.Text("said:N"))
    early = f"datum.step < {loss.middle(even=True)} / 3"
    look = {"fontSize": 13, "tooltip": None}
    sides = {early: ("left", 8), f"!({early})": ("right", -8)}
    places = {  # pixels below the point, which may lie on the upper edge
        "datum.split === 'dev' && datum.loss <= high": -12,
        "datum.split === 'dev' && datum.loss > high": 16,
        "datum.split === 'train' && datum.loss <= high": 13,
        "datum.split === 'train' && datum.loss > high": 34,
    }
    layers = [
        *loss.told_lines(names, y),
        base.mark_line(clip=True, opacity=0.25, strokeWidth=2).encode(dash),
        base.mark_line(clip=True, strokeWidth=3)
        .encode(dash)
        .transform_filter("datum.seen"),
        base.mark_point(clip=True, size=200, opacity=0, filled=True).encode(
            tooltip=tip
        ),
        here.mark_point(clip=True, filled=True, size=80),
        *(
            text
            for where, down in places.items()
            for side, (align, right) in sides.items()
            for text in colour.rimmed(
                labels.transform_filter(f"({where}) && ({side})"),
                align=align,
                dx=right,
                dy=down,
                **look,
            )
        ),
    ]
    return colour.spec(alt.layer(*layers, height=320))


def forked(both: dict[str, list[dict]], field: str, switch: int) -> pa.Table:
    """One row a record: the run that was left, whole, and the one that left
    it, from the last step that they share; `fork` on that one."""
    (first, whole), (second, records) = both.items()
    shared = [r["step"] for r in records if r["step"] <= switch]
    at = max(shared, default=0)
    rest = [record for record in records if record["step"] >= at]
    rows = [
        (*row, row[:2] == (second, at))
        for row in arms.rows({first: whole, second: rest}, field)
    ]
    return arrow.table(rows, (*arms.COLUMNS, "fork"))


def leaving(field: str, steps: int, low: float, high: float, axis: str):
    """The function from both runs' records and the switch to the frame and
    the spec of their picture."""

    def picture(both, switch):
        spec = fork(tuple(both), steps, low, high, axis)
        return forked(both, field, switch), spec

    return picture


def fork(
    names: tuple[str, ...], steps: int, low: float, high: float, axis: str
) -> dict:
    """The run that was left in grey dashes, the fork in the data's colour."""
    spec = of_any_fork(axis)
    return loss.for_steps(spec, steps, names=names, low=low, high=high)


@lru_cache(maxsize=4)
def of_any_fork(axis: str) -> dict:
    x = loss.along(even=True, margin=1)
    y = loss.vertical("loss", loss.LOW, loss.HIGH, axis, clamp=True)
    second, first = "1", "0"  # places among the names
    places = [second, " ", first]  # data, gradient, published
    legend = alt.Legend(
        title=None,
        orient="top",
        columns=1,
        values=[first, second],
        labelExpr="names[datum.value]",
        symbolType="stroke",
        symbolStrokeWidth=3,
    )
    hue = alt.Color("place:N", legend=legend).scale(domain=places)
    dash = alt.StrokeDash("place:N", legend=legend)
    dash = dash.scale(domain=places, range=[[1, 0], [1, 0], [5, 4]])
    tip = [alt.Tooltip("arm:N"), alt.Tooltip("step:Q", format=",d")]
    tip.append(alt.Tooltip("loss:Q", format=".4f"))
    base = alt.Chart().encode(x, y, hue, tooltip=tip)
    base = base.transform_calculate(place="datum.arm === names[0] ? '0' : '1'")
    point = base.transform_filter("datum.fork")
    ends = base.transform_filter("datum.end")
    chart = alt.layer(
        base.mark_line(strokeWidth=2.5).encode(dash),
        point.mark_point(filled=True, size=110),
        *(
            arms.numbers(ends.transform_filter(where), down)
            for where, down in arms.BELOW.items()
        ),
        title="Where does the fork leave the first run?",
        height=360,
    )
    return colour.spec(chart)
