"""What listings and table descriptions answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar, Dict, List, Mapping, NamedTuple, Optional, Sequence, Union

from ._errors import InvalidArgumentError, MalformedError
from ._html import definition, table_of


#: JSON text, or what it parses to.
JsonObject = Union[str, bytes, bytearray, Mapping[str, Any]]


class _Fields(Dict[str, Any]):
    """A JSON object that names the field that it lacks."""

    def __init__(self, what: str, json_object: JsonObject) -> None:
        parsed: Any = json_object
        if isinstance(json_object, (str, bytes, bytearray)):
            try:
                parsed = json.loads(json_object)
            except ValueError as error:
                raise MalformedError(f"{what}: not JSON: {error}") from None
        if not isinstance(parsed, Mapping):
            raise MalformedError(f"{what}: not a JSON object")
        super().__init__(parsed)
        self._what = what

    def __missing__(self, key: str) -> Any:
        raise MalformedError(f"{self._what}: the field '{key}' is missing")


@dataclass(frozen=True)
class Share:
    """A share: a named group of schemas that a provider shares as one."""

    name: str

    @staticmethod
    def from_json(json: JsonObject) -> "Share":
        """From an item of a server's listing. Raises MalformedError."""
        return Share(name=_Fields("share", json)["name"])

    def _repr_html_(self) -> str:
        return definition("Share", vars(self))


@dataclass(frozen=True)
class Schema:
    """A schema of a share."""

    name: str
    share: str

    @staticmethod
    def from_json(json: JsonObject) -> "Schema":
        """From an item of a server's listing. Raises MalformedError."""
        fields = _Fields("schema", json)
        return Schema(name=fields["name"], share=fields["share"])

    def _repr_html_(self) -> str:
        return definition("Schema", vars(self))


@dataclass(frozen=True)
class Table:
    """A shared table."""

    name: str
    share: str
    schema: str

    @staticmethod
    def from_json(json: JsonObject) -> "Table":
        """From an item of a server's listing. Raises MalformedError."""
        fields = _Fields("table", json)
        return Table(name=fields["name"], share=fields["share"], schema=fields["schema"])

    def _repr_html_(self) -> str:
        return definition("Table", vars(self))

    def __str__(self) -> str:
        return f"{self.share}.{self.schema}.{self.name}"


@dataclass(frozen=True)
class Protocol:
    """What a reader has to know in order to read a table.

    The parquet response format tells ``min_reader_version`` only. InvalidArgumentError is raised for
    one that is newer than `CURRENT`.
    """

    CURRENT: ClassVar[int] = 3

    min_reader_version: int
    min_writer_version: Optional[int] = None
    reader_features: Optional[List[str]] = None
    writer_features: Optional[List[str]] = None

    def __post_init__(self) -> None:
        if self.min_reader_version > self.CURRENT:
            raise InvalidArgumentError(
                f"the table needs reader version {self.min_reader_version}, and {self.CURRENT} is "
                "the newest this release knows: upgrade sluice-sharing"
            )

    @staticmethod
    def from_json(json: JsonObject) -> "Protocol":
        """From the ``protocol`` object of either response format. Raises MalformedError."""
        fields = _Fields("protocol", json)
        inner = _Fields("protocol", fields.get("deltaProtocol", fields))
        version = inner["minReaderVersion"]
        try:
            min_reader_version = int(version)
        except (TypeError, ValueError):
            raise MalformedError(f"protocol: minReaderVersion is {version!r}") from None
        return Protocol(
            min_reader_version=min_reader_version,
            min_writer_version=inner.get("minWriterVersion"),
            reader_features=inner.get("readerFeatures"),
            writer_features=inner.get("writerFeatures"),
        )


@dataclass(frozen=True)
class Format:
    """The file format of a table."""

    provider: str = "parquet"
    options: Dict[str, str] = field(default_factory=dict)

    @staticmethod
    def from_json(json: JsonObject) -> "Format":
        """From the ``format`` object of a table's metadata. Raises MalformedError."""
        fields = _Fields("format", json)
        return Format(fields.get("provider") or "parquet", fields.get("options") or {})


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
    def from_json(json: JsonObject) -> "Metadata":
        """From the ``metaData`` object of either response format. Raises MalformedError."""
        fields = _Fields("metadata", json)
        inner = _Fields("metadata", fields.get("deltaMetadata", fields))
        return Metadata(
            id=inner.get("id"),
            name=inner.get("name"),
            description=inner.get("description"),
            format=Format.from_json(inner.get("format") or {}),
            schema_string=inner.get("schemaString"),
            configuration=inner.get("configuration") or {},
            partition_columns=inner.get("partitionColumns") or [],
            version=fields.get("version"),
            size=fields.get("size"),
            num_files=fields.get("numFiles"),
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
    #: Fetched from the network: less than the total when few columns are read, and more where parts of
    #: a file are fetched twice, such as the ends of small ones.
    bytes_read: int
    rows: int  #: Handed out.
    listing_done: bool
