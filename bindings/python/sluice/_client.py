"""SharingClient: lists and reads what a server shares."""

from __future__ import annotations

import logging
import os
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple, Union

from . import _sluice
from ._cancel import on_cancel
from ._given import named_as_given, text_of, wrong_kind
from ._listing import Listing
from ._options import changes_options, client_options, parse_table_name, scan_options
from ._profile import DeltaSharingProfile, ProfileLike
from ._scan import Scan
from ._table import DeltaSharingTable
from ._tasks import ScanTask
from ._types import Schema, Share, Table

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._filters import Expression
    from ._options import ChangesOptions, ClientOptions, Options, ScanOptions

_log = logging.getLogger("sluice")


class SharingClient:
    """Lists and reads what one Delta Sharing server shares with one recipient.

    May be used by many threads at once, and by processes forked from the one that made it. Pickled,
    it is its profile and options, so as secret as those, and opened anew where it arrives. Every call can raise the errors of the package; UnavailableError comes after all retries.

    :param profile: a path, ``fsspec`` URL, file object or dictionary of a profile file, its JSON
        text, or a profile. Without one, that of the environment: ``DELTA_SHARING_PROFILE`` (any of
        the texts above), or ``DELTA_SHARING_ENDPOINT`` and ``DELTA_SHARING_BEARER_TOKEN``.
    :param options: how to reach the server; see :class:`ClientOptions`.
    """

    def __init__(
        self, profile: Optional[ProfileLike] = None, **options: "Unpack[ClientOptions]"
    ) -> None:
        self._profile = DeltaSharingProfile.read(profile)
        self._progress = options.get("progress")
        _warn_when_expired(self._profile)
        self._options = options
        self._texts = client_options(options)
        self._opened = self._open()

    def _open(self) -> "Tuple[int, _sluice.Client]":
        return os.getpid(), _sluice.Client(self._profile.to_json(), self._texts)

    @property
    def _inner(self) -> _sluice.Client:
        process, client = self._opened
        if process != os.getpid():
            # Its connections are those of the process that this one was forked from.
            self._opened = self._open()
            client = self._opened[1]
        return client

    def __reduce__(self) -> "Tuple[Any, ...]":
        return _reopen, (self._profile.to_json(), self._options)

    def __repr__(self) -> str:
        return f"<sluice.SharingClient {self._profile.endpoint}>"

    def list_shares(self) -> "Listing[Share]":
        """The shares that this recipient may see."""
        return Listing(Share(row["name"]) for row in self._inner.list_shares())

    def list_schemas(self, share: Share) -> "Listing[Schema]":
        """The schemas of a share. Raises NotFoundError."""
        name = text_of("share", share, "name", "a Share, as list_shares answers")
        rows = self._inner.list_schemas(name)
        return Listing(Schema(name=row["name"], share=row["share"]) for row in rows)

    def list_tables(self, schema: Schema) -> "Listing[Table]":
        """The tables of a schema. Raises NotFoundError."""
        share, name = (
            text_of("schema", schema, part, "a Schema, as list_schemas answers")
            for part in ("share", "name")
        )
        return Listing(_table(row) for row in self._inner.list_tables(share, name))

    def list_all_tables(self) -> "Listing[Table]":
        """All tables of all shares."""
        return Listing(
            _table(row)
            for share in self.list_shares()
            for row in self._inner.list_tables(share.name, None)
        )

    def table(self, table: Union[str, Table]) -> DeltaSharingTable:
        """A table by its name "share.schema.table". Asks the server nothing yet."""
        return DeltaSharingTable(self, table if isinstance(table, Table) else parse_table_name(table))

    def scan(self, table: Union[str, Table], **options: "Unpack[ScanOptions]") -> Scan:
        """Starts to read a table; `options` as of :func:`sluice.scan`. Raises NotFoundError,
        InvalidArgumentError, UnsupportedError naming a table feature."""
        return self._start_scan(table, options)

    def _start_scan(
        self,
        table: Union[str, Table],
        options: "ScanOptions",
        more: "Optional[Expression]" = None,
        form: "Optional[Options]" = None,
    ) -> Scan:
        """`more` is a filter beside that of `options`; `form` is as of :func:`frame`."""
        texts = [*scan_options(**options), *(form or ())]
        if more is not None:
            texts.append(("filter_sql", more.sql()))
        _log.debug("scan %s %s", table, texts)
        with named_as_given():
            return self._reading(self._inner.scan(str(table), texts), str(table))

    def scan_changes(self, table: Union[str, Table], **options: "Unpack[ChangesOptions]") -> Scan:
        """Starts to read a table's changes; `options` as of :func:`sluice.scan_changes`. Raises
        NotFoundError, InvalidArgumentError, UnsupportedError naming what the changes cannot be read
        across."""
        return self._start_changes(table, options)

    def _start_changes(
        self, table: Union[str, Table], options: "ChangesOptions", form: "Optional[Options]" = None
    ) -> Scan:
        """`form` is as of :func:`frame`."""
        texts = [*changes_options(**options), *(form or ())]
        _log.debug("changes of %s %s", table, texts)
        with named_as_given():
            return self._reading(self._inner.changes(str(table), texts), str(table))

    def scan_task(self, task: Union[ScanTask, bytes]) -> Scan:
        """Starts to read a task of :meth:`DeltaSharingTable.plan`, or the bytes of one, made by any
        client of the same recipient. Raises MalformedError for what is no task, DataMissingError
        where its files are gone and the server no longer gives that version."""
        if not isinstance(task, (ScanTask, bytes, bytearray, memoryview)):
            raise wrong_kind("task", task, "a ScanTask, or its bytes")
        data = task.data if isinstance(task, ScanTask) else bytes(task)
        return self._reading(self._inner.task(data), "a task")

    def _reading(self, inner: _sluice.Scan, title: str) -> Scan:
        on_cancel(inner.cancel)
        return Scan(inner, title, self._progress)


def _reopen(profile: str, options: "ClientOptions") -> SharingClient:
    return SharingClient(profile, **options)


def _table(row: Dict[str, Any]) -> Table:
    return Table(name=row["name"], share=row["share"], schema=row["schema"])


def _warn_when_expired(profile: DeltaSharingProfile) -> None:
    try:
        end = datetime.fromisoformat((profile.expiration_time or "").replace("Z", "+00:00"))
    except ValueError:
        return
    if end.tzinfo is None:
        end = end.replace(tzinfo=timezone.utc)
    if end < datetime.now(timezone.utc):
        _log.warning("the profile of %s expired at %s", profile.endpoint, profile.expiration_time)
