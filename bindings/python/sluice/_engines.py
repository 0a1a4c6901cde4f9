"""Functions that hand "profile#share.schema.table" to a query engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, Optional

from ._functions import open_table
from ._given import TableUrl, TimestampLike

if TYPE_CHECKING:
    import dask.dataframe as dd
    import duckdb
    import polars as pl
    from typing_extensions import Unpack

    from ._dataset import SharedDataset
    from ._filters import FilterLike
    from ._options import OpenOptions


def scan_polars(
    url: TableUrl,
    version: Optional[int] = None,
    timestamp: Optional[TimestampLike] = None,
    use_delta_format: Optional[bool] = None,
    *,
    columns: Optional[Iterable[str]] = None,
    filters: "Optional[FilterLike]" = None,
    **client: "Unpack[OpenOptions]",
) -> "pl.LazyFrame":
    """A lazy frame of Polars: its queries fetch only the columns, rows and files that they need.

    Each ``collect()`` reads anew, of the version that was the latest when the frame was made, or that
    of `version` or `timestamp`. Parameters and errors as of :func:`scan`; NotFoundError comes also
    where the table changed and the server does not give that version any more: make the frame anew.
    """
    return open_table(url, **client).scan_polars(
        version=version,
        timestamp=timestamp,
        use_delta_format=use_delta_format,
        columns=columns,
        filters=filters,
    )


def dataset(
    url: TableUrl,
    version: Optional[int] = None,
    timestamp: Optional[TimestampLike] = None,
    use_delta_format: Optional[bool] = None,
    *,
    columns: Optional[Iterable[str]] = None,
    filters: "Optional[FilterLike]" = None,
    **client: "Unpack[OpenOptions]",
) -> "SharedDataset":
    """A data set of pyarrow, which must be installed: whoever scans it, DuckDB among them, fetches
    only the columns, rows and files that it asks for.

    Each scan reads anew, of the version that was the latest when the data set was made, or that of
    `version` or `timestamp`. Parameters and errors as of :func:`scan`; NotFoundError comes also where
    the table changed and the server does not give that version any more: make the data set anew.
    """
    return open_table(url, **client).dataset(
        version=version,
        timestamp=timestamp,
        use_delta_format=use_delta_format,
        columns=columns,
        filters=filters,
    )


def duckdb_relation(
    url: TableUrl,
    connection: "Optional[duckdb.DuckDBPyConnection]" = None,
    version: Optional[int] = None,
    timestamp: Optional[TimestampLike] = None,
    use_delta_format: Optional[bool] = None,
    *,
    columns: Optional[Iterable[str]] = None,
    filters: "Optional[FilterLike]" = None,
    **client: "Unpack[OpenOptions]",
) -> "duckdb.DuckDBPyRelation":
    """A relation of DuckDB over a :func:`dataset`; DuckDB and pyarrow must be installed.

    :param connection: that of the relation; DuckDB's default one.
    """
    return open_table(url, **client).duckdb_relation(
        connection,
        version=version,
        timestamp=timestamp,
        use_delta_format=use_delta_format,
        columns=columns,
        filters=filters,
    )


def load_as_dask(
    url: TableUrl,
    version: Optional[int] = None,
    timestamp: Optional[TimestampLike] = None,
    use_delta_format: Optional[bool] = None,
    *,
    task_bytes: Optional[int] = None,
    min_tasks: Optional[int] = None,
    columns: Optional[Iterable[str]] = None,
    filters: "Optional[FilterLike]" = None,
    **client: "Unpack[OpenOptions]",
) -> "dd.DataFrame":
    """A frame of Dask, which must be installed: each partition is a task of
    :meth:`DeltaSharingTable.plan`, read when and where Dask computes it. Its columns have Arrow's
    types, which do not depend on the rows of a partition, and its divisions are unknown.

    All partitions are of one version. What travels to the workers holds the profile. Parameters and
    errors as of :func:`scan` and :meth:`DeltaSharingTable.plan`.
    """
    return open_table(url, **client).to_dask(
        task_bytes,
        min_tasks,
        version=version,
        timestamp=timestamp,
        use_delta_format=use_delta_format,
        columns=columns,
        filters=filters,
    )
