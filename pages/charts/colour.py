"""The theme's chart colours by meaning: the same everywhere."""

import altair as alt
from altair.utils import schemapi

MEANINGS = ["data", "gradient", "published", "second"]


# Streamlit draws a light theme's axes too pale to be read from afar.
INK = alt.expr("luminance(background) > 0.5 ? '#4a5560' : '#d5dce3'")


GROUND = alt.expr("background")


def rimmed(chart: alt.Chart, **look) -> list[alt.Chart]:
    """Text of the chart's own, with a rim that keeps lines off it."""
    rim = {"stroke": GROUND, "strokeWidth": 5, "strokeJoin": "round"}
    return [chart.mark_text(**look, **rim), chart.mark_text(**look)]


def readable(chart):
    """The chart with axis text of contrast 4.5 and more in both themes.

    A line names itself by its first datum, and there is none when it is
    made: read aloud, that is "undefined". The chart's alt says what it shows.
    """
    axes = alt.AxisConfig(labelColor=INK, titleColor=INK)
    return chart.configure(axis=axes, line=alt.LineConfig(aria=False))


CHECKED = False  # against Vega-Lite's schema, by the tests: half the time
schemapi.disable_debug_mode()  # nor every part of it, as it is made


def spec(chart) -> dict:
    """The chart, readable, as what the browser draws."""
    made = readable(chart).to_dict(validate=CHECKED)
    made.pop("datasets", None)
    inherit(made)
    return {"data": {"name": "source"}} | made  # where Streamlit puts a frame


STAND_IN = {"name": "empty"}  # Altair's, of a view that was given no data


def inherit(view: dict):
    """Let the view and its parts draw the frame that comes with the spec, and
    no stand-in: Streamlit encodes one anew with every chart, which takes as
    long as the frame itself."""
    if view.get("data") == STAND_IN:
        del view["data"]
    for parts in ("layer", "hconcat", "vconcat", "concat"):
        for part in view.get(parts, []):
            inherit(part)


def told(spec: dict, **values) -> dict:
    """The spec, with values that the browser makes axes and names from:
    others need no other spec."""
    params = [{"name": name, "value": each} for name, each in values.items()]
    return spec | {"params": params}


def means(chart: alt.Chart, what: str) -> alt.Chart:
    """The chart in the colour of data, gradient or published."""
    scale = alt.Scale(domain=MEANINGS)
    colour = alt.Color("means:N", scale=scale, legend=None)
    return chart.transform_calculate(means=f"'{what}'").encode(color=colour)


def counts(high: int) -> alt.Scale:
    """Counts from paper to ink; the root keeps rare pairs visible."""
    return alt.Scale(type="sqrt", domain=[0, high], interpolate="rgb")


def ramp(high: float) -> alt.Scale:
    """Chances from paper to ink, 0 to high."""
    return alt.Scale(domain=[0, high], clamp=True, interpolate="rgb")


def signed(reach: float) -> alt.Scale:
    """Differences from blue by paper to orange, -reach to reach."""
    return alt.Scale(
        domain=[-reach, reach], domainMid=0, clamp=True, interpolate="rgb"
    )
