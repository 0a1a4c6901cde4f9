"""What listings and table descriptions answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ._html import definition, table_of


@dataclass(frozen=True)
class Share:
    """A share: a named group of schemas that a provider shares as one."""

    name: str

    @staticmethod
    def from_json(json: Dict[str, Any]) -> "Share":
        """From an item of a server's listing."""
        return Share(name=json["name"])


@dataclass(frozen=True)
class Schema:
    """A schema of a share."""

    name: str
    share: str

    @staticmethod
    def from_json(json: Dict[str, Any]) -> "Schema":
        """From an item of a server's listing."""
        return Schema(name=json["name"], share=json["share"])


@dataclass(frozen=True)
class Table:
    """A shared table."""

    name: str
    share: str
    schema: str

    @staticmethod
    def from_json(json: Dict[str, Any]) -> "Table":
        """From an item of a server's listing."""
        return Table(name=json["name"], share=json["share"], schema=json["schema"])

    def __str__(self) -> str:
        return f"{self.share}.{self.schema}.{self.name}"


@dataclass(frozen=True)
class Protocol:
    """What a reader has to know in order to read a table.

    The parquet response format tells ``min_reader_version`` only.
    """

    min_reader_version: int
    min_writer_version: Optional[int] = None
    reader_features: Optional[List[str]] = None
    writer_features: Optional[List[str]] = None

    @staticmethod
    def from_json(json: Dict[str, Any]) -> "Protocol":
        """From the ``protocol`` object of either response format."""
        inner = json.get("deltaProtocol", json)
        return Protocol(
            min_reader_version=int(inner["minReaderVersion"]),
            min_writer_version=inner.get("minWriterVersion"),
            reader_features=inner.get("readerFeatures"),
            writer_features=inner.get("writerFeatures"),
        )


@dataclass(frozen=True)
class Format:
    """The file format of a table."""

    provider: str = "parquet"
    options: Dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Metadata:
    """A table's metadata."""

    id: Optional[str] = None
    name: Optional[str] = None
    description: Optional[str] = None
    format: Format = field(default_factory=Format)
    #: The schema as JSON text, in the form that the Delta log has it.
    schema_string: Optional[str] = None
    configuration: Dict[str, str] = field(default_factory=dict)
    partition_columns: Sequence[str] = field(default_factory=list)
    version: Optional[int] = None
    #: Bytes of all data files, if the server tells.
    size: Optional[int] = None
    num_files: Optional[int] = None
    #: Milliseconds since 1970, UTC; told by the delta response format only.
    created_time: Optional[int] = None

    @staticmethod
    def from_json(json: Dict[str, Any]) -> "Metadata":
        """From the ``metaData`` object of either response format."""
        inner = json.get("deltaMetadata", json)
        file_format = inner.get("format") or {}
        return Metadata(
            id=inner.get("id"),
            name=inner.get("name"),
            description=inner.get("description"),
            format=Format(file_format.get("provider", "parquet"), file_format.get("options") or {}),
            schema_string=inner.get("schemaString"),
            configuration=inner.get("configuration") or {},
            partition_columns=inner.get("partitionColumns") or [],
            version=json.get("version"),
            size=json.get("size"),
            num_files=json.get("numFiles"),
            created_time=inner.get("createdTime"),
        )

    def _repr_html_(self) -> str:
        facts: Dict[str, Any] = {key: value for key, value in vars(self).items()}
        facts["format"] = self.format.provider
        facts["partition_columns"] = ", ".join(self.partition_columns)
        schema = json.loads(facts.pop("schema_string") or "{}")
        columns = [
            {"column": column["name"], "type": _type_text(column["type"])}
            for column in schema.get("fields", [])
        ]
        return definition("Metadata", facts) + table_of(columns)


def _type_text(kind: Any) -> str:
    return kind if isinstance(kind, str) else str(kind.get("type", "")) + "<…>"


class Progress(NamedTuple):
    """How far a scan is."""

    files_listed: int  #: Grows until ``listing_done``.
    files_done: int
    bytes_total: int  #: Sizes of the files listed.
    bytes_read: int  #: Fetched from the network: less than the total when few columns are read.
    rows: int  #: Handed out.
    listing_done: bool
