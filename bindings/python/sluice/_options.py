"""Parameters that many functions share, and their spelling as options of the C ABI."""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Mapping, Optional, Tuple, TypedDict, Union

from ._errors import InvalidArgumentError
from ._filters import filter_sql
from ._given import (
    JsonHints,
    TableUrl,
    TimestampLike,
    check_text,
    column_names,
    hints_text,
    mapping,
    timestamp_text,
    url_text,
    wrong_kind,
)
from ._types import Table

if TYPE_CHECKING:
    from ._filters import FilterLike
    from ._profile import ProfileLike

_TRUST_VARIABLES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE")
Options = List[Tuple[str, str]]


class ClientOptions(TypedDict, total=False):
    """How to reach a server; keyword arguments of :class:`SharingClient` and of every function that
    opens one."""

    #: How often a request that failed in passing is repeated; 10, which lasts a minute or more. Of a
    #: host that has answered nothing yet and is not reached, 5 at most.
    max_retries: int
    #: A transfer that stalls for so long fails; a piece of a file is asked for twice more; 60000.
    timeout_ms: int
    #: Of each attempt to connect; 30000.
    connect_timeout_ms: int
    #: Of a call to the server, or for a piece of a file, with its retries; 0, the default: no limit.
    #: The list of a table's files takes as long as its rows are read.
    request_timeout_ms: int
    #: Of a whole scan or load, from its start to its last row: with listing, retries and waits, and
    #: with the time that whoever reads the rows takes; 0, the default: none. What has not ended then
    #: raises TimedOutError, which says how many files were read.
    deadline_ms: int
    #: True: servers that can work on queries in the background are asked to, and for the result
    #: until it is there, within `request_timeout_ms` or else an hour; False.
    async_query: bool
    #: URL of a proxy, with credentials if it needs them; the environment's.
    proxy: str
    #: PEM bundle of trusted authorities; this Python's.
    ca_file: "Union[str, os.PathLike[str]]"
    #: False trusts any server; True.
    verify_tls: bool
    #: PEM files of a certificate that the server knows this client by, and of its key.
    client_cert: "Union[str, os.PathLike[str]]"
    client_key: "Union[str, os.PathLike[str]]"
    #: Sent with every request to the server, beside the protocol's own.
    headers: Mapping[str, str]
    #: Put before the client's own.
    user_agent: str
    #: Bytes in flight of one scan; 268435456.
    memory_budget: int
    #: Requests for files at once; twice the cores, at least 8.
    parallel_files: int
    #: "url": tables are read by URLs that the server signs; "dir": in their folders, with temporary
    #: credentials that the server gives; "auto", the default: by URLs, and in the folder where the
    #: server offers that alone.
    access: str
    #: Where the stores of such folders are, by the names of the project's docs/storage.md:
    #: {"region": "eu-central-1"}. No credentials: those come from the server.
    storage_options: Mapping[str, Union[str, bool]]
    #: Whether loads show a bar of tqdm; None, the default: where tqdm is installed and a person sits
    #: at a terminal or notebook.
    progress: Optional[bool]


class OpenOptions(ClientOptions, total=False):
    """How to reach a server, for functions that take a table's URL."""

    #: For a URL without one: as :class:`SharingClient` takes it. Without, the environment's.
    profile: "ProfileLike"


class ScanOptions(TypedDict, total=False):
    """What of a table is read; see :func:`sluice.scan`."""

    limit: Optional[int]
    version: Optional[int]
    timestamp: Optional[TimestampLike]
    jsonPredicateHints: Optional[JsonHints]
    use_delta_format: Optional[bool]
    columns: Optional[Iterable[str]]
    filters: "Optional[FilterLike]"
    keep_order: bool
    starting_version: Optional[int]
    ending_version: Optional[int]
    skip_change_commits: bool


class ChangesOptions(TypedDict, total=False):
    """What of a table's changes is read; see :func:`sluice.scan_changes`."""

    starting_version: Optional[int]
    ending_version: Optional[int]
    starting_timestamp: Optional[TimestampLike]
    ending_timestamp: Optional[TimestampLike]
    use_delta_format: Optional[bool]
    columns: Optional[Iterable[str]]
    filters: "Optional[FilterLike]"
    limit: Optional[int]
    keep_order: bool
    commit_milliseconds: bool


