"""Exceptions: one class for each kind of failure, all below :class:`SluiceError`.

Each class also derives from the built-in exception that names the same thing, so that ``except
LookupError`` and ``except PermissionError`` work without importing anything from here.
"""

from __future__ import annotations

import re
from typing import Optional


class SluiceError(Exception):
    """Any failure that the library reports. ``str(error)`` is one line for a person."""

    #: The stable name of the kind of failure, such as ``"not_found"``.
    code: str = "internal"
    #: The server's ``x-request-id`` of the failed request, for its operator; None if it sent none.
    request_id: Optional[str] = None


class InvalidArgumentError(SluiceError, ValueError):
    """A parameter is out of range or contradicts another."""

    code = "invalid_argument"


class MalformedError(SluiceError, ValueError):
    """A profile, or a server's answer, does not parse."""

    code = "malformed"


class UnauthenticatedError(SluiceError, PermissionError):
    """The profile's token is unknown to the server, or expired."""

    code = "unauthenticated"


class PermissionDeniedError(SluiceError, PermissionError):
    """The recipient is known and may not have this."""

    code = "permission_denied"


class NotFoundError(SluiceError, LookupError):
    """No such share, schema, table, version or file, or it is not shared with this recipient."""

    code = "not_found"


class AlreadyExistsError(SluiceError):
    """A name is taken."""

    code = "already_exists"


class UnsupportedError(SluiceError, NotImplementedError):
    """Understood, and refused by name: a table feature, a format, an operation."""

    code = "unsupported"


class DataMissingError(SluiceError):
    """The table names a file that is not there."""

    code = "data_missing"


class CorruptError(SluiceError):
    """Data that contradicts its format; the message names the place."""

    code = "corrupt"


class TooLargeError(SluiceError):
    """Beyond a limit of this library."""

    code = "too_large"


class TimedOutError(SluiceError, TimeoutError):
    """A deadline passed."""

    code = "timeout"


class UnavailableError(SluiceError, ConnectionError):
    """The server, or the store that holds its files, did not answer after all retries."""

    code = "unavailable"


class CancelledError(SluiceError):
    """The scan was cancelled, by :meth:`Scan.cancel` or by a signal."""

    code = "cancelled"


class InternalError(SluiceError):
    """A defect of this library."""

    code = "internal"


# In the order of SluiceCode in sluice.h, from 1.
_CLASSES = (
    InvalidArgumentError,
    MalformedError,
    UnauthenticatedError,
    PermissionDeniedError,
    NotFoundError,
    AlreadyExistsError,
    UnsupportedError,
    DataMissingError,
    CorruptError,
    TooLargeError,
    TimedOutError,
    UnavailableError,
    CancelledError,
    InternalError,
)
_BY_NAME = {cls.code: cls for cls in _CLASSES}


def from_code(code: int, message: str, request_id: Optional[str]) -> SluiceError:
    """The exception for a SluiceCode; also called by the extension module."""
    cls = _CLASSES[code - 1] if 1 <= code <= len(_CLASSES) else InternalError
    error = cls(message)
    error.request_id = request_id
    return error


# Arrow may put the name of its own status before the kind: "IOError: not_found: no such file".
_STREAM_TEXT = re.compile(r"(?:[A-Z][A-Za-z/ ]*: )?([a-z_]+): (.*)", re.DOTALL)


def from_stream(text: str) -> Optional[SluiceError]:
    """The exception for the error text of a stream, "kind: message"; None for no error."""
    if not text:
        return None
    match = _STREAM_TEXT.fullmatch(text)
    if match is None or match[1] not in _BY_NAME:
        return InternalError(text)
    return _BY_NAME[match[1]](match[2])


def missing(what: str, extra: str) -> ImportError:
    """What to raise where an optional package is not installed."""
    return ImportError(f"{what} needs more packages: pip install 'sluice-sharing[{extra}]'")
