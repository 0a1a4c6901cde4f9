"""What callers give, checked where the core would not name it: each function raises
InvalidArgumentError with the name of the argument."""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from datetime import date, datetime, timezone
from typing import Any, Dict, Iterator, List, Mapping, Optional, TypeVar, Union

from ._errors import InvalidArgumentError, SluiceError
from ._filters import filter_sql

TimestampLike = Union[str, datetime]
#: "profile#share.schema.table"; a path may be joined to such a text.
TableUrl = Union[str, "os.PathLike[str]"]
#: In the protocol's JSON form, as text or as what the text parses to.
JsonHints = Union[str, Mapping[str, Any]]

O = TypeVar("O", bound=Mapping[str, Any])  # noqa: E741

#: Options of the C ABI, and the arguments that they come from.
_ARGUMENTS = {
    "column": "columns",
    "commit_timestamp": "commit_milliseconds",
    "filter_sql": "filters",
    "json_predicate_hints": "jsonPredicateHints",
    "response_format": "use_delta_format",
}
_OPTION = re.compile("option '(" + "|".join(_ARGUMENTS) + ")'")
_LITERALS = "two literals are compared"
_QUOTES = "; quotes make a text of what is in them: a column is named in `backticks`"


def wrong_kind(name: str, value: Any, wanted: str) -> InvalidArgumentError:
    """What to raise for a value of a type that an argument does not take."""
    return InvalidArgumentError(f"{name} is of type {type(value).__name__}: give {wanted}")


def url_text(url: Any) -> str:
    """A TableUrl as text."""
    if isinstance(url, os.PathLike):
        return os.fsdecode(url)
    if not isinstance(url, str):
        raise wrong_kind("url", url, "profile#share.schema.table")
    return url


def text_of(name: str, value: Any, attribute: str, wanted: str) -> str:
    """The attribute of an object that stands for a share, a schema or a table."""
    found = getattr(value, attribute, None)
    if not isinstance(found, str):
        raise wrong_kind(name, value, wanted)
    return found


def column_names(columns: Any) -> Optional[List[str]]:
    """Names in any iterable, as a list."""
    if columns is None:
        return None
    if isinstance(columns, (str, bytes)):
        raise InvalidArgumentError("columns is a text: give a list of names")
    try:
        names = list(columns)
    except TypeError:
        raise wrong_kind("columns", columns, "a list of names") from None
    if not names:
        raise InvalidArgumentError("columns is empty: name at least one, or leave it out")
    for name in names:
        if not isinstance(name, str):
            raise InvalidArgumentError(f"columns: {name!r} is no name of a column")
    return names


def reusable(options: O) -> O:
    """The same for more than one reading: an iterator would be at its end after the first."""
    made: Any = dict(options)
    if made.get("columns") is not None:
        made["columns"] = column_names(made["columns"])
    if made.get("filters") is not None:
        made["filters"] = filter_sql(made["filters"])
    return made  # type: ignore[no-any-return]


def hints_text(hints: Optional[JsonHints]) -> Optional[str]:
    """Hints as JSON text."""
    if hints is None or isinstance(hints, str):
        return hints
    if not isinstance(hints, Mapping):
        raise wrong_kind("jsonPredicateHints", hints, "JSON text or a dictionary")
    try:
        return json.dumps(hints)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"jsonPredicateHints: {error}") from None


def timestamp_text(name: str, timestamp: Optional[TimestampLike]) -> Optional[str]:
    """A datetime as ISO 8601; one without a time zone is taken as UTC. Text passes as it is."""
    if timestamp is None or isinstance(timestamp, str):
        return timestamp
    if isinstance(timestamp, datetime):
        zoned = timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=timezone.utc)
        return zoned.isoformat()
    if isinstance(timestamp, date):
        return timestamp.isoformat()
    raise wrong_kind(name, timestamp, "a text of ISO 8601 or a datetime")


def mapping(name: str, value: Any) -> Mapping[str, Any]:
    """A dictionary, or none as an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise wrong_kind(name, value, "a dictionary")
    return value


def check_text(option: str, text: str) -> None:
    """Refuses what no C string holds whole."""
    try:
        whole = b"\0" not in text.encode()
    except UnicodeEncodeError:
        whole = False
    if not whole:
        name = _ARGUMENTS.get(option, option)
        raise InvalidArgumentError(f"{name}: {text[:200]!r} holds what is no character of a text")


@contextmanager
def named_as_given() -> Iterator[None]:
    """Errors of the core name the arguments of Python."""
    try:
        yield
    except SluiceError as error:
        text = str(error)
        told = _OPTION.sub(lambda found: _ARGUMENTS[found[1]], text)
        if told != text and _LITERALS in told:
            told += _QUOTES
        if told != text:
            error.args = (told, *error.args[1:])
        raise
