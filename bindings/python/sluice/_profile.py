"""Profiles: how a recipient reaches a server."""

from __future__ import annotations

import json as _json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, ClassVar, Dict, Mapping, Optional, Union
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ._errors import (
    InvalidArgumentError,
    MalformedError,
    NotFoundError,
    PermissionDeniedError,
    UnavailableError,
)
from ._given import wrong_kind

#: Attributes of a profile and the keys of the profile file they come from.
_KEYS = {
    "bearer_token": "bearerToken",
    "expiration_time": "expirationTime",
    "type": "type",
    "token_endpoint": "tokenEndpoint",
    "client_id": "clientId",
    "client_secret": "clientSecret",
    "username": "username",
    "password": "password",
    "scope": "scope",
    "issuer": "issuer",
    "audience": "audience",
    "private_key": "privateKey",
}
#: Where a client looks that is given no profile: a path, URL or JSON text, or the two in pieces.
_PROFILE_VARIABLE = "DELTA_SHARING_PROFILE"
_ENDPOINT_VARIABLE = "DELTA_SHARING_ENDPOINT"
_TOKEN_VARIABLE = "DELTA_SHARING_BEARER_TOKEN"
_FORMS = "a path, a URL, a file object, a dictionary, JSON text, or a DeltaSharingProfile"
_JWT_TYPE = "oauth_jwt_bearer_private_key_jwt"
_JWT_KEYS = ("token_endpoint", "client_id", "scope", "issuer", "audience", "private_key")


@dataclass(frozen=True)
class DeltaSharingProfile:
    """Endpoint and credentials of a recipient, as a profile file holds them.

    Secrets are left out of ``repr()``.
    """

    CURRENT: ClassVar[int] = 2

    share_credentials_version: int
    endpoint: str
    bearer_token: Optional[str] = field(default=None, repr=False)
    #: ISO 8601, as the profile file has it.
    expiration_time: Optional[str] = None
    type: Optional[str] = None
    token_endpoint: Optional[str] = None
    client_id: Optional[str] = None
    client_secret: Optional[str] = field(default=None, repr=False)
    username: Optional[str] = None
    password: Optional[str] = field(default=None, repr=False)
    scope: Optional[str] = None
    issuer: Optional[str] = None
    audience: Optional[str] = None
    private_key: Optional[Dict[str, str]] = field(
        default=None, hash=False, compare=False, repr=False
    )

    #: The document that this was read from. What it says goes to the core as it stands, also what is
    #: not known here.
    _document: Optional[str] = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.share_credentials_version > self.CURRENT:
            raise InvalidArgumentError(
                f"profile: shareCredentialsVersion {self.share_credentials_version} is newer than "
                f"{self.CURRENT}, the newest this release knows: upgrade sluice-sharing"
            )

    @staticmethod
    def read(profile: "Optional[ProfileLike]" = None) -> "DeltaSharingProfile":
        """A profile in any form: a path, URL or file object of a profile file, its JSON text, the
        dictionary that it parses to, or a profile. None is that of the environment:
        ``DELTA_SHARING_PROFILE`` (any of these texts), or ``DELTA_SHARING_ENDPOINT`` and
        ``DELTA_SHARING_BEARER_TOKEN``.

        Raises what :meth:`read_from_file` raises.
        """
        if profile is None:
            profile = _from_environment()
        if isinstance(profile, DeltaSharingProfile):
            return profile
        if isinstance(profile, Mapping) or (
            isinstance(profile, str) and profile.lstrip().startswith("{")
        ):
            return DeltaSharingProfile.from_json(profile)
        return DeltaSharingProfile.read_from_file(profile)

    @staticmethod
    def read_from_file(profile: "Union[str, os.PathLike[str], IO[Any]]") -> "DeltaSharingProfile":
        """Reads a profile from a path, a ``file:`` URL, a file object (closed afterwards), or any
        other URL if ``fsspec`` is installed.

        Raises NotFoundError, PermissionDeniedError, and what :meth:`from_json` raises.
        """
        text, name = _read(profile)
        try:
            return DeltaSharingProfile.from_json(text)
        except (InvalidArgumentError, MalformedError) as error:
            raise type(error)(f"{name}: {error}") from None

    @staticmethod
    def from_json(json: Union[str, bytes, bytearray, Mapping[str, Any]]) -> "DeltaSharingProfile":
        """The profile in the text of a profile file, or in the dictionary it parses to.

        Raises MalformedError for what is no JSON object, InvalidArgumentError naming the field
        that is missing or wrong.
        """
        if isinstance(json, (str, bytes, bytearray)):
            try:
                json = _json.loads(json)
            except ValueError as error:
                # The error's text tells the place; its context would hold the document.
                raise MalformedError(f"profile: not JSON: {error}") from None
        if not isinstance(json, Mapping):
            raise MalformedError("profile: not a JSON object")
        try:
            version = int(json["shareCredentialsVersion"])
            endpoint = json["endpoint"]
        except KeyError as error:
            raise InvalidArgumentError(f"profile: the field {error} is missing") from None
        except (TypeError, ValueError):
            raise InvalidArgumentError(
                "profile: shareCredentialsVersion is not a whole number"
            ) from None
        if not isinstance(endpoint, str) or not endpoint:
            raise InvalidArgumentError("profile: endpoint is not a URL")
        fields = dict(json)
        if json.get("type") == _JWT_TYPE and isinstance(json.get("auth"), Mapping):
            fields.update(json["auth"])
        values = {name: fields.get(key) for name, key in _KEYS.items()}
        if version == 1 and not values["bearer_token"]:
            raise InvalidArgumentError("profile: the field 'bearerToken' is missing")
        profile = DeltaSharingProfile(version, endpoint.rstrip("/"), **values)
        object.__setattr__(profile, "_document", _json.dumps(dict(json)))
        return profile

    def to_json(self) -> str:
        """The text of a profile file. It holds the secrets."""
        if self._document is not None:
            return self._document
        out: Dict[str, Any] = {
            "shareCredentialsVersion": self.share_credentials_version,
            "endpoint": self.endpoint,
        }
        nested = _JWT_KEYS if self.type == _JWT_TYPE else ()
        for name, key in _KEYS.items():
            value = getattr(self, name)
            if value is not None:
                (out.setdefault("auth", {}) if name in nested else out)[key] = value
        return _json.dumps(out)


