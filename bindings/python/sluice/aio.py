"""The package for ``asyncio``: its functions as coroutines, with the same names, parameters and
results; :func:`to_batches` and :func:`iter_changes` give what ``async for`` takes.

    from sluice import aio
    frame = await aio.load_as_pandas("config.share#share.schema.table", filters="amount > 5")
    async for batch in aio.to_batches("config.share#share.schema.table"):
        ...

Work is done on threads. Cancelling a coroutine cancels its scan; where it was opened by a URL, also
the request that it waits for.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
from typing import (
    TYPE_CHECKING,
    Any,
    AsyncIterator,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    List,
    Optional,
    TypeVar,
    Union,
)

from . import _cancel, _change_functions, _client, _functions
from ._follow import ChangeBatch
from ._listing import Listing
from ._given import TableUrl, TimestampLike
from ._profile import ProfileLike
from ._scan import Scan
from ._table import DeltaSharingTable
from ._types import Metadata, Protocol, Schema, Share, Table

if TYPE_CHECKING:
    import os

    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from typing_extensions import ParamSpec, Unpack

    from ._filters import FilterLike
    from ._options import ChangesOptions, ClientOptions, OpenOptions, ScanOptions
    from ._write import Format, Mode

    P = ParamSpec("P")

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
        return SharedTable(lambda: opened)


class SharedTable:
    """A shared table; made by :meth:`SharingClient.table` and :func:`open_table`."""

    def __init__(self, open: Callable[[], DeltaSharingTable]) -> None:
        """`open` may make a client, whose requests are then broken off with the coroutine."""
        self._open = open

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
        return await self._ask(lambda table: table._frame(**options))

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
        return await self._ask(lambda table: table._frame_of_changes(**options))

    async def changes_to_arrow(self, **options: "Unpack[ChangesOptions]") -> "pa.Table":
        """The changes; `options` as of :func:`sluice.scan_changes`."""
        return await self._load(lambda table: table.scan_changes(**options), Scan.to_arrow)

    async def changes_to_polars(self, **options: "Unpack[ChangesOptions]") -> "pl.DataFrame":
        """The changes; `options` as of :func:`sluice.scan_changes`."""
        return await self._load(lambda table: table.scan_changes(**options), Scan.to_polars)

    def to_batches(
        self, batch_size: Optional[int] = None, **options: "Unpack[ScanOptions]"
    ) -> "AsyncIterator[pa.RecordBatch]":
        """The rows as record batches; see :meth:`sluice.Scan.to_batches`."""
        return _each(lambda: self._open().scan(**options).to_batches(batch_size))

    def iter_changes(
        self,
        starting_version: Optional[int] = None,
        starting_timestamp: Optional[TimestampLike] = None,
        *,
        poll_seconds: Optional[float] = 10.0,
        columns: Optional[Iterable[str]] = None,
        filters: "Optional[FilterLike]" = None,
        use_delta_format: Optional[bool] = None,
    ) -> AsyncIterator[ChangeBatch]:
        """Follows the table; see :func:`sluice.iter_changes`."""
        return _each(
            lambda: self._open().iter_changes(
                starting_version,
                starting_timestamp,
                poll_seconds=poll_seconds,
                columns=columns,
                filters=filters,
                use_delta_format=use_delta_format,
            )
        )

    async def _ask(self, question: Callable[[DeltaSharingTable], T]) -> T:
        return await _Guard().run(lambda: question(self._open()))

    async def _load(
        self, start: Callable[[DeltaSharingTable], Scan], finish: Callable[[Scan], T]
    ) -> T:
        return await _Guard().run(lambda: finish(start(self._open())))


class _Guard:
    """Runs calls on threads and, when the coroutine that waits is cancelled, what ends them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._over = False
        self._ends: "List[_cancel.End]" = []

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` opens and starts is ended also later, by `end`."""
        context = contextvars.copy_context()
        context.run(_cancel.watcher.set, self._note)
        return await self._wait(context, work)

    async def step(self, work: Callable[[], T]) -> T:
        """More of what was started: of an endless number of steps, none is noted."""
        return await self._wait(contextvars.copy_context(), work)

    async def _wait(self, context: contextvars.Context, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(None, context.run, work)
        except asyncio.CancelledError:
            self.end()
            raise

    def _note(self, end: "_cancel.End") -> None:
        """For any thread. At once where the coroutine is cancelled already."""
        with self._lock:
            if not self._over:
                self._ends.append(end)
                return
        end()

    def end(self) -> None:
        with self._lock:
            self._over = True
            ends, self._ends = self._ends, []
        for end in ends:
            end()


async def _each(start: Callable[[], Iterator[T]]) -> AsyncIterator[T]:
    guard = _Guard()
    try:
        items = await guard.run(start)
        while (item := await guard.step(lambda: next(items, None))) is not None:
            yield item
    finally:
        guard.end()


def _awaited(function: "Callable[P, T]") -> "Callable[P, Coroutine[Any, Any, T]]":
    """The same function as a coroutine."""

    @functools.wraps(function)
    async def call(*args: "P.args", **kwargs: "P.kwargs") -> T:
        return await _Guard().run(lambda: function(*args, **kwargs))

    return call


def _iterated(function: "Callable[P, Iterator[T]]") -> "Callable[P, AsyncIterator[T]]":
    """The same function, whose iterator is waited for."""

    @functools.wraps(function)
    def call(*args: "P.args", **kwargs: "P.kwargs") -> "AsyncIterator[T]":
        return _each(lambda: function(*args, **kwargs))

    return call


def open_table(url: TableUrl, **options: "Unpack[OpenOptions]") -> SharedTable:
    """As :func:`sluice.open_table`."""
    return SharedTable(lambda: _functions.open_table(url, **options))


load_as_pandas = _awaited(_functions.load_as_pandas)
load_as_arrow = _awaited(_functions.load_as_arrow)
load_as_polars = _awaited(_functions.load_as_polars)
scan = _awaited(_functions.scan)
to_batches = _iterated(_functions.to_batches)
write_to = _awaited(_functions.write_to)
get_table_version = _awaited(_functions.get_table_version)
get_table_metadata = _awaited(_functions.get_table_metadata)
get_table_protocol = _awaited(_functions.get_table_protocol)
load_table_changes_as_pandas = _awaited(_change_functions.load_table_changes_as_pandas)
load_table_changes_as_arrow = _awaited(_change_functions.load_table_changes_as_arrow)
load_table_changes_as_polars = _awaited(_change_functions.load_table_changes_as_polars)
scan_changes = _awaited(_change_functions.scan_changes)
iter_changes = _iterated(_change_functions.iter_changes)
