"""What callers give wrong is named, and what they may mean is taken."""

import datetime
import json
import pathlib

import deltalake
import pandas as pd
import pyarrow as pa
import pytest
import server
import sluice

TABLE = "default.versions"


def url_and(at, **options):
    return sluice.load_as_arrow(at(TABLE), **options)


WRONG = {
    "profile: number": (lambda at: sluice.SharingClient(5), "profile is of type int"),
    "profile: bytes": (lambda at: sluice.SharingClient(b"p.share"), "profile is of type bytes"),
    "profile: scheme": (lambda at: sluice.SharingClient("foo://x"), "profile foo://x: "),
    "url: none": (lambda at: sluice.load_as_arrow(None), "url is of type NoneType: give profile#"),
    "url: number": (lambda at: sluice.get_table_version(5), "url is of type int"),
    "table": (lambda at: client(at).table(5), "table is of type int"),
    "share": (lambda at: client(at).list_schemas("tables"), "share is of type str: give a Share"),
    "schema": (lambda at: client(at).list_tables("default"), "schema is of type str: give a Schema"),
    "schema: a share": (lambda at: client(at).list_tables(sluice.Share("tables")), "schema is of type Share"),
    "task": (lambda at: client(at).scan_task("x"), "task is of type str"),
    "columns: text": (lambda at: url_and(at, columns="id"), "columns is a text"),
    "columns: number": (lambda at: url_and(at, columns=5), "columns is of type int"),
    "columns: numbers": (lambda at: url_and(at, columns=["id", 1]), "columns: 1 is no name"),
    "columns: none left": (lambda at: url_and(at, columns=iter(())), "columns is empty"),
    "columns: null character": (lambda at: url_and(at, columns=["id\0x"]), r"columns: 'id\\x00x' holds"),
    "columns: surrogate": (lambda at: url_and(at, columns=["\ud800"]), "columns: .* holds"),
    "filters: nothing": (lambda at: url_and(at, filters=""), "filters: a text of nothing"),
    "filters: blanks": (lambda at: url_and(at, filters=" \n"), "filters: a text of nothing"),
    "filters: null character": (lambda at: url_and(at, filters="id = 1\0"), "filters: .* holds"),
    "filters: half": (lambda at: url_and(at, filters="id >"), "^filters: "),
    "filters: too many": (
        lambda at: url_and(at, filters=sluice.col("id").isin(range(20_000))),
        "^filters: more than 10000 parts",
    ),
    "filters: quotes": (lambda at: url_and(at, filters='"Mixed Name" = 6'), "in `backticks`"),
    "filters: plan": (lambda at: client(at).table("tables.default.versions").plan(filters="id >"), "^filters: "),
    "filters: changes": (lambda at: sluice.scan_changes(at(TABLE), 0, filters="id >"), "^filters: "),
    "hints": (lambda at: url_and(at, jsonPredicateHints=5), "jsonPredicateHints is of type int"),
    "hints: values": (lambda at: url_and(at, jsonPredicateHints={"a": {1}}), "jsonPredicateHints: "),
    "timestamp": (lambda at: url_and(at, timestamp=5), "timestamp is of type int"),
    "starting_timestamp": (
        lambda at: sluice.get_table_version(at(TABLE), 5),
        "starting_timestamp is of type int",
    ),
    "headers": (lambda at: url_and(at, headers=[("a", "b")]), "headers is of type list"),
    "storage_options": (lambda at: url_and(at, storage_options="x"), "storage_options is of type str"),
    "path": (lambda at: sluice.write_to(at(TABLE), 5), "path is of type int"),
}


def client(at):
    return sluice.SharingClient(at(TABLE).partition("#")[0])


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(at, name):
    call, text = WRONG[name]
    with pytest.raises(sluice.InvalidArgumentError, match=text):
        call(at)


