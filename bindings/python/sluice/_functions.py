"""Functions over "profile#share.schema.table", with the names of the official package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Iterator, Optional, cast

from . import _spark
from ._cancel import on_cancel
from ._client import SharingClient
from ._errors import InvalidArgumentError
from ._given import JsonHints, TableUrl, TimestampLike
from ._options import split_url
from ._profile import DeltaSharingProfile
from ._scan import Scan
from ._table import DeltaSharingTable
from ._types import Metadata, Protocol

if TYPE_CHECKING:
    import os

    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from typing_extensions import Unpack

    from ._filters import FilterLike
    from ._options import ClientOptions, OpenOptions
    from ._write import Format, Mode


def open_table(url: TableUrl, **options: "Unpack[OpenOptions]") -> DeltaSharingTable:
    """A handle of a table, to ask and load more than once over the same connections.

    :param url: ``profile#share.schema.table``, or ``share.schema.table`` with `profile`, or with that
        of the environment.
    :param options: how to reach the server; see :class:`ClientOptions`.
    """
    given = dict(options)
    profile: Any = given.pop("profile", None)
    path, table = split_url(url)
    if path is not None and profile is not None:
        raise InvalidArgumentError(f"'{url}' names a profile, and another is given")
    client_options = cast("ClientOptions", given)
    opened = SharingClient(profile if path is None else path, **client_options)
    # Nobody else uses the client, so that its requests may be broken off.
    on_cancel(opened._inner.interrupt)
    return opened.table(table)


def scan(
    url: TableUrl,
    limit: Optional[int] = None,
    version: Optional[int] = None,
    timestamp: Optional[TimestampLike] = None,
    jsonPredicateHints: Optional[JsonHints] = None,
    use_delta_format: Optional[bool] = None,
    *,
    columns: Optional[Iterable[str]] = None,
    filters: "Optional[FilterLike]" = None,
    keep_order: bool = True,
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    skip_change_commits: bool = False,
    **client: "Unpack[OpenOptions]",
) -> Scan:
    """Starts to read a table and returns its rows as an Arrow stream.

    :param url: ``profile#share.schema.table``, or ``share.schema.table`` with `profile`, or with that
        of the environment.
    :param limit: exactly so many rows, or all when there are fewer.
    :param version: read the table as of this version; not together with `timestamp`.
    :param timestamp: read the table as of this time: ISO 8601, or a datetime (UTC if it has no
        time zone).
    :param jsonPredicateHints: a predicate in the protocol's JSON form, as text or as the dictionary
        that it parses to. A hint: the server may skip files that hold no matching row; rows that do
        not match can still come.
    :param use_delta_format: ask for the delta (True) or the parquet (False) response format; None
        lets the server choose, which is right for every table.
    :param columns: names of the columns wanted, in any iterable and in the order wanted; only those
        are fetched.
    :param filters: only rows for which this is true: SQL text (``"amount > 5 and day is not null"``),
        a condition made with :func:`sluice.col`, tuples as pandas and pyarrow take them for Parquet
        (``[("amount", ">", 5)]``), an expression of pyarrow or of Polars. Exact, and also used to
        fetch less. A comparison with null is not true. In SQL, names of columns that are no words
        stand in backticks.
    :param keep_order: False hands out batches as they become ready.
    :param starting_version: instead of a version, only the rows that commits from this one on, itself
        included, added to the table, whether it has a change data feed or not. A commit that also
        removed or rewrote rows raises UnsupportedError with its version; its rows never come.
    :param ending_version: the last of these commits; without, that of the latest version.
    :param skip_change_commits: True leaves commits that removed or rewrote rows out as a whole.
    :param client: how to reach the server; see :class:`ClientOptions`.
    :raises NotFoundError: the table does not exist, or is not shared.
    :raises InvalidArgumentError: a parameter is wrong, or there is no such version; the message says
        what.
    :raises UnsupportedError: the table has a feature that cannot be read; the message names it.
    :raises SluiceError: any other failure.
    """
    return open_table(url, **client).scan(
        limit=limit,
        version=version,
        timestamp=timestamp,
        jsonPredicateHints=jsonPredicateHints,
        use_delta_format=use_delta_format,
        columns=columns,
        filters=filters,
        keep_order=keep_order,
        starting_version=starting_version,
        ending_version=ending_version,
        skip_change_commits=skip_change_commits,
    )


def load_as_pandas(
    url: TableUrl,
    limit: Optional[int] = None,
    version: Optional[int] = None,
    timestamp: Optional[TimestampLike] = None,
    jsonPredicateHints: Optional[JsonHints] = None,
    use_delta_format: Optional[bool] = None,
    convert_in_batches: bool = False,
    *,
    columns: Optional[Iterable[str]] = None,
    filters: "Optional[FilterLike]" = None,
    keep_order: bool = True,
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    skip_change_commits: bool = False,
    **client: "Unpack[OpenOptions]",
) -> "pd.DataFrame":
    """Loads a table as a data frame of pandas; pandas and pyarrow must be installed.

    Parameters and errors as of :func:`scan`; `convert_in_batches` converts each batch as it comes,
    which holds less memory at once.
    """
    return open_table(url, **client)._frame(
        convert_in_batches,
        limit=limit,
        version=version,
        timestamp=timestamp,
        jsonPredicateHints=jsonPredicateHints,
        use_delta_format=use_delta_format,
        columns=columns,
        filters=filters,
        keep_order=keep_order,
        starting_version=starting_version,
        ending_version=ending_version,
        skip_change_commits=skip_change_commits,
    )


def load_as_arrow(
    url: TableUrl,
    limit: Optional[int] = None,
    version: Optional[int] = None,
    timestamp: Optional[TimestampLike] = None,
    jsonPredicateHints: Optional[JsonHints] = None,
    use_delta_format: Optional[bool] = None,
    *,
    columns: Optional[Iterable[str]] = None,
    filters: "Optional[FilterLike]" = None,
    keep_order: bool = True,
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    skip_change_commits: bool = False,
    **client: "Unpack[OpenOptions]",
) -> "pa.Table":
    """Loads a table as a table of pyarrow, which must be installed. See :func:`scan`."""
    return scan(
        url,
        limit,
        version,
        timestamp,
        jsonPredicateHints,
        use_delta_format,
        columns=columns,
        filters=filters,
        keep_order=keep_order,
        starting_version=starting_version,
        ending_version=ending_version,
        skip_change_commits=skip_change_commits,
        **client,
    ).to_arrow()


def load_as_polars(
    url: TableUrl,
    limit: Optional[int] = None,
    version: Optional[int] = None,
    timestamp: Optional[TimestampLike] = None,
    jsonPredicateHints: Optional[JsonHints] = None,
    use_delta_format: Optional[bool] = None,
    *,
    columns: Optional[Iterable[str]] = None,
    filters: "Optional[FilterLike]" = None,
    keep_order: bool = True,
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    skip_change_commits: bool = False,
    **client: "Unpack[OpenOptions]",
) -> "pl.DataFrame":
    """Loads a table as a data frame of Polars, which must be installed. See :func:`scan`."""
    return scan(
        url,
        limit,
        version,
        timestamp,
        jsonPredicateHints,
        use_delta_format,
        columns=columns,
        filters=filters,
        keep_order=keep_order,
        starting_version=starting_version,
        ending_version=ending_version,
        skip_change_commits=skip_change_commits,
        **client,
    ).to_polars()


def to_batches(
    url: TableUrl,
    batch_size: Optional[int] = None,
    *,
    limit: Optional[int] = None,
    version: Optional[int] = None,
    timestamp: Optional[TimestampLike] = None,
    jsonPredicateHints: Optional[JsonHints] = None,
    use_delta_format: Optional[bool] = None,
    columns: Optional[Iterable[str]] = None,
    filters: "Optional[FilterLike]" = None,
    keep_order: bool = True,
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    skip_change_commits: bool = False,
    **client: "Unpack[OpenOptions]",
) -> "Iterator[pa.RecordBatch]":
    """The rows as record batches of pyarrow, in bounded memory: as they come, or of `batch_size` rows
    each but the last. See :func:`scan`."""
    return scan(
        url,
        limit,
        version,
        timestamp,
        jsonPredicateHints,
        use_delta_format,
        columns=columns,
        filters=filters,
        keep_order=keep_order,
        starting_version=starting_version,
        ending_version=ending_version,
        skip_change_commits=skip_change_commits,
        **client,
    ).to_batches(batch_size)


def write_to(
    url: TableUrl,
    path: "str | os.PathLike[str]",
    format: "Format" = None,
    mode: "Mode" = "error",
    *,
    limit: Optional[int] = None,
    version: Optional[int] = None,
    timestamp: Optional[TimestampLike] = None,
    jsonPredicateHints: Optional[JsonHints] = None,
    use_delta_format: Optional[bool] = None,
    columns: Optional[Iterable[str]] = None,
    filters: "Optional[FilterLike]" = None,
    keep_order: bool = True,
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    skip_change_commits: bool = False,
    **client: "Unpack[OpenOptions]",
) -> int:
    """Writes a table to a local Parquet or CSV file, or as a Delta table; see :meth:`Scan.write_to`
    and :func:`scan`. Returns the number of rows."""
    return scan(
        url,
        limit,
        version,
        timestamp,
        jsonPredicateHints,
        use_delta_format,
        columns=columns,
        filters=filters,
        keep_order=keep_order,
        starting_version=starting_version,
        ending_version=ending_version,
        skip_change_commits=skip_change_commits,
        **client,
    ).write_to(path, format, mode)


def get_table_version(
    url: TableUrl,
    starting_timestamp: Optional[TimestampLike] = None,
    **client: "Unpack[OpenOptions]",
) -> int:
    """The table's current version, or the first at or after a point in time (ISO 8601)."""
    return open_table(url, **client).version(starting_timestamp)


def get_table_metadata(
    url: TableUrl, use_delta_format: bool = True, **client: "Unpack[OpenOptions]"
) -> Metadata:
    """The table's metadata; see :meth:`DeltaSharingTable.metadata`."""
    return open_table(url, **client).metadata(use_delta_format)


def get_table_protocol(
    url: TableUrl, use_delta_format: bool = True, **client: "Unpack[OpenOptions]"
) -> Protocol:
    """The table's protocol: reader version and features."""
    return open_table(url, **client).protocol(use_delta_format)


def load_as_spark(
    url: TableUrl,
    version: Optional[int] = None,
    timestamp: Optional[str] = None,
    delta_sharing_profile: Optional[DeltaSharingProfile] = None,
) -> Any:
    """Loads a table as a data frame of Spark, through the connector ``delta-sharing-spark`` of the
    active PySpark session.

    :param url: ``profile#share.schema.table``, or ``share.schema.table`` with a profile object.
    :raises ImportError: pyspark is not installed.
    :raises RuntimeError: there is no active session.
    """
    return _spark.load(url, delta_sharing_profile, {"version": version, "timestamp": timestamp})
