"""Rows as plain Python values that compare equal when the data is equal, whoever loaded them.

Used in two environments with different pandas, so that only what both have is imported, and
results cross between them as pickles of plain values.

What pandas cannot tell apart is not told apart: null, NaN and NaT are None in rows of a frame (and
in the rows expected of one, `lossy=True`).
"""

import collections
import datetime
import decimal
import math
import re

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)


def moment(value):
    if value.tzinfo is None:
        value = value.replace(tzinfo=datetime.timezone.utc)
    return ("time", (value - EPOCH) // MICROSECOND)


def is_map(items):
    return bool(items) and all(isinstance(item, tuple) and len(item) == 2 for item in items)


def canonical(value, lossy=False):
    if value is None or type(value).__name__ in ("NaTType", "NAType"):
        return None
    if type(value).__module__ == "numpy":
        if type(value).__name__ == "datetime64":
            return canonical_numpy_time(value)
        return canonical(value.tolist() if value.ndim else value.item(), lossy)
    if isinstance(value, float):
        if math.isnan(value):
            return None if lossy else "NaN"
        return value
    if isinstance(value, decimal.Decimal):
        return None if lossy and value.is_nan() else value
    if isinstance(value, datetime.datetime):
        return canonical_timestamp(value)
    if isinstance(value, datetime.date):
        return ("date", value.toordinal())
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, dict):
        return tuple(sorted((key, canonical(item, lossy)) for key, item in value.items()))
    if isinstance(value, (list, tuple)):
        items = tuple(canonical(item, lossy) for item in value)
        return tuple(sorted(items, key=repr)) if is_map(value) else items
    return value


def canonical_timestamp(value):
    # pandas keeps nanoseconds beside the fields of datetime; tables hold microseconds.
    return moment(value.to_pydatetime(warn=False) if hasattr(value, "to_pydatetime") else value)


def canonical_numpy_time(value):
    text = str(value.dtype)
    if text == "datetime64[D]":
        return ("date", int(value.astype("int64")) + EPOCH.toordinal())
    microseconds = int(value.astype("datetime64[us]").astype("int64"))
    return None if microseconds == -(2**63) else ("time", microseconds)


def column_values(column, lossy):
    """Values of an Arrow column. Timestamps as numbers: Python's end at the year 9999."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        numbers = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64()).to_pylist()
        return [None if number is None else ("time", number) for number in numbers]
    return [canonical(value, lossy) for value in column.to_pylist()]


def arrow_rows(table, lossy=False):
    """(column names, rows) of an Arrow table, columns in the order of their names."""
    names = sorted(table.column_names)
    columns = [column_values(table.column(name), lossy) for name in names]
    return names, list(zip(*columns)) if names else [() for _ in range(table.num_rows)]


def frame_rows(frame):
    """(column names, rows) of a pandas frame. Columns are taken as they are, so that a value that
    an object column holds is not changed by a detour through numpy."""
    names = sorted(frame.columns)
    columns = [[canonical(value, lossy=True) for value in frame[name]] for name in names]
    return names, list(zip(*columns)) if names else [() for _ in range(len(frame))]


def difference(expected, actual):
    """None when both (names, rows) hold the same columns and the same rows as multisets, else a
    few lines that say what differs."""
    if expected[0] != actual[0]:
        return f"columns: expected {expected[0]}, got {actual[0]}"
    wanted, got = collections.Counter(expected[1]), collections.Counter(actual[1])
    if wanted == got:
        return None
    missing, extra = wanted - got, got - wanted
    lines = [f"expected {len(expected[1])} rows, got {len(actual[1])}; columns {expected[0]}"]
    for title, rows in (("missing", missing), ("not expected", extra)):
        some = sorted(map(repr, rows.elements()))[:3]
        lines += [f"{title} ({sum(rows.values())}): {row[:500]}" for row in some]
    return "\n".join(lines)


def error_text(error):
    """What an exception says, in one line."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    # The official client breaks a server's message into adjacent literals.
    return re.sub(r"""['"] ['"]""", "", text)[:2000]
