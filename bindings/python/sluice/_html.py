"""HTML for notebooks. Names come from servers, so that all text is escaped."""

from __future__ import annotations

from html import escape
from typing import Any, Mapping, Sequence

#: A notebook shows so many rows of a listing.
_MAX_ROWS = 1000


def table_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table; all rows have the columns of the first."""
    if not rows:
        return "<p><i>nothing</i></p>"
    head = "".join(f"<th>{escape(str(name))}</th>" for name in rows[0])
    body = "".join(_row(row) for row in rows[:_MAX_ROWS])
    more = len(rows) - _MAX_ROWS
    note = f"<p><i>and {more} more</i></p>" if more > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"


def definition(title: str, facts: Mapping[str, Any]) -> str:
    """Facts of one thing, without those that are not known."""
    rows = "".join(
        f'<tr><th style="text-align:left">{escape(name)}</th><td>{escape(str(value))}</td></tr>'
        for name, value in facts.items()
        if value not in (None, "", [], {})
    )
    return f"<table><caption>{escape(title)}</caption><tbody>{rows}</tbody></table>"


def _row(row: Mapping[str, Any]) -> str:
    cells = "".join(f"<td>{escape('' if value is None else str(value))}</td>" for value in row.values())
    return f"<tr>{cells}</tr>"
