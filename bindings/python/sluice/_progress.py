"""A bar of tqdm beside a load, where a person may be watching."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Iterator, Optional

from ._errors import missing

if TYPE_CHECKING:
    from ._scan import Scan

#: A load that is done before needs no bar.
_DELAY_SECONDS = 1.0
_UPDATE_SECONDS = 0.2


@contextmanager
def shown(scan: "Scan", title: str, wanted: Optional[bool]) -> Iterator[None]:
    """`wanted`: True, False, or None for where tqdm is installed and somebody is there."""
    make_bar = _bar_class(wanted)
    if make_bar is None:
        yield
        return
    bar = make_bar(desc=title, unit="B", unit_scale=True, delay=0 if wanted else _DELAY_SECONDS)
    done = threading.Event()
    updates = threading.Thread(target=_update, args=(scan, bar, done), daemon=True)
    updates.start()
    try:
        yield
    finally:
        done.set()
        updates.join()
        bar.close()


def _update(scan: "Scan", bar: Any, done: threading.Event) -> None:
    """Bytes of files are what is known early; those of columns that nobody wants are not fetched, so
    that files that are done count whole."""
    finished = False
    while not finished:
        finished = done.wait(_UPDATE_SECONDS)
        progress = scan.progress
        share = progress.files_done / progress.files_listed if progress.files_listed else 1.0
        bar.total = progress.bytes_total
        bar.n = int(progress.bytes_total * share)
        bar.set_postfix_str(f"{progress.rows} rows", refresh=False)
        bar.refresh()


def _bar_class(wanted: Optional[bool]) -> Any:
    if wanted is False or (wanted is None and not _somebody_is_there()):
        return None
    try:
        from tqdm.auto import tqdm
    except ImportError:
        if wanted:
            raise missing("a progress bar", "progress") from None
        return None
    return tqdm


def _somebody_is_there() -> bool:
    shell = sys.modules.get("IPython")
    if shell is not None:
        instance = shell.get_ipython()
        if instance is not None and type(instance).__name__ == "ZMQInteractiveShell":
            return True
    return bool(sys.stderr is not None and sys.stderr.isatty())
