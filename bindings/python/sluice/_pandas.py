"""The rows of a scan as a data frame of pandas, in little more memory than the frame needs.

Numbers and what becomes Python objects are put in their place while the rest is still being read.
Other columns wait for the end, since a null anywhere may decide on their type; a few at once are then
converted and let go, for which the columns of a batch must not hold on to each other.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, List, Optional

import numpy as np
import pandas as pd
import pyarrow as pa

from . import _sluice

#: Equal values of so many rows share one object.
_ROWS_AT_ONCE = 1 << 20


def convert(data: Any) -> "pd.DataFrame":
    """A table or batch of pyarrow, which is of no use afterwards. Dates become Python's."""
    return data.to_pandas(date_as_object=True, split_blocks=True, self_destruct=True)


def text_type() -> str:
    """That of the core of which this pandas makes a column with the least work."""
    kind = convert(pa.schema([("text", pa.string())]).empty_table()).dtypes.iloc[0]
    if kind == object:
        return "dictionary"  # It pays to know which of them are the same.
    return "large_utf8" if getattr(kind, "storage", None) == "pyarrow" else "utf8"


class _Memory:
    """A part of pages as numpy takes it for an array, which keeps the pages alive."""

    def __init__(self, pages: "_sluice.Pages", dtype: Any, begin: int, rows: int) -> None:
        self._pages = pages
        self.__array_interface__ = {
            "version": 3,
            "data": (pages.address() + begin * dtype.itemsize, False),
            "shape": (rows,),
            "typestr": dtype.str,
        }


class _Array:
    """Values of one width in an array that grows: its pages move, and nothing is copied."""

    def __init__(self, dtype: Any) -> None:
        self._dtype = np.dtype(dtype)
        self._pages = _sluice.Pages()
        self._rows = self._places = 0

    def more(self, rows: int) -> "np.ndarray[Any, Any]":
        """The next so many places; of no use after the next call."""
        begin, self._rows = self._rows, self._rows + rows
        if self._rows > self._places:
            # What is not written takes no memory.
            self._places = max(self._rows, 2 * self._places, 1 << 20)
            self._pages.resize(self._places * self._dtype.itemsize)
        return np.asarray(_Memory(self._pages, self._dtype, begin, rows))

    def finish(self) -> "np.ndarray[Any, Any]":
        self._pages.resize(self._rows * self._dtype.itemsize)
        return np.asarray(_Memory(self._pages, self._dtype, 0, self._rows))


