"""Scans split into tasks, which other threads, processes and machines read: the ground that Dask, Ray
and their like stand on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Sequence, overload

if TYPE_CHECKING:
    from ._options import Options


@dataclass(frozen=True)
class ScanTask:
    """A part of a scan. Any client of the same recipient reads it, also in another process:
    ``client.scan_task(task)``. It is pickled as its bytes, which hold URLs that open files until they
    expire: keep it as you would keep the rows."""

    data: bytes = field(repr=False)
    #: How many it reads.
    files: int
    #: Bytes of these files.
    file_bytes: int


class ScanPlan(Sequence[ScanTask]):
    """The tasks of a scan: their rows, in their order, are the rows of the scan. Made by
    :meth:`DeltaSharingTable.plan` and :meth:`DeltaSharingTable.plan_changes`."""

    def __init__(self, rows: List[Dict[str, Any]], table_version: int) -> None:
        self._tasks = [ScanTask(row["task"], row["files"], row["file_bytes"]) for row in rows]
        #: The version of the table that is read.
        self.table_version = table_version

    def __repr__(self) -> str:
        return f"<sluice.ScanPlan of {len(self)} tasks at version {self.table_version}>"

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[ScanTask]:
        return iter(self._tasks)

    @overload
    def __getitem__(self, index: int) -> ScanTask: ...

    @overload
    def __getitem__(self, index: slice) -> List[ScanTask]: ...

    def __getitem__(self, index: Any) -> Any:
        return self._tasks[index]


def task_options(task_bytes: Optional[int], min_tasks: Optional[int]) -> "Options":
    """As the C ABI takes them, which refuses what is below 1."""
    given = {"task_bytes": task_bytes, "min_tasks": min_tasks}
    return [(name, str(value)) for name, value in given.items() if value is not None]
