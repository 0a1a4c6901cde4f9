"""The names of the official package's module `protocol`, made of text as there."""

import json

import pytest
import sluice
import sluice.protocol
from sluice.protocol import Format, Metadata, Protocol, Schema, Share, Table

OBJECTS = [
    (Share, {"name": "a"}, Share("a")),
    (Schema, {"name": "b", "share": "a"}, Schema("b", "a")),
    (Table, {"name": "c", "share": "a", "schema": "b"}, Table("c", "a", "b")),
    (Protocol, {"minReaderVersion": 1}, Protocol(1)),
    (
        Protocol,
        {"deltaProtocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["x"]}},
        Protocol(3, 7, ["x"]),
    ),
    (Format, {}, Format()),
    (Format, {"provider": "p", "options": {"a": "b"}}, Format("p", {"a": "b"})),
    (
        Metadata,
        {"id": "i", "format": {"provider": "p"}, "schemaString": "{}", "partitionColumns": ["x"]},
        Metadata(id="i", format=Format("p"), schema_string="{}", partition_columns=["x"]),
    ),
]


def test_the_package_has_the_module():
    assert sluice.protocol.DeltaSharingProfile is sluice.DeltaSharingProfile
    assert all(getattr(sluice, name) is getattr(sluice.protocol, name) for name in ("Share", "Table"))


@pytest.mark.parametrize(("kind", "fields", "expected"), OBJECTS)
def test_from_json(kind, fields, expected):
    text = json.dumps(fields)
    for form in (fields, text, text.encode(), bytearray(text.encode())):
        assert kind.from_json(form) == expected


@pytest.mark.parametrize("kind", [Share, Schema, Table, Protocol, Format, Metadata])
def test_what_is_no_object_is_refused(kind):
    for text in ("{", "[1]", b"5", [1], None):
        with pytest.raises(sluice.MalformedError, match=f"^{kind.__name__.lower()}: not "):
            kind.from_json(text)


def test_what_lacks_is_named():
    with pytest.raises(sluice.MalformedError, match="table: the field 'schema' is missing"):
        Table.from_json({"name": "c", "share": "a"})
    with pytest.raises(sluice.MalformedError, match="protocol: minReaderVersion is 'x'"):
        Protocol.from_json('{"minReaderVersion": "x"}')


def test_a_protocol_to_come_is_refused():
    assert Protocol.CURRENT == 3 and Protocol(3).min_reader_version == 3
    with pytest.raises(ValueError, match="reader version 99"):
        Protocol(99)
