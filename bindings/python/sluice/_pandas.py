"""The rows of a scan as a data frame of pandas, in little more memory than the frame needs.

What becomes Python objects is converted while the rest is still being read. Columns of numbers and
times wait for the end, since a null anywhere decides on their type; a few at once are then converted
and let go, for which the columns of a batch must not hold on to each other.
"""

from __future__ import annotations

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
        self._done.append(_frame([self._field], [chunks]).iloc[:, 0].to_numpy())

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
    made: Dict[str, Any] = {}
    # Objects first: they take the least memory to finish.
    for field, column in zip(schema, objects):
        if column is not None:
            made[field.name] = pd.Series(column.finish(), index=index, dtype=object, copy=False)
    plain = [i for i, column in enumerate(objects) if column is None]
    width = _columns_at_once(len(plain))
    for begin in range(0, len(plain), width):
        group = plain[begin : begin + width]
        fields = [schema.field(i) for i in group]
        frame = _frame(fields, [others[i] for i in group])
        made.update((field.name, frame.iloc[:, at]) for at, field in enumerate(fields))
        # What was converted goes back to the system before the next columns need as much.
        _sluice.release_memory()
    ordered = {field.name: made.pop(field.name) for field in schema}
    return pd.DataFrame(ordered, index=index, copy=False)


def _columns_at_once(count: int) -> int:
    """pyarrow converts columns side by side; all at once would hold every one of them twice."""
    cores: int = pa.cpu_count()
    return min(cores, max(2, count // 4))


def _frame(fields: "List[pa.Field]", columns: "List[List[pa.Array]]") -> "pd.DataFrame":
    """The lists of chunks are empty afterwards."""
    arrays = [pa.chunked_array(chunks, field.type) for field, chunks in zip(fields, columns)]
    for chunks in columns:
        chunks.clear()
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    del arrays
    return convert(table)


class _Schema:
    def __init__(self, scan: "_sluice.Scan") -> None:
        self._scan = scan

    def __arrow_c_schema__(self) -> Any:
        return self._scan.schema()
