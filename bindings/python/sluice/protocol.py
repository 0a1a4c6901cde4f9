"""What the protocol speaks of, under the names of the official package's module: profiles, what
listings answer, and what describes a table. The files of a table, and options of its changes, are
the core's: their names are not here."""

from __future__ import annotations

from typing import Optional, TypedDict

from ._profile import DeltaSharingProfile
from ._types import Format, Metadata, Protocol, Schema, Share, Table

__all__ = [
    "DeltaSharingProfile",
    "Format",
    "Metadata",
    "PrivateKeyConfig",
    "Protocol",
    "Schema",
    "Share",
    "Table",
]


class PrivateKeyConfig(TypedDict, total=False):
    """``private_key`` of a profile that signs with one."""

    privateKeyFile: Optional[str]
    keyId: Optional[str]
    algorithm: Optional[str]
