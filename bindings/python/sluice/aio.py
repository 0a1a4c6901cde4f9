"""The package for ``asyncio``: its functions as coroutines, with the same names and results.

    from sluice import aio
    frame = await aio.load_as_pandas("config.share#share.schema.table", filters="amount > 5")
    async for batch in aio.to_batches("config.share#share.schema.table"):
        ...

Work is done on threads. Cancelling a coroutine cancels its scan; where it was opened by a URL, also
the request that it waits for.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, AsyncIterator, Callable, List, Optional, TypeVar, Union

from . import _client, _functions
from ._follow import ChangeBatch
from ._listing import Listing
from ._given import TimestampLike
from ._options import ChangesOptions, ScanOptions
from ._profile import ProfileLike
from ._scan import Scan
from ._table import DeltaSharingTable
from ._types import Metadata, Protocol, Schema, Share, Table

if TYPE_CHECKING:
    import os

    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from typing_extensions import Unpack

    from ._options import ClientOptions, OpenOptions
    from ._write import Format, Mode

    class ScanCall(ScanOptions, OpenOptions, total=False):
        """What is read, and how the server is reached."""

    class ChangesCall(ChangesOptions, OpenOptions, total=False):
        """Likewise, of changes."""


T = TypeVar("T")


class SharingClient:
    """As :class:`sluice.SharingClient`."""

    def __init__(
        self, profile: Optional[ProfileLike] = None, **options: "Unpack[ClientOptions]"
    ) -> None:
        self._client = _client.SharingClient(profile, **options)

    async def list_shares(self) -> "Listing[Share]":
        """The shares that this recipient may see."""
        return await asyncio.to_thread(self._client.list_shares)

    async def list_schemas(self, share: Share) -> "Listing[Schema]":
        """The schemas of a share."""
        return await asyncio.to_thread(self._client.list_schemas, share)

    async def list_tables(self, schema: Schema) -> "Listing[Table]":
        """The tables of a schema."""
        return await asyncio.to_thread(self._client.list_tables, schema)

    async def list_all_tables(self) -> "Listing[Table]":
        """All tables of all shares."""
        return await asyncio.to_thread(self._client.list_all_tables)

    def table(self, table: Union[str, Table]) -> "SharedTable":
        """A table by its name. Asks the server nothing yet."""
        opened = self._client.table(table)
        return SharedTable(lambda: opened, interruptible=False)


class SharedTable:
    """A shared table; made by :meth:`SharingClient.table` and :func:`open_table`."""

    def __init__(self, open: Callable[[], DeltaSharingTable], interruptible: bool) -> None:
        """`interruptible`: nobody else uses the client, so that its requests may be broken off."""
        self._open = open
        self._interruptible = interruptible

    async def version(self, starting_timestamp: Optional[TimestampLike] = None) -> int:
        """The current version, or the first at or after a point in time."""
        return await self._ask(lambda table: table.version(starting_timestamp))

    async def metadata(self, use_delta_format: bool = True) -> Metadata:
        """See :meth:`sluice.DeltaSharingTable.metadata`."""
        return await self._ask(lambda table: table.metadata(use_delta_format))

    async def protocol(self, use_delta_format: bool = True) -> Protocol:
        """Reader version and table features."""
        return await self._ask(lambda table: table.protocol(use_delta_format))

    async def to_pandas(self, **options: "Unpack[ScanOptions]") -> "pd.DataFrame":
        """The rows; `options` as of :func:`sluice.scan`."""
        return await self._load(lambda table: table.scan(**options), Scan.to_pandas)

    async def to_arrow(self, **options: "Unpack[ScanOptions]") -> "pa.Table":
        """The rows; `options` as of :func:`sluice.scan`."""
        return await self._load(lambda table: table.scan(**options), Scan.to_arrow)

    async def to_polars(self, **options: "Unpack[ScanOptions]") -> "pl.DataFrame":
        """The rows; `options` as of :func:`sluice.scan`."""
        return await self._load(lambda table: table.scan(**options), Scan.to_polars)

    async def write_to(
        self,
        path: "str | os.PathLike[str]",
        format: "Format" = None,
        mode: "Mode" = "error",
        **options: "Unpack[ScanOptions]",
    ) -> int:
        """See :meth:`sluice.Scan.write_to`."""
        return await self._load(
            lambda table: table.scan(**options), lambda scan: scan.write_to(path, format, mode)
        )

    async def changes_to_pandas(self, **options: "Unpack[ChangesOptions]") -> "pd.DataFrame":
        """The changes; `options` as of :func:`sluice.scan_changes`."""
        milliseconds: "ChangesOptions" = {
            "commit_milliseconds": not options.get("use_delta_format"),
            **options,
        }
        return await self._load(lambda table: table.scan_changes(**milliseconds), Scan.to_pandas)

    async def changes_to_arrow(self, **options: "Unpack[ChangesOptions]") -> "pa.Table":
        """The changes; `options` as of :func:`sluice.scan_changes`."""
        return await self._load(lambda table: table.scan_changes(**options), Scan.to_arrow)

    async def changes_to_polars(self, **options: "Unpack[ChangesOptions]") -> "pl.DataFrame":
        """The changes; `options` as of :func:`sluice.scan_changes`."""
        return await self._load(lambda table: table.scan_changes(**options), Scan.to_polars)

    async def to_batches(
        self, batch_size: Optional[int] = None, **options: "Unpack[ScanOptions]"
    ) -> "AsyncIterator[pa.RecordBatch]":
        """The rows as record batches; see :meth:`sluice.Scan.to_batches`."""
        guard = self._guard()
        scan = await guard.run(lambda: guard.start(self._open, lambda table: table.scan(**options)))
        try:
            batches = scan.to_batches(batch_size)
            while (batch := await guard.run(lambda: next(batches, None))) is not None:
                yield batch
        finally:
            scan.cancel()

    async def iter_changes(
        self,
        starting_version: Optional[int] = None,
        starting_timestamp: Optional[TimestampLike] = None,
        *,
        poll_seconds: Optional[float] = 10.0,
        **options: Any,
    ) -> AsyncIterator[ChangeBatch]:
        """Follows the table; see :func:`sluice.iter_changes`."""
        guard = self._guard()
        follower = await guard.run(
            lambda: guard.opened(self._open).iter_changes(
                starting_version, starting_timestamp, poll_seconds=poll_seconds, **options
            )
        )
        guard.on_cancel(follower.close)
        with follower:
            while (change := await guard.run(lambda: next(follower, None))) is not None:
                yield change

    def _guard(self) -> "_Guard":
        return _Guard(self._interruptible)

    async def _ask(self, question: Callable[[DeltaSharingTable], T]) -> T:
        guard = self._guard()
        return await guard.run(lambda: question(guard.opened(self._open)))

    async def _load(
        self, start: Callable[[DeltaSharingTable], Scan], finish: Callable[[Scan], T]
    ) -> T:
        guard = self._guard()
        return await guard.run(lambda: finish(guard.start(self._open, start)))


class _Guard:
    """Runs calls on threads and, when the coroutine that waits is cancelled, what ends them."""

    def __init__(self, interruptible: bool) -> None:
        self._interruptible = interruptible
        self._lock = threading.Lock()
        self._cancelled = False
        self._ends: "List[Callable[[], None]]" = []

    async def run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except asyncio.CancelledError:
            self._cancel()
            raise

    def opened(self, open: Callable[[], DeltaSharingTable]) -> DeltaSharingTable:
        table = open()
        if self._interruptible:
            self.on_cancel(table._client._inner.interrupt)
        return table

    def start(
        self, open: Callable[[], DeltaSharingTable], start: Callable[[DeltaSharingTable], Scan]
    ) -> Scan:
        scan = start(self.opened(open))
        self.on_cancel(scan.cancel)
        return scan

    def on_cancel(self, end: Callable[[], None]) -> None:
        """For any thread. At once where the coroutine is cancelled already."""
        with self._lock:
            if not self._cancelled:
                self._ends.append(end)
                return
        end()

    def _cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            ends, self._ends = self._ends, []
        for end in ends:
            end()


def open_table(url: str, **options: "Unpack[OpenOptions]") -> SharedTable:
    """As :func:`sluice.open_table`."""
    return SharedTable(lambda: _functions.open_table(url, **options), interruptible=True)


async def load_as_pandas(url: str, **options: "Unpack[ScanCall]") -> "pd.DataFrame":
    """As :func:`sluice.load_as_pandas`."""
    table, wanted = _split(url, options, ScanOptions)
    return await table.to_pandas(**wanted)


async def load_as_arrow(url: str, **options: "Unpack[ScanCall]") -> "pa.Table":
    """As :func:`sluice.load_as_arrow`."""
    table, wanted = _split(url, options, ScanOptions)
    return await table.to_arrow(**wanted)


async def load_as_polars(url: str, **options: "Unpack[ScanCall]") -> "pl.DataFrame":
    """As :func:`sluice.load_as_polars`."""
    table, wanted = _split(url, options, ScanOptions)
    return await table.to_polars(**wanted)


def to_batches(
    url: str, batch_size: Optional[int] = None, **options: "Unpack[ScanCall]"
) -> "AsyncIterator[pa.RecordBatch]":
    """As :func:`sluice.to_batches`."""
    table, wanted = _split(url, options, ScanOptions)
    return table.to_batches(batch_size, **wanted)


async def write_to(
    url: str,
    path: "str | os.PathLike[str]",
    format: "Format" = None,
    mode: "Mode" = "error",
    **options: "Unpack[ScanCall]",
) -> int:
    """As :func:`sluice.write_to`."""
    table, wanted = _split(url, options, ScanOptions)
    return await table.write_to(path, format, mode, **wanted)


async def load_table_changes_as_pandas(url: str, **options: "Unpack[ChangesCall]") -> "pd.DataFrame":
    """As :func:`sluice.load_table_changes_as_pandas`."""
    table, wanted = _split(url, options, ChangesOptions)
    return await table.changes_to_pandas(**wanted)


async def load_table_changes_as_arrow(url: str, **options: "Unpack[ChangesCall]") -> "pa.Table":
    """As :func:`sluice.load_table_changes_as_arrow`."""
    table, wanted = _split(url, options, ChangesOptions)
    return await table.changes_to_arrow(**wanted)


async def load_table_changes_as_polars(url: str, **options: "Unpack[ChangesCall]") -> "pl.DataFrame":
    """As :func:`sluice.load_table_changes_as_polars`."""
    table, wanted = _split(url, options, ChangesOptions)
    return await table.changes_to_polars(**wanted)


async def get_table_version(
    url: str,
    starting_timestamp: Optional[TimestampLike] = None,
    **client: "Unpack[OpenOptions]",
) -> int:
    """As :func:`sluice.get_table_version`."""
    return await open_table(url, **client).version(starting_timestamp)


async def get_table_metadata(
    url: str, use_delta_format: bool = True, **client: "Unpack[OpenOptions]"
) -> Metadata:
    """As :func:`sluice.get_table_metadata`."""
    return await open_table(url, **client).metadata(use_delta_format)


async def get_table_protocol(
    url: str, use_delta_format: bool = True, **client: "Unpack[OpenOptions]"
) -> Protocol:
    """As :func:`sluice.get_table_protocol`."""
    return await open_table(url, **client).protocol(use_delta_format)


def _split(url: str, options: Any, kind: Any) -> "tuple[SharedTable, Any]":
    """The table, and the options that are `kind`'s; the others are those of its client."""
    wanted = {name: options.pop(name) for name in kind.__annotations__ if name in options}
    return open_table(url, **options), wanted