def parse_table_name(name: str) -> Table:
    """Splits "share.schema.table"; the share may hold dots."""
    if not isinstance(name, str):
        raise wrong_kind("table", name, "share.schema.table or a Table")
    parts = name.rsplit(".", 2)
    if len(parts) != 3 or not all(parts):
        raise InvalidArgumentError(f"'{name}' is not of the form share.schema.table")
    return Table(name=parts[2], share=parts[0], schema=parts[1])


def split_url(given: TableUrl) -> Tuple[Optional[str], Table]:
    """Splits "profile#share.schema.table" at its last '#'; without one, there is no profile."""
    url = url_text(given)
    profile, separator, name = url.rpartition("#")
    if separator and not profile:
        raise InvalidArgumentError(f"'{url}' is not of the form profile#share.schema.table")
    return profile or None, parse_table_name(name)


def response_format(use_delta_format: Optional[bool]) -> Optional[str]:
    """None lets the server choose."""
    if use_delta_format is None:
        return None
    return "delta" if use_delta_format else "parquet"


def client_options(given: Mapping[str, Any]) -> Options:
    """ClientOptions, those of Python alone apart, as the C ABI takes them. It refuses what it does
    not know by name."""
    flat = {"user_agent": "Sluice-Python", "ca_file": _trusted_certificates(), **given}
    stores = mapping("storage_options", flat.pop("storage_options", None))
    headers = mapping("headers", flat.pop("headers", None))
    flat.pop("progress", None)
    flat.update({f"storage.{name}": value for name, value in stores.items()})
    flat.update({f"header.{name}": value for name, value in headers.items()})
    options = [(key, _text(value)) for key, value in flat.items() if value is not None]
    for key, text in options:
        check_text(key, text)
    return options


def scan_options(
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
) -> Options:
    """ScanOptions as the C ABI takes them."""
    values = {
        "limit": limit,
        "version": version,
        "timestamp": timestamp_text("timestamp", timestamp),
        "json_predicate_hints": hints_text(jsonPredicateHints),
        "starting_version": starting_version,
        "ending_version": ending_version,
        "skip_change_commits": "true" if skip_change_commits else None,
        "filter_sql": filter_sql(filters),
    }
    return _options(values, use_delta_format, columns, keep_order)


def changes_options(
    starting_version: Optional[int] = None,
    ending_version: Optional[int] = None,
    starting_timestamp: Optional[TimestampLike] = None,
    ending_timestamp: Optional[TimestampLike] = None,
    use_delta_format: Optional[bool] = None,
    columns: Optional[Iterable[str]] = None,
    filters: "Optional[FilterLike]" = None,
    limit: Optional[int] = None,
    keep_order: bool = True,
    commit_milliseconds: bool = False,
) -> Options:
    """ChangesOptions as the C ABI takes them."""
    values = {
        "starting_version": starting_version,
        "ending_version": ending_version,
        "starting_timestamp": timestamp_text("starting_timestamp", starting_timestamp),
        "ending_timestamp": timestamp_text("ending_timestamp", ending_timestamp),
        "filter_sql": filter_sql(filters),
        "limit": limit,
        "commit_timestamp": "milliseconds" if commit_milliseconds else None,
    }
    return _options(values, use_delta_format, columns, keep_order)


def _options(
    values: Dict[str, Union[str, int, None]],
    use_delta_format: Optional[bool],
    columns: Optional[Iterable[str]],
    keep_order: bool,
) -> Options:
    values = {**values, "response_format": response_format(use_delta_format)}
    options = [(key, str(value)) for key, value in values.items() if value is not None]
    options.extend(("column", name) for name in column_names(columns) or ())
    if not keep_order:
        options.append(("keep_order", "false"))
    for key, text in options:
        check_text(key, text)
    return options


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _trusted_certificates() -> Optional[str]:
    """What the environment names now, for the core looks there but once, or else where this Python's
    OpenSSL looks. None for the places of the core, which are those of systems."""
    for name in _TRUST_VARIABLES:
        path = os.environ.get(name)
        if path and os.path.isfile(path):
            return path
    return ssl.get_default_verify_paths().cafile
