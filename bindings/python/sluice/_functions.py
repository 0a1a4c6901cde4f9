"""Functions over "profile#share.schema.table", with the names of the official package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Sequence

from ._client import DeltaSharingTable, SharingClient, TimestampLike, split_url
from ._profile import DeltaSharingProfile
from ._scan import Scan
from ._types import Metadata, Protocol

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


def _open(url: str) -> DeltaSharingTable:
    profile, table = split_url(url)
    return SharingClient(profile).table(table)


def scan(
    url: str,
    limit: Optional[int] = None,
    version: Optional[int] = None,
    timestamp: Optional[TimestampLike] = None,
    jsonPredicateHints: Optional[str] = None,
    use_delta_format: Optional[bool] = None,
    *,
    columns: Optional[Sequence[str]] = None,
    keep_order: bool = True,
) -> Scan:
    """Starts to read a table and returns its rows as an Arrow stream.

    :param url: ``profile#share.schema.table``.
    :param limit: exactly so many rows, or all when there are fewer.
    :param version: read the table as of this version; not together with `timestamp`.
    :param timestamp: read the table as of this time: ISO 8601, or a datetime (UTC if it has no
        time zone).
    :param jsonPredicateHints: a predicate in the protocol's JSON form. A hint: the server may skip
        files that hold no matching row; rows that do not match can still come.
    :param use_delta_format: ask for the delta (True) or the parquet (False) response format; None
        lets the server choose, which is right for every table.
    :param columns: names of the columns wanted, in the order wanted; only those are fetched.
    :param keep_order: False hands out batches as they become ready.
    :raises NotFoundError: the table or the version does not exist, or is not shared.
    :raises InvalidArgumentError: a parameter is wrong; the message names it.
    :raises UnsupportedError: the table has a feature that cannot be read; the message names it.
    :raises SluiceError: any other failure.
    """
    return _open(url).scan(
        limit=limit,
        version=version,
        timestamp=timestamp,
        jsonPredicateHints=jsonPredicateHints,
        use_delta_format=use_delta_format,
        columns=columns,
        keep_order=keep_order,
    )


def load_as_pandas(
    url: str,
    limit: Optional[int] = None,
    version: Optional[int] = None,
    timestamp: Optional[TimestampLike] = None,
    jsonPredicateHints: Optional[str] = None,
    use_delta_format: Optional[bool] = None,
    convert_in_batches: bool = False,
    *,
    columns: Optional[Sequence[str]] = None,
) -> "pd.DataFrame":
    """Loads a table as a data frame of pandas; pandas and pyarrow must be installed.

    Parameters and errors as of :func:`scan`; `convert_in_batches` converts each batch as it comes,
    which holds less memory at once.
    """
    return scan(
        url, limit, version, timestamp, jsonPredicateHints, use_delta_format, columns=columns
    ).to_pandas(convert_in_batches)


def load_as_arrow(
    url: str,
    limit: Optional[int] = None,
    version: Optional[int] = None,
    timestamp: Optional[TimestampLike] = None,
    jsonPredicateHints: Optional[str] = None,
    use_delta_format: Optional[bool] = None,
    *,
    columns: Optional[Sequence[str]] = None,
) -> "pa.Table":
    """Loads a table as a table of pyarrow, which must be installed. See :func:`scan`."""
    return scan(
        url, limit, version, timestamp, jsonPredicateHints, use_delta_format, columns=columns
    ).to_arrow()


def load_as_polars(
    url: str,
    limit: Optional[int] = None,
    version: Optional[int] = None,
    timestamp: Optional[TimestampLike] = None,
    jsonPredicateHints: Optional[str] = None,
    use_delta_format: Optional[bool] = None,
    *,
    columns: Optional[Sequence[str]] = None,
) -> "pl.DataFrame":
    """Loads a table as a data frame of Polars, which must be installed. See :func:`scan`."""
    return scan(
        url, limit, version, timestamp, jsonPredicateHints, use_delta_format, columns=columns
    ).to_polars()


def get_table_version(url: str, starting_timestamp: Optional[TimestampLike] = None) -> int:
    """The table's current version, or the first at or after a point in time (ISO 8601)."""
    return _open(url).version(starting_timestamp)


def get_table_metadata(url: str, use_delta_format: bool = True) -> Metadata:
    """The table's metadata; see :meth:`DeltaSharingTable.metadata`."""
    return _open(url).metadata(use_delta_format)


def get_table_protocol(url: str, use_delta_format: bool = True) -> Protocol:
    """The table's protocol: reader version and features."""
    return _open(url).protocol(use_delta_format)


