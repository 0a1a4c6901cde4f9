"""Shared tables for engines that tell what they need of a table only when a query runs: lazy frames
of Polars, and what the data sets of pyarrow and DuckDB stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator, List, Optional

from ._errors import (
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    UnsupportedError,
    missing,
)
from ._filters import pushdown

if TYPE_CHECKING:
    import polars as pl

    from ._filters import Expression
    from ._options import ScanOptions
    from ._scan import Scan
    from ._table import DeltaSharingTable


def scan_polars(table: "DeltaSharingTable", options: "ScanOptions") -> "pl.LazyFrame":
    """See :meth:`DeltaSharingTable.scan_polars`."""
    try:
        import polars as pl
        from polars.io.plugins import register_io_source
    except ImportError:
        raise missing("a lazy frame of Polars", "polars") from None

    pinned = PinnedTable(table, options)

    def read(
        columns: Optional[List[str]],
        predicate: "Optional[pl.Expr]",
        n_rows: Optional[int],
        batch_size: Optional[int],
    ) -> "Iterator[pl.DataFrame]":
        # Polars means the rows that pass among the first n, and the core the first n that pass.
        pushed = None if predicate is None or n_rows is not None else pushdown.of_polars(predicate)
        scan = pinned.start(columns, n_rows, pushed)
        try:
            for frame in _frames(scan):
                yield frame if predicate is None else frame.filter(predicate)
        finally:
            scan.cancel()

    return register_io_source(read, schema=pl.Schema(pinned.schema))


class PinnedTable:
    """A table as it is when this is made, with what of it is wanted: every scan is of that version,
    or fails with NotFoundError. Raises what a scan raises."""

    def __init__(self, table: "DeltaSharingTable", options: "ScanOptions") -> None:
        self.table = table
        self._options = options
        self._passed = False
        with table.scan(**narrowed(options, None, 0)) as scan:
            #: The columns that a scan has.
            self.schema = scan.schema
            self.version = scan.table_version

    def start(
        self,
        columns: Optional[List[str]],
        n_rows: Optional[int] = None,
        pushed: "Optional[Expression]" = None,
    ) -> "Scan":
        """A scan of fewer columns or rows. `pushed` is a predicate that whoever asks applies again:
        what the core refuses to judge is left to them."""
        options = narrowed(self._options, columns, n_rows)
        if options.get("limit") is not None:
            pushed = None  # Of the rows that come first, and not the first rows for which it is true.
        scan = None if self._passed else self._start_if_current(options, pushed)
        return self._start_by_number(options, pushed) if scan is None else scan

    def _start_if_current(
        self, options: "ScanOptions", pushed: "Optional[Expression]"
    ) -> "Optional[Scan]":
        """By what it was made with: servers that share no history know no other version."""
        try:
            scan = _start_pushed(self.table, options, pushed)
        except (InvalidArgumentError, UnsupportedError):
            # A later version may lack the columns asked for.
            if self.table.version() == self.version:
                raise
        else:
            if scan.table_version == self.version:
                return scan
            scan.cancel()
        self._passed = True
        return None

    def _start_by_number(self, options: "ScanOptions", pushed: "Optional[Expression]") -> "Scan":
        reason = "it gives another"
        try:
            numbered: "ScanOptions" = {**options, "version": self.version, "timestamp": None}
            if options.get("starting_version") is not None:
                numbered = {**options, "ending_version": self.version}
            scan = _start_pushed(self.table, numbered, pushed)
            if scan.table_version == self.version:
                return scan
            scan.cancel()
        except (InvalidArgumentError, NotFoundError, PermissionDeniedError, UnsupportedError) as error:
            reason = str(error)
        raise NotFoundError(
            f"{self.table.table} changed after this was made of version {self.version}, which the "
            f"server does not give now: make it anew ({reason})"
        )


def narrowed(
    options: "ScanOptions", columns: Optional[List[str]], n_rows: Optional[int] = None
) -> "ScanOptions":
    """The same for fewer columns or rows."""
    out: "ScanOptions" = {**options}
    if columns:
        out["columns"] = columns
    if n_rows is not None:
        limit = options.get("limit")
        out["limit"] = n_rows if limit is None else min(n_rows, limit)
    return out


def _start_pushed(
    table: "DeltaSharingTable", options: "ScanOptions", pushed: "Optional[Expression]"
) -> "Scan":
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
