"""SharingClient, and the objects that stand for shared tables."""

from __future__ import annotations

import json
import ssl
from datetime import datetime, timezone
from pathlib import Path
from typing import (
    IO,
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Union,
)

from . import _sluice
from ._errors import InvalidArgumentError
from ._profile import DeltaSharingProfile
from ._scan import ArrowSchema, Scan
from ._types import Metadata, Protocol, Schema, Share, Table

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

ProfileLike = Union[str, IO, Path, DeltaSharingProfile]
TimestampLike = Union[str, datetime]


def parse_table_name(name: str) -> Table:
    """Splits "share.schema.table"; the share may hold dots."""
    parts = name.rsplit(".", 2)
    if len(parts) != 3 or not all(parts):
        raise InvalidArgumentError(f"'{name}' is not of the form share.schema.table")
    return Table(name=parts[2], share=parts[0], schema=parts[1])


def split_url(url: str) -> Tuple[str, Table]:
    """Splits "profile#share.schema.table" at its last '#'."""
    profile, separator, name = url.rpartition("#")
    if not separator or not profile:
        raise InvalidArgumentError(f"'{url}' is not of the form profile#share.schema.table")
    return profile, parse_table_name(name)


def format_timestamp(timestamp: Optional[TimestampLike]) -> Optional[str]:
    """A datetime as ISO 8601; one without a time zone is taken as UTC. Text passes as it is."""
    if not isinstance(timestamp, datetime):
        return timestamp
    if timestamp.tzinfo is None:
        timestamp = timestamp.replace(tzinfo=timezone.utc)
    return timestamp.isoformat()


def response_format(use_delta_format: Optional[bool]) -> Optional[str]:
    """None lets the server choose."""
    if use_delta_format is None:
        return None
    return "delta" if use_delta_format else "parquet"


def scan_options(
    limit: Optional[int] = None,
    version: Optional[int] = None,
    timestamp: Optional[TimestampLike] = None,
    jsonPredicateHints: Optional[str] = None,
    use_delta_format: Optional[bool] = None,
    columns: Optional[Sequence[str]] = None,
    keep_order: bool = True,
) -> List[Tuple[str, str]]:
    """The options of a scan as the C ABI takes them."""
    values = {
        "limit": limit,
        "version": version,
        "timestamp": format_timestamp(timestamp),
        "json_predicate_hints": jsonPredicateHints,
    }
    return _options(values, use_delta_format, columns, keep_order)


def changes_options(
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    starting_timestamp: Optional[TimestampLike] = None,
    ending_timestamp: Optional[TimestampLike] = None,
    use_delta_format: Optional[bool] = None,
    columns: Optional[Sequence[str]] = None,
    limit: Optional[int] = None,
    keep_order: bool = True,
    commit_milliseconds: bool = False,
) -> List[Tuple[str, str]]:
    """The options of a scan of changes as the C ABI takes them."""
    values = {
        "starting_version": starting_version,
        "ending_version": ending_version,
        "starting_timestamp": format_timestamp(starting_timestamp),
        "ending_timestamp": format_timestamp(ending_timestamp),
        "limit": limit,
        "commit_timestamp": "milliseconds" if commit_milliseconds else None,
    }
    return _options(values, use_delta_format, columns, keep_order)


def _options(
    values: Dict[str, Union[str, int, None]],
    use_delta_format: Optional[bool],
    columns: Optional[Sequence[str]],
    keep_order: bool,
) -> List[Tuple[str, str]]:
    if isinstance(columns, str):
        raise InvalidArgumentError("columns is a text: give a list of names")
    if columns is not None and not columns:
        raise InvalidArgumentError("columns is empty: name at least one, or leave it out")
    values = {**values, "response_format": response_format(use_delta_format)}
    options = [(key, str(value)) for key, value in values.items() if value is not None]
    options.extend(("column", name) for name in columns or ())
    if not keep_order:
        options.append(("keep_order", "false"))
    return options


