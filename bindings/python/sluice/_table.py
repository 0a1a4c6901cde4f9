"""The objects that stand for shared tables."""

from __future__ import annotations

import json
from datetime import datetime
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    Mapping,
    Optional,
    Sequence,
    Tuple,
)

from . import _lazy, _spark
from ._cancel import on_cancel
from ._dask import to_dask
from ._errors import InvalidArgumentError, missing
from ._follow import ChangeFollower
from ._given import JsonHints, TimestampLike, named_as_given, reusable, timestamp_text
from ._html import definition
from ._options import changes_options, scan_options
from ._scan import ArrowSchema, Scan, frame
from ._tasks import ScanPlan, task_options
from ._types import Metadata, Protocol, Table

if TYPE_CHECKING:
    import os

    import dask.dataframe as dd
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from typing_extensions import Unpack

    from ._client import SharingClient
    from ._dataset import SharedDataset
    from ._filters import FilterLike
    from ._options import ChangesOptions, ScanOptions
    from ._write import Format, Mode


class _Rows:
    """Rows that `start` starts to read. Each method reads them anew."""

    def __init__(self, start: Callable[[], Scan]) -> None:
        self._start = start

    def scan(self) -> Scan:
        """Starts to read."""
        return self._start()

    def to_arrow(self) -> "pa.Table":
        """See :meth:`Scan.to_arrow`."""
        return self.scan().to_arrow()

    def to_polars(self) -> "pl.DataFrame":
        """See :meth:`Scan.to_polars`."""
        return self.scan().to_polars()

    def to_batches(
        self, batch_size: Optional[int] = None
    ) -> "Iterator[pa.RecordBatch]":
        """See :meth:`Scan.to_batches`."""
        return self.scan().to_batches(batch_size)

    def to_record_batches(self) -> "Iterator[pa.RecordBatch]":
        """Batch by batch."""
        return iter(self.scan())

    def to_record_batch_reader(self) -> "pa.RecordBatchReader":
        """See :meth:`Scan.to_record_batch_reader`."""
        return self.scan().to_record_batch_reader()

    def write_to(
        self, path: "str | os.PathLike[str]", format: "Format" = None, mode: "Mode" = "error"
    ) -> int:
        """See :meth:`Scan.write_to`."""
        return self.scan().write_to(path, format, mode)


class TableSnapshot(_Rows):
    """A table at one version, with what of it is wanted. Each method reads it anew."""

    def __init__(self, table: "DeltaSharingTable", **options: "Unpack[ScanOptions]") -> None:
        kept = reusable(options)
        super().__init__(lambda: table.scan(**kept))
        self._table, self._options = table, kept

    def to_pandas(self, convert_in_batches: bool = False) -> "pd.DataFrame":
        """See :meth:`Scan.to_pandas`."""
        return self._table._frame(convert_in_batches, **self._options)

    def __repr__(self) -> str:
        return _shown("TableSnapshot", self._table, self._options)

    def _repr_html_(self) -> str:
        return definition(f"Snapshot of {self._table.table}", _given(self._options))

    def to_spark(self) -> Any:
        """With Spark's own connector; see :func:`sluice.load_as_spark`. It takes `version` and
        `timestamp`, and no other option of a snapshot."""
        options = _for_spark("TableSnapshot", self._options, ("version", "timestamp"))
        return _spark.load(str(self._table.table), self._table._client._profile, options)


class TableChanges(_Rows):
    """The changes of a table between two versions. Each method reads them anew."""

    def __init__(self, table: "DeltaSharingTable", **options: "Unpack[ChangesOptions]") -> None:
        kept = reusable(options)
        super().__init__(lambda: table.scan_changes(**kept))
        self._table, self._options = table, kept

    def __repr__(self) -> str:
        return _shown("TableChanges", self._table, self._options)

    def _repr_html_(self) -> str:
        return definition(f"Changes of {self._table.table}", _given(self._options))

    def to_pandas(self, convert_in_batches: bool = False) -> "pd.DataFrame":
        """See :meth:`Scan.to_pandas`. As in the official package, ``_commit_timestamp`` is a
        number of milliseconds since 1970 unless ``use_delta_format`` was set."""
        return self._table._frame_of_changes(convert_in_batches, **self._options)

    def to_spark(self) -> Any:
        """With Spark's own connector; see :func:`sluice.load_table_changes_as_spark`. It takes the
        ends of the range, and no other option."""
        options = _for_spark("TableChanges", self._options, list(_spark.RANGE))
        return _spark.load_changes(str(self._table.table), self._table._client._profile, options)


