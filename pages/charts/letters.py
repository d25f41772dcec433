"""Letters as points of a plane, each drawn as itself."""

import math
from functools import lru_cache

import altair as alt
import pandas as pd

from pages.charts import colour

KINDS = {"vowel": "second", "other": "data", "edge": "published"}
SHAPES = ["square", "circle", "diamond"]


Box = tuple[float, float, float, float]


def box(maps) -> Box:
    """Left, right, bottom, top of a picture that holds all these places,
    rounded outwards so that it seldom changes while more come."""
    xs = [row[0] for places in maps for row in places]
    ys = [row[1] for places in maps for row in places]
    wide = max(max(xs) - min(xs), max(ys) - min(ys), 1e-6)
    unit = 10 ** math.floor(math.log10(wide)) / 2
    return (*outwards(xs, unit), *outwards(ys, unit))


def outwards(numbers, unit: float) -> tuple[float, float]:
    """The multiples of a unit below the least and above the largest."""
    low = math.floor(min(numbers) / unit - 0.3)
    return low * unit, math.ceil(max(numbers) / unit + 0.3) * unit


def frame(letters: str, places, vowels) -> pd.DataFrame:
    """One row a letter: where it lies, and of which kind it is."""
    rows = [
        (letter, round(x, 3), round(y, 3), kind(i, vowels))
        for i, (letter, (x, y)) in enumerate(zip(letters, places, strict=False))
    ]
    return pd.DataFrame(rows, columns=["letter", "x", "y", "kind"])


def kind(i: int, vowels) -> str:
    if i == 0:
        return "edge"
    return "vowel" if i in vowels else "other"


@lru_cache(maxsize=128)
def spec(shown: Box, title: str, horizontal: str, vertical: str) -> dict:
    """The plane with all of the box on it, a unit as long across as up."""
    left, right, bottom, top = shown
    # data units a pixel: what the tighter side of the picture asks for
    pixel = f"max({right - left} / width, {top - bottom} / height)"
    x = alt.X("x:Q", title=horizontal).axis(grid=False, tickCount=5)
    x = x.scale(**around((left + right) / 2, f"{pixel} * width / 2"))
    y = alt.Y("y:Q", title=vertical).axis(grid=False, tickCount=5)
    y = y.scale(**around((bottom + top) / 2, f"{pixel} * height / 2"))
    return named(x, y, title, 18, 560)


def stretched(letters: pd.DataFrame) -> pd.DataFrame:
    """The frame with `across` and `up`: its places from 0 to 1 each way, so
    that they fill a picture whose axes never move."""
    sides = {}
    for side, axis in (("across", "x"), ("up", "y")):
        low, high = letters[axis].min(), letters[axis].max()
        sides[side] = (letters[axis] - low) / ((high - low) or 1)
    return letters.assign(**sides).round(3)


@lru_cache(maxsize=8)
def filled(title: str, horizontal: str, vertical: str) -> dict:
    """The plane of `stretched`, each side as long as the picture."""
    room = {"domain": [-0.06, 1.06], "nice": False}
    bare = {"grid": False, "labels": False, "ticks": False}
    x = alt.X("across:Q", title=horizontal).scale(**room).axis(**bare)
    y = alt.Y("up:Q", title=vertical).scale(**room).axis(**bare)
    return named(x, y, title, 16, 330)


def named(x, y, title: str, font: int, size: int) -> dict:
    """A mark for each letter, its hue and shape the kind, its name on it."""
    hue = alt.Color("means:N", legend=None).scale(domain=colour.MEANINGS)
    shape = alt.Shape("kind:N", legend=None)
    shape = shape.scale(domain=list(KINDS), range=SHAPES)
    which = " : ".join(f"datum.kind == '{k}' ? '{m}'" for k, m in KINDS.items())
    tip = [
        "letter:N",
        alt.Tooltip("x:Q", format="+.2f"),
        alt.Tooltip("y:Q", format="+.2f"),
    ]
    base = alt.Chart().transform_calculate(means=f"{which} : ''")
    base = base.encode(x, y, tooltip=tip)
    ground = base.mark_point(
        size=size, filled=True, fillOpacity=0.25, strokeWidth=2, clip=True
    )
    name = base.mark_text(fontSize=font, fontWeight="bold", tooltip=None)
    name = name.encode(text="letter:N", color=alt.value(colour.INK))
    chart = alt.layer(ground.encode(hue, shape), name, title=title)
    return colour.spec(chart.properties(height=400))


def around(middle: float, half: str) -> dict:
    """A domain about its middle, half its length an expression of Vega."""
    return {
        "domainMin": alt.expr(f"{middle} - {half}"),
        "domainMax": alt.expr(f"{middle} + {half}"),
        "nice": False,
        "zero": False,
    }
