"""A small net drawn as neurons and weights, and its losses by hand."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour

SERIES = ["yours", "with zero_grad", "without"]
FAINT = 1.0  # a weight near 0 is drawn as strongly as this one
REACH = 2.0  # weights beyond it are drawn in the strongest colour
SIGNS = ["positive", "negative"]


def frame(weights, said, chosen) -> pa.Table:
    """One row a weight, from neuron to neuron, and one row a neuron.

    `weights` has for every neuron its bias and weights; `said` what every
    neuron says, inputs first, or nothing; `chosen` is layer, neuron, place."""
    sizes = [len(weights[0][0]) - 1, *map(len, weights)]
    rows = [neuron(0, i, sizes[0], said) for i in range(sizes[0])]
    for k, layer in enumerate(weights, start=1):
        for j, (bias, *others) in enumerate(layer):
            lit = chosen == (k - 1, j, 0)
            rows.append(neuron(k, j, sizes[k], said, lit, bias))
            for i, weight in enumerate(others):
                lit = chosen == (k - 1, j, i + 1)
                ends = (k - 1, height(i, sizes[k - 1]), k, height(j, sizes[k]))
                rows.append(("weight", *ends, weight, None, lit))
    columns = ["kind", "x", "y", "x2", "y2", "weight", "says", "lit"]
    return arrow.table(rows, columns, 4)


def height(place: int, count: int) -> float:
    """Neurons of a layer stand below each other, around the middle."""
    return (count - 1) / 2 - place


def neuron(layer, place, count, said, lit=False, bias=None) -> tuple:
    says = said[layer][place] if said else None
    at = layer, height(place, count)
    return ("neuron", *at, *at, bias, says, lit)


@lru_cache(maxsize=8)
def spec(names: tuple[str, ...], tallest: int) -> dict:
    """Columns of neurons under their names; blue dashed weights are
    negative, orange solid ones positive, strong ones thick."""
    last = len(names) - 1
    label = f"{list(names)}[datum.value]"
    x = alt.X("x:Q", title=None)
    x = x.scale(domain=[-0.3, last + 0.3], nice=False)
    x = x.axis(
        values=list(range(len(names))),
        labelExpr=label,
        orient="top",
        grid=False,
        ticks=False,
        domain=False,
        labelFontSize=13,
    )
    reach = tallest / 2
    y = alt.Y("y:Q", axis=None).scale(domain=[-reach, reach], nice=False)
    base = alt.Chart().encode(x, y)
    chart = alt.layer(
        *weights(base), *neurons(base), title="Every line is a weight"
    )
    return colour.spec(chart.properties(height=70 * tallest))


def weights(base) -> list[alt.Chart]:
    lines = base.transform_filter("datum.kind === 'weight'")
    lines = lines.encode(alt.X2("x2:Q"), alt.Y2("y2:Q"))
    lines = lines.transform_calculate(
        sign="datum.weight < 0 ? 'negative' : 'positive'",
        size="min(abs(datum.weight), 3)",
        tone=f"datum.weight < 0 ? min(datum.weight, -{FAINT})"
        f" : max(datum.weight, {FAINT})",
    )
    look = {"color": colour.INK, "opacity": 0.3, "strokeCap": "round"}
    chosen = lines.transform_filter("datum.lit").mark_rule(
        strokeWidth=14, tooltip=None, **look
    )
    dash = alt.StrokeDash("sign:N", legend=None)
    dash = dash.scale(domain=SIGNS, range=[[1, 0], [6, 3]])
    size = alt.StrokeWidth("size:Q", legend=None)
    ink = alt.Color("tone:Q", scale=colour.signed(REACH), legend=None)
    tip = alt.Tooltip("weight:Q", format="+.4f")
    lines = lines.mark_rule().encode(
        dash,
        size.scale(domain=[0, 3], range=[1.5, 6]),
        ink,
        tooltip=tip,
    )
    return [chosen, lines]


def neurons(base) -> list[alt.Chart]:
    every = base.transform_filter("datum.kind === 'neuron'")
    chosen = every.transform_filter("datum.lit")
    tip = [
        alt.Tooltip("says:Q", format="+.4f"),
        alt.Tooltip("weight:Q", title="bias", format="+.4f"),
    ]
    ring = {"fill": colour.GROUND, "stroke": colour.INK, "opacity": 1}
    told = every.transform_filter("isValid(datum.says)")  # after forward
    number = told.mark_text(fontSize=12, color=colour.INK, tooltip=None)
    return [
        chosen.mark_circle(size=2600, color=colour.INK, opacity=0.3),
        every.mark_circle(size=1700, strokeWidth=1.5, **ring).encode(
            tooltip=tip
        ),
        number.encode(text=alt.Text("says:Q", format=".2f")),
    ]


def losses(yours, kept, forgotten) -> pa.Table:
    """One row a forward pass of each of the three series."""
    rows = [
        (who, step, loss)
        for who, values in zip(SERIES, (yours, kept, forgotten), strict=True)
        for step, loss in enumerate(values, start=1)
    ]
    return arrow.table(rows, ["who", "step", "loss"])


@lru_cache(maxsize=1)
def descent() -> dict:
    """Your losses beside what whole steps at this rate come to."""
    yours, kept, forgotten = SERIES
    x = alt.X("step:Q", title="forward pass").axis(format="d", tickMinStep=1)
    x = x.scale(zero=False, nice=False)
    y = alt.Y("loss:Q", title="loss, squared distances")
    legend = alt.Legend(
        title=None,
        orient="top",
        values=SERIES,
        symbolType="stroke",
        symbolStrokeWidth=3,
    )
    places = [yours, " ", kept, forgotten]  # of the theme's colours
    hue = alt.Color("who:N", legend=legend).scale(domain=places)
    dash = alt.StrokeDash("who:N", legend=legend).scale(
        domain=places, range=[[1, 0], [1, 0], [7, 4], [2, 3]]
    )
    tip = ["who:N", "step:Q", alt.Tooltip("loss:Q", format=".4f")]
    base = alt.Chart().encode(x, y, hue, tooltip=tip)
    mine = base.transform_filter(f"datum.who === '{yours}'")
    chart = alt.layer(
        base.mark_line(strokeWidth=2).encode(dash),
        mine.mark_point(filled=True, size=70),
        title="Where do your presses lead?",
    )
    return colour.spec(chart.properties(height=300))
