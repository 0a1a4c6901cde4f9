"""Sluice: loads tables that are shared over the Delta Sharing protocol.

    import sluice
    frame = sluice.load_as_pandas("config.share#share.schema.table")

Names and parameters are those of the package ``delta-sharing``, so that ``import sluice as
delta_sharing`` runs code written for it; :mod:`sluice.protocol` has those of its module.
"""

import logging as _logging

from . import _sluice
from . import protocol as protocol
from ._change_functions import (
    iter_changes,
    load_table_changes_as_arrow,
    load_table_changes_as_pandas,
    load_table_changes_as_polars,
    load_table_changes_as_spark,
    scan_changes,
)
from ._client import SharingClient
from ._engines import dataset, duckdb_relation, load_as_dask, scan_polars
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
from ._filters import Column, Expression, col
from ._follow import ChangeBatch, ChangeFollower
from ._functions import (
    get_table_metadata,
    get_table_protocol,
    get_table_version,
    load_as_arrow,
    load_as_pandas,
    load_as_polars,
    load_as_spark,
    open_table,
    scan,
    to_batches,
    write_to,
)
from ._listing import Listing
from ._options import ChangesOptions, ClientOptions, OpenOptions, ScanOptions
from ._profile import DeltaSharingProfile
from ._scan import ArrowSchema, Scan
from ._table import DeltaSharingTable, TableChanges, TableSnapshot
from ._tasks import ScanPlan, ScanTask
from ._types import Format, Metadata, Progress, Protocol, Schema, Share, Table

__version__ = _sluice.version()

# Nothing is said where the application has not set up logging.
_logging.getLogger("sluice").addHandler(_logging.NullHandler())

__all__ = [
    "AlreadyExistsError",
    "ArrowSchema",
    "CancelledError",
    "ChangeBatch",
    "ChangeFollower",
    "ChangesOptions",
    "ClientOptions",
    "Column",
    "CorruptError",
    "DataMissingError",
    "DeltaSharingProfile",
    "DeltaSharingTable",
    "Expression",
    "Format",
    "InternalError",
    "InvalidArgumentError",
    "Listing",
    "MalformedError",
    "Metadata",
    "NotFoundError",
    "OpenOptions",
    "PermissionDeniedError",
    "Progress",
    "Protocol",
    "Scan",
    "ScanOptions",
    "ScanPlan",
    "ScanTask",
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
    "col",
    "dataset",
    "duckdb_relation",
    "get_table_metadata",
    "get_table_protocol",
    "get_table_version",
    "iter_changes",
    "load_as_arrow",
    "load_as_dask",
    "load_as_pandas",
    "load_as_polars",
    "load_as_spark",
    "load_table_changes_as_arrow",
    "load_table_changes_as_pandas",
    "load_table_changes_as_polars",
    "load_table_changes_as_spark",
    "open_table",
    "scan",
    "scan_changes",
    "scan_polars",
    "to_batches",
    "write_to",
]
