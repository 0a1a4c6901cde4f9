"""Frames of Dask: each partition is a task of a scan, read by whichever worker needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional, Tuple

from ._errors import missing

if TYPE_CHECKING:
    import dask.dataframe as dd
    import pandas as pd
    import pyarrow as pa

    from ._client import SharingClient
    from ._options import ScanOptions
    from ._table import DeltaSharingTable
    from ._tasks import ScanPlan, ScanTask


def to_dask(
    table: "DeltaSharingTable",
    task_bytes: Optional[int],
    min_tasks: Optional[int],
    options: "ScanOptions",
) -> "dd.DataFrame":
    """See :func:`sluice.load_as_dask`."""
    dask = _dask()
    plan, schema = _plan(table, task_bytes, min_tasks, options)
    empty = _frame(schema.empty_table())
    made: "dd.DataFrame"
    if plan:
        made = dask.from_map(_ReadTask(table._client), list(plan), meta=empty, label="sluice")
    else:
        made = dask.from_pandas(empty, npartitions=1)
    return made


def _dask() -> Any:
    """Untyped, as its functions are."""
    try:
        import dask.dataframe
    except ImportError:
        raise missing("a frame of Dask", "dask") from None
    return dask.dataframe


def _plan(
    table: "DeltaSharingTable",
    task_bytes: Optional[int],
    min_tasks: Optional[int],
    options: "ScanOptions",
) -> "Tuple[ScanPlan, pa.Schema]":
    """The tasks, and the columns at the same version."""
    import pyarrow as pa

    none: "ScanOptions" = {**options, "limit": 0}
    while True:
        with table.scan(**none) as scan:
            schema, version = pa.schema(scan.schema), scan.table_version
        plan = table.plan(task_bytes, min_tasks, **options)
        if plan.table_version == version:
            return plan, schema


def _frame(rows: "pa.Table") -> "pd.DataFrame":
    """With Arrow's types: those of pandas depend on which rows are null, and partitions must agree."""
    import pandas as pd

    frame: "pd.DataFrame" = rows.to_pandas(types_mapper=pd.ArrowDtype)
    return frame


@dataclass(frozen=True)
class _ReadTask:
    """Travels to the workers, with the client as its profile and options."""

    client: "SharingClient"

    def __call__(self, task: "ScanTask") -> Any:
        return _frame(self.client.scan_task(task).to_arrow())
