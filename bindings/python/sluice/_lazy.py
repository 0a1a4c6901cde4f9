"""Shared tables for engines that tell what they need of a table only when a query runs: lazy frames
of Polars, and what the data sets of pyarrow and DuckDB stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator, List, Optional

from ._errors import InvalidArgumentError, UnsupportedError, missing
from ._filters import pushdown

if TYPE_CHECKING:
    import polars as pl

    from ._filters import Expression
    from ._options import ScanOptions
    from ._scan import ArrowSchema, Scan
    from ._table import DeltaSharingTable


def scan_polars(table: "DeltaSharingTable", options: "ScanOptions") -> "pl.LazyFrame":
    """See :meth:`DeltaSharingTable.scan_polars`."""
    try:
        import polars as pl
        from polars.io.plugins import register_io_source
    except ImportError:
        raise missing("a lazy frame of Polars", "polars") from None

    def read(
        columns: Optional[List[str]],
        predicate: "Optional[pl.Expr]",
        n_rows: Optional[int],
        batch_size: Optional[int],
    ) -> "Iterator[pl.DataFrame]":
        # Polars means the rows that pass among the first n, and the core the first n that pass.
        pushed = None if predicate is None or n_rows is not None else pushdown.of_polars(predicate)
        scan = start_pushed(table, narrowed(options, columns, n_rows), pushed)
        try:
            for frame in _frames(scan):
                yield frame if predicate is None else frame.filter(predicate)
        finally:
            scan.cancel()

    return register_io_source(read, schema=lambda: pl.Schema(schema_of(table, options)))


def schema_of(table: "DeltaSharingTable", options: "ScanOptions") -> "ArrowSchema":
    """The columns that a scan would have."""
    others = ("version", "timestamp", "columns", "ending_version")
    if not any(options.get(name) is not None for name in others):
        return table.schema()
    with table.scan(**narrowed(options, None, 0)) as scan:
        return scan.schema


def narrowed(
    options: "ScanOptions", columns: Optional[List[str]], n_rows: Optional[int] = None
) -> "ScanOptions":
    """The same for fewer columns or rows."""
    out: "ScanOptions" = {**options}
    if columns:
        out["columns"] = columns
    if n_rows is not None:
        out["limit"] = n_rows
    return out


def start_pushed(
    table: "DeltaSharingTable", options: "ScanOptions", pushed: "Optional[Expression]"
) -> "Scan":
    """A scan with a predicate that whoever asks applies again. What cannot be compared exactly is
    refused by the core, and then it is left to them."""
    if pushed is not None:
        try:
            return table._client._start_scan(table.table, options, pushed)
        except (InvalidArgumentError, UnsupportedError):
            pass  # What is wrong with the table itself, the scan below says.
    return table.scan(**options)


def _frames(scan: "Scan") -> "Iterator[pl.DataFrame]":
    """Batch by batch through pyarrow, where it is installed: Polars alone takes a stream whole."""
    import polars as pl

    try:
        import pyarrow  # noqa: F401
    except ImportError:
        yield scan.to_polars()
        return
    for batch in scan:
        yield pl.DataFrame(batch)
