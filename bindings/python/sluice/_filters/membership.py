"""Is a value among others: what the libraries mean by it where nulls are."""

from __future__ import annotations

from typing import Any, Sequence

from .expression import And, Column, Compare, Expression, In, IsNull, Not


def found_in(column: Column, values: Sequence[Any]) -> Expression:
    """Always true or false: null is among values that hold None, and else is not."""
    known = [value for value in values if value is not None]
    found = In.of(column, known)
    if len(known) < len(values):
        return IsNull(column) | found
    return Not(IsNull(column)) & found


def found_or_null(column: Column, values: Sequence[Any]) -> Expression:
    """Null for null, else true or false; None among the values counts for nothing."""
    known = [value for value in values if value is not None]
    if known:
        return In.of(column, known)
    return And.of([IsNull(column), Compare("=", column, None)])
