"""Shared tables as data frames of Spark, through the connector that its session has."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from ._given import TableUrl, url_text
from ._profile import DeltaSharingProfile

#: The ends of a range of changes, and the options of Spark they become.
RANGE = {
    "starting_version": "startingVersion",
    "ending_version": "endingVersion",
    "starting_timestamp": "startingTimestamp",
    "ending_timestamp": "endingTimestamp",
}
_SNAPSHOT = {"version": "versionAsOf", "timestamp": "timestampAsOf"}
_CREDENTIALS = {
    "share_credentials_version": "shareCredentialsVersion",
    "endpoint": "endpoint",
    "bearer_token": "bearerToken",
    "expiration_time": "expirationTime",
    "type": "type",
    "token_endpoint": "tokenEndpoint",
    "client_id": "clientId",
    "client_secret": "clientSecret",
    "scope": "scope",
}


def load(url: TableUrl, profile: Optional[DeltaSharingProfile], options: Mapping[str, Any]) -> Any:
    """A snapshot; `options` are `version` and `timestamp`."""
    return _load(url, profile, {_SNAPSHOT[name]: value for name, value in options.items()})


def load_changes(
    url: TableUrl, profile: Optional[DeltaSharingProfile], options: Mapping[str, Any]
) -> Any:
    """Changes; `options` are those of RANGE."""
    named = {RANGE[name]: value for name, value in options.items()}
    return _load(url, profile, {"readChangeFeed": "true", **named})


def _load(given: TableUrl, profile: Optional[DeltaSharingProfile], options: Mapping[str, Any]) -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise ImportError("to load a table with Spark, install pyspark") from None
    url = url_text(given)
    if (profile is None) != ("#" in url):
        raise ValueError(
            f"'{url}': give profile#share.schema.table, or share.schema.table with "
            "delta_sharing_profile"
        )
    session = SparkSession.getActiveSession()
    if session is None:
        raise RuntimeError("no active SparkSession: call this in a PySpark application")
    reader = session.read.format("deltaSharing")
    for name, key in _CREDENTIALS.items():
        value = getattr(profile, name, None)
        if value is not None:
            reader = reader.option(key, value)
    for key, value in options.items():
        if value is not None:
            reader = reader.option(key, value)
    return reader.load(url)
