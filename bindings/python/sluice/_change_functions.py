"""Functions over the changes of "profile#share.schema.table"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Optional

from . import _spark
from ._follow import ChangeFollower
from ._functions import open_table
from ._given import TableUrl, TimestampLike
from ._profile import DeltaSharingProfile
from ._scan import Scan
from ._table import TableChanges

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from typing_extensions import Unpack

    from ._filters import FilterLike
    from ._options import OpenOptions


def scan_changes(
    url: TableUrl,
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    starting_timestamp: Optional[TimestampLike] = None,
    ending_timestamp: Optional[TimestampLike] = None,
    use_delta_format: Optional[bool] = None,
    *,
    columns: Optional[Iterable[str]] = None,
    filters: "Optional[FilterLike]" = None,
    limit: Optional[int] = None,
    keep_order: bool = True,
    commit_milliseconds: bool = False,
    **client: "Unpack[OpenOptions]",
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
    :param filters: only rows for which this is true, as of :func:`scan`; the three above are columns
        like others.
    :param limit: at most so many rows.
    :param keep_order: False hands out batches as they become ready.
    :param commit_milliseconds: ``_commit_timestamp`` as milliseconds since 1970 (int64) instead of
        a timestamp in UTC.
    :param client: how to reach the server; see :class:`ClientOptions`.
    :raises NotFoundError: the table does not exist, or is not shared.
    :raises InvalidArgumentError: a parameter is wrong, or the versions cannot be had; the message
        says what.
    :raises UnsupportedError: the table has a feature that cannot be read, or its schema changed on
        the way so that the changes before and after do not go together.
    :raises SluiceError: any other failure.
    """
    return open_table(url, **client).scan_changes(
        starting_version=starting_version,
        ending_version=ending_version,
        starting_timestamp=starting_timestamp,
        ending_timestamp=ending_timestamp,
        use_delta_format=use_delta_format,
        columns=columns,
        filters=filters,
        limit=limit,
        keep_order=keep_order,
        commit_milliseconds=commit_milliseconds,
    )


def load_table_changes_as_pandas(
    url: TableUrl,
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    starting_timestamp: Optional[TimestampLike] = None,
    ending_timestamp: Optional[TimestampLike] = None,
    use_delta_format: Optional[bool] = None,
    convert_in_batches: bool = False,
    *,
    columns: Optional[Iterable[str]] = None,
    filters: "Optional[FilterLike]" = None,
    limit: Optional[int] = None,
    keep_order: bool = True,
    **client: "Unpack[OpenOptions]",
) -> "pd.DataFrame":
    """Loads a table's changes as a data frame of pandas; pandas and pyarrow must be installed.

    Parameters and errors as of :func:`scan_changes`; `convert_in_batches` converts each batch as it
    comes, which holds less memory at once. As in the official package, ``_commit_timestamp`` is a
    number of milliseconds since 1970, and with ``use_delta_format=True`` a timestamp.
    """
    changes = TableChanges(
        open_table(url, **client),
        starting_version=starting_version,
        ending_version=ending_version,
        starting_timestamp=starting_timestamp,
        ending_timestamp=ending_timestamp,
        use_delta_format=use_delta_format,
        columns=columns,
        filters=filters,
        limit=limit,
        keep_order=keep_order,
    )
    return changes.to_pandas(convert_in_batches)


def load_table_changes_as_arrow(
    url: TableUrl,
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    starting_timestamp: Optional[TimestampLike] = None,
    ending_timestamp: Optional[TimestampLike] = None,
    use_delta_format: Optional[bool] = None,
    *,
    columns: Optional[Iterable[str]] = None,
    filters: "Optional[FilterLike]" = None,
    limit: Optional[int] = None,
    keep_order: bool = True,
    commit_milliseconds: bool = False,
    **client: "Unpack[OpenOptions]",
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
        filters=filters,
        limit=limit,
        keep_order=keep_order,
        commit_milliseconds=commit_milliseconds,
        **client,
    ).to_arrow()


def load_table_changes_as_polars(
    url: TableUrl,
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    starting_timestamp: Optional[TimestampLike] = None,
    ending_timestamp: Optional[TimestampLike] = None,
    use_delta_format: Optional[bool] = None,
    *,
    columns: Optional[Iterable[str]] = None,
    filters: "Optional[FilterLike]" = None,
    limit: Optional[int] = None,
    keep_order: bool = True,
    commit_milliseconds: bool = False,
    **client: "Unpack[OpenOptions]",
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
        filters=filters,
        limit=limit,
        keep_order=keep_order,
        commit_milliseconds=commit_milliseconds,
        **client,
    ).to_polars()


def iter_changes(
    url: TableUrl,
    starting_version: Optional[int] = None,
    starting_timestamp: Optional[TimestampLike] = None,
    *,
    poll_seconds: Optional[float] = 10.0,
    columns: Optional[Iterable[str]] = None,
    filters: "Optional[FilterLike]" = None,
    use_delta_format: Optional[bool] = None,
    **client: "Unpack[OpenOptions]",
) -> ChangeFollower:
    """Follows a table: an endless iterator over its changes, version by version, as they come.

    Yields :class:`ChangeBatch`: a version, a record batch of pyarrow, and whether the version ends
    with it. To go on another time, keep ``version + 1`` of a batch that ended its version, or
    ``next_version`` of the iterator.

    :param starting_version: where to begin; without it and `starting_timestamp`, behind the version
        that is the latest now.
    :param poll_seconds: how long to wait before asking for a new version when there was none; None
        ends the iteration there.
    :raises UnsupportedError: the table was written anew, or changed so that its changes do not go
        together.
    """
    return open_table(url, **client).iter_changes(
        starting_version,
        starting_timestamp,
        poll_seconds=poll_seconds,
        columns=columns,
        filters=filters,
        use_delta_format=use_delta_format,
    )


def load_table_changes_as_spark(
    url: TableUrl,
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    starting_timestamp: Optional[str] = None,
    ending_timestamp: Optional[str] = None,
    delta_sharing_profile: Optional[DeltaSharingProfile] = None,
) -> Any:
    """Loads a table's changes as a data frame of Spark; see :func:`load_as_spark`. Both ends of the
    range belong to it."""
    options = {
        "starting_version": starting_version,
        "ending_version": ending_version,
        "starting_timestamp": starting_timestamp,
        "ending_timestamp": ending_timestamp,
    }
    return _spark.load_changes(url, delta_sharing_profile, options)