ProfileLike = Union[str, "os.PathLike[str]", IO[Any], Mapping[str, Any], DeltaSharingProfile]


def _from_environment() -> ProfileLike:
    profile = os.environ.get(_PROFILE_VARIABLE)
    if profile:
        return profile
    endpoint, token = os.environ.get(_ENDPOINT_VARIABLE), os.environ.get(_TOKEN_VARIABLE)
    if endpoint and token:
        return DeltaSharingProfile(1, endpoint.rstrip("/"), token)
    raise InvalidArgumentError(
        f"no profile: give one, or set {_PROFILE_VARIABLE}, or {_ENDPOINT_VARIABLE} and "
        f"{_TOKEN_VARIABLE}"
    )


def _read(profile: "Union[str, os.PathLike[str], IO[Any]]") -> "tuple[Union[str, bytes], str]":
    if not isinstance(profile, (str, os.PathLike)):
        if not hasattr(profile, "read"):
            raise wrong_kind("profile", profile, _FORMS)
        try:
            return profile.read(), str(getattr(profile, "name", "profile"))
        finally:
            profile.close()
    path = os.fsdecode(profile)
    parts = urlsplit(path)
    if parts.scheme == "file":
        path = url2pathname(parts.path)
    elif "://" in path or "::" in path:
        return _read_url(path), path
    try:
        return Path(path).expanduser().read_bytes(), path
    except FileNotFoundError:
        raise NotFoundError(f"profile {path}: no such file") from None
    except PermissionError:
        raise PermissionDeniedError(f"profile {path}: may not be read by this user") from None
    except OSError as error:
        raise InvalidArgumentError(f"profile {path}: {error.strerror}") from None


def _read_url(url: str) -> bytes:
    try:
        import fsspec
    except ImportError:
        raise ImportError(
            f"to read the profile {url}, install fsspec: pip install 'sluice-sharing[fsspec]'"
        ) from None
    try:
        with fsspec.open(url, "rb") as file:
            return bytes(file.read())
    except ImportError:
        raise  # fsspec tells which package the URL needs.
    except FileNotFoundError:
        raise NotFoundError(f"profile {url}: no such file") from None
    except PermissionError:
        raise PermissionDeniedError(f"profile {url}: may not be read") from None
    except ValueError as error:
        raise InvalidArgumentError(f"profile {url}: {error}") from None
    except Exception as error:  # Each file system has errors of its own.
        raise UnavailableError(f"profile {url}: {error}") from error