@pytest.mark.parametrize(
    "columns",
    [
        ("id",),
        {"id": "int"},
        pd.Index(["id"]),
        pd.Series(["id"]),
        pd.DataFrame({"id": []}),
    ],
    ids=lambda columns: type(columns).__name__,
)
def test_columns_are_any_names(at, columns):
    assert url_and(at, columns=columns).column_names == ["id"]


def test_columns_that_are_read_once(at):
    table = sluice.open_table(at(TABLE))
    snapshot = table.snapshot(columns=iter(["id"]))
    assert snapshot.to_arrow().column_names == snapshot.to_pandas().columns.tolist() == ["id"]
    assert table.dataset(columns=iter(["id"])).to_table().column_names == ["id"]
    assert table.scan_polars(columns=iter(["id"])).collect().columns == ["id"]
    changes = sluice.open_table(at("default.changed")).changes(
        starting_version=0, columns=iter(["_commit_version"])
    )
    assert changes.to_arrow().column_names == ["_commit_version"]
    assert list(changes.to_pandas()) == ["_commit_version"]
    with sluice.iter_changes(at("default.changed"), 0, poll_seconds=None, columns=pd.Index(["_change_type"])) as seen:
        assert all(change.data.schema.names == ["_change_type"] for change in seen)


def test_filters_that_are_read_once(at):
    table = sluice.open_table(at(TABLE))
    for made in (table.dataset, table.snapshot):
        again = made(filters=[("id", "in", iter([1, 2]))])
        rows = again.to_table if made == table.dataset else again.to_arrow
        assert rows().num_rows == rows().num_rows == 2


def test_a_url_in_a_path(at):
    assert sluice.load_as_arrow(pathlib.Path(at(TABLE))).num_rows == 50
    assert sluice.get_table_version(pathlib.Path(at(TABLE))) == 4


def test_a_date_is_a_timestamp(at):
    with pytest.raises(sluice.InvalidArgumentError, match="2000-01-01"):
        url_and(at, timestamp=datetime.date(2000, 1, 1))


def test_hints_in_a_dictionary(at):
    """As text: they leave out the same files."""
    hints = {
        "op": "lessThan",
        "children": [
            {"op": "column", "name": "id", "valueType": "long"},
            {"op": "literal", "value": "5", "valueType": "long"},
        ],
    }
    told = url_and(at, jsonPredicateHints=json.dumps(hints))
    assert url_and(at, jsonPredicateHints=hints).num_rows == told.num_rows < 50


@pytest.fixture
def bytes_url(tmp_path):
    rows = pa.table({"id": [1], "blob": [b"\xff\xfe"]})
    deltalake.write_deltalake(str(tmp_path / "tables/blobs"), rows)
    with server.SharedFolder(tmp_path / "tables", tmp_path / "p.share") as shared:
        yield f"{shared.profile}#tables.default.blobs"


def test_csv_names_the_bytes_that_it_cannot_hold(bytes_url, tmp_path):
    with pytest.raises(sluice.InvalidArgumentError, match="b.csv: CSV has no bytes, and blob is binary"):
        sluice.write_to(bytes_url, tmp_path / "b.csv")
    assert not list(tmp_path.glob("*b.csv*"))
    assert sluice.write_to(bytes_url, tmp_path / "b.csv", columns=["id"]) == 1


def test_a_folder_to_write_in_is_named(at, tmp_path):
    missing = tmp_path / "none/x.csv"
    with pytest.raises(sluice.NotFoundError, match=f"{missing}: there is no folder {missing.parent}$"):
        sluice.write_to(at(TABLE), missing)
    (tmp_path / "file").touch()
    with pytest.raises(sluice.NotFoundError, match="there is no folder"):
        sluice.write_to(at(TABLE), tmp_path / "file/x.csv")
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(sluice.InvalidArgumentError, match="x.csv is a folder"):
        sluice.write_to(at(TABLE), tmp_path / "x.csv", mode="overwrite")
