"""Shared rows as local files: Parquet, CSV, Delta. Batch by batch, so that memory stays bounded."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterator, Literal, Optional, Tuple

from ._errors import (
    AlreadyExistsError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    missing,
)
from ._given import wrong_kind

if TYPE_CHECKING:
    import pyarrow as pa

    from ._scan import Scan

Format = Optional[Literal["parquet", "csv", "delta"]]
Mode = Literal["error", "overwrite", "append"]


def write(scan: "Scan", path: "str | os.PathLike[str]", format: Format, mode: Mode) -> int:
    """See :meth:`Scan.write_to`."""
    if not isinstance(path, (str, os.PathLike)):
        raise wrong_kind("path", path, "a path")
    target = Path(path)
    form = format or _format_of(target)
    if mode not in ("error", "overwrite", "append"):
        raise InvalidArgumentError(f"mode is {mode!r}: there are error, overwrite, append")
    if form == "delta":
        return _write_delta(scan, target, mode)
    if form not in _WRITERS:
        raise InvalidArgumentError(f"format is {form!r}: there are parquet, csv, delta")
    if mode == "append":
        raise InvalidArgumentError(f"a {form} file cannot be appended to: mode 'append' is for delta")
    if mode == "error" and target.exists():
        raise AlreadyExistsError(f"{target} exists: mode='overwrite' replaces it")
    if target.is_dir():
        raise InvalidArgumentError(f"{target} is a folder, and a {form} file is to be written")
    return _write_file(scan, target, _WRITERS[form])


def _format_of(path: Path) -> str:
    ending = path.suffix.lower().lstrip(".")
    if ending in ("parquet", "csv"):
        return ending
    raise InvalidArgumentError(f"{path}: give format='parquet', 'csv' or 'delta'")


def _write_file(scan: "Scan", target: Path, open_writer: Callable[[Any, "pa.Schema"], Any]) -> int:
    """The file appears whole or not at all."""
    reader = scan.to_record_batch_reader()
    handle, draft = _draft(target)
    rows = 0
    try:
        with os.fdopen(handle, "wb") as file:
            with open_writer(file, reader.schema) as writer:
                for batch in scan.batches_of(reader):
                    with _named(target, reader.schema):
                        writer.write_batch(batch)
                    rows += batch.num_rows
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(draft, 0o666 & ~mask)
        os.replace(draft, target)
    except BaseException:
        scan.cancel()
        os.unlink(draft)
        raise
    return rows


def _draft(target: Path) -> Tuple[int, str]:
    try:
        return tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"{target}: there is no folder {target.parent}") from None
    except PermissionError:
        raise PermissionDeniedError(
            f"{target}: the folder {target.parent} may not be written to by this user"
        ) from None


@contextmanager
def _named(target: Path, schema: "pa.Schema") -> Iterator[None]:
    """What a file cannot hold, with the columns that it may be."""
    import pyarrow as pa

    try:
        yield
    except pa.ArrowException as error:
        binary = [field.name for field in schema if pa.types.is_binary(field.type)]
        hint = f": CSV has no bytes, and {', '.join(binary)} is binary: leave out with columns=, or write parquet"
        told = hint if binary and "UTF8" in str(error) else f": {error}"
        raise InvalidArgumentError(f"{target}{told}") from error


def _parquet(file: Any, schema: "pa.Schema") -> Any:
    import pyarrow.parquet as parquet

    return parquet.ParquetWriter(file, schema, compression="zstd")


def _csv(file: Any, schema: "pa.Schema") -> Any:
    import pyarrow as pa
    import pyarrow.csv as csv

    nested = [field.name for field in schema if pa.types.is_nested(field.type)]
    if nested:
        raise InvalidArgumentError(
            f"CSV has no nested values, and {', '.join(nested)} is nested: leave out with columns=, "
            "or write parquet"
        )
    return csv.CSVWriter(file, schema)


_WRITERS = {"parquet": _parquet, "csv": _csv}


def _write_delta(scan: "Scan", target: Path, mode: Mode) -> int:
    try:
        import deltalake
    except ImportError:
        raise missing("to write a Delta table", "delta") from None
    if mode == "error" and (target / "_delta_log").exists():
        raise AlreadyExistsError(f"{target} is a table: mode='overwrite' replaces its rows")
    with scan.errors():
        deltalake.write_deltalake(str(target), scan, mode=mode)
    return scan.progress.rows
