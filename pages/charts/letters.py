"""Letters as points of a plane, each drawn as itself."""

from functools import lru_cache

import altair as alt
import pyarrow as pa

from pages.charts import arrow, colour

KINDS = {"vowel": "second", "other": "data", "edge": "published"}
SHAPES = ["square", "circle", "diamond"]


def stretched(letters: str, places, vowels) -> pa.Table:
    """One row a letter: where it lies, of which kind it is, and `across` and
    `up`, its place from 0 to 1 each way, so that they fill a picture whose
    axes never move."""
    xs, ys = zip(*places, strict=True)
    kinds = [kind(i, vowels) for i in range(len(xs))]
    rows = zip(letters, xs, ys, kinds, filling(xs), filling(ys), strict=False)
    return arrow.table(rows, ["letter", "x", "y", "kind", "across", "up"])


def filling(numbers) -> list[float]:
    """The numbers as shares of the way from the least to the largest."""
    low, high = min(numbers), max(numbers)
    return [(each - low) / ((high - low) or 1) for each in numbers]


def kind(i: int, vowels) -> str:
    if i == 0:
        return "edge"
    return "vowel" if i in vowels else "other"


@lru_cache(maxsize=8)
def filled(title: str, horizontal: str, vertical: str) -> dict:
    """The plane of `stretched`, each side as long as the picture."""
    room = {"domain": [-0.06, 1.06], "nice": False}
    bare = {"grid": False, "labels": False, "ticks": False}
    x = alt.X("across:Q", title=horizontal).scale(**room).axis(**bare)
    y = alt.Y("up:Q", title=vertical).scale(**room).axis(**bare)
    return named(x, y, title)


def named(x, y, title: str) -> dict:
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
        size=400, filled=True, fillOpacity=0.25, strokeWidth=2, clip=True
    )
    name = base.mark_text(fontSize=17, fontWeight="bold", tooltip=None)
    name = name.encode(text="letter:N", color=alt.value(colour.INK))
    chart = alt.layer(ground.encode(hue, shape), name, title=title)
    return colour.spec(chart.properties(height=400))
