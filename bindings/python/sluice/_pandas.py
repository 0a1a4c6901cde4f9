"""The rows of a scan as a data frame of pandas, in little more memory than the frame needs.

What becomes Python objects is converted while the rest is still being read. Columns of numbers and
times wait for the end, since a null anywhere decides on their type; a few at once are then converted
and let go, for which the columns of a batch must not hold on to each other.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, List

import numpy as np
import pandas as pd
import pyarrow as pa

from . import _sluice

#: Equal texts of so many rows share one object.
_ROWS_AT_ONCE = 1 << 20


def convert(data: Any) -> "pd.DataFrame":
    """A table or batch of pyarrow, which is of no use afterwards. Dates become Python's."""
    return data.to_pandas(date_as_object=True, split_blocks=True, self_destruct=True)


class _Objects:
    """A column that pandas holds as Python objects."""

    def __init__(self, field: "pa.Field") -> None:
        self._field = field
        self._waiting: "List[pa.Array]" = []
        self._rows = 0
        self._done: "List[np.ndarray[Any, Any]]" = []

    def add(self, chunk: "pa.Array") -> None:
        self._waiting.append(chunk)
        self._rows += len(chunk)
        if self._rows >= _ROWS_AT_ONCE:
            self._convert()

    def _convert(self) -> None:
        chunks, self._waiting, self._rows = self._waiting, [], 0
        self._done.append(_converted(self._field, chunks).to_numpy())

    def finish(self) -> "np.ndarray[Any, Any]":
        if self._waiting or not self._done:
            self._convert()
        done, self._done = self._done, []
        return done[0] if len(done) == 1 else np.concatenate(done)


def frame_of(scan: "_sluice.Scan") -> "pd.DataFrame":
    """All rows; errors as of the stream. The scan must not have been read."""
    scan.take()
    schema = pa.schema(_Schema(scan))
    kinds = convert(schema.empty_table()).dtypes
    objects = [_Objects(field) if kind == object else None for field, kind in zip(schema, kinds)]
    others: "List[List[pa.Array]]" = [[] for _ in schema]
    rows = 0
    while (batch := scan.next_columns()) is not None:
        rows += batch.num_rows()
        for i, address in enumerate(batch.addresses()):
            chunk = pa.Array._import_from_c(address, schema.field(i).type)
            column = objects[i]
            if column is None:
                others[i].append(chunk)
            else:
                column.add(chunk)
            del chunk
    return _assemble(schema, objects, others, rows)


def _assemble(
    schema: "pa.Schema",
    objects: "List[_Objects | None]",
    others: "List[List[pa.Array]]",
    rows: int,
) -> "pd.DataFrame":
    index = pd.RangeIndex(rows)
    plain = [i for i, column in enumerate(objects) if column is None]
    with ThreadPoolExecutor(_columns_at_once(len(plain))) as pool:
        converted = {i: pool.submit(_converted, schema.field(i), others[i]) for i in plain}
        made: Dict[str, Any] = {}
        for i, column in enumerate(objects):
            if column is not None:
                data = column.finish()
                made[schema.field(i).name] = pd.Series(data, index=index, dtype=object, copy=False)
        made.update((schema.field(i).name, column.result()) for i, column in converted.items())
    ordered = {field.name: made.pop(field.name) for field in schema}
    return pd.DataFrame(ordered, index=index, copy=False)


def _columns_at_once(count: int) -> int:
    """Side by side, which pyarrow does not do by itself; all at once would hold each twice."""
    cores: int = pa.cpu_count()
    return min(cores, max(2, count // 4))


def _converted(field: "pa.Field", chunks: "List[pa.Array]") -> "pd.Series[Any]":
    """The list is empty afterwards."""
    array = pa.chunked_array(chunks, field.type)
    chunks.clear()
    table = pa.Table.from_arrays([array], schema=pa.schema([field]))
    del array
    column: "pd.Series[Any]" = convert(table).iloc[:, 0]
    # What was converted goes back to the system before the next column needs as much.
    _sluice.release_memory()
    return column


class _Schema:
    def __init__(self, scan: "_sluice.Scan") -> None:
        self._scan = scan

    def __arrow_c_schema__(self) -> Any:
        return self._scan.schema()
