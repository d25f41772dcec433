"""Letters as points of a plane, each drawn as itself."""

import math
from functools import lru_cache

import altair as alt
import pandas as pd

from pages.charts import colour

KINDS = {"vowel": "second", "other": "data", "edge": "published"}
SHAPES = ["square", "circle", "diamond"]


def reach(tables) -> float:
    """How far a picture of all these places must go from its middle: the
    furthest of them, rounded up to an even number of its leading digit."""
    far = max(abs(n) for table in tables for row in table for n in row[:2])
    far = max(far * 1.08, 1e-6)
    unit = 10 ** math.floor(math.log10(far))
    return 2 * unit * math.ceil(far / (2 * unit))


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
def spec(far: float, title: str, horizontal: str, vertical: str) -> dict:
    """The plane from -far to far, as long a unit across as it is up."""
    x = alt.X("x:Q", title=horizontal).scale(**equal(far, "width", "height"))
    y = alt.Y("y:Q", title=vertical).scale(**equal(far, "height", "width"))
    plain = {"grid": False, "tickCount": 5}
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
    base = base.encode(x.axis(**plain), y.axis(**plain), tooltip=tip)
    ground = base.mark_point(
        size=620, filled=True, fillOpacity=0.25, strokeWidth=2, clip=True
    )
    name = base.mark_text(fontSize=18, fontWeight="bold", tooltip=None)
    name = name.encode(text="letter:N", color=alt.value(colour.INK))
    chart = alt.layer(ground.encode(hue, shape), name, title=title)
    return colour.readable(chart.properties(height=380)).to_dict()


def equal(far: float, along: str, other: str) -> dict:
    """A domain that grows with the longer side of the picture."""
    more = f"{far} * max(1, {along} / {other})"
    return {
        "domainMin": alt.expr(f"-{more}"),
        "domainMax": alt.expr(more),
        "nice": False,
        "zero": False,
    }
