"""What ends a call before its time: noted while it runs, for a coroutine that waits for it and is
cancelled. Who makes a client of its own or starts a scan notes it; elsewhere nothing is kept."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Callable, Optional

End = Callable[[], None]

#: What takes the notes of the calls in a context; None for nobody.
watcher: "ContextVar[Optional[Callable[[End], None]]]" = ContextVar("sluice_watcher", default=None)


def on_cancel(end: End) -> None:
    """`end` may be called from any thread, also when the call is over."""
    note = watcher.get()
    if note is not None:
        note(end)
