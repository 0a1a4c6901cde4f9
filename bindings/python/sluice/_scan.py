"""Scans: the rows of a table as an Arrow stream, and their ways into other libraries."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Iterator, Optional

from . import _errors, _progress, _sluice
from ._errors import InvalidArgumentError, missing
from ._html import definition
from ._types import Progress

if TYPE_CHECKING:
    import os

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from ._options import Options
    from ._write import Format, Mode

_log = logging.getLogger("sluice")


class ArrowSchema:
    """An Arrow schema for any library that takes ``__arrow_c_schema__``: ``pyarrow.schema(…)``."""

    def __init__(self, make_capsule: Any) -> None:
        self._make_capsule = make_capsule

    def __arrow_c_schema__(self) -> Any:
        return self._make_capsule()


class Scan:
    """The rows of a table, read ahead in the background within a bounded memory.

    A scan is an Arrow stream: hand it to any library that takes ``__arrow_c_stream__``, such as
    ``pyarrow.table(scan)``, ``polars.DataFrame(scan)`` or DuckDB. It is read once. Without any
    such library nothing but :meth:`to_polars` and the like is lost: the scan itself needs none.

    ``progress`` and :meth:`cancel` may be used from any thread. Ctrl-C on the main thread cancels.
    """

    def __init__(
        self, inner: "_sluice.Scan", title: str = "", show_progress: Optional[bool] = False
    ) -> None:
        self._inner = inner
        self._title = title
        self._show_progress = show_progress

    def __repr__(self) -> str:
        return f"<sluice.Scan of {self._title} at version {self.table_version}>"

    def _repr_html_(self) -> str:
        facts = {"version": self.table_version, **self.progress._asdict()}
        return definition(f"Scan of {self._title}", facts)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The stream as a capsule of the Arrow C interface; once a scan. `requested_schema` is not
        followed, as the interface allows: rows come with the table's types."""
        return self._inner.take_stream()

    def __arrow_c_schema__(self) -> Any:
        return self._inner.schema()

    @property
    def schema(self) -> ArrowSchema:
        """The columns that come, with the table's types: ``pyarrow.schema(scan.schema)``."""
        return ArrowSchema(self._inner.schema)

    @property
    def table_version(self) -> int:
        """The version of the table that is read."""
        return self._inner.table_version()

    @property
    def progress(self) -> Progress:
        """How far the scan is."""
        return Progress(*self._inner.progress())

    def cancel(self) -> None:
        """Makes the reader of the stream fail with CancelledError soon. May be repeated."""
        self._inner.cancel()

    def __enter__(self) -> "Scan":
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self.cancel()

    def __iter__(self) -> "Iterator[pa.RecordBatch]":
        """Record batches of pyarrow, as they come."""
        return self.batches_of(self.to_record_batch_reader())

    def to_batches(self, batch_size: Optional[int] = None) -> "Iterator[pa.RecordBatch]":
        """Record batches of pyarrow: as they come, or of `batch_size` rows each but the last. What
        was not asked for yet is read ahead within the client's memory budget only."""
        if batch_size is None:
            return iter(self)
        if batch_size < 1:
            raise InvalidArgumentError(f"batch_size is {batch_size}")
        return self._batches_of_size(batch_size)

    def _batches_of_size(self, batch_size: int) -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa

        held: "list[pa.RecordBatch]" = []
        rows = 0
        for batch in self:
            held.append(batch)
            rows += batch.num_rows
            if rows < batch_size:
                continue
            whole = pa.Table.from_batches(held).combine_chunks()
            ready = rows - rows % batch_size
            yield from whole.slice(0, ready).to_batches(max_chunksize=batch_size)
            rows -= ready
            held = whole.slice(ready).to_batches()
        if rows:
            yield from pa.Table.from_batches(held).combine_chunks().to_batches()

    def batches_of(self, reader: "pa.RecordBatchReader") -> "Iterator[pa.RecordBatch]":
        """Batches of a reader that this scan made, with errors of this package."""
        while True:
            with self.errors():
                try:
                    batch = reader.read_next_batch()
                except StopIteration:
                    return
            yield batch

    def write_to(
        self, path: "str | os.PathLike[str]", format: "Format" = None, mode: "Mode" = "error"
    ) -> int:
        """Writes the rows to a local file or table, batch by batch, and returns their number. A file
        appears whole or not at all.

        :param format: ``"parquet"``, ``"csv"``, or ``"delta"`` (a table, by the package
            ``deltalake``); None takes that which the path ends in.
        :param mode: what to do where something is: ``"error"``, ``"overwrite"``, or ``"append"``
            (to a Delta table).
        :raises AlreadyExistsError: something is there, and `mode` is ``"error"``.
        """
        from ._write import write

        with self._watched():
            return write(self, path, format, mode)

    def to_record_batch_reader(self) -> "pa.RecordBatchReader":
        """The rows as a reader of pyarrow. Its errors are pyarrow's: the other methods here turn
        them into SluiceError."""
        pa = _pyarrow("pyarrow data")
        if hasattr(pa.RecordBatchReader, "from_stream"):
            return pa.RecordBatchReader.from_stream(self)
        return pa.RecordBatchReader._import_from_c_capsule(self.__arrow_c_stream__())

    def to_arrow(self) -> "pa.Table":
        """All rows as a table of pyarrow."""
        reader = self.to_record_batch_reader()
        with self._watched(), self.errors():
            return reader.read_all()

    def to_polars(self) -> "pl.DataFrame":
        """All rows as a data frame of Polars; pyarrow is not needed."""
        try:
            import polars as pl
        except ImportError:
            raise missing("a Polars data frame", "polars") from None
        with self._watched(), self.errors():
            return pl.DataFrame(self)

    def to_pandas(self, convert_in_batches: bool = False) -> "pd.DataFrame":
        """All rows as a data frame of pandas. Dates and decimals become Python objects; integers
        with nulls become floats.

        :param convert_in_batches: convert each batch as it comes, which holds less memory at once.
        """
        _pyarrow("a pandas data frame", extra="pandas")
        try:
            import pandas as pd
        except ImportError:
            raise missing("a pandas data frame", "pandas") from None
        from ._pandas import convert, frame_of

        if not convert_in_batches:
            with self._watched(), self.errors():
                return frame_of(self._inner)
        reader = self.to_record_batch_reader()
        with self._watched(), self.errors():
            frames = [convert(batch) for batch in reader]
        if not frames:
            return convert(reader.schema.empty_table())
        return pd.concat(frames, axis=0, ignore_index=True)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        started = time.monotonic()
        with _progress.shown(self, self._title, self._show_progress):
            yield
        progress, seconds = self.progress, time.monotonic() - started
        _log.info(
            "read %s at version %d: %d rows, %d of %d bytes in %d files, %.2f s",
            self._title,
            self.table_version,
            progress.rows,
            progress.bytes_read,
            progress.bytes_total,
            progress.files_listed,
            seconds,
        )

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turns what an Arrow library made of the stream's error back into SluiceError."""
        try:
            yield
        except BaseException as error:
            # Versions of Polars panic on a stream's error, which Rust makes no Exception.
            if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
                raise
            self._inner.raise_pending()
            cause = _errors.from_stream(self._inner.last_error())
            if cause is None:
                raise
            raise cause from error


def _pyarrow(what: str, extra: Optional[str] = None) -> Any:
    try:
        import pyarrow
    except ImportError:
        raise missing(what, extra or "arrow") from None
    return pyarrow


def frame(start: "Callable[[Options], Scan]", convert_in_batches: bool) -> "pd.DataFrame":
    """The rows of a scan that is started in the form which makes frames best: with these options
    beside its own."""
    return start([] if convert_in_batches else _form_of_frames()).to_pandas(convert_in_batches)


def _form_of_frames() -> "Options":
    try:
        from ._pandas import text_type
    except ImportError:
        return []  # The frame's error says what is missing.
    return [("text_type", text_type())]
