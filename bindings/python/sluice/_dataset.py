"""A shared table as a data set of pyarrow, for DuckDB and others that push down through it."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NoReturn, Optional, Union

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads

from ._errors import UnsupportedError
from ._filters import arrow, pushdown
from ._lazy import PinnedTable

_Columns = Union[List[str], Dict[str, pc.Expression], None]


class SharedDataset(pads.Dataset):  # type: ignore[misc]
    """Rows of a shared table for whatever takes a :class:`pyarrow.dataset.Dataset`; made by
    :func:`sluice.dataset`. Each scanner reads anew, of the version that the data set was made of, only
    the columns and, where the server and the files tell, only the rows that it is asked for. What
    pyarrow does with the fragments of a data set (joins, sorting, writing pieces) this one refuses:
    load it as a table first."""

    def __init__(self, pinned: PinnedTable, filter: Optional[pc.Expression] = None) -> None:
        # Not super().__init__(): there is no data set of C++ below this one.
        self._pinned = pinned
        self._filter = filter
        self._schema = pa.schema(pinned.schema)

    @property
    def schema(self) -> pa.Schema:
        """The columns of the rows."""
        return self._schema

    @property
    def partition_expression(self) -> pc.Expression:
        """What is true for all rows."""
        return pc.scalar(True)

    def __repr__(self) -> str:
        return f"<sluice.SharedDataset {self._pinned.table.table} at version {self._pinned.version}>"

    def filter(self, expression: pc.Expression) -> "SharedDataset":
        """The same with only the rows for which `expression` is true."""
        return SharedDataset(self._pinned, self._joined(expression))

    def scanner(
        self,
        columns: _Columns = None,
        filter: Optional[pc.Expression] = None,
        batch_size: int = 131_072,
        **options: Any,
    ) -> pads.Scanner:
        """A scanner that can be read once."""
        return self._scanner(columns, self._joined(filter), batch_size, options, None)

    def to_table(self, **options: Any) -> pa.Table:
        """All rows; parameters as of :meth:`scanner`."""
        return self.scanner(**options).to_table()

    def to_batches(self, **options: Any) -> Iterator[pa.RecordBatch]:
        """Batch by batch; parameters as of :meth:`scanner`."""
        return iter(self.scanner(**options).to_reader())

    def head(self, num_rows: int, columns: _Columns = None, filter: Any = None, **options: Any) -> pa.Table:
        """The first rows."""
        joined = self._joined(filter)
        limit = num_rows if joined is None else None
        batch_size = options.pop("batch_size", 131_072)
        return self._scanner(columns, joined, batch_size, options, limit).head(num_rows)

    def count_rows(self, filter: Any = None, **options: Any) -> int:
        """How many rows there are."""
        reader = self.scanner(self._schema.names[:1], filter, **options).to_reader()
        return sum(batch.num_rows for batch in reader)

    def _joined(self, filter: Optional[pc.Expression]) -> Optional[pc.Expression]:
        if self._filter is None or filter is None:
            return self._filter if filter is None else filter
        return self._filter & filter

    def _scanner(
        self,
        columns: _Columns,
        filter: Optional[pc.Expression],
        batch_size: int,
        options: Dict[str, Any],
        limit: Optional[int],
    ) -> pads.Scanner:
        pushed = None if filter is None else pushdown.of_arrow(filter, self._schema)
        scan = self._pinned.start(self._needed(columns, filter), limit, pushed)
        reader = scan.to_record_batch_reader()
        known = {name: value for name, value in options.items() if name in _SCANNER_OPTIONS}
        return pads.Scanner.from_batches(
            reader, columns=columns, filter=filter, batch_size=batch_size, **known
        )

    def _needed(self, columns: _Columns, filter: Optional[pc.Expression]) -> Optional[List[str]]:
        """In the order of the table. At least one, for their rows are what is counted."""
        if columns is None:
            return None
        names = set() if isinstance(columns, dict) else set(columns)
        named = list(columns.values()) if isinstance(columns, dict) else []
        for expression in named if filter is None else [*named, filter]:
            found = arrow.columns_of(expression)
            if found is None:
                return None
            names |= found
        return [name for name in self._schema.names if name in names] or self._schema.names[:1]

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise UnsupportedError(
            "a shared data set is only scanned: load it first, with sluice.load_as_arrow or to_table()"
        )

    get_fragments = join = join_asof = replace_schema = sort_by = _get_fragments = _refuse
    _scan_options = _scanner_options = __reduce__ = _refuse


_SCANNER_OPTIONS = ("batch_readahead", "fragment_readahead", "use_threads", "memory_pool")