class SharingClient:
    """Lists and reads what one Delta Sharing server shares with one recipient.

    May be used by many threads at once. Every call can raise the errors of the package;
    UnavailableError comes after all retries.

    :param profile: a path, ``fsspec`` URL or file object of a profile file, or a profile.
    :param options: how to reach the server, as keyword arguments: ``max_retries`` (10),
        ``timeout_ms`` (a transfer that stalls so long fails; 60000), ``proxy`` (URL), ``ca_file``
        (PEM), ``verify_tls`` (True), ``user_agent``, ``memory_budget`` (bytes in flight of one
        scan; 268435456), ``parallel_files`` (files read at once; twice the cores). ``access`` says
        how tables are read: ``"url"``, by URLs that the server signs; ``"dir"``, in their folders,
        with temporary credentials that the server gives; ``"auto"`` (the default), by URLs, and in
        the folder where the server offers that alone.
    :param storage_options: where the stores of such folders are, by the names of the project's
        ``docs/storage.md``: ``{"region": "eu-central-1"}``, ``{"endpoint": "https://…"}``. No
        credentials: those come from the server.
    """

    def __init__(
        self,
        profile: ProfileLike,
        *,
        storage_options: Optional[Mapping[str, Union[str, bool]]] = None,
        **options: Union[str, int, bool],
    ) -> None:
        if not isinstance(profile, DeltaSharingProfile):
            profile = DeltaSharingProfile.read_from_file(profile)
        self._profile = profile
        stores = {f"storage.{name}": value for name, value in (storage_options or {}).items()}
        texts = [
            (key, str(value).lower() if isinstance(value, bool) else str(value))
            for key, value in {**options, **stores}.items()
        ]
        defaults = {"user_agent": "Sluice-Python", "ca_file": _trusted_certificates()}
        texts.extend((key, value) for key, value in defaults.items() if value and key not in options)
        self._inner = _sluice.Client(profile.to_json(), texts)

    def list_shares(self) -> Sequence[Share]:
        """The shares that this recipient may see."""
        return [Share(row["name"]) for row in self._inner.list_shares()]

    def list_schemas(self, share: Share) -> Sequence[Schema]:
        """The schemas of a share. Raises NotFoundError."""
        rows = self._inner.list_schemas(share.name)
        return [Schema(name=row["name"], share=row["share"]) for row in rows]

    def list_tables(self, schema: Schema) -> Sequence[Table]:
        """The tables of a schema. Raises NotFoundError."""
        return [_table(row) for row in self._inner.list_tables(schema.share, schema.name)]

    def list_all_tables(self) -> Sequence[Table]:
        """All tables of all shares."""
        return [
            _table(row)
            for share in self.list_shares()
            for row in self._inner.list_tables(share.name, None)
        ]

    def table(self, table: Union[str, Table]) -> "DeltaSharingTable":
        """A table by its name "share.schema.table". Asks the server nothing yet."""
        return DeltaSharingTable(self, parse_table_name(table) if isinstance(table, str) else table)

    def scan(self, table: Union[str, Table], **options: Any) -> Scan:
        """Starts to read a table; `options` as of :func:`sluice.scan`. Raises NotFoundError,
        InvalidArgumentError, UnsupportedError naming a table feature."""
        return Scan(self._inner.scan(str(table), scan_options(**options)))

    def scan_changes(self, table: Union[str, Table], **options: Any) -> Scan:
        """Starts to read a table's changes; `options` as of :func:`sluice.scan_changes`. Raises
        NotFoundError, InvalidArgumentError, UnsupportedError naming what the changes cannot be read
        across."""
        return Scan(self._inner.changes(str(table), changes_options(**options)))


def _trusted_certificates() -> Optional[str]:
    """Where this Python's OpenSSL looks, SSL_CERT_FILE included; None for the library's own place,
    which is that of Debian: other systems keep them elsewhere."""
    return ssl.get_default_verify_paths().cafile


def _table(row: Dict[str, Any]) -> Table:
    return Table(name=row["name"], share=row["share"], schema=row["schema"])


