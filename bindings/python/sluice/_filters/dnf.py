"""Filters as pyarrow and pandas take them for Parquet: a list of (column, op, value) that must all
hold, or a list of such lists of which one must."""

from __future__ import annotations

from typing import Any, List, Sequence

from .._errors import InvalidArgumentError
from .expression import And, Column, Compare, Expression, Not, Or, listed
from .literal import plain_value
from .membership import found_in

_COMPARISONS = {
    "=": "=",
    "==": "=",
    "!=": "<>",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
}


def from_dnf(filters: Sequence[Any]) -> Expression:
    """Errors: InvalidArgumentError, naming the part."""
    if not filters:
        raise InvalidArgumentError("filters: an empty list")
    if all(isinstance(part, tuple) for part in filters):
        return _all(filters)
    branches: List[Expression] = []
    for part in filters:
        if not isinstance(part, list) or not part:
            raise InvalidArgumentError(
                f"filters: {part!r}: give (column, op, value) tuples, or lists of them"
            )
        branches.append(_all(part))
    return Or.of(branches)


def _all(parts: Sequence[Any]) -> Expression:
    return And.of([_one(part) for part in parts])


def _one(part: Any) -> Expression:
    if not isinstance(part, tuple) or len(part) != 3:
        raise InvalidArgumentError(f"filters: {part!r} is not (column, op, value)")
    name, op, value = part
    names = name if isinstance(name, tuple) and name else (name,)
    if not all(isinstance(each, str) and each for each in names):
        raise InvalidArgumentError(f"filters: {part!r}: {name!r} is no name of a column")
    column = Column(names)
    if op in ("in", "not in"):
        found = found_in(column, [plain_value(each) for each in listed(value, f"'{op}'")])
        return found if op == "in" else Not(found)
    if op not in _COMPARISONS:
        known = ", ".join([*_COMPARISONS, "in", "not in"])
        raise InvalidArgumentError(f"filters: {part!r}: no op {op!r}; there are {known}")
    return Compare(_COMPARISONS[op], column, plain_value(value))
