"""What of an engine's predicate a scan can do already, for engines that apply the predicate itself
again: never less than the rows for which the predicate is true."""

from __future__ import annotations

import struct
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Callable, Iterator, List, Optional, Tuple

from . import arrow, polars
from .expression import And, Column, Compare, Expression, In, Not, StartsWith

#: Of conditions and constants together; the core takes 10,000.
_MAX_NODES = 5_000
#: A floating number that stands for an integer, and the other way round, is exact up to here.
_EXACT_INTEGER = 2**53


def of_polars(predicate: Any) -> Optional[Expression]:
    """Polars casts the sides of a comparison to one type before it hands out a predicate, and where
    it casts the column, that part is left to it."""
    return _all_that_fit(polars.conditions_of(predicate), lambda part: True)


def of_arrow(predicate: Any, schema: Any) -> Optional[Expression]:
    """pyarrow compares NaN and mixed types in ways of its own: only what both judge alike is told."""
    return _all_that_fit(arrow.conditions_of(predicate), lambda part: _alike(part, schema, False))


def _all_that_fit(
    parts: List[Expression], fits: Callable[[Expression], bool]
) -> Optional[Expression]:
    kept: List[Expression] = []
    room = _MAX_NODES
    for part in parts:
        nodes = sum(1 for _ in _nodes(part))
        if nodes < room and fits(part):
            kept.append(part)
            room -= nodes
    return And.of(kept) if kept else None


def _nodes(expression: Expression) -> Iterator[Any]:
    yield expression
    if isinstance(expression, In):
        yield from expression.values
    for part in expression.parts():
        yield from _nodes(part)


def _alike(expression: Expression, schema: Any, negated: bool) -> bool:
    if isinstance(expression, Not):
        return _alike(expression.child, schema, not negated)
    if isinstance(expression, (Compare, In)):
        floating, accepts = _kind_of(expression.column, schema)
        values = expression.values if isinstance(expression, In) else (expression.value,)
        if not all(value is None or accepts(value) for value in values):
            return False
        # SQL's NaN is greater than all numbers, pyarrow's is not: denied, that is more rows.
        return not (
            floating and negated and isinstance(expression, Compare) and expression.op in (">", ">=")
        )
    if isinstance(expression, Column):
        return _kind_of(expression, schema)[1](True)
    if isinstance(expression, StartsWith):
        return _kind_of(expression.column, schema)[1]("")
    return all(_alike(part, schema, negated) for part in expression.parts())


def _kind_of(column: Column, schema: Any) -> Tuple[bool, Callable[[Any], bool]]:
    """Whether a column is floating, and which constants compare with it alike."""
    from pyarrow import types

    kind = _type_of(column, schema)
    if kind is None:
        return False, lambda value: False
    if types.is_floating(kind):
        return True, _is_exact_number if types.is_float64(kind) else _is_exact_in_32_bits
    if types.is_integer(kind):
        return False, lambda value: type(value) is int
    tests: List[Tuple[Callable[[Any], bool], Callable[[Any], bool]]] = [
        (types.is_boolean, lambda value: isinstance(value, bool)),
        (types.is_decimal, lambda value: isinstance(value, Decimal)),
        (types.is_string, lambda value: isinstance(value, str)),
        (types.is_binary, lambda value: isinstance(value, bytes)),
        (types.is_date, lambda value: type(value) is date),
        (types.is_timestamp, lambda value: _same_clock(value, kind.tz)),
    ]
    for is_of_kind, accepts in tests:
        if is_of_kind(kind):
            return False, accepts
    return False, lambda value: False


def _is_exact_number(value: Any) -> bool:
    if isinstance(value, float):
        return value == value
    return type(value) is int and abs(value) <= _EXACT_INTEGER


def _is_exact_in_32_bits(value: Any) -> bool:
    """Other numbers the engines round before they compare, some always and some among others."""
    try:
        return _is_exact_number(value) and float(struct.unpack("f", struct.pack("f", value))[0]) == value
    except OverflowError:
        return False


def _same_clock(value: Any, zone: Optional[str]) -> bool:
    return isinstance(value, datetime) and (value.tzinfo is None) == (zone is None)


def _type_of(column: Column, schema: Any) -> Any:
    fields: Any = schema
    kind = None
    for name in column.path:
        if fields is None or fields.get_all_field_indices(name) == []:
            return None
        kind = fields.field(name).type
        fields = kind if hasattr(kind, "get_all_field_indices") else None
    return kind