class DeltaSharingTable:
    """A shared table, by name; made by :meth:`SharingClient.table`."""

    def __init__(self, client: SharingClient, table: Table) -> None:
        self._client = client
        self._table = table

    def version(self, starting_timestamp: Optional[TimestampLike] = None) -> int:
        """The current version, or the first at or after a point in time."""
        timestamp = format_timestamp(starting_timestamp)
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

    def scan(self, **options: Any) -> Scan:
        """Starts to read the table; `options` as of :func:`sluice.scan`."""
        return self._client.scan(self._table, **options)

    def snapshot(
        self,
        *,
        jsonPredicateHints: Optional[str] = None,
        limit: Optional[int] = None,
        version: Optional[int] = None,
        timestamp: Optional[TimestampLike] = None,
        use_delta_format: Optional[bool] = None,
        columns: Optional[Sequence[str]] = None,
    ) -> "TableSnapshot":
        """The table at one version; parameters as of :func:`sluice.scan`."""
        return TableSnapshot(
            self,
            jsonPredicateHints=jsonPredicateHints,
            limit=limit,
            version=version,
            timestamp=timestamp,
            use_delta_format=use_delta_format,
            columns=columns,
        )

    def scan_changes(self, **options: Any) -> Scan:
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
        columns: Optional[Sequence[str]] = None,
    ) -> "TableChanges":
        """The changes between two versions; parameters as of :func:`sluice.scan_changes`."""
        return TableChanges(
            self,
            starting_version=starting_version,
            ending_version=ending_version,
            starting_timestamp=starting_timestamp,
            ending_timestamp=ending_timestamp,
            use_delta_format=use_delta_format,
            columns=columns,
        )

    def to_pandas(self, convert_in_batches: bool = False) -> "pd.DataFrame":
        """The latest rows; see :meth:`Scan.to_pandas`."""
        return self.snapshot().to_pandas(convert_in_batches)

    def to_arrow(self) -> "pa.Table":
        """The latest rows; see :meth:`Scan.to_arrow`."""
        return self.snapshot().to_arrow()

    def to_polars(self) -> "pl.DataFrame":
        """The latest rows; see :meth:`Scan.to_polars`."""
        return self.snapshot().to_polars()

    def to_record_batches(self) -> "Iterator[pa.RecordBatch]":
        """The latest rows, batch by batch."""
        return self.snapshot().to_record_batches()

    def to_record_batch_reader(self) -> "pa.RecordBatchReader":
        """The latest rows; see :meth:`Scan.to_record_batch_reader`."""
        return self.snapshot().to_record_batch_reader()


class _Rows:
    """Rows that `start` starts to read. Each method reads them anew."""

    def __init__(self, start: Callable[[], Scan]) -> None:
        self._start = start

    def scan(self) -> Scan:
        """Starts to read."""
        return self._start()

    def to_pandas(self, convert_in_batches: bool = False) -> "pd.DataFrame":
        """See :meth:`Scan.to_pandas`."""
        return self.scan().to_pandas(convert_in_batches)

    def to_arrow(self) -> "pa.Table":
        """See :meth:`Scan.to_arrow`."""
        return self.scan().to_arrow()

    def to_polars(self) -> "pl.DataFrame":
        """See :meth:`Scan.to_polars`."""
        return self.scan().to_polars()

    def to_record_batches(self) -> "Iterator[pa.RecordBatch]":
        """Batch by batch."""
        return iter(self.scan())

    def to_record_batch_reader(self) -> "pa.RecordBatchReader":
        """See :meth:`Scan.to_record_batch_reader`."""
        return self.scan().to_record_batch_reader()


class TableSnapshot(_Rows):
    """A table at one version, with what of it is wanted. Each method reads it anew."""

    def __init__(self, table: DeltaSharingTable, **options: Any) -> None:
        super().__init__(lambda: table.scan(**options))


class TableChanges(_Rows):
    """The changes of a table between two versions. Each method reads them anew."""

    def __init__(self, table: DeltaSharingTable, **options: Any) -> None:
        super().__init__(lambda: table.scan_changes(**options))
        milliseconds = not options.get("use_delta_format")
        self._start_for_pandas = lambda: table.scan_changes(
            **options, commit_milliseconds=milliseconds
        )

    def to_pandas(self, convert_in_batches: bool = False) -> "pd.DataFrame":
        """See :meth:`Scan.to_pandas`. As in the official package, ``_commit_timestamp`` is a
        number of milliseconds since 1970 unless ``use_delta_format`` was set."""
        return self._start_for_pandas().to_pandas(convert_in_batches)
