"""Following a table: its changes version by version, as they come."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Iterator, NamedTuple, Optional, Tuple

from ._errors import InvalidArgumentError, UnsupportedError, missing
from ._given import TimestampLike, column_names

if TYPE_CHECKING:
    import pyarrow as pa

    from ._options import ChangesOptions
    from ._scan import Scan
    from ._table import DeltaSharingTable

_VERSION = "_commit_version"


class ChangeBatch(NamedTuple):
    """Changes of one version."""

    version: int
    #: The columns asked for, with those of changes as :func:`sluice.scan_changes` has them.
    data: "pa.RecordBatch"
    #: Whether the version has no more: then ``version + 1`` is where to begin another time.
    ends_version: bool


class ChangeFollower(Iterator[ChangeBatch]):
    """Made by :func:`sluice.iter_changes`. One thread iterates; :meth:`close` is for any thread, and
    ends the iteration, also one that waits.

    An error of a step leaves the follower as it is: the next step reads again from `next_version`.
    """

    def __init__(
        self,
        table: "DeltaSharingTable",
        starting_version: Optional[int],
        starting_timestamp: Optional[TimestampLike],
        poll_seconds: Optional[float],
        options: "ChangesOptions",
    ) -> None:
        if starting_version is not None and starting_timestamp is not None:
            raise InvalidArgumentError("give starting_version or starting_timestamp, not both")
        if poll_seconds is not None and not poll_seconds >= 0:
            raise InvalidArgumentError(f"poll_seconds is {poll_seconds}")
        if starting_timestamp is not None:
            starting_version = table.version(starting_timestamp)
        elif starting_version is None:
            starting_version = table.version() + 1
        self._table = table
        self._poll_seconds = poll_seconds
        self._columns = column_names(options.get("columns"))
        read = self._columns
        if read is not None and _VERSION not in read:
            read = [*read, _VERSION]
        self._options: "ChangesOptions" = {**options, "columns": read}
        self._next = starting_version
        self._closed = threading.Event()
        self._scan: "Optional[Scan]" = None
        self._steps = self._follow()

    @property
    def next_version(self) -> int:
        """The first version that was not handed out whole: where to begin another time."""
        return self._next

    def __next__(self) -> ChangeBatch:
        try:
            return next(self._steps)
        except StopIteration:
            raise
        except BaseException:
            self._steps = self._follow()
            if self._closed.is_set():
                raise StopIteration from None
            raise

    def close(self) -> None:
        """Ends the iteration."""
        self._closed.set()
        scan = self._scan
        if scan is not None:
            scan.cancel()

    def __enter__(self) -> "ChangeFollower":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _follow(self) -> Iterator[ChangeBatch]:
        while not self._closed.is_set():
            latest = self._table.version()
            if latest < self._next - 1:
                raise UnsupportedError(
                    f"{self._table.table} is at version {latest}, before {self._next - 1}, which "
                    "was read: it was written anew"
                )
            if latest >= self._next:
                yield from self._read(latest)
            elif self._poll_seconds is None or self._closed.wait(self._poll_seconds):
                return

    def _read(self, latest: int) -> Iterator[ChangeBatch]:
        options = self._options.copy()
        options["starting_version"], options["ending_version"] = self._next, latest
        self._scan = self._table.scan_changes(**options)
        if self._closed.is_set():
            return
        held: "Optional[Tuple[int, pa.RecordBatch]]" = None
        for version, data in _by_version(self._scan):
            if held is not None:
                yield self._hand_out(*held, ends=held[0] != version)
            held = version, data
        if held is not None:
            yield self._hand_out(*held, ends=True)
        self._next = latest + 1

    def _hand_out(self, version: int, data: "pa.RecordBatch", ends: bool) -> ChangeBatch:
        if self._columns is not None:
            data = data.select(self._columns)
        self._next = version + 1 if ends else version
        return ChangeBatch(version, data, ends)


def _by_version(scan: "Scan") -> "Iterator[Tuple[int, pa.RecordBatch]]":
    """Batches cut where the version changes. Changes come in the order of versions."""
    try:
        import pyarrow.compute as pc
    except ImportError:
        raise missing("iter_changes", "arrow") from None
    for batch in scan:
        runs = pc.run_end_encode(batch.column(batch.schema.get_field_index(_VERSION)))
        start = 0
        for version, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist()):
            yield version, batch.slice(start, end - start)
            start = end
