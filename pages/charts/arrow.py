"""A table of a chart as it goes to the browser.

Streamlit makes the same of a pandas.DataFrame; to make that first takes longer
than all the rest of a small chart.
"""

from collections.abc import Iterable, Sequence

import pyarrow as pa


def table(rows: Iterable[tuple], columns: Sequence[str]) -> pa.Table:
    """The table with these rows; None and nan are missing values."""
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [pa.array(each, from_pandas=True) for each in values]
    return pa.table(arrays, names=list(columns))
