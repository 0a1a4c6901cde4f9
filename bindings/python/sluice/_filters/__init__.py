"""Filters of rows, in each form that people write them in: SQL text, lists of tuples, expressions of
pyarrow and of Polars, and :func:`col`. All become one tree, and that the SQL that the core reads: it
says all that the tree does, fields of structs and bytes included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Optional, Tuple, Union

from .._errors import InvalidArgumentError
from .arrow import from_arrow
from .dnf import from_dnf
from .expression import Column, Expression, col, condition
from .polars import from_polars

if TYPE_CHECKING:
    import polars as pl
    import pyarrow.compute as pc

    FilterLike = Union[
        str,
        Expression,
        pc.Expression,
        pl.Expr,
        List[Tuple[Any, str, Any]],
        List[List[Tuple[Any, str, Any]]],
    ]

__all__ = ["Column", "Expression", "col", "filter_sql", "parse"]


def filter_sql(filters: "Optional[FilterLike]") -> Optional[str]:
    """The SQL text of a filter; None for none. Errors: InvalidArgumentError, naming the part."""
    if isinstance(filters, str) and not filters.strip():
        raise InvalidArgumentError("filters: a text of nothing: leave it out for all rows")
    if filters is None or isinstance(filters, str):
        return filters
    return parse(filters).sql()


def parse(filters: Any) -> Expression:
    """The tree of a filter in any form but SQL text."""
    if isinstance(filters, Expression):
        return condition(filters)
    if isinstance(filters, (list, tuple)):
        return from_dnf(filters)
    module = type(filters).__module__.partition(".")[0]
    if module == "pyarrow":
        return from_arrow(filters)
    if module == "polars":
        return from_polars(filters)
    raise InvalidArgumentError(
        f"filters: {type(filters).__name__} is no filter: give SQL text, (column, op, value) tuples, "
        "sluice.col(…), or an expression of pyarrow or Polars"
    )
