"""What every section of the bigram page stands on, counted once."""

from core import bigram, landmarks
from pages.charts import colour, table
from pages.parts import cached


@cached.resources(16)
def counted(_data, digest: str):
    """Counts N, chances P, and the losses that need no training."""
    x, y = bigram.pairs(_data.words, _data.letters)
    N = bigram.count(x, y)
    P = bigram.probabilities(N)
    marks = {
        "guessing": landmarks.guessing(_data.letters),
        "unigram": landmarks.unigram(_data.words),
        "counted": bigram.loss(P, x, y),
    }
    return N, P, marks


@cached.resources(16)
def cells(_data, digest: str):
    """The map's cells with their counts and chances."""
    N, P, _ = counted(_data, digest)
    tables = {"count": N.tolist(), "counted": bigram.table(P)}
    return table.frame(_data.letters, **tables)


@cached.resources(32)
def chances(letters: str, column: str, title: str) -> dict:
    """The spec of a map of chances."""
    return table.spec(letters, colour.ramp(0.5), ".2%", column, title)


def show_map(where, frame, column, spec, alt):
    where.vega_lite_chart(table.only(frame, column), spec, alt=alt)