def _shown(kind: str, table: "DeltaSharingTable", options: Mapping[str, Any]) -> str:
    given = ", ".join(f"{name}={text}" for name, text in _given(options).items())
    return f"<sluice.{kind} of {table.table}{' with ' if given else ''}{given}>"


def _given(options: Mapping[str, Any]) -> Dict[str, str]:
    return {name: repr(value) for name, value in options.items() if value is not None}


def _for_spark(what: str, options: Mapping[str, Any], known: Sequence[str]) -> Dict[str, Any]:
    given = {name: value for name, value in options.items() if value is not None}
    strange = sorted(set(given) - set(known))
    if strange:
        raise InvalidArgumentError(f"{what}.to_spark does not take {', '.join(strange)}")
    for name, value in given.items():
        if isinstance(value, datetime):
            given[name] = timestamp_text(name, value)
    return given


class DeltaSharingTable(_Rows):
    """A shared table, by name; made by :meth:`SharingClient.table`. Methods that load read the
    latest version."""

    def __init__(self, client: "SharingClient", table: Table) -> None:
        super().__init__(self.scan)
        self._client = client
        self._table = table

    @property
    def table(self) -> Table:
        """Share, schema and name."""
        return self._table

    def __repr__(self) -> str:
        return f"<sluice.DeltaSharingTable {self._table}>"

    def _repr_html_(self) -> str:
        table = self._table
        return definition(
            "Shared table", {"share": table.share, "schema": table.schema, "table": table.name}
        )

    def version(self, starting_timestamp: Optional[TimestampLike] = None) -> int:
        """The current version, or the first at or after a point in time."""
        timestamp = timestamp_text("starting_timestamp", starting_timestamp)
        return self._client._inner.table_version(str(self._table), timestamp)

    def _describe(self, use_delta_format: Optional[bool]) -> Tuple[Dict[str, Any], Any]:
        # As in the official client, True means "delta if the server has it".
        form = "parquet" if use_delta_format is False else None
        return self._client._inner.describe(str(self._table), form)

    def metadata(self, use_delta_format: bool = True) -> Metadata:
        """Schema, partition columns and properties. With ``use_delta_format=False`` the server must
        answer in the parquet format, which tells less and refuses tables with newer features."""
        row, _ = self._describe(use_delta_format)
        outer = json.loads(row["metadata"])
        known = {"size": row["size"], "numFiles": row["num_files"]}
        outer.update({key: value for key, value in known.items() if value is not None})
        return Metadata.from_json(outer)

    def protocol(self, use_delta_format: bool = True) -> Protocol:
        """Reader version and table features."""
        return Protocol.from_json(json.loads(self._describe(use_delta_format)[0]["protocol"]))

    def schema(self) -> ArrowSchema:
        """The Arrow schema of the rows: ``pyarrow.schema(table.schema())``."""
        return ArrowSchema(lambda: self._describe(None)[1])

    def scan(self, **options: "Unpack[ScanOptions]") -> Scan:
        """Starts to read the table; `options` as of :func:`sluice.scan`."""
        return self._client.scan(self._table, **options)

    def to_pandas(self, convert_in_batches: bool = False) -> "pd.DataFrame":
        """See :meth:`Scan.to_pandas`."""
        return self._frame(convert_in_batches)

    def _frame(
        self, convert_in_batches: bool = False, **options: "Unpack[ScanOptions]"
    ) -> "pd.DataFrame":
        return frame(
            lambda form: self._client._start_scan(self._table, options, form=form),
            convert_in_batches,
        )

    def _frame_of_changes(
        self, convert_in_batches: bool = False, **options: "Unpack[ChangesOptions]"
    ) -> "pd.DataFrame":
        milliseconds = not options.get("use_delta_format")
        given: "ChangesOptions" = {"commit_milliseconds": milliseconds, **options}
        return frame(
            lambda form: self._client._start_changes(self._table, given, form),
            convert_in_batches,
        )

    def snapshot(
        self,
        *,
        jsonPredicateHints: Optional[JsonHints] = None,
        limit: Optional[int] = None,
        version: Optional[int] = None,
        timestamp: Optional[TimestampLike] = None,
        use_delta_format: Optional[bool] = None,
        columns: Optional[Iterable[str]] = None,
        filters: "Optional[FilterLike]" = None,
    ) -> TableSnapshot:
        """The table at one version; parameters as of :func:`sluice.scan`."""
        return TableSnapshot(
            self,
            jsonPredicateHints=jsonPredicateHints,
            limit=limit,
            version=version,
            timestamp=timestamp,
            use_delta_format=use_delta_format,
            columns=columns,
            filters=filters,
        )

    def plan(
        self,
        task_bytes: Optional[int] = None,
        min_tasks: Optional[int] = None,
        **options: "Unpack[ScanOptions]",
    ) -> ScanPlan:
        """Splits a scan into tasks that other threads, processes and machines read, without reading
        any file: :meth:`SharingClient.scan_task`.

        :param task_bytes: of the files of a task, at most, unless it is one file that is larger;
            134217728.
        :param min_tasks: smaller tasks, so that there are at least so many, if the files are enough.
        :param options: as of :func:`sluice.scan`; a limit holds for each task.
        """
        texts = scan_options(**options) + task_options(task_bytes, min_tasks)
        with named_as_given():
            return ScanPlan(*self._client._inner.plan_scan(str(self._table), texts))

    def plan_changes(
        self,
        task_bytes: Optional[int] = None,
        min_tasks: Optional[int] = None,
        **options: "Unpack[ChangesOptions]",
    ) -> ScanPlan:
        """The same for changes; `options` as of :func:`sluice.scan_changes`."""
        texts = changes_options(**options) + task_options(task_bytes, min_tasks)
        with named_as_given():
            return ScanPlan(*self._client._inner.plan_changes(str(self._table), texts))

    def to_dask(
        self,
        task_bytes: Optional[int] = None,
        min_tasks: Optional[int] = None,
        **options: "Unpack[ScanOptions]",
    ) -> "dd.DataFrame":
        """A frame of Dask; see :func:`sluice.load_as_dask`."""
        return to_dask(self, task_bytes, min_tasks, reusable(options))

    def scan_polars(self, **options: "Unpack[ScanOptions]") -> "pl.LazyFrame":
        """A lazy frame; see :func:`sluice.scan_polars`."""
        return _lazy.scan_polars(self, reusable(options))

    def dataset(self, **options: "Unpack[ScanOptions]") -> "SharedDataset":
        """A data set of pyarrow; see :func:`sluice.dataset`."""
        try:
            from ._dataset import SharedDataset
        except ImportError:
            raise missing("a data set of pyarrow", "arrow") from None
        return SharedDataset(_lazy.PinnedTable(self, reusable(options)))

    def duckdb_relation(
        self, connection: "Optional[duckdb.DuckDBPyConnection]" = None, **options: "Unpack[ScanOptions]"
    ) -> "duckdb.DuckDBPyRelation":
        """A relation of DuckDB; see :func:`sluice.duckdb_relation`."""
        try:
            import duckdb
        except ImportError:
            raise missing("a relation of DuckDB", "duckdb") from None
        dataset = self.dataset(**options)
        return (duckdb if connection is None else connection).from_arrow(dataset)

    def scan_changes(self, **options: "Unpack[ChangesOptions]") -> Scan:
        """Starts to read the changes; `options` as of :func:`sluice.scan_changes`."""
        return self._client.scan_changes(self._table, **options)

    def changes(
        self,
        *,
        starting_version: Optional[int] = None,
        ending_version: Optional[int] = None,
        starting_timestamp: Optional[TimestampLike] = None,
        ending_timestamp: Optional[TimestampLike] = None,
        use_delta_format: Optional[bool] = None,
        columns: Optional[Iterable[str]] = None,
        filters: "Optional[FilterLike]" = None,
    ) -> TableChanges:
        """The changes between two versions; parameters as of :func:`sluice.scan_changes`."""
        return TableChanges(
            self,
            starting_version=starting_version,
            ending_version=ending_version,
            starting_timestamp=starting_timestamp,
            ending_timestamp=ending_timestamp,
            use_delta_format=use_delta_format,
            columns=columns,
            filters=filters,
        )

    def iter_changes(
        self,
        starting_version: Optional[int] = None,
        starting_timestamp: Optional[TimestampLike] = None,
        *,
        poll_seconds: Optional[float] = 10.0,
        columns: Optional[Iterable[str]] = None,
        filters: "Optional[FilterLike]" = None,
        use_delta_format: Optional[bool] = None,
    ) -> ChangeFollower:
        """Follows the table; see :func:`sluice.iter_changes`."""
        options: "ChangesOptions" = {
            "columns": columns,
            "filters": filters,
            "use_delta_format": use_delta_format,
        }
        follower = ChangeFollower(self, starting_version, starting_timestamp, poll_seconds, options)
        on_cancel(follower.close)
        return follower

    def to_spark(self) -> Any:
        """See :meth:`TableSnapshot.to_spark`."""
        return self.snapshot().to_spark()