def scan_changes(
    url: str,
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    starting_timestamp: Optional[TimestampLike] = None,
    ending_timestamp: Optional[TimestampLike] = None,
    use_delta_format: Optional[bool] = None,
    *,
    columns: Optional[Sequence[str]] = None,
    limit: Optional[int] = None,
    keep_order: bool = True,
    commit_milliseconds: bool = False,
) -> Scan:
    """Starts to read the changes of a table between two of its versions, both included, and returns
    them as an Arrow stream, by version.

    Beside the table's columns, as it has them at the end of the range, rows have ``_change_type``
    (``insert``, ``delete``, ``update_preimage`` or ``update_postimage``), ``_commit_version`` and
    ``_commit_timestamp``.

    :param url: ``profile#share.schema.table``.
    :param starting_version: the first version; this or `starting_timestamp` is required.
    :param ending_version: the last version; without it and `ending_timestamp`, the latest.
    :param starting_timestamp: begin with the first version at or after this time: ISO 8601, or a
        datetime (UTC if it has no time zone).
    :param ending_timestamp: end with the last version at or before this time.
    :param use_delta_format: as of :func:`scan`.
    :param columns: names of the columns wanted, the three above included, in the order wanted.
    :param limit: at most so many rows.
    :param keep_order: False hands out batches as they become ready.
    :param commit_milliseconds: ``_commit_timestamp`` as milliseconds since 1970 (int64) instead of
        a timestamp in UTC.
    :raises NotFoundError: the table does not exist, or is not shared.
    :raises InvalidArgumentError: a parameter is wrong, or the versions cannot be had; the message
        says what.
    :raises UnsupportedError: the table has a feature that cannot be read, or its schema changed on
        the way so that the changes before and after do not go together.
    :raises SluiceError: any other failure.
    """
    return _open(url).scan_changes(
        starting_version=starting_version,
        ending_version=ending_version,
        starting_timestamp=starting_timestamp,
        ending_timestamp=ending_timestamp,
        use_delta_format=use_delta_format,
        columns=columns,
        limit=limit,
        keep_order=keep_order,
        commit_milliseconds=commit_milliseconds,
    )


def load_table_changes_as_pandas(
    url: str,
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    starting_timestamp: Optional[TimestampLike] = None,
    ending_timestamp: Optional[TimestampLike] = None,
    use_delta_format: Optional[bool] = None,
    convert_in_batches: bool = False,
    *,
    columns: Optional[Sequence[str]] = None,
) -> "pd.DataFrame":
    """Loads a table's changes as a data frame of pandas; pandas and pyarrow must be installed.

    Parameters and errors as of :func:`scan_changes`; `convert_in_batches` converts each batch as it
    comes, which holds less memory at once. As in the official package, ``_commit_timestamp`` is a
    number of milliseconds since 1970, and with ``use_delta_format=True`` a timestamp.
    """
    changes = _open(url).changes(
        starting_version=starting_version,
        ending_version=ending_version,
        starting_timestamp=starting_timestamp,
        ending_timestamp=ending_timestamp,
        use_delta_format=use_delta_format,
        columns=columns,
    )
    return changes.to_pandas(convert_in_batches)


def load_table_changes_as_arrow(
    url: str,
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    starting_timestamp: Optional[TimestampLike] = None,
    ending_timestamp: Optional[TimestampLike] = None,
    use_delta_format: Optional[bool] = None,
    *,
    columns: Optional[Sequence[str]] = None,
) -> "pa.Table":
    """Loads a table's changes as a table of pyarrow, which must be installed. See
    :func:`scan_changes`."""
    return scan_changes(
        url,
        starting_version,
        ending_version,
        starting_timestamp,
        ending_timestamp,
        use_delta_format,
        columns=columns,
    ).to_arrow()


def load_table_changes_as_polars(
    url: str,
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    starting_timestamp: Optional[TimestampLike] = None,
    ending_timestamp: Optional[TimestampLike] = None,
    use_delta_format: Optional[bool] = None,
    *,
    columns: Optional[Sequence[str]] = None,
) -> "pl.DataFrame":
    """Loads a table's changes as a data frame of Polars, which must be installed. See
    :func:`scan_changes`."""
    return scan_changes(
        url,
        starting_version,
        ending_version,
        starting_timestamp,
        ending_timestamp,
        use_delta_format,
        columns=columns,
    ).to_polars()


_SPARK_CREDENTIALS = {
    "share_credentials_version": "shareCredentialsVersion",
    "endpoint": "endpoint",
    "bearer_token": "bearerToken",
    "expiration_time": "expirationTime",
    "type": "type",
    "token_endpoint": "tokenEndpoint",
    "client_id": "clientId",
    "client_secret": "clientSecret",
    "scope": "scope",
}


def _load_with_spark(
    url: str, profile: Optional[DeltaSharingProfile], options: "dict[str, Any]"
) -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise ImportError("to load a table with Spark, install pyspark") from None
    if (profile is None) != ("#" in url):
        raise ValueError(
            f"'{url}': give profile#share.schema.table, or share.schema.table with "
            "delta_sharing_profile"
        )
    session = SparkSession.getActiveSession()
    if session is None:
        raise RuntimeError("no active SparkSession: call this in a PySpark application")
    reader = session.read.format("deltaSharing")
    for name, key in _SPARK_CREDENTIALS.items():
        value = getattr(profile, name, None)
        if value is not None:
            reader = reader.option(key, value)
    for key, value in options.items():
        if value is not None:
            reader = reader.option(key, value)
    return reader.load(url)


def load_as_spark(
    url: str,
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
    options = {"versionAsOf": version, "timestampAsOf": timestamp}
    return _load_with_spark(url, delta_sharing_profile, options)


def load_table_changes_as_spark(
    url: str,
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    starting_timestamp: Optional[str] = None,
    ending_timestamp: Optional[str] = None,
    delta_sharing_profile: Optional[DeltaSharingProfile] = None,
) -> Any:
    """Loads a table's changes as a data frame of Spark; see :func:`load_as_spark`. Both ends of the
    range belong to it."""
    options = {
        "readChangeFeed": "true",
        "startingVersion": starting_version,
        "endingVersion": ending_version,
        "startingTimestamp": starting_timestamp,
        "endingTimestamp": ending_timestamp,
    }
    return _load_with_spark(url, delta_sharing_profile, options)
