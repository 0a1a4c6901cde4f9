"""Sluice: loads tables that are shared over the Delta Sharing protocol.

    import sluice
    frame = sluice.load_as_pandas("config.share#share.schema.table")

Names and parameters are those of the package ``delta-sharing``, so that ``import sluice as
delta_sharing`` runs code written for it.
"""

from . import _sluice
from ._client import DeltaSharingTable, SharingClient, TableChanges, TableSnapshot
from ._errors import (
    AlreadyExistsError,
    CancelledError,
    CorruptError,
    DataMissingError,
    InternalError,
    InvalidArgumentError,
    MalformedError,
    NotFoundError,
    PermissionDeniedError,
    SluiceError,
    TimedOutError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedError,
)
from ._functions import (
    get_table_metadata,
    get_table_protocol,
    get_table_version,
    load_as_arrow,
    load_as_pandas,
    load_as_polars,
    load_as_spark,
    load_table_changes_as_arrow,
    load_table_changes_as_pandas,
    load_table_changes_as_polars,
    load_table_changes_as_spark,
    scan,
    scan_changes,
)
from ._profile import DeltaSharingProfile
from ._scan import ArrowSchema, Scan
from ._types import Format, Metadata, Progress, Protocol, Schema, Share, Table

__version__ = _sluice.version()

__all__ = [
    "AlreadyExistsError",
    "ArrowSchema",
    "CancelledError",
    "CorruptError",
    "DataMissingError",
    "DeltaSharingProfile",
    "DeltaSharingTable",
    "Format",
    "InternalError",
    "InvalidArgumentError",
    "MalformedError",
    "Metadata",
    "NotFoundError",
    "PermissionDeniedError",
    "Progress",
    "Protocol",
    "Scan",
    "Schema",
    "Share",
    "SharingClient",
    "SluiceError",
    "Table",
    "TableChanges",
    "TableSnapshot",
    "TimedOutError",
    "TooLargeError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnsupportedError",
    "__version__",
    "get_table_metadata",
    "get_table_protocol",
    "get_table_version",
    "load_as_arrow",
    "load_as_pandas",
    "load_as_polars",
    "load_as_spark",
    "load_table_changes_as_arrow",
    "load_table_changes_as_pandas",
    "load_table_changes_as_polars",
    "load_table_changes_as_spark",
    "scan",
    "scan_changes",
]
