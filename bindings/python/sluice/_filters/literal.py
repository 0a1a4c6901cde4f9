"""Constants of filters: from Python values to the literals of SQL, without a loss."""

from __future__ import annotations

import math
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

from .._errors import InvalidArgumentError

#: The digits that a decimal can have in a table.
_MAX_DIGITS = 38


def plain_value(value: Any) -> Any:
    """The value as None, bool, int, float, str, bytes, date, datetime or Decimal; scalars of numpy,
    pandas and pyarrow become these. Errors: InvalidArgumentError for any other, and for what would
    lose something on the way."""
    kind = type(value)
    module = kind.__module__.partition(".")[0]
    if value is None or kind.__name__ in ("NaTType", "NAType"):
        return None
    if module == "numpy" and hasattr(value, "item"):
        return _from_numpy(value)
    if module == "pyarrow" and hasattr(value, "as_py"):
        return plain_value(value.as_py())
    if getattr(value, "nanosecond", 0):
        raise InvalidArgumentError(f"filters: {value!r}: times of tables end at microseconds")
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, (bool, int, float, str, bytes, date, Decimal)):
        return value
    raise InvalidArgumentError(
        f"filters: {value!r} is no constant: {kind.__name__} cannot be compared with a column"
    )


def literal_sql(value: Any) -> str:
    """The literal of a plain value."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _float_sql(value)
    if isinstance(value, Decimal):
        return _decimal_sql(value)
    if isinstance(value, str):
        return _text_sql(str(value))
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if isinstance(value, datetime):
        return _datetime_sql(value)
    return f"DATE '{value.isoformat()}'"


def _from_numpy(value: Any) -> Any:
    if value.ndim:
        raise InvalidArgumentError("filters: an array is compared with a column: use isin")
    if value.dtype.kind != "M":
        return plain_value(value.item())
    if value != value:
        return None
    exact = value.astype("datetime64[us]")
    if exact.astype(value.dtype) != value:
        raise InvalidArgumentError(f"filters: {value!r}: times of tables end at microseconds")
    found = (value if value.dtype == "datetime64[D]" else exact).item()
    return plain_value(found)


def _float_sql(value: float) -> str:
    if math.isnan(value):
        return "CAST('NaN' AS DOUBLE)"
    if math.isinf(value):
        return f"CAST('{'-' if value < 0 else ''}Infinity' AS DOUBLE)"
    return float.__repr__(value) + "D"


def _decimal_sql(value: Decimal) -> str:
    if not value.is_finite():
        raise InvalidArgumentError(f"filters: {value!r}: decimals of tables are finite")
    digits = max(len(value.as_tuple().digits), abs(int(value.as_tuple().exponent)))
    if digits > _MAX_DIGITS:
        raise InvalidArgumentError(f"filters: {value!r} has more than {_MAX_DIGITS} digits")
    return format(value, "f") + "BD"


def _text_sql(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidArgumentError(f"filters: {value!r} is no Unicode text") from None
    escapes = {"'": "\\'", "\\": "\\\\", "\0": "\\u0000", "\n": "\\n", "\r": "\\r"}
    return "'" + "".join(escapes.get(letter, letter) for letter in value) + "'"


def _datetime_sql(value: datetime) -> str:
    if value.tzinfo is None:
        return f"TIMESTAMP_NTZ '{value.isoformat(sep=' ')}'"
    try:
        utc = value.astimezone(timezone.utc).replace(tzinfo=None)
    except OverflowError:
        raise InvalidArgumentError(f"filters: {value!r} is out of range") from None
    return f"TIMESTAMP '{utc.isoformat(sep=' ')}Z'"
