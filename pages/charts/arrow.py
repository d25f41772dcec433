"""A table, of a chart or to be read, as it goes to the browser.

Streamlit makes the same of a pandas.DataFrame; to make that first takes longer
than all the rest of a small chart.
"""

from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc


def table(rows: Iterable[tuple], columns: Sequence[str], digits=None):
    """The pa.Table with these rows, of fractions only so many digits; None and
    nan are missing values."""
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [pa.array(each, from_pandas=True) for each in values]
    if digits is not None:
        arrays = [rounded(each, digits) for each in arrays]
    return pa.table(arrays, names=list(columns))


def rounded(values: pa.Array, digits: int) -> pa.Array:
    whole = not pa.types.is_floating(values.type)
    return values if whole else pc.round(values, digits)