class _ObjectArray:
    """The same of Python objects, which numpy alone may hold."""

    def __init__(self) -> None:
        self._array = np.empty(0, dtype=object)
        self._rows = 0

    def more(self, rows: int) -> "np.ndarray[Any, Any]":
        """As of _Array."""
        begin, self._rows = self._rows, self._rows + rows
        if self._rows > len(self._array):
            # What is too much is written, too.
            self._array.resize(max(self._rows, len(self._array) * 9 // 8), refcheck=False)
        return self._array[begin : self._rows]

    def finish(self) -> "np.ndarray[Any, Any]":
        self._array.resize(self._rows, refcheck=False)
        done, self._array = self._array, np.empty(0, dtype=object)
        return done


class _Column:
    """Converted at the end, as a whole."""

    def __init__(self, field: "pa.Field") -> None:
        self._field = field
        self._chunks: "List[pa.Array]" = []

    def add(self, chunk: "pa.Array") -> None:
        self._chunks.append(chunk)

    def finish(self) -> Any:
        return _converted(self._field, self._chunks)


class _Numbers(_Column):
    """Numbers and truth values, in place unless there are nulls among others than fractions."""

    def __init__(self, field: "pa.Field") -> None:
        super().__init__(field)
        self._values: "Optional[_Array]" = _Array(field.type.to_pandas_dtype())

    def add(self, chunk: "pa.Array") -> None:
        if self._values is None:
            super().add(chunk)
        elif chunk.null_count == 0 or pa.types.is_floating(self._field.type):
            self._values.more(len(chunk))[:] = chunk.to_numpy(zero_copy_only=False)
        else:
            done, self._values = self._values.finish(), None
            self._chunks = [pa.array(done), chunk]

    def finish(self) -> Any:
        return super().finish() if self._values is None else self._values.finish()


class _Times(_Column):
    """Points in time; a null is one of them to pandas."""

    def __init__(self, field: "pa.Field", kind: Any) -> None:
        super().__init__(field)
        self._kind = kind
        self._values = _Array(f"datetime64[{field.type.unit}]")

    def add(self, chunk: "pa.Array") -> None:
        self._values.more(len(chunk))[:] = chunk.to_numpy(zero_copy_only=False)

    def finish(self) -> Any:
        # Only numbers are taken for points in a time zone as they lie.
        return pd.array(self._values.finish().view(np.int64), dtype=self._kind, copy=False)


class _Objects(_Column):
    """What pandas holds as Python objects."""

    def __init__(self, field: "pa.Field") -> None:
        super().__init__(field)
        self._rows = 0
        self._values = _ObjectArray()

    def add(self, chunk: "pa.Array") -> None:
        super().add(chunk)
        self._rows += len(chunk)
        if self._rows >= _ROWS_AT_ONCE:
            self._convert()

    def _convert(self) -> None:
        values = _converted(self._field, self._chunks)
        self._rows = 0
        self._values.more(len(values))[:] = values.to_numpy()

    def finish(self) -> Any:
        if self._chunks:
            self._convert()
        return self._values.finish()


class _Texts(_Column):
    """Text as numbers of a dictionary: one object a text, however many rows have it."""

    def __init__(self, field: "pa.Field") -> None:
        super().__init__(field)
        self._values = _ObjectArray()
        self._dictionary: "Optional[pa.Array]" = None
        self._texts: "np.ndarray[Any, Any]" = np.empty(0, dtype=object)

    def add(self, chunk: "pa.DictionaryArray") -> None:
        dictionary = chunk.dictionary
        if self._dictionary is None or not dictionary.equals(self._dictionary):
            self._dictionary = dictionary
            # Nulls are numbers of the last.
            self._texts = np.append(dictionary.to_numpy(zero_copy_only=False), [None])
        numbers = chunk.indices
        if numbers.null_count:
            numbers = numbers.fill_null(len(dictionary))
        # No number is beyond the last, which the core has checked; it is the mode that needs no copy.
        self._texts.take(numbers.to_numpy(), out=self._values.more(len(chunk)), mode="clip")

    def finish(self) -> Any:
        return self._values.finish()


def _column(field: "pa.Field", kind: Any) -> _Column:
    """`kind` is what pandas makes of a column without rows."""
    if pa.types.is_dictionary(field.type):
        return _Texts(field)
    if kind == object:
        return _Objects(field)
    if pa.types.is_timestamp(field.type) and field.type.tz in (None, "UTC"):
        unit = getattr(kind, "unit", None) or np.datetime_data(kind)[0]
        # Old versions of pandas turn it to nanoseconds.
        return _Times(field, kind) if unit == field.type.unit else _Column(field)
    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean)
    return _Numbers(field) if any(of_kind(field.type) for of_kind in kinds) else _Column(field)


def frame_of(scan: "_sluice.Scan") -> "pd.DataFrame":
    """All rows; errors as of the stream. The scan must not have been read."""
    scan.take()
    schema = pa.schema(_Schema(scan))
    kinds = convert(schema.empty_table()).dtypes
    columns = [_column(field, kind) for field, kind in zip(schema, kinds)]
    rows = 0
    while (batch := scan.next_columns()) is not None:
        rows += batch.num_rows()
        for field, column, address in zip(schema, columns, batch.addresses()):
            column.add(pa.Array._import_from_c(address, field.type))
    index = pd.RangeIndex(rows)
    with ThreadPoolExecutor(_columns_at_once(len(columns))) as pool:
        data = list(pool.map(lambda column: column.finish(), columns))
    made = {field.name: pd.Series(values, index, copy=False) for field, values in zip(schema, data)}
    return pd.DataFrame(made, index=index, copy=False)


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
